"""The command line: one file a command, no logic of its own.

`app` knows the names of the commands and imports a command's module only when that command runs.
"""
