"""Keras's recurrent layers. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations.operation import Operation
from cnnshape.operations.recurrent import ConvolutionalRecurrent, Recurrent
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, Rate, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Positive, Sizes


def SimpleRNN(
    units: Positive,
    activation: ActivationName = "tanh",
    use_bias: bool = True,
    kernel_initializer: Kept = "glorot_uniform",
    recurrent_initializer: Kept = "orthogonal",
    bias_initializer: Kept = "zeros",
    kernel_regularizer: Kept = None,
    recurrent_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    kernel_constraint: Kept = None,
    recurrent_constraint: Kept = None,
    bias_constraint: Kept = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    seed: Kept = None,
) -> Operation:
    """SimpleRNN: one matrix product of the input and one of the last output, per step."""
    return Recurrent("simple", units, use_bias, False, return_sequences, return_state)


def LSTM(
    units: Positive,
    activation: ActivationName = "tanh",
    recurrent_activation: ActivationName = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Kept = "glorot_uniform",
    recurrent_initializer: Kept = "orthogonal",
    bias_initializer: Kept = "zeros",
    unit_forget_bias: bool = True,
    kernel_regularizer: Kept = None,
    recurrent_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    kernel_constraint: Kept = None,
    recurrent_constraint: Kept = None,
    bias_constraint: Kept = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: Kept = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    use_cudnn: bool | Literal["auto"] = "auto",
) -> Operation:
    """LSTM: four gates."""
    return Recurrent("lstm", units, use_bias, False, return_sequences, return_state)


def GRU(
    units: Positive,
    activation: ActivationName = "tanh",
    recurrent_activation: ActivationName = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Kept = "glorot_uniform",
    recurrent_initializer: Kept = "orthogonal",
    bias_initializer: Kept = "zeros",
    kernel_regularizer: Kept = None,
    recurrent_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    kernel_constraint: Kept = None,
    recurrent_constraint: Kept = None,
    bias_constraint: Kept = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: Kept = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    reset_after: bool = True,
    use_cudnn: bool | Literal["auto"] = "auto",
) -> Operation:
    """GRU: three gates; with ``reset_after`` the recurrence has biases of its own."""
    return Recurrent("gru", units, use_bias, reset_after, return_sequences, return_state)


def ConvLSTM(
    defaults: Defaults,
    filters: Positive,
    kernel_size: Sizes,
    strides: Sizes = 1,  # type: ignore[assignment]
    padding: Padding = "valid",
    data_format: DataFormat = None,
    dilation_rate: Sizes = 1,  # type: ignore[assignment]
    activation: ActivationName = "tanh",
    recurrent_activation: ActivationName = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Kept = "glorot_uniform",
    recurrent_initializer: Kept = "orthogonal",
    bias_initializer: Kept = "zeros",
    unit_forget_bias: bool = True,
    kernel_regularizer: Kept = None,
    recurrent_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    kernel_constraint: Kept = None,
    recurrent_constraint: Kept = None,
    bias_constraint: Kept = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: Kept = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
) -> Operation:
    """ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: four gates, each a convolution of the image and one of the last output."""
    return ConvolutionalRecurrent(
        filters,
        kernel_size,
        strides,
        padding,
        dilation_rate,
        use_bias,
        return_sequences,
        return_state,
        layout(data_format, defaults),
    )
