"""Layers of Keras that hold a layer: its operation at every step, or forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import BothDirections, PerStep
from cnnshape.readers.python.keras.layers import CALL, LAYER, start
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Instance, Native, Value


def wrapper(name: str, wrap: Callable[..., Operation]) -> Class:
    """The class of a wrapper. A layer that is no layer of Keras, or a model, stays unknown inside it."""

    def begin(m: Machine, self: Instance, layer: Value = None, *positional: Value, **words: Value) -> None:
        own = {word: words.pop(word) for word in ("name", "input_shape", "trainable") if word in words}
        start(m, self, **own)
        self.attributes["layer"] = layer
        lowered = layer.attributes.get("__lowered__") if isinstance(layer, Instance) else None
        if lowered is None:
            self.attributes["__fault__"] = m.opaque(f"what {name} holds")
            return
        others = {
            word: each.attributes["__lowered__"].operation if isinstance(each, Instance) else each
            for word, each in words.items()
        }
        self.attributes["__lowered__"] = Lowered(lowered.bound, wrap(lowered.operation, *positional, **others))

    cls = Class(name, (LAYER,), module="keras.layers")
    cls.namespace |= {"__init__": Native("__init__", begin), "call": CALL}
    return cls


def both(
    forwards: Operation, merge_mode: Value = "concat", weights: Value = None, backward_layer: Value = None
) -> Operation:
    """``Bidirectional``."""
    return BothDirections(forwards, backward_layer or forwards, merge_mode)


WRAPPERS = {"TimeDistributed": wrapper("TimeDistributed", PerStep), "Bidirectional": wrapper("Bidirectional", both)}
