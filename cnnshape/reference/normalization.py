"""Normalizations and rescalings, in inference mode: moving statistics where a layer keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.channels import scale_and_shift
from cnnshape.reference.execution import NEEDED, Execution, ForwardError, plain
from cnnshape.reference.windows import pad


def along(values: Array, axes: Sequence[int], rank: int) -> Array:
    """Values of the given axes, in ascending order, as a tensor of `rank` axes that broadcasts over the others."""
    positions = sorted(axis % rank for axis in axes)
    shape = [1] * rank
    for position, length in zip(positions, values.shape, strict=True):
        shape[position] = length
    return values.reshape(shape)


def mean_over(tensor: Array, axes: Sequence[int]) -> Array:
    """The mean over the given axes, which stay with one element.

    It is summed in float64, as the frameworks' kernels do or better: where a map varies little about its mean, what a
    sum in float32 loses of the mean is a thousand times as much of the normalized values.
    """
    return np.asarray(np.mean(tensor, axis=tuple(axes), keepdims=True, dtype=np.float64), np.float32)


def standardize(tensor: Array, axes: Sequence[int], epsilon: float) -> Array:
    """Mean 0 and variance 1 over the given axes."""
    centred = tensor - mean_over(tensor, axes)
    variance = mean_over(np.square(centred), axes)
    standardized: Array = centred / np.sqrt(variance + np.float32(epsilon))
    return standardized


def keras_batch_normalization(
    execution: Execution,
    tensor: Array,
    *,
    axis: int = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    renorm: bool = False,
) -> Array:
    """BatchNormalization. Weights: gamma, beta, moving_mean, moving_variance; `renorm` keeps three more."""
    channels = tensor.shape[axis]
    gamma = execution.parameter("gamma", (channels,)) if scale else np.ones(channels, np.float32)
    beta = execution.bias(channels, "beta") if center else np.zeros(channels, np.float32)
    mean = execution.bias(channels, "moving_mean")
    variance = execution.parameter("moving_variance", (channels,))
    if renorm:
        for name in ("moving_stddev", "renorm_mean", "renorm_stddev"):
            execution.parameter(name, (channels,))
    factor = gamma / np.sqrt(variance + np.float32(epsilon))
    return scale_and_shift(tensor, axis, factor, beta - mean * factor, execution.disposable)


def keras_layer_normalization(
    execution: Execution,
    tensor: Array,
    *,
    axis: Any = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    rms_scaling: bool = False,
) -> Array:
    """LayerNormalization. Weights: gamma, beta, of the shape of the normalized axes.

    Keras sorts the axes as they are written, so that -1 comes before 1: the weights of `[-1, 1]` have the last
    axis in front, and are then laid over the tensor value by value, in its own order of axes. Its deprecated
    `rms_scaling` divides by the standard deviation without taking the mean away.
    """
    written = sorted(axis) if isinstance(axis, (list, tuple)) else [axis]
    weights = [tensor.shape[one] for one in written]
    axes = sorted(one % tensor.ndim for one in written)
    broadcast = [length if one in axes else 1 for one, length in enumerate(tensor.shape)]
    if rms_scaling:
        deviation = np.sqrt(mean_over(np.square(tensor - mean_over(tensor, axes)), axes) + np.float32(epsilon))
        scaled: Array = tensor / deviation * execution.parameter("gamma", weights).reshape(broadcast)
        return scaled
    result = standardize(tensor, axes, epsilon)
    if scale:
        result = result * execution.parameter("gamma", weights).reshape(broadcast)
    if center:
        result = result + execution.parameter("beta", weights, -0.1, 0.1).reshape(broadcast)
    return result


def keras_rms_normalization(execution: Execution, tensor: Array, *, axis: Any = -1, epsilon: float = 1e-6) -> Array:
    """RMSNormalization. Weights: scale, of the shape of the normalized axes.

    Keras lays the scale over the last axes, whichever were normalized.

    Raises:
        ForwardError: there it does not fit. Keras states the shape of such a layer, and fails or spreads its input
            when it is called.
    """
    written = sorted(axis) if isinstance(axis, (list, tuple)) else [axis]
    scale = execution.parameter("scale", [tensor.shape[one] for one in written])
    last = tensor.shape[-scale.ndim :]
    if any(size not in (1, length) for size, length in zip(scale.shape, last, strict=True)):
        raise ForwardError(f"Keras lays RMSNormalization's scale {scale.shape} over the last axes, which are {last}")
    return by_root_mean_square(tensor, [one % tensor.ndim for one in written], np.float32(epsilon)) * scale


def by_root_mean_square(tensor: Array, axes: Sequence[int], epsilon: np.float32) -> Array:
    """The tensor divided by the root of its mean square over the given axes."""
    magnitude: Array = np.sqrt(mean_over(np.square(tensor), axes) + epsilon)
    return tensor / magnitude


def standardize_groups(tensor: Array, axis: int, groups: int, epsilon: float) -> Array:
    """Mean 0 and variance 1 over each group of channels and all positions."""
    moved = np.moveaxis(tensor, axis, 1)
    grouped = moved.reshape(len(moved), groups, -1)
    return np.moveaxis(standardize(grouped, [2], epsilon).reshape(moved.shape), 1, axis)


def keras_group_normalization(
    execution: Execution,
    tensor: Array,
    *,
    groups: int = 32,
    axis: int = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
) -> Array:
    """GroupNormalization; `groups=-1` is one group a channel. Weights: gamma, beta."""
    channels = tensor.shape[axis]
    result = standardize_groups(tensor, axis, channels if groups == -1 else groups, epsilon)
    if scale:
        result = result * along(execution.parameter("gamma", (channels,)), [axis], tensor.ndim)
    if center:
        result = result + along(execution.bias(channels, "beta"), [axis], tensor.ndim)
    return result


def keras_normalization(
    execution: Execution,
    tensor: Array,
    *,
    axis: Any = -1,
    mean: Any = None,
    variance: Any = None,
    invert: bool = False,
) -> Array:
    """Normalization. Weights, unless `mean` and `variance` are stated: mean, variance, and a count of samples."""
    axes = [] if axis is None else sorted(one % tensor.ndim for one in np.atleast_1d(axis).tolist())
    if mean is None:
        shape = [tensor.shape[one] for one in axes]
        centre = along(execution.parameter("mean", shape, -0.1, 0.1), axes, tensor.ndim)
        spread = along(execution.parameter("variance", shape), axes, tensor.ndim)
        execution.parameter("count", ())
    else:
        centre, spread = (
            along(value, axes[len(axes) - value.ndim :], tensor.ndim)
            for value in (np.asarray(mean, np.float32), np.asarray(variance, np.float32))
        )
    deviation = np.maximum(np.sqrt(spread), np.float32(1e-7))
    return tensor * deviation + centre if invert else np.divide(tensor - centre, deviation)


def keras_rescaling(
    execution: Execution, tensor: Array, *, scale: Any, offset: Any = 0.0, data_format: str | None = None
) -> Array:
    """Rescaling; Keras's setting of channels in front, which is no argument, moves the scales to that axis."""
    factor = np.asarray(scale, np.float32)
    if factor.ndim and data_format == "channels_first":
        factor = factor.reshape(*factor.shape, *(1,) * (3 - factor.ndim))
    result: Array = tensor * factor + np.asarray(offset, np.float32)
    return result


