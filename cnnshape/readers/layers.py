"""Layers as exported graphs state them, by the names that PyTorch gives them: their operation, and what is shown."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnshape.arithmetic.symbols import Size, Sizes, product_of
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.activation import Activation, PRelu
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.operations.pooling import Pooling, PoolingKind, WithIndices
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.readers.exported import Meaning
from cnnshape.value import NamedTuple


def one_number(pads: tuple[Padding, ...]) -> Any:
    """Padding as PyTorch states it, where both ends have the same."""
    return tuple(low for low, _ in pads) if all(low == high for low, high in pads) else pads


class Sliding(NamedTuple):
    """How a window moves: its strides, what it pads (pairs, or the name of a rule), how far apart its elements are."""

    strides: tuple[int, ...]
    pads: Any
    dilation: tuple[int, ...]


def convolution(
    outputs: tuple[Sizes, ...], weight: tuple[int, ...], sliding: Sliding, *, groups: int, bias: bool
) -> Meaning:
    """A convolution with a weight of (out, in / groups, kernel...)."""
    kernel = tuple(weight[2:])
    name = f"Conv{len(kernel)}d"
    operation = Convolution(weight[0], kernel, *sliding, groups, bias, None, CHANNELS_FIRST)
    strides, pads, dilation = sliding
    shown = {"in_channels": weight[1] * groups, "out_channels": weight[0], "kernel_size": kernel, "stride": strides}
    padding = one_number(pads) if isinstance(pads, tuple) else pads.removesuffix("_unstrided")
    shown |= {"padding": padding, "dilation": dilation, "groups": groups}
    shown |= {} if bias else {"bias": False}
    macs = product_of(outputs[0]) * prod(weight[1:])
    return Meaning(name, outputs, operation, shown, macs, macs * 2)


def transposed_convolution(
    outputs: tuple[Sizes, ...],
    source: Sizes,
    weight: tuple[int, ...],
    sliding: Sliding,
    *,
    more: tuple[int, ...],
    groups: int,
    bias: bool,
) -> Meaning:
    """A transposed convolution with a weight of (in, out / groups, kernel...)."""
    kernel = tuple(weight[2:])
    name = f"ConvTranspose{len(kernel)}d"
    filters, (strides, pads, dilation) = weight[1] * groups, sliding
    operation = TransposedConvolution(
        filters, kernel, strides, pads, more, dilation, groups, bias, None, CHANNELS_FIRST
    )
    shown = {"in_channels": weight[0], "out_channels": filters, "kernel_size": kernel, "stride": strides}
    shown |= {"padding": one_number(pads), "output_padding": more, "groups": groups, "dilation": dilation}
    shown |= {} if bias else {"bias": False}
    macs = product_of(source) * prod(weight[1:])
    return Meaning(name, outputs, operation, shown, macs, macs * 2)


def linear(outputs: tuple[Sizes, ...], features: Size, out: Size, *, bias: bool) -> Meaning:
    """A matrix product with a weight, and a bias."""
    macs = product_of(outputs[0]) * features
    operation = Dense(out, bias) if isinstance(out, int) else None
    shown = {"in_features": features, "out_features": out} | ({} if bias else {"bias": False})
    return Meaning("Linear", outputs, operation, shown, macs, macs * 2)


def pooling(
    kind: PoolingKind,
    name: str,
    outputs: tuple[Sizes, ...],
    window: tuple[int, ...],
    sliding: Sliding,
    *,
    ceil: bool,
) -> Meaning:
    """A window that slides; a second output are the places of the maxima."""
    name = f"{name}{len(window)}d"
    operation = Pooling(kind, window, *sliding, ceil, CHANNELS_FIRST)
    shown: dict[str, Any] = {"kernel_size": window, "stride": sliding.strides, "padding": one_number(sliding.pads)}
    shown |= {"dilation": sliding.dilation} if set(sliding.dilation) != {1} else {}
    shown |= {"ceil_mode": True} if ceil else {}
    return with_places(Meaning(name, outputs, operation, shown, flops=product_of(outputs[0]) * prod(window)))


def with_places(pooling: Meaning) -> Meaning:
    """A pooling that, where it has a second output, also gives the places of its maxima."""
    if len(pooling.outputs) < 2:
        return pooling
    operation = pooling.operation and WithIndices(pooling.operation)
    return pooling._replace(operation=operation, arguments={**pooling.arguments, "return_indices": True})


def batch_norm(
    outputs: tuple[Sizes, ...], *, scale: bool, center: bool, tracked: bool, counter: bool = False
) -> Meaning:
    """By moving statistics, which are buffers, or by those of the batch."""
    channels = outputs[0][1] if len(outputs[0]) > 1 else 1
    name = f"BatchNorm{max(len(outputs[0]) - 2, 1)}d"
    operation = BatchNormalization(1, scale, center, "buffer" if tracked else None, counter=counter)
    shown = {"num_features": channels} | ({} if scale or center else {"affine": False})
    shown |= {} if tracked else {"track_running_stats": False}
    return Meaning(name, outputs, operation, shown, flops=product_of(outputs[0]) * 2)


def layer_norm(outputs: tuple[Sizes, ...], axes: int, *, scale: bool, center: bool, rms: bool = False) -> Meaning:
    """Over so many of the last axes."""
    name = "RMSNorm" if rms else "LayerNorm"
    operation = LayerNormalization(tuple(range(-axes, 0)), scale, center, root_mean_square=rms)
    flops = product_of(outputs[0]) * (4 if rms else 7)
    shown: dict[str, Any] = {"normalized_shape": outputs[0][-axes:]}
    shown |= {} if scale else {"elementwise_affine": False}
    shown |= {} if center or rms or not scale else {"bias": False}
    return Meaning(name, outputs, operation, shown, flops=flops)


def group_norm(outputs: tuple[Sizes, ...], groups: int, *, scale: bool, center: bool) -> Meaning:
    """Over groups of channels; -1: each channel by itself."""
    channels = outputs[0][1]
    name = f"InstanceNorm{len(outputs[0]) - 2}d" if groups == -1 else "GroupNorm"
    shown: dict[str, Any] = (
        {"num_features": channels} if groups == -1 else {"num_groups": groups, "num_channels": channels}
    )
    shown |= {"affine": scale} if scale != (groups != -1) else {}
    operation = GroupNormalization(groups, 1, scale, center)
    return Meaning(name, outputs, operation, shown, flops=product_of(outputs[0]) * 7)


_ACTIVATIONS = """
ReLU relu ReLU6 relu6 SiLU silu GELU gelu Sigmoid sigmoid Tanh tanh LeakyReLU leaky_relu ELU elu SELU selu CELU celu
Mish mish Softplus softplus Softsign softsign LogSigmoid log_sigmoid Hardtanh hard_tanh Hardswish hard_swish
Hardsigmoid hard_sigmoid
"""
_NAMES = _ACTIVATIONS.split()
ACTIVATIONS = {name.lower(): (name, ours) for name, ours in zip(_NAMES[::2], _NAMES[1::2], strict=True)}
"""PyTorch's activations, each with what it computes, by their names without regard to case."""


def activation(outputs: tuple[Sizes, ...], word: str, in_place: bool = False) -> Meaning:
    """PyTorch's activation of a name that is written in any case, with underscores or without."""
    name, computed = ACTIVATIONS[word.replace("_", "").lower()]
    return Meaning(name, outputs, Activation(computed, in_place), flops=product_of(outputs[0]))


def prelu(outputs: tuple[Sizes, ...], slopes: int) -> Meaning:
    """Trained slopes: one, or one for each channel."""
    return Meaning("PReLU", outputs, PRelu(slopes), {"num_parameters": slopes}, flops=product_of(outputs[0]))
