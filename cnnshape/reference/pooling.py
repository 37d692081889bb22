"""Pooling: windows reduced to their maximum, mean, sum or norm; adaptive and global pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.compiled import compiled
from cnnshape.reference.convolution import keras_spans
from cnnshape.reference.execution import NEEDED, Execution, Kernel, plain
from cnnshape.reference.products import window_view
from cnnshape.reference.windows import (
    Span,
    from_volume,
    hanging_starts,
    in_space,
    pad_space,
    per_axis,
    reach,
    to_volume,
    window_starts,
)

Reduction: TypeAlias = Literal["max", "sum"]


@compiled
def reduce_directly(
    padded: Array,
    size: tuple[int, int, int],
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    largest: bool,
    output: Array,
) -> None:
    """The oracle of pooling, sums and maxima; a NaN in the window is the maximum, as in the frameworks' training."""
    for sample in range(output.shape[0]):
        for deep in range(output.shape[1]):
            for high in range(output.shape[2]):
                for wide in range(output.shape[3]):
                    for channel in range(output.shape[4]):
                        found = -np.inf if largest else 0.0
                        for i in range(size[0]):
                            for j in range(size[1]):
                                for k in range(size[2]):
                                    value = padded[
                                        sample,
                                        deep * stride[0] + i * dilation[0],
                                        high * stride[1] + j * dilation[1],
                                        wide * stride[2] + k * dilation[2],
                                        channel,
                                    ]
                                    if not largest:
                                        found += value
                                    elif value > found or np.isnan(value):
                                        found = value
                        output[sample, deep, high, wide, channel] = found


def reduce_windows(
    execution: Execution,
    padded: Array,
    reduction: Reduction,
    size: tuple[int, int, int],
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int] = (1, 1, 1),
) -> Array:
    """The maximum or the sum of every window that fits into the padded volume."""
    positions = [len(starts) for starts in window_starts(padded, size, stride, dilation)]
    output = np.empty((len(padded), *positions, padded.shape[4]), np.float32)
    if execution.is_direct(output.size * math.prod(size)):
        reduce_directly(np.ascontiguousarray(padded), size, stride, dilation, reduction == "max", output)
        return output
    windows = window_view(padded, size, stride, dilation, positions)
    combine: np.ufunc = np.maximum if reduction == "max" else np.add
    output.fill(-np.inf if reduction == "max" else 0)
    for tap in np.ndindex(size):
        combine(output, windows[:, :, :, :, *tap], out=output)
    return output


def counted_cells(volume: Array, counts: Sequence[Span], spans: Sequence[Span]) -> Array:
    """A volume of ones, padded by `counts` cells that count in an average, and up to `spans` by ones that do not."""
    ones = pad_space(np.ones((1, *volume.shape[1:4], 1), np.float32), counts, value=1)
    rest = [
        (before - counted_before, after - counted_after)
        for (before, after), (counted_before, counted_after) in zip(spans, counts, strict=True)
    ]
    return pad_space(ones, rest)


