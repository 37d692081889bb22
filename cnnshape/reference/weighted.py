"""Functions whose weights are tensors: their layers, on those weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, Kernel
from cnnshape.reference.lookup import rows_of, shortened


def run(execution: Execution, word: str, tensor: Array, weights: Mapping[str, Array], **arguments: Any) -> Array:
    """A layer on weights that are tensors, with an axis of 1 in place of the batch."""
    inner = execution.inner({name: weight[0] for name, weight in weights.items()})
    result: Array = inner.word(word, tensor, **arguments)
    execution.multiplications += inner.multiplications
    return result


def named(names: str, weights: Sequence[Array]) -> dict[str, Array]:
    """Weights by their names, in this order; the last ones may be missing."""
    return dict(zip(names.split(), weights, strict=False))


def convolution(rank: int) -> Kernel:
    """`torch.nn.functional.conv1d`, `conv2d`, `conv3d`."""

    def kernel(
        execution: Execution,
        tensor: Array,
        *weights: Array,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Array:
        _, outputs, _, *sizes = weights[0].shape
        words = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        words |= {"out_channels": outputs, "kernel_size": tuple(sizes), "bias": len(weights) > 1}
        return run(execution, f"Conv{rank}d", tensor, named("weight bias", weights), **words)

    return kernel


def transposed_convolution(rank: int) -> Kernel:
    """`torch.nn.functional.conv_transpose1d` to `conv_transpose3d`."""

    def kernel(
        execution: Execution,
        tensor: Array,
        *weights: Array,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Array:
        _, _, outputs, *sizes = weights[0].shape
        words = {"stride": stride, "padding": padding, "output_padding": output_padding, "groups": groups}
        words |= {"dilation": dilation, "out_channels": outputs * groups, "kernel_size": tuple(sizes)}
        return run(
            *(execution, f"ConvTranspose{rank}d", tensor, named("weight bias", weights)), bias=len(weights) > 1, **words
        )

    return kernel


def linear(execution: Execution, tensor: Array, *weights: Array) -> Array:
    """`torch.nn.functional.linear`."""
    words = {"out_features": weights[0].shape[1], "bias": len(weights) > 1}
    return run(execution, "Linear", tensor, named("weight bias", weights), **words)


def batch_norm(
    execution: Execution,
    tensor: Array,
    mean: Array,
    variance: Array,
    *affine: Array,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Array:
    """`torch.nn.functional.batch_norm`; in training by the statistics of the batch itself."""
    if training:
        axes = (0, *range(2, tensor.ndim))
        mean, variance = (found(tensor, axis=axes)[None] for found in (np.mean, np.var))
    weights = {**named("weight bias", affine), "running_mean": mean, "running_var": variance}
    if len(affine) == 1:
        weights["bias"] = np.zeros_like(affine[0])
    return run(execution, "BatchNorm2d", tensor, weights, num_features=mean.shape[1], eps=eps, affine=bool(affine))


def prelu(execution: Execution, tensor: Array, weight: Array) -> Array:
    """`torch.nn.functional.prelu`."""
    return run(execution, "PReLU", tensor, {"weight": weight}, num_parameters=weight.shape[1])


def embedding(
    execution: Execution,
    tensor: Array,
    weight: Array,
    *,
    padding_idx: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Array:
    """`torch.nn.functional.embedding`."""
    return shortened(rows_of(execution, weight[0], tensor), max_norm, norm_type)


PYTORCH_WEIGHTED: Mapping[str, Kernel] = {
    **{f"conv{rank}d": convolution(rank) for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": transposed_convolution(rank) for rank in (1, 2, 3)},
    "linear": linear,
    "batch_norm": batch_norm,
    "prelu": prelu,
    "embedding": embedding,
}


def channels_of(tensor: Array, data_format: str | None) -> int:
    """How many channels an image has."""
    return int(tensor.shape[1 if data_format == "channels_first" else -1])


def keras_convolution(
    execution: Execution,
    tensor: Array,
    kernel: Array,
    *,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """`keras.ops.conv`."""
    _, *sizes, inner, filters = kernel.shape
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}
    words |= {"filters": filters, "kernel_size": tuple(sizes), "use_bias": False}
    groups = channels_of(tensor, data_format) // inner
    return run(execution, f"Conv{len(sizes)}D", tensor, {"kernel": kernel}, groups=groups, **words)


def keras_depthwise_convolution(
    execution: Execution,
    tensor: Array,
    kernel: Array,
    *,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """`keras.ops.depthwise_conv`."""
    _, *sizes, _, multiplier = kernel.shape
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}
    words |= {"kernel_size": tuple(sizes), "depth_multiplier": multiplier, "use_bias": False}
    return run(execution, f"DepthwiseConv{len(sizes)}D", tensor, {"kernel": kernel}, **words)


def keras_separable_convolution(
    execution: Execution,
    tensor: Array,
    depthwise: Array,
    pointwise: Array,
    *,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """`keras.ops.separable_conv`."""
    _, *sizes, _, multiplier = depthwise.shape
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}
    words |= {"kernel_size": tuple(sizes), "depth_multiplier": multiplier, "use_bias": False}
    weights = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise}
    return run(execution, f"SeparableConv{len(sizes)}D", tensor, weights, filters=pointwise.shape[-1], **words)


def keras_transposed_convolution(
    execution: Execution,
    tensor: Array,
    kernel: Array,
    *,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """`keras.ops.conv_transpose`."""
    _, *sizes, filters, _ = kernel.shape
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}
    words |= {"filters": filters, "kernel_size": tuple(sizes), "output_padding": output_padding, "use_bias": False}
    return run(execution, f"Conv{len(sizes)}DTranspose", tensor, {"kernel": kernel}, **words)


def keras_batch_normalization(
    execution: Execution, tensor: Array, mean: Array, variance: Array, *affine: Array, axis: int, epsilon: float = 1e-3
) -> Array:
    """`keras.ops.batch_normalization`: an offset, then a scale."""
    weights = {**named("beta gamma", affine), "moving_mean": mean, "moving_variance": variance}
    words = {"axis": axis, "epsilon": epsilon, "center": bool(affine), "scale": len(affine) > 1}
    return run(execution, "BatchNormalization", tensor, weights, **words)


KERAS_WEIGHTED: Mapping[str, Kernel] = {
    "conv": keras_convolution,
    "depthwise_conv": keras_depthwise_convolution,
    "separable_conv": keras_separable_convolution,
    "conv_transpose": keras_transposed_convolution,
    "batch_normalization": keras_batch_normalization,
}
