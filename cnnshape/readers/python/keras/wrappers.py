"""Layers of Keras that hold a layer or model: its operations at every step, or forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import BothDirections, PerStep
from cnnshape.readers.python.keras.layers import Known, Layer
from cnnshape.readers.python.values import Value, now


class Wrapper(Known):
    """A layer that holds another. One that is no layer of Keras stays unknown inside it."""

    wrap: Callable[..., Operation]

    def __init__(self, layer: Value = None, *positional: Value, **options: Value) -> None:
        Layer.__init__(
            self, **{word: options.pop(word) for word in ("name", "input_shape", "trainable") if word in options}
        )
        own = vars(self)
        own["layer"] = layer
        lowered = vars(layer).get("_lowered") if isinstance(layer, Known) else None
        if lowered is None:
            if issubclass(type(self), TimeDistributed) and is_plain(layer):
                return
            own["_fault"] = now().opaque(f"what {type(self).__name__} holds")
            return
        held = {
            word: vars(each)["_lowered"].operation if isinstance(each, Known) else each
            for word, each in options.items()
        }
        own["_lowered"] = Lowered(lowered.bound, type(self).wrap(lowered.operation, *positional, **held))


def both(
    forwards: Operation, merge_mode: Value = "concat", weights: Value = None, backward_layer: Value = None
) -> Operation:
    """``Bidirectional``."""
    return BothDirections(forwards, backward_layer or forwards, merge_mode)


class TimeDistributed(Wrapper):
    """A layer, or every layer of a model, at every step."""

    wrap = PerStep

    def call(self, *inputs: Value, **keywords: Value) -> Value:
        """The rows of a model are each for all steps."""
        layer = vars(self)["layer"]
        if not is_plain(layer):
            return super().call(*inputs, **keywords)
        trace = now().trace
        trace.timed += 1
        try:
            return layer(*inputs)
        finally:
            trace.timed -= 1


def is_plain(layer: Value) -> bool:
    """Whether a layer is a model without code of its own, which would see the steps: a graph, or Keras's layers."""
    if "outputs" in vars(layer):
        return True
    layers = vars(layer).get("_layers")
    return isinstance(layers, list) and all(isinstance(each, Known) or is_plain(each) for each in layers)


class Bidirectional(Wrapper):
    """A recurrent layer in both directions."""

    wrap = staticmethod(both)


WRAPPERS = {each.__name__: each for each in (TimeDistributed, Bidirectional)}
