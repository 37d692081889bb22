"""Operators of graphs that a tool has written out: their reader works out what they give."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.operations.operation import Operation, Result, Weight
from cnnshape.value import value


@value
class Worked(Operation):
    """An operator for which no layer stands, as a graph states it: no axis of it need be the batch.

    Its reader knows the values that sizes are computed from (the shape that a Reshape is given is the output of other
    operators), so the result is the reader's, for the inputs at hand and no others. `complete` says whether its costs
    are known; `operands` has every operand that is a weight, and None for one that is a tensor.
    """

    fewest = 0
    merges = False

    result: Result
    complete: bool = True
    operands: tuple[Weight | None, ...] = ()

    def apply(self, *inputs: Shape) -> Result:
        """The result that was worked out."""
        return self.result


@value
class Stored(Operation):
    """An operation with the weights that a file keeps for it, and costs that are not those of axis 0 as the batch.

    Some weights of a layer may be another's, or constants. `macs` and `flops` are per sample.
    """

    fewest = 0

    operation: Operation
    weights: tuple[Weight, ...]
    macs: Dim
    flops: Dim

    def apply(self, *inputs: Shape) -> Result:
        """The operation's result with these weights and costs."""
        return self.operation.apply(*inputs)._replace(weights=self.weights, macs=self.macs, flops=self.flops)
