"""Layers of Keras that hold a layer: its operation at every step, or forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import BothDirections, PerStep
from cnnshape.readers.python.keras.layers import Known, Layer
from cnnshape.readers.python.values import Value, now


class Wrapper(Known):
    """A layer that holds another. One that is no layer of Keras, or a model, stays unknown inside it."""

    wrap: Callable[..., Operation]

    def __init__(self, layer: Value = None, *positional: Value, **options: Value) -> None:
        Layer.__init__(
            self, **{word: options.pop(word) for word in ("name", "input_shape", "trainable") if word in options}
        )
        own = vars(self)
        own["layer"] = layer
        lowered = vars(layer).get("_lowered") if isinstance(layer, Known) else None
        if lowered is None:
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


WRAPPERS = {
    name: type(name, (Wrapper,), {"wrap": staticmethod(wrap), "__module__": "keras.layers"})
    for name, wrap in (("TimeDistributed", PerStep), ("Bidirectional", both))
}
