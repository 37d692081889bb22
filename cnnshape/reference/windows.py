"""Where windows stand, found by sliding them: the independent half of the proof.

No formula for an output size appears here. A window is moved by its stride from the first position on, for as
long as it fits; the number of positions where it stood is the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import ForwardError
from cnnshape.value import NamedTuple

Span: TypeAlias = tuple[int, int]
"""Cells added before and after an axis."""

PadMode: TypeAlias = Literal["constant", "reflect", "edge", "wrap"]

PAD_MODES: dict[str, PadMode] = {
    **dict.fromkeys(("zeros", "constant"), "constant"),
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
"""PyTorch's modes of padding, of layers and of functions, in NumPy's words."""


class Sweep(NamedTuple):
    """How a kernel goes over a volume: by these strides, its taps so far apart, in so many groups of channels."""

    stride: tuple[int, int, int]
    dilation: tuple[int, int, int]
    groups: int


def per_axis(value: Any, rank: int) -> tuple[int, ...]:
    """`3` or `(3,)` for every one of `rank` axes, `(3, 5)` as it stands."""
    values = tuple(value) if isinstance(value, Sequence) else (value,)
    return values * rank if len(values) == 1 else values


def in_space(value: Any, rank: int, missing: int = 1) -> tuple[int, int, int]:
    """A value per axis (or one for all) on three axes: a layer of rank 1 or 2 lies in a flat volume."""
    axes = (missing,) * (3 - rank) + per_axis(value, rank)
    return (axes[0], axes[1], axes[2])


def taps(size: int, dilation: int) -> list[int]:
    """The cells that a window reads, counted from its first."""
    cells, cell = [], 0
    for _ in range(size):
        cells.append(cell)
        cell += dilation
    return cells


def reach(size: int, dilation: int) -> int:
    """The cells from a window's first to its last, both included."""
    return taps(size, dilation)[-1] + 1


def starts_that_fit(length: int, extent: int, stride: int) -> list[int]:
    """Where a window of `extent` cells stands on an axis of `length` cells, from cell 0 while it fits."""
    starts, start = [], 0
    while start + extent <= length:
        starts.append(start)
        start += stride
    return starts


def window_starts(
    padded: Array, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Where windows stand on the three axes of a padded volume (batch, depth, height, width, channels)."""
    deep, high, wide = (
        starts_that_fit(length, reach(cells, dilated), step)
        for length, cells, dilated, step in zip(padded.shape[1:4], size, dilation, stride, strict=True)
    )
    return deep, high, wide


def starts_of_strides(length: int, stride: int) -> list[int]:
    """Every cell of the axis that a walk by `stride` from cell 0 steps on."""
    starts, start = [], 0
    while start < length:
        starts.append(start)
        start += stride
    return starts


def same_padding(length: int, extent: int, stride: int) -> Span:
    """Keras's `same`: as many windows as strides begin inside the axis; the odd cell goes after."""
    last = starts_of_strides(length, stride)[-1]
    lacking = max(last + extent - length, 0)
    return lacking // 2, lacking - lacking // 2


def centred_same_padding(length: int, extent: int, stride: int) -> Span:
    """`same` of TensorFlow's 3-D convolution and pooling, which also centres windows that leave cells over.

    Where the windows lie apart and end before the axis does, it starts them half the rest later (rounded down);
    in 1-D and 2-D they start at the first cell. Observed with Keras 3.15 on TensorFlow 2.21, CPU, with TensorFlow's
    own kernels; those of oneDNN, which it takes where the processor suits it, do not centre.
    """
    last = starts_of_strides(length, stride)[-1]
    rest = length - (last + extent)
    return (-(rest // 2), 0) if rest > 0 else same_padding(length, extent, stride)


def hanging_starts(length: int, extent: int, stride: int, padding: int) -> list[int]:
    """PyTorch's `ceil_mode`, on an axis padded by `padding` on both sides.

    A window may hang over the end by less than one stride, unless it would begin in the padding after the axis.
    """
    padded = padding + length + padding
    starts, start = [], 0
    while start + extent < padded + stride and start < padding + length:
        starts.append(start)
        start += stride
    return starts


def pad(array: Array, spans: Sequence[Span], mode: PadMode = "constant", value: float = 0.0) -> Array:
    """The array with `spans[i]` cells added before and after axis `i`; negative spans cut cells off.

    What is reflected or repeated is the array as it was; what is wrapped around is what the cuts have left of it, as
    PyTorch's circular padding does.

    Raises:
        ForwardError: more cells to wrap around than the cuts have left; PyTorch fills them with whatever was in memory.
    """
    if not any(before or after for before, after in spans):
        return array
    added = [(max(before, 0), max(after, 0)) for before, after in spans]
    cut = [(max(-before, 0), max(-after, 0)) for before, after in spans]
    if mode in ("reflect", "edge"):
        return trimmed(np.pad(array, added, mode=mode), cut)
    array = trimmed(array, cut)
    if mode == "wrap":
        if any(max(sides) > length for sides, length in zip(added, array.shape, strict=True)):
            raise ForwardError("circular padding wraps around more cells than its negative sides leave")
        return np.pad(array, added, mode=mode)
    shape = tuple(before + length + after for (before, after), length in zip(added, array.shape, strict=True))
    padded = np.full(shape, value, array.dtype)
    inside = tuple(slice(before, before + length) for (before, _), length in zip(added, array.shape, strict=True))
    padded[inside] = array
    return padded


def trimmed(array: Array, cut: Sequence[Span]) -> Array:
    """The array without `cut[i]` cells before and after on axis `i`."""
    return array[tuple(slice(before, length - after) for (before, after), length in zip(cut, array.shape, strict=True))]


def pad_space(volume: Array, spans: Sequence[Span], mode: PadMode = "constant", value: float = 0.0) -> Array:
    """`pad` of the three spatial axes of a volume (batch, depth, height, width, channels)."""
    return pad(volume, [(0, 0), *spans, (0, 0)], mode, value)


def to_volume(tensor: Array, channels_first: bool) -> Array:
    """A tensor of one to three spatial axes as (batch, depth, height, width, channels); missing axes are 1."""
    if channels_first:
        tensor = np.moveaxis(tensor, 1, -1)
    missing = range(1, 6 - tensor.ndim)
    return np.expand_dims(tensor, tuple(missing))


def from_volume(volume: Array, rank: int, channels_first: bool) -> Array:
    """The inverse of `to_volume`: a view in the framework's layout."""
    tensor = np.squeeze(volume, tuple(range(1, 4 - rank)))
    return np.moveaxis(tensor, -1, 1) if channels_first else tensor
