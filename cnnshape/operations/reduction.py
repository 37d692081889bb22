"""Axes reduced to one value each: means, sums, extremes. No weights."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.arithmetic.sizes import Dim, Shape, product
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, distinct_axes, refuse_batch
from cnnshape.value import value

Reduction = Literal["mean", "sum", "max", "min", "var", "norm"]


@value
class Reduce(Operation):
    """Axes reduced to one value each: kept as size 1 with `keep`, else taken out. Axes may be negative."""

    per_sample: ClassVar[bool] = True

    axes: tuple[int, ...]
    kind: Reduction = "mean"
    keep: bool = False

    def apply(self, shape: Shape) -> Result:
        """The shape without (or with 1 for) the reduced axes."""
        axes = distinct_axes(self.axes, len(shape))
        for axis in axes:
            refuse_batch(axis, "reduce")
        kept = [axis for axis in range(len(shape)) if axis not in axes]
        if self.keep:
            output = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
        else:
            output = tuple(shape[axis] for axis in kept)
        paths = tuple(
            Path(axis if self.keep else kept.index(axis)) if axis in kept else EVERYTHING for axis in range(len(shape))
        )
        return Result((output,), flops=self._flops(shape, product(output[1:])), paths=(paths,))

    def _flops(self, shape: Shape, outputs: Dim) -> Dim:
        """As pooling over the window that the reduced axes make: the window for a mean, one less for sum and max."""
        elements = product(shape[1:])
        if elements is None or outputs is None:
            return None
        return {"mean": elements, "var": 4 * elements, "norm": 2 * elements}.get(self.kind, elements - outputs)


@value
class Moments(Operation):
    """The mean and the variance over axes, as two outputs."""

    axes: tuple[int, ...]
    keep: bool = False

    def apply(self, shape: Shape) -> Result:
        """The shape of a reduction, twice; costs as a variance, whose mean is the other output."""
        result = Reduce(self.axes, "var", self.keep).apply(shape)
        return result._replace(outputs=result.outputs * 2)
