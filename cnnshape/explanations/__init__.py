"""How the numbers of an operation came about: formulas, the same with the numbers in them, and what comes out."""

from cnnshape.explanations import operations, sequences, windows  # they register their functions
from cnnshape.explanations.registry import explained as explain

__all__ = ["explain", "operations", "sequences", "windows"]
