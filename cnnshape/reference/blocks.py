"""Blocks of torchvision and timm, of PyTorch's modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, NotRunError
from cnnshape.reference.resampling import pytorch_upsampling
from cnnshape.reference.windows import per_axis


def active(execution: Execution, word: str | None, tensor: Array) -> Array:
    """What an activation makes of a tensor, if there is one."""
    return tensor if word is None else execution.word(word, tensor)


def squeeze_excitation(
    execution: Execution,
    tensor: Array,
    *,
    input_channels: int,
    squeeze_channels: int,
    activation: str | None = "ReLU",
    scale_activation: str | None = "Sigmoid",
) -> Array:
    """torchvision's SqueezeExcitation."""
    mean = tensor.mean((-2, -1), keepdims=True)
    scale = execution.word("Conv2d", mean, part="fc1.", out_channels=squeeze_channels, kernel_size=1)
    scale = active(execution, activation, scale)
    scale = execution.word("Conv2d", scale, part="fc2.", out_channels=input_channels, kernel_size=1)
    return active(execution, scale_activation, scale) * tensor


def conv_norm_activation(
    execution: Execution,
    tensor: Array,
    *,
    out_channels: int,
    kernel_size: Any = 3,
    stride: Any = 1,
    padding: Any = None,
    groups: int = 1,
    norm_layer: str | None = "BatchNorm2d",
    activation_layer: str | None = "ReLU",
    dilation: Any = 1,
    bias: bool | None = None,
) -> Array:
    """torchvision's Conv2dNormActivation; Conv3dNormActivation has another norm_layer."""
    rank = tensor.ndim - 2
    if padding is None:
        sizes = zip(per_axis(kernel_size, rank), per_axis(dilation, rank), strict=True)
        padding = [(size - 1) // 2 * step for size, step in sizes]
    words = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    bias = norm_layer is None if bias is None else bias
    x: Array = execution.word(f"Conv{rank}d", tensor, part="0.", out_channels=out_channels, bias=bias, **words)
    if norm_layer is not None:
        x = execution.word(norm_layer, x, part="1.", **sized(norm_layer, out_channels))
    return active(execution, activation_layer, x)


def sized(norm: str, channels: int) -> dict[str, int]:
    """The argument that says how many channels a normalization has."""
    return {"normalized_shape" if norm.startswith(("LayerNorm", "RMS")) else "num_features": channels}


def perceptron(
    execution: Execution,
    tensor: Array,
    *,
    hidden_channels: Sequence[int],
    norm_layer: str | None = None,
    activation_layer: str | None = "ReLU",
    bias: bool = True,
) -> Array:
    """torchvision's MLP: weights are numbered with its dropouts."""
    place = 0
    for number, width in enumerate(hidden_channels, start=1):
        tensor = execution.word("Linear", tensor, part=f"{place}.", out_features=width, bias=bias)
        place += 1
        if number == len(hidden_channels):
            break
        if norm_layer is not None:
            tensor = execution.word(norm_layer, tensor, part=f"{place}.", **sized(norm_layer, width))
            place += 1
        tensor = active(execution, activation_layer, tensor)
        place += 1 + (activation_layer is not None)
    return tensor


def feature_pyramid(
    execution: Execution,
    *maps: Array,
    in_channels_list: Sequence[int],
    out_channels: int,
    extra_blocks: Any = None,
    norm_layer: str | None = None,
) -> tuple[Array, ...]:
    """torchvision's FeaturePyramidNetwork; the weights of all inner blocks come before those of the layers."""
    if extra_blocks is not None:
        raise NotRunError(f"`{execution.layer}` with extra_blocks is not run by the reference pass")

    def block(name: str, tensor: Array, size: int) -> Array:
        words = {"out_channels": out_channels, "kernel_size": size, "padding": size // 2, "bias": norm_layer is None}
        tensor = execution.word("Conv2d", tensor, part=f"{name}.0.", **words)
        if norm_layer is None:
            return tensor
        return execution.word(norm_layer, tensor, part=f"{name}.1.", **sized(norm_layer, out_channels))  # type: ignore[no-any-return]

    inner = [block(f"inner_blocks.{level}", each, 1) for level, each in enumerate(maps)]
    for level in reversed(range(len(inner) - 1)):
        above = pytorch_upsampling(execution, inner[level + 1], size=list(inner[level].shape[2:]))
        inner[level] = inner[level] + above
    return tuple(block(f"layer_blocks.{level}", each, 3) for level, each in enumerate(inner))


def batch_norm_activation(
    execution: Execution,
    tensor: Array,
    *,
    apply_act: bool,
    act_layer: str | None,
    act_kwargs: Any,
    drop_layer: Any,
    **words: Any,
) -> Array:
    """timm's BatchNormAct2d."""
    if act_kwargs:
        raise NotRunError(f"`{execution.layer}` with act_kwargs is not run by the reference pass")
    return active(execution, act_layer if apply_act else None, execution.word("BatchNorm2d", tensor, **words))


def select_adaptive_pool(
    execution: Execution,
    tensor: Array,
    *,
    output_size: Any = 1,
    pool_type: str = "fast",
    flatten: bool = False,
    input_fmt: str = "NCHW",
) -> Array:
    """timm's SelectAdaptivePool2d."""
    pooled = pool_type.removeprefix("fast") or ("avg" if pool_type else "")
    found = [
        execution.word(f"Adaptive{each}Pool2d", tensor, output_size=output_size)
        for each in ("Avg", "Max")
        if each.lower() in pooled
    ]
    if "cat" in pooled:
        tensor = np.concatenate(found, 1)
    elif found:
        tensor = sum(found) / np.float32(len(found))
    return tensor.reshape(len(tensor), -1) if flatten else tensor
