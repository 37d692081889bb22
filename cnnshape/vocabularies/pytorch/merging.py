"""PyTorch's functions of several tensors."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.operations import merging as operations
from cnnshape.operations.operation import Operation
from cnnshape.operations.parts import Stack as StackOperation
from cnnshape.vocabularies.layer import also_called
from cnnshape.vocabularies.pytorch.values import AXIS
from cnnshape.vocabularies.values import Integer, Number
from cnnshape.vocabularies.vocabulary import LayerType

MERGES = {"sub": "subtract", "rsub": "subtract", "mul": "multiply", "div": "divide", "true_divide": "divide"}
"""What functions do that are called otherwise."""


def Merge(kind: LayerType) -> Operation:
    """maximum, minimum: two tensors, element by element."""
    return merged(kind, None)


def Multiply(kind: LayerType, other: Number | None = None) -> Operation:
    """mul, multiply, true_divide: two tensors, or one and a number in place of the second: ``mul(0.5)(x)``."""
    return merged(kind, other)


def Add(kind: LayerType, other: Number | None = None, *, alpha: Number = 1) -> Operation:
    """add, sub, subtract; rsub takes the first from the second. `alpha` is a factor of what is added or taken."""
    return merged(kind, other)


def Divide(
    kind: LayerType, other: Number | None = None, *, rounding_mode: Literal["trunc", "floor"] | None = None
) -> Operation:
    """div, divide."""
    return merged(kind, other)


def merged(kind: LayerType, other: float | None) -> Operation:
    """Two tensors, or one and a number, element by element."""
    does: Any = MERGES.get(kind.name, kind.name)
    return operations.Merge(does, 2 if other is None else 1, 0 if other is None else 1)


@also_called(AXIS)
def Concatenate(dim: Integer = 0) -> Operation:
    """cat, concat, concatenate: along the batch where nothing is said, which is refused."""
    return operations.Concatenate(dim)


@also_called(AXIS)
def Stack(dim: Integer = 0) -> Operation:
    """stack: along a new first axis where nothing is said, which is refused."""
    return StackOperation(dim)
