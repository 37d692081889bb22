"""Keras's convolutions. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.separable import SeparableConvolution
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.vocabularies.keras.kernels import KernelAndBias
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, layout, lower_case
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Counts, Kept, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class ConvArguments(Layer):
    """The beginning of Conv1D, Conv2D, Conv3D."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1  # type: ignore[assignment]
    padding: Annotated[Literal["valid", "same", "causal"], BeforeValidator(lower_case)] = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1  # type: ignore[assignment]
    groups: Positive = 1


class Conv(KernelAndBias, ConvArguments):
    """Conv1D, Conv2D, Conv3D."""

    def lower(self, kind: LayerType, defaults: Defaults) -> Convolution:
        """Keras refuses stride with dilation, and causal padding beyond Conv1D."""
        if self.padding == "causal" and kind.rank != 1:
            raise Fault(
                "CS105",
                f"{kind.name} has no causal padding; only Conv1D has",
                fix='use padding="valid" or padding="same"',
                argument="padding",
            )
        refuse_stride_with_dilation(kind, self.strides, self.dilation_rate)
        return Convolution(
            self.filters,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.groups,
            self.use_bias,
            self.activation,
            layout(self.data_format, defaults),
            known_channels=True,
            what=kind.name,
        )


class DepthwiseConv(Layer):
    """DepthwiseConv1D, DepthwiseConv2D."""

    kernel_size: Sizes
    strides: Sizes = 1  # type: ignore[assignment]
    padding: Padding = "valid"
    depth_multiplier: Positive = 1
    data_format: DataFormat = None
    dilation_rate: Sizes = 1  # type: ignore[assignment]
    activation: ActivationName = None
    use_bias: bool = True
    depthwise_initializer: Kept = "glorot_uniform"
    bias_initializer: Kept = "zeros"
    depthwise_regularizer: Kept = None
    bias_regularizer: Kept = None
    activity_regularizer: Kept = None
    depthwise_constraint: Kept = None
    bias_constraint: Kept = None

    def lower(self, kind: LayerType, defaults: Defaults) -> DepthwiseConvolution:
        """Strides and dilation may go together here."""
        return DepthwiseConvolution(
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.depth_multiplier,
            self.use_bias,
            self.activation,
            layout(self.data_format, defaults),
            known_channels=True,
            what=kind.name,
        )


class SeparableConv(Layer):
    """SeparableConv1D, SeparableConv2D."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1  # type: ignore[assignment]
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1  # type: ignore[assignment]
    depth_multiplier: Positive = 1
    activation: ActivationName = None
    use_bias: bool = True
    depthwise_initializer: Kept = "glorot_uniform"
    pointwise_initializer: Kept = "glorot_uniform"
    bias_initializer: Kept = "zeros"
    depthwise_regularizer: Kept = None
    pointwise_regularizer: Kept = None
    bias_regularizer: Kept = None
    activity_regularizer: Kept = None
    depthwise_constraint: Kept = None
    pointwise_constraint: Kept = None
    bias_constraint: Kept = None

    def lower(self, kind: LayerType, defaults: Defaults) -> SeparableConvolution:
        """Strides and dilation may go together here."""
        return SeparableConvolution(
            self.filters,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.depth_multiplier,
            self.use_bias,
            self.activation,
            layout(self.data_format, defaults),
            known_channels=True,
            what=kind.name,
        )


class ConvTransposeArguments(Layer):
    """What all transposed convolutions have first."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1  # type: ignore[assignment]
    padding: Padding = "valid"


class OutputPaddingFirst(ConvTransposeArguments):
    """How Conv1DTranspose and Conv2DTranspose go on."""

    output_padding: Counts | None = None
    data_format: DataFormat = None
    dilation_rate: Sizes = 1  # type: ignore[assignment]


class DataFormatFirst(ConvTransposeArguments):
    """How Conv3DTranspose goes on."""

    data_format: DataFormat = None
    output_padding: Counts | None = None
    dilation_rate: Sizes = 1  # type: ignore[assignment]


class ConvTranspose(KernelAndBias, OutputPaddingFirst):
    """Conv1DTranspose, Conv2DTranspose."""

    def lower(self, kind: LayerType, defaults: Defaults) -> TransposedConvolution:
        """Keras refuses stride with dilation, and output_padding not below the stride."""
        return lower_transposed(self, kind, defaults)


class Conv3DTranspose(KernelAndBias, DataFormatFirst):
    """Conv3DTranspose, whose data_format comes before its output_padding."""

    def lower(self, kind: LayerType, defaults: Defaults) -> TransposedConvolution:
        """As for the others."""
        return lower_transposed(self, kind, defaults)


def lower_transposed(
    layer: ConvTranspose | Conv3DTranspose, kind: LayerType, defaults: Defaults
) -> TransposedConvolution:
    """The transposed convolution that a layer describes."""
    if layer.output_padding is not None:
        refuse_output_padding_from_stride(kind, layer.output_padding, layer.strides)
    refuse_stride_with_dilation(kind, layer.strides, layer.dilation_rate)
    return TransposedConvolution(
        layer.filters,
        layer.kernel_size,
        layer.strides,
        layer.padding,
        layer.output_padding,
        layer.dilation_rate,
        bias=layer.use_bias,
        activation=layer.activation,
        layout=layout(layer.data_format, defaults),
        known_channels=True,
        what=kind.name,
    )


def refuse_stride_with_dilation(kind: LayerType, strides: tuple[int, ...], dilation: tuple[int, ...]) -> None:
    """Keras computes no convolution that both strides and dilates, on whatever axes."""
    if max(strides) > 1 and max(dilation) > 1:
        raise Fault(
            "CS108",
            f"{kind.name} cannot have strides={list(strides)} together with dilation_rate={list(dilation)}: "
            "Keras allows only one of them above 1",
            fix="use strides=1 or dilation_rate=1",
            argument="dilation_rate",
        )


def refuse_output_padding_from_stride(
    kind: LayerType, output_padding: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    """Keras wants every output_padding below the stride of its axis."""
    for axis, (added, stride) in enumerate(zip(output_padding, strides, strict=True)):
        if added >= stride:
            raise Fault(
                "CS108",
                f"{kind.name}'s output_padding={list(output_padding)} has to be below strides={list(strides)}: "
                f"{added} is not below {stride}",
                fix=f"use an output_padding of at most {stride - 1} on axis {axis + 1}, or leave it out",
                argument="output_padding",
            )
