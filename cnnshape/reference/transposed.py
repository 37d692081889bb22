"""Transposed convolutions: every input cell scatters its kernel into a large array, which is then cropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.reference.activation import activate
from cnnshape.reference.arrays import Array
from cnnshape.reference.channels import add_bias
from cnnshape.reference.compiled import compiled
from cnnshape.reference.execution import Execution
from cnnshape.reference.products import tiles
from cnnshape.reference.windows import Span, Sweep, from_volume, in_space, pad_space, per_axis, reach, to_volume


@compiled
def scatter_directly(
    volume: Array,
    kernel: Array,
    stride: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
    output: Array,
) -> int:
    """The oracle: adds every product of an input value and a kernel value where it belongs.

    `volume` is (batch, depth, height, width, channels), `kernel` (depth, height, width, channels, filters of a
    group). Adds to `output`, (batch, depth, height, width, filters), and returns the number of products.
    """
    products = 0
    channels_of_group = kernel.shape[3] // groups
    for sample in range(volume.shape[0]):
        for deep in range(volume.shape[1]):
            for high in range(volume.shape[2]):
                for wide in range(volume.shape[3]):
                    for channel in range(volume.shape[4]):
                        value = volume[sample, deep, high, wide, channel]
                        first = (channel // channels_of_group) * kernel.shape[4]
                        for i in range(kernel.shape[0]):
                            for j in range(kernel.shape[1]):
                                for k in range(kernel.shape[2]):
                                    for item in range(kernel.shape[4]):
                                        output[
                                            sample,
                                            deep * stride[0] + i * dilation[0],
                                            high * stride[1] + j * dilation[1],
                                            wide * stride[2] + k * dilation[2],
                                            first + item,
                                        ] += value * kernel[i, j, k, channel, item]
                                        products += 1
    return products


def scatter_by_tile(volume: Array, kernel: Array, sweep: Sweep, output: Array) -> int:
    """`scatter_directly` as matrix products: the input rows of a tile times the kernel, then one sum per tap."""
    products, groups = 0, sweep.groups
    channels, filters = kernel.shape[3] // groups, kernel.shape[4]
    matrices = (
        kernel.reshape(-1, groups, channels, filters)
        .transpose(1, 2, 0, 3)
        .reshape(groups, channels, -1)  # (groups, channels of a group, taps x filters of a group)
    )
    for tile in tiles(volume.shape[:4], groups * matrices.shape[2]):
        part = volume[tile]
        rows = np.moveaxis(part.reshape(-1, groups, channels), 1, 0)
        product = np.matmul(rows, matrices)
        products += product.size * channels
        grouped = np.moveaxis(product, 0, 1).reshape(*part.shape[:4], groups, *kernel.shape[:3], filters)
        for tap in np.ndindex(kernel.shape[:3]):
            target = output[(tile[0], *landings(tile[1:], part.shape[1:4], tap, sweep))]
            target += grouped[:, :, :, :, :, *tap].reshape(*part.shape[:4], groups * filters)
    return products


def landings(tile: Sequence[slice], lengths: Sequence[int], tap: Sequence[int], sweep: Sweep) -> tuple[slice, ...]:
    """The output cells that one tap of the kernel reaches from a tile of the input, per spatial axis."""
    spans = []
    for part, length, index, step, dilated in zip(tile, lengths, tap, sweep.stride, sweep.dilation, strict=True):
        first = (part.start or 0) * step + index * dilated
        spans.append(slice(first, first + (length - 1) * step + 1, step))
    return tuple(spans)


def scatter(execution: Execution, volume: Array, kernel: Array, sweep: Sweep) -> Array:
    """Everything that the input reaches, uncropped: (batch, depth, height, width, filters)."""
    reached = tuple(
        last_start(length, step) + reach(size, dilated)
        for length, size, step, dilated in zip(
            volume.shape[1:4], kernel.shape[:3], sweep.stride, sweep.dilation, strict=True
        )
    )
    output = np.zeros((len(volume), *reached, sweep.groups * kernel.shape[4]), np.float32)
    work = volume.size * math.prod(kernel.shape[:3]) * kernel.shape[4]
    if execution.is_direct(work):
        execution.multiplications += scatter_directly(
            np.ascontiguousarray(volume), np.ascontiguousarray(kernel), *sweep, output
        )
    else:
        execution.multiplications += scatter_by_tile(volume, kernel, sweep, output)
    return output


def last_start(length: int, stride: int) -> int:
    """Where the last input cell sets its kernel down, walking by `stride` from output cell 0."""
    start = 0
    for _ in range(length - 1):
        start += stride
    return start


def keras_crop(padding: str, length: int, size: int, stride: int, dilation: int, output_padding: int | None) -> Span:
    """The cells to add (or, negative, to cut off) before and after, to go from all that is reached to the output.

    `valid` keeps all that is reached, and gives every input cell at least `stride` output cells of its own;
    `same` gives it exactly `stride`, and cuts off half of the overlap before, half (and the odd cell) after.
    Stated, `output_padding` is added to what is reached, of which `same` cuts half a window on either side.
    """
    extent, last = reach(size, dilation), last_start(length, stride)
    reached = last + extent
    if padding == "valid":
        own = last + max(extent, stride) if output_padding is None else reached + output_padding
        return 0, own - reached
    own = last + stride if output_padding is None else reached - 2 * (extent // 2) + output_padding
    before = max(reached - own, 0) // 2
    return -before, own - (reached - before)


def keras_transposed_convolution(
    execution: Execution,
    tensor: Array,
    *,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
) -> Array:
    """Conv1DTranspose, Conv2DTranspose, Conv3DTranspose. Weights: kernel (*kernel_size, filters, channels), bias."""
    rank, first = tensor.ndim - 2, data_format == "channels_first"
    volume = to_volume(tensor, first)
    size, stride, dilation = (in_space(value, rank) for value in (kernel_size, strides, dilation_rate))
    channels = volume.shape[4]
    shape = (*per_axis(kernel_size, rank), filters, channels)
    kernel = execution.kernel("kernel", shape, math.prod(size) * channels)
    turned = kernel.reshape(*size, filters, channels).swapaxes(3, 4)
    reached = scatter(execution, volume, turned, Sweep(stride, dilation, 1))
    extra = (None,) * 3 if output_padding is None else in_space(output_padding, rank, missing=0)
    spans = [
        keras_crop(padding if axis >= 3 - rank else "valid", *values)
        for axis, values in enumerate(zip(volume.shape[1:4], size, stride, dilation, extra, strict=True))
    ]
    result = pad_space(reached, spans)
    if use_bias:
        add_bias(result, execution.bias(filters))
    return activate(activation, from_volume(result, rank, first))


def pytorch_transposed_convolution(
    execution: Execution,
    tensor: Array,
    *,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    output_size: Any = None,
) -> Array:
    """ConvTranspose1d to 3d. Weights: weight (in_channels, out_channels / groups, *kernel_size), bias."""
    rank = tensor.ndim - 2
    volume = to_volume(tensor, channels_first=True)
    size, step, dilated = (in_space(value, rank) for value in (kernel_size, stride, dilation))
    channels = volume.shape[4]
    shape = (channels, out_channels // groups, *per_axis(kernel_size, rank))
    weight = execution.kernel("weight", shape, math.prod(size) * channels // groups)
    kernel = weight.reshape(*shape[:2], *size).transpose(2, 3, 4, 0, 1)
    reached = scatter(execution, volume, kernel, Sweep(step, dilated, groups))
    cut = in_space(padding, rank, missing=0)
    if output_size is not None:  # what is left of it beyond the smallest output
        whole = reached.shape[4 - rank : 4]
        asked = list(output_size)[-rank:] if isinstance(output_size, (list, tuple)) else [output_size] * rank
        output_padding = [
            want - (length - 2 * pad) for want, length, pad in zip(asked, whole, per_axis(padding, rank), strict=True)
        ]
    added = in_space(output_padding, rank, missing=0)
    spans = [(-cells, more - cells) for cells, more in zip(cut, added, strict=True)]
    result = pad_space(reached, spans)
    if bias:
        add_bias(result, execution.bias(out_channels))
    return from_volume(result, rank, channels_first=True)
