"""Layers whose input are numbers of things: embeddings and categories."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    EVERYTHING,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    require_at_least,
)
from cnnshape.value import value


@value
class Lookup(Operation):
    """A trained vector of `features` for each of `entries` numbers; with `bag` one for all numbers of a sample.

    With `apart` there are as many weights again, for the way `back` from vectors to scores of the numbers, which may be
    `capped` by a tanh.
    """

    entries: int
    features: int
    bag: bool = False
    apart: bool = False
    capped: bool = False
    back: bool = False

    def apply(self, shape: Shape) -> Result:
        """``(..., features)``; params ``entries * features``, no products. A bag is an addition for each vector.

        Back ``(..., features) -> (..., entries)``, a matrix product with the same weights.
        """
        weights: tuple[Weight, ...] = (Weight("embeddings", (self.entries, self.features)),)
        if self.apart:
            weights = (*weights, Weight("reverse_embeddings", (self.features, self.entries)))
        if self.bag:
            if len(shape) != 2:
                raise Fault("CS302", f"{LAYER} needs 2 axes (batch, numbers), but got {show(shape)}")
            flops = times(shape[1], self.features)
            return Result(((shape[0], self.features),), weights, flops=flops, paths=((Path(0), EVERYTHING),))
        every = tuple(Path(axis) for axis in range(len(shape)))
        if self.back:
            require_at_least(shape, 2, because=" (batch, features)")
            check_size(shape[-1], self.features, "output_dim", "feature")
            scores = product((*shape[1:-1], self.entries))
            macs = times(scores, self.features)
            flops = total([times(2, macs), times(3, scores) if self.capped else 0])
            return Result(((*shape[:-1], self.entries),), weights, macs, flops, paths=((*every[:-1], EVERYTHING),))
        return Result(((*shape, self.features),), weights, paths=(every,))


@value
class Categories(Operation):
    """Numbers of categories as vectors: one a number (`each`, one-hot), or one for all numbers of an axis.

    That is the last axis, or (`first`, as Keras's Discretization has it) the one behind the batch. One-hot vectors take
    the place of a last axis of 1 unless they are `always` one more.
    """

    entries: int
    each: bool = False
    first: bool = False
    always: bool = False

    def apply(self, shape: Shape) -> Result:
        """``(batch, entries)`` for several hot ones; one-hot adds an axis, but takes the place of a last axis of 1."""
        kept = shape
        if len(shape) > 1 and not self.always and (not self.each or shape[-1] == 1):
            kept = (*shape[:1], *shape[2:]) if self.first and not self.each else shape[:-1]
        output = (*kept, self.entries)
        return Result((output,), flops=product(output[1:]))
