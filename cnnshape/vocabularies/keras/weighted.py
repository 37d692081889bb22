"""Functions of `keras.ops` whose weights are tensors: of a layer's operation, told by the weights' shapes."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Operation
from cnnshape.operations.weighted import Weighted
from cnnshape.vocabularies.keras.functions import OptionalPerAxis, PerAxis
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults, Faults, bind
from cnnshape.vocabularies.values import Integer, Number
from cnnshape.vocabularies.vocabulary import lookup

Shape = tuple[Any, ...]


def layer(word: str, defaults: Defaults, **arguments: Any) -> Operation:
    """The operation of a layer without a bias. Raises `Fault` where the weights do not make one."""
    try:
        return bind(lookup("keras", word), (), {**arguments, "use_bias": False}).operation(defaults)
    except Faults as faults:
        raise faults.faults[0] from None


def kernel_of(input: Shape, kernel: Shape, channels: Any, name: str = "kernel", *, read: int = -2) -> tuple[int, Shape]:
    """The spatial axes of an input and the sizes of a kernel, one of whose last axes is for so many channels.

    Raises:
        Fault: CS302, CS303: the kernel does not fit.
    """
    rank = len(input) - 2
    if rank not in (1, 2, 3) or len(kernel) != rank + 2:
        raise Fault("CS302", f"{LAYER} needs a {name} with as many axes as its input has, {len(input)}: got {kernel}")
    if channels is not None and kernel[read] != channels:
        raise Fault("CS303", f"{LAYER}'s {name} is for {kernel[read]} channels, but it reads {channels}")
    return rank, kernel[:-2]


def Convolved(
    defaults: Defaults,
    strides: PerAxis = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
    dilation_rate: PerAxis = 1,
) -> Operation:
    """conv: called with a tensor and a kernel (sizes, channels of a group, filters)."""
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}

    def make(input: Shape, kernel: Shape) -> Operation:
        channels = layout(data_format, defaults).channels(input)
        read = kernel[-2] if len(kernel) > 2 else None
        groups = channels // read if channels and read and channels % read == 0 else 1
        rank, sizes = kernel_of(input, kernel, channels and channels // groups)
        return layer(f"Conv{rank}D", defaults, filters=kernel[-1], kernel_size=sizes, groups=groups, **words)

    return Weighted(make, ("kernel",))


def Depthwise(
    defaults: Defaults,
    strides: PerAxis = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
    dilation_rate: PerAxis = 1,
) -> Operation:
    """depthwise_conv: called with a tensor and a kernel (sizes, channels, multiplier)."""
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}

    def make(input: Shape, kernel: Shape) -> Operation:
        rank, sizes = kernel_of(input, kernel, layout(data_format, defaults).channels(input))
        return layer(f"DepthwiseConv{rank}D", defaults, kernel_size=sizes, depth_multiplier=kernel[-1], **words)

    return Weighted(make, ("kernel",))


def Separable(
    defaults: Defaults,
    strides: PerAxis = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
    dilation_rate: PerAxis = 1,
) -> Operation:
    """separable_conv: called with a tensor, a depthwise and a pointwise kernel."""
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}

    def make(input: Shape, depthwise: Shape, pointwise: Shape) -> Operation:
        channels = layout(data_format, defaults).channels(input)
        rank, sizes = kernel_of(input, depthwise, channels, "depthwise kernel")
        kernel_of(input, pointwise, channels and channels * depthwise[-1], "pointwise kernel")
        more = {"filters": pointwise[-1], "kernel_size": sizes, "depth_multiplier": depthwise[-1]}
        return layer(f"SeparableConv{rank}D", defaults, **more, **words)

    return Weighted(make, ("depthwise_kernel", "pointwise_kernel"), 2)


def Deconvolved(
    defaults: Defaults,
    strides: PerAxis = 1,
    padding: Padding = "valid",
    output_padding: OptionalPerAxis = None,
    data_format: DataFormat = None,
    dilation_rate: PerAxis = 1,
) -> Operation:
    """conv_transpose: called with a tensor and a kernel (sizes, filters, channels)."""
    words = {"strides": strides, "padding": padding, "data_format": data_format, "dilation_rate": dilation_rate}

    def make(input: Shape, kernel: Shape) -> Operation:
        rank, sizes = kernel_of(input, kernel, layout(data_format, defaults).channels(input), read=-1)
        more = {"filters": kernel[-2], "kernel_size": sizes, "output_padding": output_padding}
        return layer(f"Conv{rank}DTranspose", defaults, **more, **words)

    return Weighted(make, ("kernel",))


def BatchNormFunction(defaults: Defaults, axis: Integer, epsilon: Number = 0.001) -> Operation:
    """batch_normalization: called with a tensor, a mean and a variance, and an offset and a scale."""

    def make(input: Shape, mean: Shape, variance: Shape, offset: Shape | None, scale: Shape | None) -> Operation:
        words = {"center": offset is not None, "scale": scale is not None, "axis": axis}
        return bind(lookup("keras", "BatchNormalization"), (), words).operation(defaults)

    return Weighted(make, ("mean", "variance", "offset", "scale"), 2, (1, 1, 1, 1))