def pytorch_batch_normalization(
    execution: Execution,
    tensor: Array,
    *,
    num_features: int | None = None,
    eps: float = 1e-5,
    affine: bool = True,
    track_running_stats: bool = True,
    bias: bool = True,
) -> Array:
    """BatchNorm1d to 3d. Weights: weight, bias; buffers: running_mean, running_var, a counter."""
    statistics = [axis for axis in range(tensor.ndim) if axis != 1]
    return by_running_statistics(execution, tensor, statistics, eps, affine, track_running_stats, bias)


def pytorch_frozen_batch_normalization(
    execution: Execution, tensor: Array, *, num_features: int | None = None, eps: float = 1e-5
) -> Array:
    """FrozenBatchNorm2d, of torchvision. Buffers: weight, bias, running_mean, running_var."""
    channels = (tensor.shape[1],)
    weight, shift = execution.buffer("weight", channels), execution.buffer("bias", channels, -0.1, 0.1)
    mean, variance = execution.buffer("running_mean", channels, -0.1, 0.1), execution.buffer("running_var", channels)
    factor = weight / np.sqrt(variance + np.float32(eps))
    return scale_and_shift(tensor, 1, factor, shift - mean * factor, execution.disposable)


def pytorch_instance_normalization(
    execution: Execution,
    tensor: Array,
    *,
    num_features: int | None = None,
    eps: float = 1e-5,
    affine: bool = False,
    track_running_stats: bool = False,
    bias: bool = True,
) -> Array:
    """InstanceNorm1d to 3d: by default each sample and channel by its own mean and variance, without weights."""
    statistics = list(range(2, tensor.ndim))
    return by_running_statistics(execution, tensor, statistics, eps, affine, track_running_stats, bias)


