"""Convolutions: the window slid over the really padded input, in 1, 2 and 3 dimensions, of both frameworks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.activation import activate
from cnnshape.reference.arrays import Array
from cnnshape.reference.channels import WORTHWHILE, add_bias
from cnnshape.reference.compiled import compiled
from cnnshape.reference.execution import Execution
from cnnshape.reference.threads import for_each, shares
from cnnshape.reference.windows import (
    PadMode,
    Span,
    centred_same_padding,
    from_volume,
    in_space,
    pad_space,
    per_axis,
    reach,
    same_padding,
    to_volume,
    window_starts,
)

TILE = 2**20
"""Values in one tile of gathered windows: 4 MB, so that it stays in the cache."""


@compiled
def multiply_directly(
    padded: Array, kernel: Array, starts: Any, dilation: tuple[int, int, int], groups: int, output: Array
) -> int:
    """The oracle: every output value as the sum over its window, one product after the other.

    `padded` is (batch, depth, height, width, channels), `kernel` (depth, height, width, channels of a group,
    filters), `starts` the first cell of every window on each spatial axis. Fills `output`, (batch, windows deep,
    windows high, windows wide, filters), and returns the number of products.
    """
    products = 0
    filters_of_group = kernel.shape[4] // groups
    for sample in range(output.shape[0]):
        for deep in range(output.shape[1]):
            for high in range(output.shape[2]):
                for wide in range(output.shape[3]):
                    for item in range(output.shape[4]):
                        first = (item // filters_of_group) * kernel.shape[3]
                        total = 0.0
                        for i in range(kernel.shape[0]):
                            for j in range(kernel.shape[1]):
                                for k in range(kernel.shape[2]):
                                    for channel in range(kernel.shape[3]):
                                        total += (
                                            padded[
                                                sample,
                                                starts[0][deep] + i * dilation[0],
                                                starts[1][high] + j * dilation[1],
                                                starts[2][wide] + k * dilation[2],
                                                first + channel,
                                            ]
                                            * kernel[i, j, k, channel, item]
                                        )
                                        products += 1
                        output[sample, deep, high, wide, item] = total
    return products


def slide(
    execution: Execution,
    padded: Array,
    kernel: Array,
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
) -> Array:
    """The convolution of a padded volume: (batch, windows deep, windows high, windows wide, filters)."""
    starts = window_starts(padded, kernel.shape[:3], stride, dilation)
    positions = (len(starts[0]), len(starts[1]), len(starts[2]))
    output = np.empty((len(padded), *positions, kernel.shape[4]), np.float32)
    if execution.is_direct(output.size * math.prod(kernel.shape[:4])):
        cells = tuple(np.array(axis, np.intp) for axis in starts)
        execution.multiplications += multiply_directly(
            np.ascontiguousarray(padded), np.ascontiguousarray(kernel), cells, dilation, groups, output
        )
    elif kernel.shape[3] == 1 and groups > 1:
        execution.multiplications += multiply_by_channel(padded, kernel, stride, dilation, groups, output)
    else:
        execution.multiplications += multiply_by_tile(padded, kernel, stride, dilation, groups, output)
    return output


def multiply_by_tile(
    padded: Array,
    kernel: Array,
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
    output: Array,
) -> int:
    """`multiply_directly` as matrix products: the windows of a tile, gathered in rows, times the kernel."""
    windows = window_view(np.ascontiguousarray(padded), kernel.shape[:3], stride, dilation, output.shape[1:4])
    size, filters = math.prod(kernel.shape[:4]), kernel.shape[4]
    matrices = as_matrices(kernel, groups)

    products = 0
    for tile in tiles(output.shape[:4], size * groups):
        target, rows = output[tile], gather(windows[tile])
        if groups == 1:
            np.matmul(rows.reshape(-1, size), matrices[0], out=target.reshape(-1, filters))
            products += target.size * size
        else:
            grouped = np.moveaxis(rows.reshape(*target.shape[:4], -1, groups, kernel.shape[3]), -2, 0)
            product = np.matmul(grouped.reshape(groups, -1, size), matrices)
            target[...] = np.moveaxis(product, 0, 1).reshape(target.shape)
            products += product.size * size
    return products


def gather(windows: Array) -> Array:
    """Windows that overlap in memory (batch, three positions, three taps, channels) as a tensor of their own."""
    if windows.flags.c_contiguous:
        return windows
    gathered = np.empty(windows.shape, np.float32)
    longest = int(np.argmax(windows.shape[:4]))
    source, target = np.moveaxis(windows, longest, 0), np.moveaxis(gathered, longest, 0)

    def copy(share: slice) -> int:
        target[share] = source[share]
        return 0

    for_each(copy, shares(len(source), WORTHWHILE * len(source) // max(windows.size, 1)))
    return gathered


def as_matrices(kernel: Array, groups: int) -> Array:
    """A kernel (depth, height, width, channels, filters) as a matrix (window, filters) for each group.

    PyTorch's kernels lie in memory with the filters in front. They are copied so, and the matrix is a view with its
    axes exchanged, which is much faster than to copy the filters to the end.
    """
    size, filters = math.prod(kernel.shape[:4]), kernel.shape[4] // groups
    if kernel.strides[4] > kernel.strides[3]:
        rows = np.ascontiguousarray(np.moveaxis(kernel, 4, 0))
        return rows.reshape(groups, filters, size).swapaxes(1, 2)
    grouped = kernel.reshape(-1, kernel.shape[3], groups, filters)
    return grouped.transpose(2, 0, 1, 3).reshape(groups, size, filters)


@compiled
def multiply_rows(
    padded: Array,
    kernel: Array,
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    first: int,
    last: int,
    output: Array,
) -> int:
    """Rows `first` to `last` (of all samples, counted through) of a convolution with one channel a group.

    `kernel` is (depth, height, width, channels, filters a channel). Channels come innermost: they lie side by side in
    memory, and the processor takes many of them at once.
    """
    products = 0
    depth, height, width, filters = output.shape[1:]
    multiplier = kernel.shape[4]
    for row in range(first, last):
        sample, deep, high = row // (depth * height), (row // height) % depth, row % height
        for wide in range(width):
            for item in range(filters):
                output[sample, deep, high, wide, item] = 0.0
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    for k in range(kernel.shape[2]):
                        x = deep * stride[0] + i * dilation[0]
                        y = high * stride[1] + j * dilation[1]
                        z = wide * stride[2] + k * dilation[2]
                        if multiplier == 1:
                            for channel in range(filters):
                                output[sample, deep, high, wide, channel] += (
                                    padded[sample, x, y, z, channel] * kernel[i, j, k, channel, 0]
                                )
                        else:
                            for item in range(filters):
                                channel = item // multiplier
                                output[sample, deep, high, wide, item] += (
                                    padded[sample, x, y, z, channel] * kernel[i, j, k, channel, item % multiplier]
                                )
                        products += filters
    return products


def multiply_by_channel(
    padded: Array,
    kernel: Array,
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
    output: Array,
) -> int:
    """`multiply_directly` for one channel a group, its rows divided among the threads."""
    volume = np.ascontiguousarray(padded)
    weights = np.ascontiguousarray(kernel).reshape(*kernel.shape[:3], groups, kernel.shape[4] // groups)
    rows = math.prod(output.shape[:3])

    def multiply(share: slice) -> int:
        return multiply_rows(volume, weights, stride, dilation, share.start, share.stop, output)

    return for_each(multiply, shares(rows, WORTHWHILE * rows // max(output.size, 1)))


def window_view(
    padded: Array,
    size: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    positions: Sequence[int],
) -> Array:
    """Every window of the volume without copying: (batch, three positions, three taps, channels)."""
    batch, *space, channels = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded,
        (padded.shape[0], *positions, *size, padded.shape[4]),
        (
            batch,
            *(cell * step for cell, step in zip(space, stride, strict=True)),
            *(cell * step for cell, step in zip(space, dilation, strict=True)),
            channels,
        ),
        writeable=False,
    )


def tiles(positions: Sequence[int], values_per_position: int) -> Iterator[tuple[slice, ...]]:
    """Parts of (batch, depth, height, width), in order, each contiguous, whose windows hold about `TILE` values."""
    room = max(TILE // max(values_per_position, 1), 1)
    axis = next(axis for axis in range(4) if math.prod(positions[axis + 1 :]) <= room)
    step = max(room // math.prod(positions[axis + 1 :]), 1)
    for outer in np.ndindex(*positions[:axis]):
        for first in range(0, positions[axis], step):
            alone = (slice(index, index + 1) for index in outer)
            yield (*alone, slice(first, first + step), *(slice(None),) * (3 - axis))


def keras_spans(
    padding: str,
    lengths: Sequence[int],
    size: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    centred: bool = False,
) -> list[Span]:
    """Keras's `valid`, `same` or `causal` as cells before and after each axis."""
    extents = [reach(one, dilated) for one, dilated in zip(size, dilation, strict=True)]
    if padding == "same":
        same = centred_same_padding if centred else same_padding
        return [same(length, extent, step) for length, extent, step in zip(lengths, extents, stride, strict=True)]
    if padding == "causal":
        return [(extent - 1, 0) for extent in extents]
    return [(0, 0) for _ in extents]


