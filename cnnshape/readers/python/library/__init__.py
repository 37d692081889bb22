"""What the source finds about it: Python's own functions and modules, NumPy, and packages that are not installed."""
