"""Pooling: sliding windows and whole axes, of every kind and either framework."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from cnnshape.arithmetic.sizes import Shape, product, times
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value

PoolingKind = Literal["max", "average", "sum", "lp"]


@value
class Pooling(Operation):
    """One value per channel and window.

    Attributes:
        window, strides, dilation: per spatial axis.
        padding: a rule, or (low, high) per spatial axis.
        ceil_mode: PyTorch's: a last window may hang over the edge.
        fits_unpadded: the window may not be larger than the input without its padding (PyTorch's AvgPool3d).
    """

    per_sample: ClassVar[bool] = True

    kind: PoolingKind
    window: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule | tuple[Padding, ...] = "valid"
    dilation: tuple[int, ...] = ()
    ceil_mode: bool = False
    layout: Layout = CHANNELS_LAST
    fits_unpadded: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out = windows per axis x channels``; no weights.

        Per output element: ``window - 1`` comparisons or additions, and the division of an average. LP pooling raises
        every element to a power, adds, and takes one root: ``2 * window``.
        """
        rank = len(self.window)
        require_rank(shape, rank, self.layout)
        spatial = self.layout.spatial(shape)
        if self.fits_unpadded:
            slide(spatial, self.window, self.strides, (), ((0, 0),) * rank)
        windows = slide(spatial, self.window, self.strides, self.dilation, self.padding, ceil_mode=self.ceil_mode)
        sizes, channels, elements = counts(windows), self.layout.channels(shape), prod(self.window)
        per_element = {"max": elements - 1, "sum": elements - 1, "average": elements, "lp": 2 * elements}[self.kind]
        return Result(
            (self.layout.join(shape[0], sizes, channels),),
            flops=times(per_element, product(sizes), channels),
            windows=windows,
            paths=(self.layout.paths(window_maps(windows), Path(self.layout.channel_axis(rank + 2))),),
        )


@value
class WithIndices(Operation):
    """A maximum and, as a second output, where it was found (PyTorch's ``return_indices=True``)."""

    pooling: Operation

    def apply(self, shape: Shape) -> Result:
        """The result of the pooling with its output twice."""
        result = self.pooling.apply(shape)
        return result._replace(outputs=result.outputs * 2, indices=(1,))


@value
class GlobalPooling(Operation):
    """One value per channel over all of the spatial axes, which vanish or (`keepdims`) stay with size 1."""

    per_sample: ClassVar[bool] = True

    kind: Literal["max", "average"]
    rank: int
    keepdims: bool = False
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """``(batch, channels)``, or with ones in place of the spatial sizes; FLOPs: one per input element."""
        require_rank(shape, self.rank, self.layout)
        channels = self.layout.channels(shape)
        if self.keepdims:
            output = self.layout.join(shape[0], (1,) * self.rank, channels)
        else:
            output = (shape[0], channels)
        channel_axis = self.layout.channel_axis(len(output))
        paths = [EVERYTHING] * len(shape)
        paths[0] = Path(0)
        paths[self.layout.channel_axis(len(shape))] = Path(channel_axis)
        return Result((output,), flops=product(shape[1:]), paths=(tuple(paths),))
