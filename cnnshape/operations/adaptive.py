"""Adaptive pooling: as many windows as are asked for, spread evenly over the input."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Literal

from cnnshape.arithmetic.fields import IDENTITY, adaptive_map
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


def adaptive_reads(size: int, windows: int) -> int:
    """Elements that all windows of an axis read together: window i from ``floor(i * size / windows)`` up to
    ``ceil((i + 1) * size / windows) - 1``.

    Each element once, and once more wherever two windows meet inside one, which is everywhere but at the
    ``gcd(size, windows)`` places that are multiples of both: ``size + windows - gcd(size, windows)``.
    """
    return size + windows - gcd(size, windows)


@dataclass(frozen=True, slots=True)
class AdaptivePooling(Operation):
    """Pooling to given spatial sizes; None keeps an axis as it is."""

    kind: Literal["max", "average"]
    sizes: tuple[int | None, ...]
    layout: Layout = CHANNELS_LAST
    what: str = "AdaptivePooling"

    def apply(self, *inputs: Shape) -> Result:
        """``out = sizes``; FLOPs: the elements of every window, less one each for a maximum."""
        (shape,) = inputs
        require_rank(shape, len(self.sizes), self.layout, self.what)
        spatial = self.layout.spatial(shape)
        sizes = tuple(size if wanted is None else wanted for size, wanted in zip(spatial, self.sizes, strict=True))
        channels = self.layout.channels(shape)
        reads = times(channels, product(map(_reads, spatial, sizes)))
        elements = times(channels, product(sizes))
        flops: Dim = reads
        if self.kind == "max":
            flops = None if reads is None or elements is None else reads - elements
        paths = [Path(axis) for axis in range(len(shape))]
        for axis, size, wanted in zip(self.layout.spatial_axes(len(shape)), spatial, self.sizes, strict=True):
            paths[axis] = _path(axis, size, wanted)
        return Result((self.layout.join(shape[0], sizes, channels),), flops=flops, paths=(tuple(paths),))


def _reads(size: Dim, windows: Dim) -> Dim:
    return None if size is None or windows is None else adaptive_reads(size, windows)


def _path(axis: int, size: Dim, wanted: int | None) -> Path:
    if wanted is None or wanted == size:
        return Path(axis, IDENTITY)
    if wanted == 1:
        return EVERYTHING
    return Path(axis, None if size is None else adaptive_map(size, wanted))