def by_running_statistics(
    execution: Execution,
    tensor: Array,
    statistics: Sequence[int],
    eps: float,
    affine: bool,
    track_running_stats: bool,
    bias: bool,
) -> Array:
    """Per channel: by the running statistics, or by the tensor's own over the axes `statistics` where none are kept."""
    channels = tensor.shape[1]
    weight = execution.parameter("weight", (channels,)) if affine else np.ones(channels, np.float32)
    shift = execution.bias(channels) if affine and bias else np.zeros(channels, np.float32)
    if not track_running_stats:
        return scale_and_shift(standardize(tensor, statistics, eps), 1, weight, shift, overwrite=True)
    mean = execution.buffer("running_mean", (channels,), -0.1, 0.1)
    variance = execution.buffer("running_var", (channels,))
    execution.counter("num_batches_tracked")
    factor = weight / np.sqrt(variance + np.float32(eps))
    return scale_and_shift(tensor, 1, factor, shift - mean * factor, execution.disposable)


def pytorch_group_normalization(
    execution: Execution,
    tensor: Array,
    *,
    num_groups: int,
    eps: float = 1e-5,
    affine: bool = True,
    bias: bool = True,
) -> Array:
    """GroupNorm. Weights: weight, bias (num_channels)."""
    channels = tensor.shape[1]
    result = standardize_groups(tensor, 1, num_groups, eps)
    if affine:
        result = result * along(execution.parameter("weight", (channels,)), [1], tensor.ndim)
    if affine and bias:
        result = result + along(execution.bias(channels), [1], tensor.ndim)
    return result


def pytorch_layer_normalization(
    execution: Execution,
    tensor: Array,
    *,
    normalized_shape: Any,
    eps: float = 1e-5,
    elementwise_affine: bool = True,
    bias: bool = True,
) -> Array:
    """LayerNorm, over the last axes. Weights: weight, bias, of the normalized shape."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    result = standardize(tensor, range(-len(shape), 0), eps)
    if elementwise_affine:
        result = result * execution.parameter("weight", shape)
    if elementwise_affine and bias:
        result = result + execution.parameter("bias", shape, -0.1, 0.1)
    return result


def pytorch_channel_normalization(execution: Execution, tensor: Array, **words: Any) -> Array:
    """LayerNorm2d, of torchvision: LayerNorm over the channels of an image."""
    return np.moveaxis(pytorch_layer_normalization(execution, np.moveaxis(tensor, 1, -1), **words), -1, 1)


def pytorch_layer_scale(execution: Execution, tensor: Array, *, dim: int | None = None) -> Array:
    """A factor per channel, as in torchvision's ConvNeXt. Weights: layer_scale (channels, 1, 1)."""
    shape = (tensor.shape[1], *(1,) * (tensor.ndim - 2))
    return tensor * execution.parameter("layer_scale", shape)


def pytorch_rms_normalization(
    execution: Execution,
    tensor: Array,
    *,
    normalized_shape: Any,
    eps: float | None = None,
    elementwise_affine: bool = True,
) -> Array:
    """RMSNorm, over the last axes. Weights: weight, of the normalized shape."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    epsilon = np.finfo(np.float32).eps if eps is None else np.float32(eps)
    result = by_root_mean_square(tensor, range(-len(shape), 0), epsilon)
    return result * execution.parameter("weight", shape) if elementwise_affine else result


def local_response_normalization(tensor: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """LocalResponseNorm: each value by the mean square of `size` channels around it, zeros beyond the ends."""
    spans = [(0, 0)] * tensor.ndim
    spans[1] = (size // 2, (size - 1) // 2)
    squares = pad(np.square(tensor), spans)
    channels = tensor.shape[1]
    total = squares[:, :channels].copy()
    for offset in range(1, size):
        total += squares[:, offset : offset + channels]
    mean = total / np.float32(size)
    divided: Array = tensor / (np.float32(k) + np.float32(alpha) * mean) ** np.float32(beta)
    return divided


pytorch_local_response_normalization = plain(local_response_normalization, size=NEEDED, alpha=1e-4, beta=0.75, k=1.0)