def keras_convolution(
    execution: Execution,
    tensor: Array,
    *,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    groups: int = 1,
    activation: Any = None,
    use_bias: bool = True,
) -> Array:
    """Conv1D, Conv2D, Conv3D. Weights: kernel (*kernel_size, channels / groups, filters), bias."""
    rank, first = tensor.ndim - 2, data_format == "channels_first"
    volume = to_volume(tensor, first)
    size, stride, dilation = (in_space(value, rank) for value in (kernel_size, strides, dilation_rate))
    channels = volume.shape[4] // groups
    shape = (*per_axis(kernel_size, rank), channels, filters)
    kernel = execution.kernel("kernel", shape, math.prod(size) * channels)
    centred = rank == 3 and groups == 1  # grouped convolutions take another path through TensorFlow
    spans = keras_spans(padding, volume.shape[1:4], size, stride, dilation, centred)
    result = slide(
        execution,
        pad_space(volume, spans),
        kernel.reshape(*size, channels, filters),
        stride,
        dilation,
        groups,
    )
    if use_bias:
        add_bias(result, execution.bias(filters))
    return activate(activation, from_volume(result, rank, first))


def depthwise(
    execution: Execution,
    volume: Array,
    rank: int,
    name: str,
    kernel_size: Any,
    strides: Any,
    padding: str,
    dilation_rate: Any,
    depth_multiplier: int,
) -> Array:
    """`depth_multiplier` filters for each channel alone; Keras's kernel is (*kernel_size, channels, multiplier)."""
    size, stride, dilation = (in_space(value, rank) for value in (kernel_size, strides, dilation_rate))
    channels = volume.shape[4]
    kernel = execution.kernel(name, (*per_axis(kernel_size, rank), channels, depth_multiplier), math.prod(size))
    spans = keras_spans(padding, volume.shape[1:4], size, stride, dilation)
    filters = kernel.reshape(*size, 1, channels * depth_multiplier)
    return slide(execution, pad_space(volume, spans), filters, stride, dilation, channels)


