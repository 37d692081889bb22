"""Keras's depthwise and separable convolutions."""

from __future__ import annotations

from cnnshape.operations.convolution import Convolution
from cnnshape.value import replace
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Positive, Sizes


@keeps("use_bias", activity=True, depthwise="glorot_uniform", bias="zeros")
def DepthwiseConv(
    defaults: Defaults,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: Padding = "valid",
    depth_multiplier: Positive = 1,
    data_format: DataFormat = None,
    dilation_rate: Sizes = 1,
    activation: ActivationName = None,
    use_bias: bool = True,
) -> Convolution:
    """DepthwiseConv1D, DepthwiseConv2D: strides and dilation may go together here."""
    window = kernel_size, strides, padding, dilation_rate
    where = layout(data_format, defaults)
    return Convolution(None, *window, 1, use_bias, activation, where, known_channels=True, multiplier=depth_multiplier)


@keeps("use_bias", activity=True, depthwise="glorot_uniform", pointwise="glorot_uniform", bias="zeros")
def SeparableConv(
    defaults: Defaults,
    filters: Positive,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
    dilation_rate: Sizes = 1,
    depth_multiplier: Positive = 1,
    activation: ActivationName = None,
    use_bias: bool = True,
) -> Convolution:
    """SeparableConv1D, SeparableConv2D: strides and dilation may go together here."""
    window = kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate
    depthwise = DepthwiseConv(defaults, *window, activation, use_bias)
    return replace(depthwise, filters=filters)
