"""Keras's recurrent layers. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.operations.operation import Operation
from cnnshape.operations.recurrent import CellKind, ConvolutionalRecurrent, Recurrent
from cnnshape.vocabularies.keras.values import ActivationName, DataFormat, Padding, Rate, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Kept, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class Units(Layer):
    """The first arguments of all of them."""

    units: Positive
    activation: ActivationName = "tanh"


class RecurrentActivation(Units):
    """LSTM and GRU have a second activation: that of their gates."""

    recurrent_activation: ActivationName = "sigmoid"


class Images(Layer):
    """The first arguments of layers over images."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    activation: ActivationName = "tanh"
    recurrent_activation: ActivationName = "sigmoid"


class Bias(Layer):
    """Whether there is a bias, and how weights begin."""

    use_bias: bool = True
    kernel_initializer: Kept = "glorot_uniform"
    recurrent_initializer: Kept = "orthogonal"
    bias_initializer: Kept = "zeros"


class ForgetBias(Layer):
    """How the bias of LSTM's forget gate begins."""

    unit_forget_bias: bool = True


class Regularized(Layer):
    """What training holds weights to."""

    kernel_regularizer: Kept = None
    recurrent_regularizer: Kept = None
    bias_regularizer: Kept = None
    kernel_constraint: Kept = None
    recurrent_constraint: Kept = None
    bias_constraint: Kept = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0


class Seed(Layer):
    """Of dropout."""

    seed: Kept = None


class ResetAfter(Layer):
    """Whether GRU's recurrence has biases of its own."""

    reset_after: bool = True


class Sequences(Layer):
    """What a layer over steps gives."""

    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False


class Steps(Sequences):
    """What a layer over steps of vectors gives."""

    unroll: bool = False

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The cell that the layer is named after, at every step."""
        return recurrent(self, kind, kind.name, self.return_sequences, self.return_state)


class OneStep(Layer):
    """A cell by itself: called with the input and the states."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One step: its output, and the new states."""
        return recurrent(self, kind, kind.name.removesuffix("Cell"), False, True, one_step=True)


class Cudnn(Layer):
    """Whether a kernel of the hardware's maker is used."""

    use_cudnn: bool | Literal["auto"] = "auto"


def recurrent(
    cell: Any, kind: LayerType, name: str, every_step: bool, with_state: bool, *, one_step: bool = False
) -> Recurrent:
    """A layer of the cell that `name` names, or (`one_step`) the cell itself."""
    separate = getattr(cell, "reset_after", False)
    kinds: dict[str, CellKind] = {"SimpleRNN": "simple", "LSTM": "lstm", "GRU": "gru"}
    kept = (every_step, with_state, one_step)
    return Recurrent(kinds[name], cell.units, cell.use_bias, separate, *kept)


class SimpleRNN(Steps, Seed, Regularized, Bias, Units):
    """SimpleRNN."""


class LSTM(Cudnn, Steps, Seed, Regularized, ForgetBias, Bias, RecurrentActivation):
    """LSTM."""


class GRU(Cudnn, ResetAfter, Steps, Seed, Regularized, Bias, RecurrentActivation):
    """GRU."""


class SimpleRNNCell(OneStep, Seed, Regularized, Bias, Units):
    """SimpleRNNCell: called with the input and the states."""


class LSTMCell(OneStep, Seed, Regularized, ForgetBias, Bias, RecurrentActivation):
    """LSTMCell: called with the input and the states."""


class GRUCell(OneStep, Seed, ResetAfter, Regularized, Bias, RecurrentActivation):
    """GRUCell: called with the input and the states."""


CELLS = (SimpleRNNCell, LSTMCell, GRUCell)


class ConvLSTM(Sequences, Seed, Regularized, ForgetBias, Bias, Images):
    """ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: four gates, each a convolution of the image and one of the last output."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Over images instead of vectors."""
        window = self.kernel_size, self.strides, self.padding, self.dilation_rate
        kept = self.return_sequences, self.return_state
        where = layout(self.data_format, defaults)
        return ConvolutionalRecurrent(self.filters, *window, self.use_bias, *kept, where)
