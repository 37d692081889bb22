"""The graph of a plan, and every way to draw it; one file a format."""