def keras_pooling(
    kind: Literal["max", "average", "sum"],
    execution: Execution,
    tensor: Array,
    *,
    pool_size: Any = 2,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """MaxPooling1D to 3D, AveragePooling of a window's real cells, and SumPooling, which Keras does not have.

    TensorFlow's pooling of volumes centres windows, too (`windows.centred_same_padding`).
    """
    rank, first = tensor.ndim - 2, data_format == "channels_first"
    volume, size = to_volume(tensor, first), in_space(pool_size, rank)
    stride = size if strides is None else in_space(strides, rank)
    centred = rank == 3 and kind != "sum"
    spans = keras_spans(padding, volume.shape[1:4], size, stride, (1, 1, 1), centred)
    if kind == "max":
        largest = reduce_windows(execution, pad_space(volume, spans, value=-np.inf), "max", size, stride)
        return from_volume(largest, rank, first)
    total = reduce_windows(execution, pad_space(volume, spans), "sum", size, stride)
    if kind == "average":
        cells = counted_cells(volume, [(0, 0)] * 3, spans)
        total /= reduce_windows(execution, cells, "sum", size, stride)
    return from_volume(total, rank, first)


def pytorch_windows(
    volume: Array,
    rank: int,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Any,
    dilation: Sequence[int],
    ceil_mode: bool,
) -> tuple[list[Span], list[Span]]:
    """The padding that is asked for, and with it what the hanging windows of `ceil_mode` reach beyond."""
    asked = [(cells, cells) for cells in in_space(padding, rank, missing=0)]
    if not ceil_mode:
        return asked, asked
    reached = []
    for axis, (length, (cells, _)) in enumerate(zip(volume.shape[1:4], asked, strict=True)):
        extent = reach(size[axis], dilation[axis])
        last = hanging_starts(length, extent, stride[axis], cells)[-1]
        reached.append((cells, max(last + extent - cells - length, cells)))
    return asked, reached


def pytorch_max_pooling(
    execution: Execution,
    tensor: Array,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Array | tuple[Array, Array]:
    """MaxPool1d, MaxPool2d, MaxPool3d."""
    rank = tensor.ndim - 2
    volume = to_volume(tensor, channels_first=True)
    size, dilated = in_space(kernel_size, rank), in_space(dilation, rank)
    step = size if stride is None else in_space(stride, rank)
    _, spans = pytorch_windows(volume, rank, size, step, padding, dilated, ceil_mode)
    padded = pad_space(volume, spans, value=-np.inf)
    largest = from_volume(reduce_windows(execution, padded, "max", size, step, dilated), rank, True)
    if not return_indices:
        return largest
    places = pad_space(numbered(volume.shape[1:4])[None, ..., None], spans, value=-1)
    return largest, from_volume(places_of_largest(padded, places, size, step, dilated), rank, True)


def numbered(lengths: Sequence[int]) -> Array:
    """The cells of a plane or a volume, counted row by row as PyTorch counts them; exact below 2**24."""
    return np.arange(math.prod(lengths), dtype=np.float32).reshape(lengths)


def places_of_largest(
    padded: Array,
    places: Array,
    size: tuple[int, int, int],
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
) -> Array:
    """The number of the cell that holds each window's maximum: of several the first, of NaN the last."""
    positions = [len(starts) for starts in window_starts(padded, size, stride, dilation)]
    values = window_view(padded, size, stride, dilation, positions)
    numbers = window_view(places, size, stride, dilation, positions)
    shape = (len(padded), *positions, padded.shape[4])
    largest, found = np.full(shape, -np.inf, np.float32), np.full(shape, -1, np.float32)
    for tap in np.ndindex(size):
        value, number = values[:, :, :, :, *tap], numbers[:, :, :, :, *tap]
        better = (value > largest) | np.isnan(value) | ((found < 0) & (number >= 0))
        largest, found = np.where(better, value, largest), np.where(better, number, found)
    return found


def pytorch_average_pooling(
    execution: Execution,
    tensor: Array,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """AvgPool1d, AvgPool2d, AvgPool3d: padding counts if asked; what a window hangs over never does."""
    rank = tensor.ndim - 2
    volume = to_volume(tensor, channels_first=True)
    size = in_space(kernel_size, rank)
    step = size if stride is None else in_space(stride, rank)
    asked, spans = pytorch_windows(volume, rank, size, step, padding, (1, 1, 1), ceil_mode)
    total = reduce_windows(execution, pad_space(volume, spans), "sum", size, step)
    if divisor_override is not None:
        total /= np.float32(divisor_override)
    else:
        cells = counted_cells(volume, asked if count_include_pad else [(0, 0)] * 3, spans)
        total /= reduce_windows(execution, cells, "sum", size, step)
    return from_volume(total, rank, channels_first=True)


def pytorch_norm_pooling(
    execution: Execution,
    tensor: Array,
    *,
    norm_type: float,
    kernel_size: Any,
    stride: Any = None,
    ceil_mode: bool = False,
) -> Array:
    """LPPool1d, LPPool2d, LPPool3d: PyTorch scales the mean of the powers by the whole window, also where it hangs.

    An infinite power is the largest magnitude of the window, minus infinity the smallest.
    """
    if math.isinf(norm_type):
        sign = np.float32(math.copysign(1, norm_type))
        largest: Any = pytorch_max_pooling(
            execution, sign * np.abs(tensor), kernel_size=kernel_size, stride=stride, ceil_mode=ceil_mode
        )
        magnitude: Array = sign * largest
        return magnitude
    power = np.float32(norm_type)
    mean = pytorch_average_pooling(
        execution, tensor**power, kernel_size=kernel_size, stride=stride, ceil_mode=ceil_mode
    )
    window = np.float32(math.prod(per_axis(kernel_size, tensor.ndim - 2)))
    norm: Array = (mean * window) ** (np.float32(1) / power)
    return norm


def adaptive_windows(length: int, bins: int) -> list[list[int]]:
    """The cells of each of `bins` equal parts of an axis; a cell that a border cuts belongs to both parts.

    The axis is taken to be `length * bins` units long, so that a cell is `bins` and a part `length` units.
    """
    return [
        [cell for cell in range(length) if (cell + 1) * bins > part * length and cell * bins < (part + 1) * length]
        for part in range(bins)
    ]


def pool_adaptively(tensor: Array, axes: Sequence[int], output_size: Any, reduction: np.ufunc) -> Array:
    """The maximum or the mean of every part, one axis after the other; `None` leaves an axis as it is."""
    for axis, bins in zip(axes, per_axis(output_size, len(axes)), strict=True):
        if bins is None:
            continue
        parts = []
        for cells in adaptive_windows(tensor.shape[axis], bins):
            part = reduction.reduce(np.take(tensor, cells, axis), axis=axis)
            parts.append(part if reduction is np.maximum else part / np.float32(len(cells)))
        tensor = np.stack(parts, axis)
    return tensor


def spatial_axes(tensor: Array, data_format: str | None) -> tuple[int, ...]:
    """The axes between batch and channels, wherever the channels are."""
    first = 2 if data_format == "channels_first" else 1
    return tuple(range(first, first + tensor.ndim - 2))


def keras_adaptive_pooling(reduction: np.ufunc) -> Kernel:
    """AdaptiveAveragePooling1D to 3D, AdaptiveMaxPooling1D to 3D."""
    return plain(
        lambda x, size, data_format: pool_adaptively(x, spatial_axes(x, data_format), size, reduction),
        output_size=NEEDED,
        data_format=None,
    )


def keras_global_pooling(reduce: Callable[..., Any]) -> Kernel:
    """GlobalAveragePooling1D to 3D, GlobalMaxPooling1D to 3D."""
    return plain(
        lambda x, data_format, keepdims: reduce(x, axis=spatial_axes(x, data_format), keepdims=keepdims),
        data_format=None,
        keepdims=False,
    )


def pytorch_adaptive_average_pooling(execution: Execution, tensor: Array, *, output_size: Any) -> Array:
    """AdaptiveAvgPool1d, 2d, 3d; of more axes than it names, the last ones."""
    rank = len(output_size) if isinstance(output_size, (list, tuple)) else tensor.ndim - 2
    return pool_adaptively(tensor, range(tensor.ndim - rank, tensor.ndim), output_size, np.add)


def pytorch_adaptive_max_pooling(
    execution: Execution, tensor: Array, *, output_size: Any, return_indices: bool = False
) -> Array | tuple[Array, Array]:
    """AdaptiveMaxPool1d, 2d, 3d."""
    axes = range(2, tensor.ndim)
    if not return_indices:
        return pool_adaptively(tensor, axes, output_size, np.maximum)
    places = np.broadcast_to(numbered(tensor.shape[2:]), tensor.shape)
    for axis, bins in reversed(list(zip(axes, per_axis(output_size, len(axes)), strict=True))):
        if bins is None:
            continue
        values, numbers = [], []
        for cells in adaptive_windows(tensor.shape[axis], bins):
            part = np.take(tensor, cells, axis)
            first = np.argmax(part, axis=axis, keepdims=True)
            values.append(np.take_along_axis(part, first, axis))
            numbers.append(np.take_along_axis(np.take(places, cells, axis), first, axis))
        tensor, places = np.concatenate(values, axis), np.concatenate(numbers, axis)
    return tensor, places
