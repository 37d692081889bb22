"""Layers whose input are numbers of things: embeddings and categories."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product
from cnnshape.operations.operation import Operation, Path, Result, Weight
from cnnshape.value import value


@value
class Lookup(Operation):
    """A trained vector of `features` for each of `entries` numbers."""

    entries: int
    features: int

    def apply(self, *inputs: Shape) -> Result:
        """``(..., features)``; params ``entries * features``, no products."""
        (shape,) = inputs
        paths = (tuple(Path(axis) for axis in range(len(shape))),)
        return Result(((*shape, self.features),), (Weight("embeddings", (self.entries, self.features)),), paths=paths)


@value
class Categories(Operation):
    """Numbers of categories as vectors: one a number (`each`, one-hot), or one for all numbers of an axis.

    That is the last axis, or (`first`, as Keras's Discretization has it) the one behind the batch.
    """

    entries: int
    each: bool = False
    first: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """``(batch, entries)`` for several hot ones; one-hot adds an axis, but takes the place of a last axis of 1."""
        (shape,) = inputs
        kept = shape
        if len(shape) > 1 and (not self.each or shape[-1] == 1):
            kept = (*shape[:1], *shape[2:]) if self.first and not self.each else shape[:-1]
        output = (*kept, self.entries)
        return Result((output,), flops=product(output[1:]))
