"""The language server: each feature is a function from an open document and a position to what the protocol says.

Answers are the protocol's JSON as dictionaries, so that nothing here needs a client, and only `session` needs pygls.
"""
