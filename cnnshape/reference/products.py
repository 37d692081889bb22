"""Windows times a kernel: one product after the other, as matrix products, and channel by channel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.channels import WORTHWHILE
from cnnshape.reference.compiled import compiled
from cnnshape.reference.execution import Execution
from cnnshape.reference.threads import for_each, shares
from cnnshape.reference.windows import Sweep, window_starts

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


def slide(execution: Execution, padded: Array, kernel: Array, sweep: Sweep) -> Array:
    """The convolution of a padded volume: (batch, windows deep, windows high, windows wide, filters)."""
    starts = window_starts(padded, kernel.shape[:3], sweep.stride, sweep.dilation)
    positions = (len(starts[0]), len(starts[1]), len(starts[2]))
    output = np.empty((len(padded), *positions, kernel.shape[4]), np.float32)
    if execution.is_direct(output.size * math.prod(kernel.shape[:4])):
        cells = tuple(np.array(axis, np.intp) for axis in starts)
        execution.multiplications += multiply_directly(
            np.ascontiguousarray(padded), np.ascontiguousarray(kernel), cells, sweep.dilation, sweep.groups, output
        )
    elif kernel.shape[3] == 1 and sweep.groups > 1:
        execution.multiplications += multiply_by_channel(padded, kernel, sweep, output)
    else:
        execution.multiplications += multiply_by_tile(padded, kernel, sweep, output)
    return output


def multiply_by_tile(padded: Array, kernel: Array, sweep: Sweep, output: Array) -> int:
    """`multiply_directly` as matrix products: the windows of a tile, gathered in rows, times the kernel."""
    stride, dilation, groups = sweep
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


def multiply_by_channel(padded: Array, kernel: Array, sweep: Sweep, output: Array) -> int:
    """`multiply_directly` for one channel a group, its rows divided among the threads."""
    volume = np.ascontiguousarray(padded)
    weights = np.ascontiguousarray(kernel).reshape(*kernel.shape[:3], sweep.groups, kernel.shape[4] // sweep.groups)
    rows = math.prod(output.shape[:3])

    def multiply(share: slice) -> int:
        return multiply_rows(volume, weights, sweep.stride, sweep.dilation, share.start, share.stop, output)

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
