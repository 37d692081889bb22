"""Which input sizes a network takes, and what comes out of them, as laws of one axis at a time."""
