"""Keras's merging layers."""

from __future__ import annotations

from typing import Annotated, ClassVar

from cnnshape.operations import merging as operations
from cnnshape.operations.merging import MergeKind
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Integer
from cnnshape.vocabularies.vocabulary import LayerType


class Merge(Layer):
    """The base of the layers that merge element by element."""

    merge: ClassVar[MergeKind]
    operands: ClassVar[int | None] = None

    def lower(self, kind: LayerType, defaults: Defaults) -> operations.Merge:
        """Sizes of 1 broadcast, shorter shapes line up with the last axes; batches have to agree."""
        return operations.Merge(self.merge, self.operands, pairs_batches=True)


class Add(Merge):
    """Add."""

    merge = "add"


class Subtract(Merge):
    """Subtract: exactly two inputs."""

    merge = "subtract"
    operands = 2


class Multiply(Merge):
    """Multiply."""

    merge = "multiply"


class Average(Merge):
    """Average."""

    merge = "average"


class Maximum(Merge):
    """Maximum."""

    merge = "maximum"


class Minimum(Merge):
    """Minimum."""

    merge = "minimum"


def Concatenate(axis: Integer = -1) -> operations.Concatenate:
    """Concatenate along an axis that counts the batch: all other axes have to agree."""
    return operations.Concatenate(axis)


def pair_of_axes(value: object) -> tuple[int, int]:
    """One axis for both inputs, or one for each."""
    listed = value if isinstance(value, list | tuple) else (value, value)
    if len(listed) != 2 or any(isinstance(axis, bool) or not isinstance(axis, int) for axis in listed):
        raise ValueError("must be an axis, or two: one of either input")
    return listed[0], listed[1]


def Dot(
    axes: Annotated[tuple[int, int], Before(pair_of_axes, int | list[int])], normalize: bool = False
) -> operations.Dot:
    """Dot: sums the products along one axis of either input. The axes count the batch, which cannot be one of them."""
    return operations.Dot(axes, normalize)
