"""A verification shown: one file a format."""
