"""Framework-neutral operations: what a layer does to shapes, and what that costs.

An operation is a frozen value with one pure function, `apply`, from input shapes to a `Result`. Standard
library only, so that a one-off calculation starts at once.
"""
