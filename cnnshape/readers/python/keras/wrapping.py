"""Layers of Keras that wrap a function, or a layer at every step."""

from __future__ import annotations

from cnnshape.readers.python.keras.layers import Known, Layer, shapes_of
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.values import Tensor, Value, now
from cnnshape.vocabularies.vocabulary import vocabulary


class Lambda(Layer):
    """A function as a layer."""

    def __init__(
        self, function: Value, output_shape: Value = None, mask: Value = None, arguments: Value = None, **options: Value
    ) -> None:
        super().__init__(**options)
        vars(self).update(function=function, arguments=arguments or {}, _states=output_shape)

    def call(self, *inputs: Value, **_: Value) -> Value:
        """The function on the tensors, and the arguments that the layer was given for it."""
        return call(now(), vars(self)["function"], list(inputs), dict(vars(self)["arguments"]))

    def stated(self, shape: Value) -> Value:
        """The shape that it was told it makes of another."""
        says = vars(self)["_states"]
        sizes = says if isinstance(says, list | tuple) else None
        return call(now(), says, [shape], {}) if callable(says) else sizes and (None, *sizes)

    def compute_output_shape(self, input_shape: Value) -> Value:
        """What the function makes of a tensor of that shape."""
        return shapes_of(self.call(Tensor(tuple(input_shape))))


class Wrapper(Layer):
    """What people derive layers around one from."""

    def __init__(self, layer: Value = None, **options: Value) -> None:
        super().__init__(**options)
        vars(self)["layer"] = layer


class TimeDistributed(Known):
    """A layer, or every layer of a model, at every step."""

    _layer_type = vocabulary("keras").types["TimeDistributed"]

    def __init__(self, layer: Value = None, **options: Value) -> None:
        if is_plain(layer):
            Layer.__init__(self, **options)
            vars(self)["layer"] = layer
        else:
            super().__init__(layer, **options)

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
    if not isinstance(layer, Layer):
        return False
    layers = vars(layer).get("_layers")
    own = isinstance(layers, list) and all(isinstance(each, Known) or is_plain(each) for each in layers)
    return own or "outputs" in vars(layer)
