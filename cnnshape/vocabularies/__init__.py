"""What people write: the layers of each framework, with its names, argument order, defaults and refusals.

A vocabulary is a table of names (data, no pydantic) and modules of models, one a family, imported when a file
uses them. Each model lowers to a framework-neutral operation.
"""
