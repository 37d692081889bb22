"""Convolutions: the window slid over the really padded input, in 1, 2 and 3 dimensions, of both frameworks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cnnshape.reference.activation import activate
from cnnshape.reference.arrays import Array
from cnnshape.reference.channels import add_bias
from cnnshape.reference.execution import Execution
from cnnshape.reference.products import slide
from cnnshape.reference.windows import (
    PAD_MODES,
    Span,
    Sweep,
    centred_same_padding,
    from_volume,
    in_space,
    pad_space,
    per_axis,
    reach,
    same_padding,
    to_volume,
)


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
    flat = kernel.reshape(*size, channels, filters)
    result = slide(execution, pad_space(volume, spans), flat, Sweep(stride, dilation, groups))
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
    dilation_rate: Any,
    padding: str,
    depth_multiplier: int,
) -> Array:
    """`depth_multiplier` filters for each channel alone; Keras's kernel is (*kernel_size, channels, multiplier)."""
    size, stride, dilation = (in_space(value, rank) for value in (kernel_size, strides, dilation_rate))
    channels = volume.shape[4]
    kernel = execution.kernel(name, (*per_axis(kernel_size, rank), channels, depth_multiplier), math.prod(size))
    spans = keras_spans(padding, volume.shape[1:4], size, stride, dilation)
    filters = kernel.reshape(*size, 1, channels * depth_multiplier)
    return slide(execution, pad_space(volume, spans), filters, Sweep(stride, dilation, channels))


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
    window = kernel_size, strides, dilation_rate
    result = depthwise(execution, volume, rank, "kernel", *window, padding, depth_multiplier)
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
    window = kernel_size, strides, dilation_rate
    between = depthwise(execution, volume, rank, "depthwise_kernel", *window, padding, depth_multiplier)
    channels = between.shape[4]
    pointwise = execution.kernel("pointwise_kernel", (*(1,) * rank, channels, filters), channels)
    point = (1, 1, 1)
    result = slide(execution, between, pointwise.reshape(*point, channels, filters), Sweep(point, point, 1))
    if use_bias:
        add_bias(result, execution.bias(filters))
    return activate(activation, from_volume(result, rank, first))


def pytorch_convolution(
    execution: Execution,
    tensor: Array,
    *,
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
    weight = execution.kernel("weight", shape, math.prod(size) * channels, innermost=1)
    kernel = weight.reshape(out_channels, channels, *size).transpose(2, 3, 4, 1, 0)
    spans = pytorch_spans(padding, rank, size, dilated)
    padded = pad_space(volume, spans, PAD_MODES[padding_mode])
    result = slide(execution, padded, kernel, Sweep(step, dilated, groups))
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
