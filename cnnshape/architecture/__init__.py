"""From text to a program: YAML with positions, calls and expressions, blocks. Nothing in a file is executed."""
