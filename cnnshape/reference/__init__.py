"""The reference forward pass: a network really run, on NumPy and Numba, to prove the planner's numbers.

Nothing here knows the formulas of `cnnshape.arithmetic` or `cnnshape.operations`, and nothing here imports
them: a kernel finds the extent of its output by sliding its window over the padded array while it fits, takes
the weights that it needs, and counts the multiplications that it executes. What comes out equals the
framework's own inference result, in the framework's own layout. Needs the extra `verify` (NumPy, Numba).
"""
