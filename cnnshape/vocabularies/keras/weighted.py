"""Functions of `keras.ops` whose weights are tensors: of a layer's operation, told by the weights' shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from cnnshape.arithmetic.sizes import show
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.einsum_dense import axes_summed, contraction
from cnnshape.operations.normalization import LayerNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.weighted import Weighted
from cnnshape.vocabularies.keras.functions import OptionalPerAxis, PerAxis
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults, Faults, Layer, bind
from cnnshape.vocabularies.values import Integer, Kept, Number, SummedAxes
from cnnshape.vocabularies.vocabulary import LayerType, lookup

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


class Convolution(Layer):
    """The arguments that all convolutions have in common."""

    strides: PerAxis = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: PerAxis = 1

    weights: ClassVar[tuple[str, ...]] = ("kernel",)
    told: ClassVar[Callable[..., tuple[str, dict[str, Any]]]]
    """The layer that the input, its channels and the kernels make, with the arguments that they tell."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The layer, without a bias."""
        given = {name: getattr(self, name) for name in ("strides", "padding", "data_format", "dilation_rate")}

        def make(input: Shape, *kernels: Shape) -> Operation:
            channels = layout(self.data_format, defaults).channels(input)
            word, told = self.told(input, channels, *kernels)
            return layer(word, defaults, **told, **given)

        return Weighted(make, self.weights, len(self.weights))


class Convolved(Convolution):
    """conv: called with a tensor and a kernel (sizes, channels of a group, filters)."""

    def told(self, input: Shape, channels: Any, kernel: Shape) -> tuple[str, dict[str, Any]]:
        """A convolution, whose groups follow from the kernel."""
        read = kernel[-2] if len(kernel) > 2 else None
        groups = channels // read if channels and read and channels % read == 0 else 1
        rank, sizes = kernel_of(input, kernel, channels and channels // groups)
        return f"Conv{rank}D", {"filters": kernel[-1], "kernel_size": sizes, "groups": groups}


class Depthwise(Convolution):
    """depthwise_conv: called with a tensor and a kernel (sizes, channels, multiplier)."""

    def told(self, input: Shape, channels: Any, kernel: Shape) -> tuple[str, dict[str, Any]]:
        """A depthwise convolution."""
        rank, sizes = kernel_of(input, kernel, channels)
        return f"DepthwiseConv{rank}D", {"kernel_size": sizes, "depth_multiplier": kernel[-1]}


class Separable(Convolution):
    """separable_conv: called with a tensor, a depthwise and a pointwise kernel."""

    weights: ClassVar[tuple[str, ...]] = ("depthwise_kernel", "pointwise_kernel")

    def told(self, input: Shape, channels: Any, depthwise: Shape, pointwise: Shape) -> tuple[str, dict[str, Any]]:
        """A separable convolution."""
        rank, sizes = kernel_of(input, depthwise, channels, "depthwise kernel")
        kernel_of(input, pointwise, channels and channels * depthwise[-1], "pointwise kernel")
        more = {"filters": pointwise[-1], "kernel_size": sizes, "depth_multiplier": depthwise[-1]}
        return f"SeparableConv{rank}D", more


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


def Normalized(gamma: Kept = None, beta: Kept = None, axis: Integer = -1, epsilon: Number | None = None) -> Operation:
    """layer_normalization: called with a tensor, and a scale and an offset, or without them."""

    def make(_: Shape, gamma: Shape | None, beta: Shape | None) -> Operation:
        return LayerNormalization((axis,), gamma is not None, beta is not None)

    return Weighted(make, ("gamma", "beta"), 0)


def RootMeanSquare(scale: Kept = None, axis: Integer = -1, epsilon: Number | None = None) -> Operation:
    """rms_normalization: called with a tensor, and a scale or none, which lies along the last axis in any case."""

    def make(input: Shape, scale: Shape | None) -> Operation:
        if scale and None not in (scale[0], input[-1]) and scale[0] not in (1, input[-1]):
            raise Fault("CS305", f"{LAYER}'s scale has {scale[0]}, but the last axis of {show(input)} has {input[-1]}")
        return LayerNormalization((axis,), False, False, root_mean_square=True)

    return Weighted(make, ("scale",), 0, (1,))


def Dotted(kind: LayerType) -> Operation:
    """dot, inner: called with a tensor and a weight, of which the second last axis, or the last, is summed over."""

    def make(input: Shape, weight: Shape) -> Operation:
        return contraction(input, weight, (-1,), (-2 if len(weight) > 1 and kind.name == "ops.dot" else -1,))

    return Weighted(make, ("weight",))


def TensorDot(axes: SummedAxes = 2) -> Operation:
    """tensordot: called with a tensor and a weight, summed over the last axes of the one and the first of the other."""
    return Weighted(lambda input, weight: axes_summed(input, weight, axes), ("weight",))