def keras_depthwise_convolution(
    execution: Execution,
    tensor: Array,
    *,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    depth_multiplier: int = 1,
    data_format: str | None = None,
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
) -> Array:
    """DepthwiseConv1D, DepthwiseConv2D. Weights: kernel (*kernel_size, channels, depth_multiplier), bias."""
    rank, first = tensor.ndim - 2, data_format == "channels_first"
    volume = to_volume(tensor, first)
    result = depthwise(
        execution, volume, rank, "kernel", kernel_size, strides, padding, dilation_rate, depth_multiplier
    )
    if use_bias:
        add_bias(result, execution.bias(result.shape[4]))
    return activate(activation, from_volume(result, rank, first))


def keras_separable_convolution(
    execution: Execution,
    tensor: Array,
    *,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
) -> Array:
    """SeparableConv1D, SeparableConv2D. Weights: depthwise_kernel, pointwise_kernel (1, .., filters), bias."""
    rank, first = tensor.ndim - 2, data_format == "channels_first"
    volume = to_volume(tensor, first)
    between = depthwise(
        execution,
        volume,
        rank,
        "depthwise_kernel",
        kernel_size,
        strides,
        padding,
        dilation_rate,
        depth_multiplier,
    )
    channels = between.shape[4]
    pointwise = execution.kernel("pointwise_kernel", (*(1,) * rank, channels, filters), channels)
    point = (1, 1, 1)
    result = slide(execution, between, pointwise.reshape(*point, channels, filters), point, point, 1)
    if use_bias:
        add_bias(result, execution.bias(filters))
    return activate(activation, from_volume(result, rank, first))


PADDING_MODES: dict[str, PadMode] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
"""PyTorch's `padding_mode` in NumPy's words."""


def pytorch_convolution(
    execution: Execution,
    tensor: Array,
    *,
    in_channels: int | None = None,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: str = "zeros",
) -> Array:
    """Conv1d, Conv2d, Conv3d. Weights: weight (out_channels, channels / groups, *kernel_size), bias."""
    rank = tensor.ndim - 2
    volume = to_volume(tensor, channels_first=True)
    size, step, dilated = (in_space(value, rank) for value in (kernel_size, stride, dilation))
    channels = volume.shape[4] // groups
    shape = (out_channels, channels, *per_axis(kernel_size, rank))
    weight = execution.kernel("weight", shape, math.prod(size) * channels)
    kernel = weight.reshape(out_channels, channels, *size).transpose(2, 3, 4, 1, 0)
    spans = pytorch_spans(padding, rank, size, dilated)
    padded = pad_space(volume, spans, PADDING_MODES[padding_mode])
    result = slide(execution, padded, kernel, step, dilated, groups)
    if bias:
        add_bias(result, execution.bias(out_channels))
    return from_volume(result, rank, channels_first=True)


def pytorch_spans(padding: Any, rank: int, size: Sequence[int], dilation: Sequence[int]) -> list[Span]:
    """PyTorch's padding, a number per axis or a word; `same` adds what the window overlaps, the odd cell after."""
    if padding == "same":
        overlaps = [reach(one, dilated) - 1 for one, dilated in zip(size, dilation, strict=True)]
        return [(overlap // 2, overlap - overlap // 2) for overlap in overlaps]
    if padding == "valid":
        padding = 0
    return [(cells, cells) for cells in in_space(padding, rank, missing=0)]
