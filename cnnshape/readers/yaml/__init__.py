"""Architecture files: YAML with positions, calls and expressions, blocks. Nothing in a file is executed."""
