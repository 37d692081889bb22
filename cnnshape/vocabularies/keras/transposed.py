"""Keras's transposed convolutions."""

from __future__ import annotations

from cnnshape.diagnostics import Fault
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.vocabularies.keras.convolution import refuse_stride_with_dilation
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Counts, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType

keeps_weights = keeps("use_bias", activity=True, kernel="glorot_uniform", bias="zeros")


@keeps_weights
def ConvTranspose(
    kind: LayerType,
    defaults: Defaults,
    filters: Positive,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: Padding = "valid",
    output_padding: Counts | None = None,
    data_format: DataFormat = None,
    dilation_rate: Sizes = 1,
    activation: ActivationName = None,
    use_bias: bool = True,
) -> TransposedConvolution:
    """Conv1DTranspose, Conv2DTranspose."""
    if output_padding is not None:
        refuse_output_padding_from_stride(kind, output_padding, strides)
    refuse_stride_with_dilation(kind, strides, dilation_rate)
    window = kernel_size, strides, padding, output_padding, dilation_rate
    where = layout(data_format, defaults)
    return TransposedConvolution(filters, *window, 1, use_bias, activation, where, known_channels=True)


@keeps_weights
def Conv3DTranspose(
    kind: LayerType,
    defaults: Defaults,
    filters: Positive,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
    output_padding: Counts | None = None,
    dilation_rate: Sizes = 1,
    activation: ActivationName = None,
    use_bias: bool = True,
) -> TransposedConvolution:
    """Conv3DTranspose, whose data_format comes before its output_padding."""
    window = kernel_size, strides, padding, output_padding, data_format, dilation_rate
    return ConvTranspose(kind, defaults, filters, *window, activation, use_bias)


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
