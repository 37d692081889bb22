"""Adaptive pooling: as many windows as are asked for, spread evenly over the input."""

from __future__ import annotations

from math import gcd
from typing import ClassVar, Literal

from cnnshape.arithmetic.fields import IDENTITY, adaptive_map, told
from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    require_rank,
)
from cnnshape.operations.reduction import Reduce
from cnnshape.value import value


def reads(size: Dim, windows: Dim) -> Dim:
    """Elements that all windows of an axis read together: window i from ``floor(i * size / windows)`` up to
    ``ceil((i + 1) * size / windows) - 1``.

    Each element once, and once more wherever two windows meet inside one, which is everywhere but at the
    ``gcd(size, windows)`` places that are multiples of both: ``size + windows - gcd(size, windows)``.
    """
    return None if size is None or windows is None else size + windows - gcd(size, windows)


@value
class AdaptivePooling(Operation):
    """Pooling to given spatial sizes; None keeps an axis as it is.

    With `more_axes` there may be further axes between batch and channels (PyTorch's AdaptiveAvgPool2d(1), which it
    computes as a mean over the last axes).
    """

    per_sample: ClassVar[bool] = True

    kind: Literal["max", "average"]
    sizes: tuple[int | None, ...]
    layout: Layout = CHANNELS_LAST
    more_axes: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out = sizes``; FLOPs: the elements of every window, less one each for a maximum."""
        if reduction := self.reduction(shape):
            return reduction.apply(shape)
        require_rank(shape, len(self.sizes), self.layout)
        spatial = self.layout.spatial(shape)
        sizes = tuple(size if wanted is None else wanted for size, wanted in zip(spatial, self.sizes, strict=True))
        channels = self.layout.channels(shape)
        flops = times(channels, product(map(reads, spatial, sizes)))
        if self.kind == "max":
            elements = times(channels, product(sizes))
            flops = None if flops is None or elements is None else flops - elements
        paths = [Path(axis) for axis in range(len(shape))]
        for axis, size, wanted in zip(self.layout.spatial_axes(len(shape)), spatial, self.sizes, strict=True):
            paths[axis] = _path(axis, size, wanted)
        return Result((self.layout.join(shape[0], sizes, channels),), flops=flops, paths=(tuple(paths),))

    def reduction(self, shape: Shape) -> Reduce | None:
        """The mean that PyTorch takes where there are further axes; None where there are none."""
        if not self.more_axes or len(shape) <= len(self.sizes) + 2:
            return None
        return Reduce(tuple(range(-len(self.sizes), 0)), keep=True)


def _path(axis: int, size: Dim, wanted: int | None) -> Path:
    if wanted is None or wanted == size:
        return Path(axis, IDENTITY)
    if wanted == 1:
        return EVERYTHING
    return Path(axis, None, lost=True) if size is None else Path(axis, told(wanted, adaptive_map, size, wanted))
