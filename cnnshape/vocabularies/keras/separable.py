"""Keras's depthwise and separable convolutions."""

from __future__ import annotations

from cnnshape.operations.convolution import Convolution
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Positive, Sizes


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
    depthwise_initializer: Kept = "glorot_uniform",
    bias_initializer: Kept = "zeros",
    depthwise_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    activity_regularizer: Kept = None,
    depthwise_constraint: Kept = None,
    bias_constraint: Kept = None,
) -> Convolution:
    """DepthwiseConv1D, DepthwiseConv2D: strides and dilation may go together here."""
    return Convolution(
        None,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        1,
        use_bias,
        activation,
        layout(data_format, defaults),
        known_channels=True,
        multiplier=depth_multiplier,
    )


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
    depthwise_initializer: Kept = "glorot_uniform",
    pointwise_initializer: Kept = "glorot_uniform",
    bias_initializer: Kept = "zeros",
    depthwise_regularizer: Kept = None,
    pointwise_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    activity_regularizer: Kept = None,
    depthwise_constraint: Kept = None,
    pointwise_constraint: Kept = None,
    bias_constraint: Kept = None,
) -> Convolution:
    """SeparableConv1D, SeparableConv2D: strides and dilation may go together here."""
    return Convolution(
        filters,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        1,
        use_bias,
        activation,
        layout(data_format, defaults),
        known_channels=True,
        multiplier=depth_multiplier,
    )
