"""PyTorch's recurrent modules and their cells."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Operation
from cnnshape.operations.recurrent import CellKind, RecurrentCell, StackedRecurrent
from cnnshape.operations.wrapping import BatchSecond
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.pytorch.values import Declared, Probability, depth
from cnnshape.vocabularies.values import NonNegative, Positive
from cnnshape.vocabularies.vocabulary import LayerType

KINDS: dict[str, CellKind] = {"RNN": "simple", "LSTM": "lstm", "GRU": "gru"}


class Widths(Layer):
    """The first arguments of all of them."""

    input_size: Declared = None
    hidden_size: Positive


class Layers(Widths):
    """How many layers lie one on the other."""

    num_layers: Annotated[Positive, Before(depth, int)] = 1


class Nonlinearity(Layer):
    """What RNN and RNNCell apply to their sums."""

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class Directions(Layer):
    """The last arguments of RNN, LSTM and GRU."""

    bias: bool = True
    batch_first: bool = False
    dropout: Probability = 0.0
    bidirectional: bool = False

    def operation(self: Any, kind: LayerType, defaults: Defaults) -> Operation:
        """Layers one on the other, with as many gates as the kind has; the steps come first unless told."""
        sizes = self.input_size, self.hidden_size, self.num_layers
        projection = getattr(self, "proj_size", 0)
        layers = StackedRecurrent(KINDS[kind.name], *sizes, self.bias, self.bidirectional, projection)
        return layers if self.batch_first else BatchSecond(layers)


class GRU(Directions, Layers):
    """GRU."""


class RNN(Directions, Nonlinearity, Layers):
    """RNN, whose nonlinearity comes before the bias."""


class Projection(Layer):
    """LSTM's last argument."""

    proj_size: NonNegative = 0


class LSTM(Projection, Directions, Layers):
    """LSTM."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Four gates; with `proj_size` fewer features are handed on."""
        if self.proj_size >= self.hidden_size:
            message = f"{kind.name}'s proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}"
            raise Fault("CS105", message, argument="proj_size")
        return super().operation(kind, defaults)


class Cell(Widths):
    """LSTMCell and GRUCell."""

    bias: bool = True

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One step."""
        return RecurrentCell(KINDS[kind.name[:-4]], self.input_size, self.hidden_size, self.bias)


class RNNCell(Nonlinearity, Cell):
    """RNNCell."""
