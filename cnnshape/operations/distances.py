"""Distances between two tensors along an axis. No weights."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product, times, total
from cnnshape.operations.merging import MatrixProduct, Merge
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, sample_axis
from cnnshape.value import value


@value
class Distance(Operation):
    """One number for each pair of vectors along an axis, shapes broadcast.

    Attributes:
        flops: operations for each pair of elements; `more`: for each number that comes out.
        keep: whether the axis stays, with size 1.
    """

    axis: int
    flops: int
    more: int = 0
    keep: bool = False

    def apply(self, one: Shape, other: Shape) -> Result:
        """The common shape without the axis."""
        together = Merge("multiply", 2).apply(one, other)
        shape = together.output
        axis = sample_axis(self.axis, len(shape), "reduce")
        output = (*shape[:axis], *((1,) if self.keep else ()), *shape[axis + 1 :])
        flops = total([times(product(shape[1:]), self.flops), times(product(output[1:]), self.more)])

        def onwards(path: Path) -> Path:
            if path.axis is None or path.axis < axis:
                return path
            if path.axis == axis:
                return EVERYTHING
            return path._replace(axis=path.axis - (not self.keep))

        paths = together.paths or tuple(tuple(Path(each) for each in range(len(shape))) for _ in range(2))
        return Result((output,), flops=flops, paths=tuple(tuple(map(onwards, each)) for each in paths))


@value
class Distances(Operation):
    """A number for every pair of a row of one tensor and a row of another (``cdist``)."""

    def apply(self, one: Shape, other: Shape) -> Result:
        """``(..., n, m), (..., k, m) -> (..., n, k)``; a product of each pair of elements, as a matrix product."""
        turned = (*other[:-2], *other[:-3:-1]) if len(other) > 1 else other
        result = MatrixProduct().apply(one, turned)
        paths = (EVERYTHING,) * len(one), (EVERYTHING,) * len(other)
        return result._replace(flops=times(3, result.macs), paths=paths)
