"""Keras's convolutions. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, layout, lower_case
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType


@keeps("use_bias", activity=True, kernel="glorot_uniform", bias="zeros")
def Conv(
    kind: LayerType,
    defaults: Defaults,
    filters: Positive,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: Annotated[Literal["valid", "same", "causal"], Before(lower_case)] = "valid",
    data_format: DataFormat = None,
    dilation_rate: Sizes = 1,
    groups: Positive = 1,
    activation: ActivationName = None,
    use_bias: bool = True,
) -> Convolution:
    """Conv1D, Conv2D, Conv3D."""
    if padding == "causal" and kind.rank != 1:
        raise Fault(
            "CS105",
            f"{kind.name} has no causal padding; only Conv1D has",
            fix='use padding="valid" or padding="same"',
            argument="padding",
        )
    refuse_stride_with_dilation(kind, strides, dilation_rate)
    window = kernel_size, strides, padding, dilation_rate
    where = layout(data_format, defaults)
    return Convolution(filters, *window, groups, use_bias, activation, where, known_channels=True)


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
