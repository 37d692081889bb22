"""A layer's configuration as a layer of the vocabulary, with its operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.operations.activation import ACTIVATIONS
from cnnshape.operations.operation import Operation
from cnnshape.operations.recurrent import Recurrent
from cnnshape.operations.wrapping import BothDirections, PerStep, SpectralNormalization
from cnnshape.readers.keras.config import LayerConfig, MalformedError, layer_config
from cnnshape.vocabularies.layer import BoundLayer, Faults, Layer, arguments_of, model_of
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary


class UnknownLayerError(Exception):
    """A layer of which nothing is known; the message says why, where that is more than its class."""


def lower(builder: NetworkBuilder, layer: LayerConfig, *, with_scores: bool = False) -> Lowered:
    """The layer with its operation.

    Raises:
        UnknownLayerError: its class is a user's, or its arguments are none that we know.
    """
    if layer.custom and vocabulary("keras").find_exact(layer.type) is None:
        raise UnknownLayerError
    wrapper = WRAPPERS.get(layer.type)
    try:
        if wrapper is not None:
            return around(layer, wrapper(builder, layer))
        kind = vocabulary("keras").find_exact(layer.type)
        if kind is None or kind.operator:
            raise UnknownLayerError
        return builder.layer(kind.name, (), arguments(kind, layer.config))
    except Faults as faults:
        raise UnknownLayerError(faults.faults[0].message) from None
    except (Fault, MalformedError) as fault:
        raise UnknownLayerError(str(fault)) from None


def around(layer: LayerConfig, operation: Operation) -> Lowered:
    """A layer that is no word of the vocabulary, such as a wrapper: its operation under its own name."""
    kind = LayerType("keras", layer.type, "", "", None)
    return Lowered(BoundLayer(kind, Layer(), {}, {}), operation)


def arguments(kind: LayerType, config: dict[str, Any]) -> dict[str, Any]:
    """Those of the constructor's arguments that change a number, as the vocabulary takes them.

    Versions of Keras differ in the others, and write all of them, defaults too.
    """
    model = model_of(kind)
    known = arguments_of(model)
    given = {}
    for written, value in config.items():
        name = model.second_names.get(written, written)
        if name not in known or name.endswith(KEPT_FOR_EXPORT) or name in ("seed", "weights", "activity_regularizer"):
            continue
        if name.endswith("activation"):
            value = activation(value)
        if isinstance(value, list) and len(value) == 1 and name == "axis" and kind.name in ONE_AXIS:
            (value,) = value
        given[name] = value
    return given


ONE_AXIS = frozenset({"BatchNormalization", "GroupNormalization", "Concatenate", "Softmax"})
"""Layers over one axis, which Keras 2 writes as a list."""


def activation(value: Any) -> Any:
    """The name of an activation; one that is a user's function changes no shape, and is counted as none."""
    match value:
        case {"class_name": "function", "config": str() as name} if name in ACTIVATIONS:
            return name
        case {"class_name": str() as name}:
            folded = name.lower().replace("_", "")
            return next((each for each in ACTIVATIONS if each.replace("_", "") == folded and each != "glu"), None)
        case str() as name if name not in ACTIVATIONS:
            return None
    return value


# -- wrappers


def inner(builder: NetworkBuilder, layer: LayerConfig, argument: str = "layer") -> Operation:
    """The operation of the layer that a wrapper holds."""
    return lower(builder, layer_config(layer.config.get(argument))).operation


def time_distributed(builder: NetworkBuilder, layer: LayerConfig) -> Operation:
    """Its layer at every step."""
    return PerStep(inner(builder, layer))


def bidirectional(builder: NetworkBuilder, layer: LayerConfig) -> Operation:
    """Its layer forwards, and the same or another one backwards."""
    forwards = inner(builder, layer)
    backwards = inner(builder, layer, "backward_layer") if layer.config.get("backward_layer") else forwards
    merging = layer.config.get("merge_mode", "concat")
    if merging not in ("concat", "sum", "ave", "mul", None):
        raise UnknownLayerError(f"merge_mode={merging!r}")
    return BothDirections(forwards, backwards, merging)


def spectral_normalization(builder: NetworkBuilder, layer: LayerConfig) -> Operation:
    """Its layer, with the vector that normalizes the kernel."""
    return SpectralNormalization(inner(builder, layer))


def recurrent(builder: NetworkBuilder, layer: LayerConfig) -> Operation:
    """RNN over a cell of Keras: the layer of that name."""
    cell = layer_config(layer.config.get("cell"))
    names = {"SimpleRNNCell": "SimpleRNN", "LSTMCell": "LSTM", "GRUCell": "GRU"}
    if cell.custom or cell.type not in names:
        raise UnknownLayerError(f"its cell is {cell.type}")
    shared = {name: layer.config.get(name, False) for name in ("return_sequences", "return_state")}
    operation = lower(builder, cell._replace(type=names[cell.type], config={**cell.config, **shared})).operation
    assert isinstance(operation, Recurrent)
    return operation


WRAPPERS: dict[str, Callable[[NetworkBuilder, LayerConfig], Operation]] = {
    "TimeDistributed": time_distributed,
    "Bidirectional": bidirectional,
    "SpectralNormalization": spectral_normalization,
    "RNN": recurrent,
}
"""Layers that hold layers."""
