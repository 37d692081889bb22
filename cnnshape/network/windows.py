"""The windows of a row along each axis: what advice and fixes look at."""

from __future__ import annotations

from functools import lru_cache

from cnnshape.arithmetic.windows import AxisWindows, Padding, effective_kernel
from cnnshape.network.plan import Row
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.pooling import Pooling, WithIndices
from cnnshape.value import NamedTuple

SLIDING = (Convolution, Pooling, WithIndices)


class Axis(NamedTuple):
    """The windows along one axis: the input's size, how many windows fit, and their form, all in elements."""

    name: str
    size: int
    windows: int
    kernel: int
    stride: int
    dilation: int
    padding: Padding
    leftover: int

    @property
    def extent(self) -> int:
        """The effective kernel."""
        return effective_kernel(self.kernel, self.dilation)


def axes_of(row: Row) -> tuple[Axis, ...]:
    """The windows of a convolution or pooling per spatial axis whose sizes are known; none for other rows."""
    if row.result is None or not isinstance(row.operation, SLIDING):
        return ()
    return known_axes(row.result.windows)


@lru_cache(maxsize=10_000)  # rows, and files, have few different ones
def known_axes(windows: tuple[AxisWindows, ...]) -> tuple[Axis, ...]:
    """Those whose sizes are all known."""
    values = [
        (each.axis, each.size, each.windows, each.kernel, each.stride, each.dilation, each.padding, each.leftover)
        for each in windows
    ]
    return tuple([Axis._make(stated) for stated in values if None not in stated])
