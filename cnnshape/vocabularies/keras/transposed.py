"""Keras's transposed convolutions."""

from __future__ import annotations

from cnnshape.diagnostics import Fault
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.vocabularies.keras.convolution import refuse_stride_with_dilation
from cnnshape.vocabularies.keras.kernels import KernelAndBias
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Counts, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class ConvTransposeArguments(Layer):
    """What all transposed convolutions have first."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"


class OutputPaddingFirst(ConvTransposeArguments):
    """How Conv1DTranspose and Conv2DTranspose go on."""

    output_padding: Counts | None = None
    data_format: DataFormat = None
    dilation_rate: Sizes = 1


class DataFormatFirst(ConvTransposeArguments):
    """How Conv3DTranspose goes on."""

    data_format: DataFormat = None
    output_padding: Counts | None = None
    dilation_rate: Sizes = 1


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
