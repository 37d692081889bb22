"""Layers and functions that move, add, drop or pass on values without computing with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import NEEDED, Execution, Kernel, plain
from cnnshape.reference.pooling import spatial_axes
from cnnshape.reference.products import window_view
from cnnshape.reference.windows import (
    PadMode,
    Span,
    from_volume,
    in_space,
    pad,
    pad_space,
    to_volume,
    window_starts,
)


def identity(execution: Execution, tensor: Array, **arguments: Any) -> Array:
    """Dropout of every kind, noise, stochastic depth, regularization: nothing, in inference."""
    return tensor


def keras_flatten(execution: Execution, tensor: Array, *, data_format: str | None = None) -> Array:
    """Flatten; channels in front are moved to the end before."""
    if data_format == "channels_first" and tensor.ndim > 1:
        tensor = np.moveaxis(tensor, 1, -1)
    return tensor.reshape(len(tensor), -1)


def spans_per_axis(value: Any, rank: int) -> list[Span]:
    """`1`, `(1, 2)` (the same on both sides; in 1-D, before and after) or `((0, 1), (2, 0))` as spans."""
    if isinstance(value, int):
        return [(value, value)] * rank
    if rank == 1 and all(isinstance(cells, int) for cells in value) and len(value) == 2:
        return [(value[0], value[1])]
    return [(cells, cells) if isinstance(cells, int) else (cells[0], cells[1]) for cells in value]


def keras_zero_padding(tensor: Array, padding: Any, data_format: str | None) -> Array:
    """ZeroPadding1D, ZeroPadding2D, ZeroPadding3D."""
    return pad(tensor, in_layout(spans_per_axis(padding, tensor.ndim - 2), tensor, data_format))


def keras_cropping(tensor: Array, cropping: Any, data_format: str | None = None) -> Array:
    """Cropping1D, which crops axis 1 wherever the channels are, Cropping2D and Cropping3D."""
    cut = [(-before, -after) for before, after in spans_per_axis(cropping, tensor.ndim - 2)]
    return pad(tensor, in_layout(cut, tensor, data_format))


def in_layout(spans: Sequence[Span], tensor: Array, data_format: str | None) -> list[Span]:
    """Spans of the spatial axes as spans of all axes."""
    every: list[Span] = [(0, 0)] * tensor.ndim
    for axis, span in zip(spatial_axes(tensor, data_format), spans, strict=True):
        every[axis] = span
    return every


def pytorch_pad(tensor: Array, padding: Any, mode: PadMode, value: float = 0.0) -> Array:
    """PyTorch's order: (before, after) of the last axis first; one number for all sides."""
    sides = (padding,) * 2 * (tensor.ndim - 2) if isinstance(padding, int) else tuple(padding)
    spans = [(sides[index], sides[index + 1]) for index in range(0, len(sides), 2)]
    return pad(tensor, [(0, 0)] * (tensor.ndim - len(spans)) + spans[::-1], mode, value)


def padding(mode: PadMode, **value: Any) -> Kernel:
    """ZeroPad1d to 3d, ReflectionPad1d to 3d and their like."""
    return plain(lambda tensor, padding, *value: pytorch_pad(tensor, padding, mode, *value), padding=NEEDED, **value)


def merge_axes(tensor: Array, start: int, end: int) -> Array:
    """The axes from `start` to `end`, both included, as one."""
    first, last = start % tensor.ndim, end % tensor.ndim
    length = math.prod(tensor.shape[first : last + 1])
    return tensor.reshape(*tensor.shape[:first], length, *tensor.shape[last + 1 :])


def unflatten(tensor: Array, dim: int, sizes: Sequence[int]) -> Array:
    """One axis as several."""
    axis = dim % tensor.ndim
    return tensor.reshape(*tensor.shape[:axis], *sizes, *tensor.shape[axis + 1 :])


def pytorch_pixel_shuffle(execution: Execution, tensor: Array, *, upscale_factor: int) -> Array:
    """PixelShuffle: r x r channels, on the third axis from the end, become one pixel each."""
    r = upscale_factor
    *before, channels, height, width = tensor.shape
    split = tensor.reshape(-1, channels // (r * r), r, r, height, width)
    return split.transpose(0, 1, 4, 2, 5, 3).reshape(*before, channels // (r * r), height * r, width * r)


def pytorch_pixel_unshuffle(execution: Execution, tensor: Array, *, downscale_factor: int) -> Array:
    """PixelUnshuffle, the inverse."""
    r = downscale_factor
    *before, channels, height, width = tensor.shape
    split = tensor.reshape(-1, channels, height // r, r, width // r, r)
    return split.transpose(0, 1, 3, 5, 2, 4).reshape(*before, channels * r * r, height // r, width // r)


def pytorch_channel_shuffle(execution: Execution, tensor: Array, *, groups: int) -> Array:
    """ChannelShuffle: the first channel of every group, then the second of every group, and so on."""
    split = tensor.reshape(len(tensor), groups, tensor.shape[1] // groups, *tensor.shape[2:])
    return split.swapaxes(1, 2).reshape(tensor.shape)


def unfold(tensor: Array, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Array:
    """Unfold: every window as a column, (batch, channels x taps, windows)."""
    rank = tensor.ndim - 2
    size, step, dilated = (in_space(value, rank) for value in (kernel_size, stride, dilation))
    spans = [(cells, cells) for cells in in_space(padding, rank, missing=0)]
    padded = pad_space(to_volume(tensor, channels_first=True), spans)
    positions = [len(starts) for starts in window_starts(padded, size, step, dilated)]
    windows = window_view(padded, size, step, dilated, positions)
    columns = windows.transpose(0, 7, 4, 5, 6, 1, 2, 3)
    return columns.reshape(len(tensor), tensor.shape[1] * math.prod(size), math.prod(positions))


pytorch_unfold = plain(unfold, kernel_size=NEEDED, dilation=1, padding=0, stride=1)


def fold(tensor: Array, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Array:
    """Fold, the transpose of Unfold: every column is laid where its window was, and what overlaps is summed."""
    size, step, dilated = (in_space(value, 2) for value in (kernel_size, stride, dilation))
    spans = [(cells, cells) for cells in in_space(padding, 2, missing=0)]
    channels = tensor.shape[1] // math.prod(size)
    image = pad_space(np.zeros((len(tensor), *in_space(output_size, 2), channels), np.float32), spans)
    positions = window_starts(image, size, step, dilated)
    columns = tensor.reshape(len(tensor), channels, *size, *map(len, positions))
    for tap in np.ndindex(size):
        cells = [
            [start + index * spread for start in starts]
            for starts, index, spread in zip(positions, tap, dilated, strict=True)
        ]
        image[(slice(None), *np.ix_(*cells))] += np.moveaxis(columns[:, :, *tap], 1, -1)
    cut = [(-before, -after) for before, after in spans]
    return from_volume(pad_space(image, cut), 2, channels_first=True)


pytorch_fold = plain(fold, output_size=NEEDED, kernel_size=NEEDED, dilation=1, padding=0, stride=1)
