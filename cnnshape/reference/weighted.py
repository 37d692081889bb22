"""Functions whose weights are tensors: their layers, on those weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.convolution import (
    keras_convolution,
    keras_depthwise_convolution,
    keras_separable_convolution,
    pytorch_convolution,
)
from cnnshape.reference.execution import Execution, Kernel, again, by_rank
from cnnshape.reference.lookup import pytorch_embedding_bag, rows_of, shortened
from cnnshape.reference.normalization import by_root_mean_square, standardize, standardize_groups
from cnnshape.reference.transposed import keras_transposed_convolution, pytorch_transposed_convolution


def run(execution: Execution, word: str, tensor: Array, weights: Mapping[str, Array], **arguments: Any) -> Array:
    """A layer on weights that are tensors, with an axis of 1 in place of the batch."""
    return execution.beside({name: weight[0] for name, weight in weights.items()}, word, tensor, **arguments)


def named(names: str, weights: Sequence[Array]) -> dict[str, Array]:
    """Weights by their names, in this order; the last ones may be missing."""
    return dict(zip(names.split(), weights, strict=False))


def convolution(execution: Execution, tensor: Array, *weights: Array, **words: Any) -> Array:
    """`torch.nn.functional.conv1d`, `conv2d`, `conv3d`."""
    _, outputs, _, *sizes = weights[0].shape
    words |= {"out_channels": outputs, "kernel_size": tuple(sizes), "bias": len(weights) > 1}
    return run(execution, f"Conv{len(sizes)}d", tensor, named("weight bias", weights), **words)


def transposed_convolution(
    execution: Execution, tensor: Array, *weights: Array, groups: int = 1, **words: Any
) -> Array:
    """`torch.nn.functional.conv_transpose1d` to `conv_transpose3d`."""
    _, _, outputs, *sizes = weights[0].shape
    words |= {"groups": groups, "out_channels": outputs * groups, "kernel_size": tuple(sizes)}
    words["bias"] = len(weights) > 1
    return run(execution, f"ConvTranspose{len(sizes)}d", tensor, named("weight bias", weights), **words)


def linear(execution: Execution, tensor: Array, *weights: Array) -> Array:
    """`torch.nn.functional.linear`."""
    words = {"out_features": weights[0].shape[1], "bias": len(weights) > 1}
    return run(execution, "Linear", tensor, named("weight bias", weights), **words)


def bilinear(execution: Execution, first: Array, second: Array, *weights: Array) -> Array:
    """`torch.nn.functional.bilinear`."""
    words = dict(zip(("out_features", "in1_features", "in2_features"), weights[0].shape[1:], strict=True))
    given = {name: weight[0] for name, weight in named("weight bias", weights).items()}
    return execution.beside(given, "Bilinear", first, second, bias=len(weights) > 1, **words)


def scaled(tensor: Array, weights: Sequence[Array], axes: Sequence[int]) -> Array:
    """Times the first of the weights, plus the second; they lie along these axes."""
    shape = [tensor.shape[axis] if axis in [each % tensor.ndim for each in axes] else 1 for axis in range(tensor.ndim)]
    for combine, weight in zip((np.multiply, np.add), weights, strict=False):
        tensor = combine(tensor, weight[0].reshape(shape))
    return tensor


def batch_norm(
    execution: Execution,
    tensor: Array,
    mean: Array,
    variance: Array,
    *affine: Array,
    training: bool = False,
    eps: float = 1e-5,
) -> Array:
    """`torch.nn.functional.batch_norm`; in training by the statistics of the batch itself."""
    if training:
        axes = (0, *range(2, tensor.ndim))
        mean, variance = (found(tensor, axis=axes)[None] for found in (np.mean, np.var))
    return by_statistics(tensor, mean, variance, affine, eps)


def by_statistics(tensor: Array, mean: Array, variance: Array, affine: Sequence[Array], epsilon: float) -> Array:
    """Normalized along axis 1, by a mean and a variance, then scaled."""
    divisor = np.reciprocal(np.sqrt(variance + np.float32(epsilon)))
    return scaled(scaled(tensor, (divisor, -mean * divisor), (1,)), affine, (1,))


def instance_norm(
    execution: Execution,
    tensor: Array,
    *weights: Array,
    use_input_stats: bool = True,
    eps: float = 1e-5,
) -> Array:
    """`torch.nn.functional.instance_norm`: by the statistics of each map, or by those that are given."""
    if not use_input_stats:
        return by_statistics(tensor, weights[0], weights[1], weights[2:], eps)
    return scaled(standardize(tensor, range(2, tensor.ndim), eps), weights[2:], (1,))


def group_norm(
    execution: Execution,
    tensor: Array,
    *affine: Array,
    num_groups: int,
    weight: None = None,
    bias: None = None,
    eps: float = 1e-5,
) -> Array:
    """`torch.nn.functional.group_norm`."""
    return scaled(standardize_groups(tensor, 1, num_groups, eps), affine, (1,))


def layer_norm(
    execution: Execution,
    tensor: Array,
    *affine: Array,
    normalized_shape: Sequence[int],
    weight: None = None,
    bias: None = None,
    eps: float = 1e-5,
) -> Array:
    """`torch.nn.functional.layer_norm`."""
    axes = range(-len(normalized_shape), 0)
    return scaled(standardize(tensor, axes, eps), affine, axes)


def rms_norm(
    execution: Execution,
    tensor: Array,
    *scale: Array,
    normalized_shape: Sequence[int],
    weight: None = None,
    eps: float | None = None,
) -> Array:
    """`torch.nn.functional.rms_norm`."""
    words = {"normalized_shape": normalized_shape, "eps": eps, "elementwise_affine": bool(scale)}
    return run(execution, "RMSNorm", tensor, named("weight", scale), **words)


def embedding(
    execution: Execution,
    tensor: Array,
    weight: Array,
    *,
    padding_idx: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> Array:
    """`torch.nn.functional.embedding`."""
    return shortened(rows_of(execution, weight[0], tensor), max_norm, norm_type)


def embedding_bag(execution: Execution, tensor: Array, weight: Array, **words: Any) -> Array:
    """`torch.nn.functional.embedding_bag`."""
    words |= {"num_embeddings": weight.shape[1], "embedding_dim": weight.shape[2]}
    return run(execution, "EmbeddingBag", tensor, {"weight": weight}, **words)


def summed(execution: Execution, tensor: Array, weight: Array, axes: Any) -> Array:
    """A product of a tensor and a weight, summed over so many axes, or over those listed of each."""
    if isinstance(axes, int):
        axes = tuple(range(tensor.ndim - axes, tensor.ndim)), tuple(range(axes))
    first = (axes[0],) if isinstance(axes[0], int) else axes[0]
    result: Array = np.tensordot(tensor, weight[0], axes)
    execution.multiplications += result.size * prod(tensor.shape[axis] for axis in first)
    return result


PYTORCH_WEIGHTED: Mapping[str, Kernel] = {
    **by_rank(
        {
            "conv": again(convolution, pytorch_convolution),
            "conv_transpose": again(transposed_convolution, pytorch_transposed_convolution),
        },
        (1, 2, 3),
        "d",
    ),
    "tensordot": lambda execution, tensor, weight, *, dims=2: summed(execution, tensor, weight, dims),
    "linear": linear,
    "bilinear": bilinear,
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "prelu": lambda execution, x, weight: run(
        execution, "PReLU", x, {"weight": weight}, num_parameters=weight.shape[1]
    ),
    "embedding": embedding,
    "embedding_bag": again(embedding_bag, pytorch_embedding_bag),
}


def convolved(
    execution: Execution, tensor: Array, *kernels: Array, word: str, data_format: str | None = None, **words: Any
) -> Array:
    """`keras.ops.conv`, `depthwise_conv`, `separable_conv`: a layer of which the kernels tell the rest."""
    sizes = kernels[0].shape[1:-2]
    words |= {"kernel_size": sizes, "use_bias": False, "data_format": data_format}
    if word != "DepthwiseConv":
        words["filters"] = kernels[-1].shape[-1]
    if word != "Conv":
        words["depth_multiplier"] = kernels[0].shape[-1]
    else:
        words["groups"] = tensor.shape[1 if data_format == "channels_first" else -1] // kernels[0].shape[-2]
    names = "depthwise_kernel pointwise_kernel" if word == "SeparableConv" else "kernel"
    return run(execution, f"{word}{len(sizes)}D", tensor, named(names, kernels), **words)


def deconvolved(execution: Execution, tensor: Array, kernel: Array, **words: Any) -> Array:
    """`keras.ops.conv_transpose`."""
    _, *sizes, filters, _ = kernel.shape
    words |= {"filters": filters, "kernel_size": tuple(sizes), "use_bias": False}
    return run(execution, f"Conv{len(sizes)}DTranspose", tensor, {"kernel": kernel}, **words)


def keras_batch_normalization(
    execution: Execution, tensor: Array, mean: Array, variance: Array, *affine: Array, axis: int, epsilon: float = 1e-3
) -> Array:
    """`keras.ops.batch_normalization`: an offset, then a scale."""
    weights = {**named("beta gamma", affine), "moving_mean": mean, "moving_variance": variance}
    words = {"axis": axis, "epsilon": epsilon, "center": bool(affine), "scale": len(affine) > 1}
    return run(execution, "BatchNormalization", tensor, weights, **words)


def keras_layer_normalization(
    execution: Execution,
    tensor: Array,
    *affine: Array,
    gamma: None = None,
    beta: None = None,
    axis: int = -1,
    epsilon: float | None = None,
) -> Array:
    """`keras.ops.layer_normalization`."""
    return scaled(standardize(tensor, (axis,), 1e-7 if epsilon is None else epsilon), affine, (axis,))


def keras_rms_normalization(
    execution: Execution,
    tensor: Array,
    *weight: Array,
    scale: None = None,
    axis: int = -1,
    epsilon: float | None = None,
) -> Array:
    """`keras.ops.rms_normalization`, whose scale lies along the last axis."""
    smallest = np.float32(1e-7 if epsilon is None else epsilon)
    return scaled(by_root_mean_square(tensor, (axis,), smallest), weight, (-1,))


KERAS_WEIGHTED: Mapping[str, Kernel] = {
    "conv": again(partial(convolved, word="Conv"), keras_convolution),
    "depthwise_conv": again(partial(convolved, word="DepthwiseConv"), keras_depthwise_convolution),
    "separable_conv": again(partial(convolved, word="SeparableConv"), keras_separable_convolution),
    "conv_transpose": again(deconvolved, keras_transposed_convolution),
    "batch_normalization": keras_batch_normalization,
    "layer_normalization": keras_layer_normalization,
    "rms_normalization": keras_rms_normalization,
    "dot": lambda execution, tensor, weight: summed(execution, tensor, weight, (-1, max(weight.ndim - 3, 0))),
    "inner": lambda execution, tensor, weight: summed(execution, tensor, weight, (-1, -1)),
    "tensordot": lambda execution, tensor, weight, *, axes=2: summed(execution, tensor, weight, axes),
}
