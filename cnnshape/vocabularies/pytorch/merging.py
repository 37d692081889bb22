"""PyTorch's functions of several tensors."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.operations import merging as operations
from cnnshape.operations.merging import MergeKind
from cnnshape.operations.operation import Operation
from cnnshape.operations.parts import Stack as StackOperation
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.pytorch.values import AXIS
from cnnshape.vocabularies.values import Integer, Number
from cnnshape.vocabularies.vocabulary import LayerType

MERGES: dict[str, MergeKind] = {
    "add": "add",
    "sub": "subtract",
    "subtract": "subtract",
    "mul": "multiply",
    "multiply": "multiply",
    "div": "divide",
    "divide": "divide",
    "true_divide": "divide",
    "maximum": "maximum",
    "minimum": "minimum",
}


class Merge(Layer):
    """maximum, minimum: two tensors."""

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Two tensors, element by element."""
        return operations.Merge(MERGES[kind.name], 2)


class WithOther(Layer):
    """A number in place of the second tensor: ``mul(0.5)(x)``."""

    other: Number | None = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Two tensors, or one and a number, element by element."""
        if self.other is None:
            return operations.Merge(MERGES[kind.name], 2)
        return operations.Merge(MERGES[kind.name], 1, 1)


class Multiply(WithOther):
    """mul, multiply, true_divide."""


class Add(WithOther):
    """add, sub, subtract: `alpha` is a factor of the second operand."""

    keyword_only: ClassVar[frozenset[str]] = frozenset({"alpha"})

    alpha: Number = 1


class Divide(WithOther):
    """div, divide."""

    keyword_only: ClassVar[frozenset[str]] = frozenset({"rounding_mode"})

    rounding_mode: Literal["trunc", "floor"] | None = None


class Concatenate(Layer):
    """cat, concat, concatenate: along the batch where nothing is said, which is refused."""

    second_names = AXIS

    dim: Integer = 0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Joined along an axis."""
        return operations.Concatenate(self.dim, "dim")


class Stack(Layer):
    """stack: along a new first axis where nothing is said, which is refused."""

    second_names = AXIS

    dim: Integer = 0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Stacked along a new axis."""
        return StackOperation(self.dim)
