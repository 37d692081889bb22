"""Keras's convolutions. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.kernels import KernelAndBias
from cnnshape.vocabularies.keras.values import DataFormat, layout, lower_case
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class ConvArguments(Layer):
    """The beginning of Conv1D, Conv2D, Conv3D."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Annotated[Literal["valid", "same", "causal"], Before(lower_case)] = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
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
