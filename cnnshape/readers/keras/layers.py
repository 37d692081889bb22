"""A layer's configuration as a layer of the vocabulary, with its operation."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.operations.activation import ACTIVATIONS
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.keras.config import LayerConfig, layer_config
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, bind, model_of, takes_layers
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT, kept
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary


class UnknownLayerError(Exception):
    """A layer of which nothing is known; the message says why, where that is more than its class."""


UNREADABLE = {
    **dict.fromkeys(("FlaxLayer", "JaxLayer"), "it holds code of JAX"),
    "HashedCrossing": "it reads texts or numbers of which the file says nothing",
    "Hashing": "it reads texts or numbers of which the file says nothing",
    **dict.fromkeys(("IntegerLookup", "StringLookup", "TextVectorization"), "its table is adapted to data"),
    "Lambda": "it holds code, which is never run",
    "Layer": "it is the base of all layers",
    "MaxNumBoundingBoxes": "it reads boxes, which are a dictionary",
    "TFSMLayer": "it holds a SavedModel",
    "TorchModuleWrapper": "it holds code of PyTorch",
    "Wrapper": "it is the base of all wrappers",
}
"""Why layers of Keras are unknown."""


def unknown(layer: LayerConfig) -> UnknownLayerError:
    """The error that says why nothing is known of a class."""
    if layer.custom:
        return UnknownLayerError("a class of its own")
    return UnknownLayerError(UNREADABLE.get(layer.type, "no class of Keras 3.15"))


def lower(builder: NetworkBuilder, layer: LayerConfig, **more: Any) -> Lowered:
    """The layer with its operation; `more` are further arguments.

    Raises `UnknownLayerError` for a class or arguments that are not Keras's.
    """
    kind = vocabulary("keras").find_exact(layer.type)
    if kind is None or kind.operator or layer.custom:
        raise unknown(layer)
    try:
        return builder.layer(kind.name, (), arguments(builder, kind, layer.config) | more)
    except Faults as faults:
        raise UnknownLayerError(faults.faults[0].message) from None
    except (Fault, MalformedError) as fault:
        raise UnknownLayerError(str(fault)) from None


def arguments(builder: NetworkBuilder, kind: LayerType, config: dict[str, Any]) -> dict[str, Any]:
    """Those of the constructor's arguments that change a number, as the vocabulary takes them, layers among them.

    Versions of Keras differ in the others, and write all of them, defaults too.
    """
    model = model_of(kind)
    known = declared(model)
    given = {}
    for written, value in config.items():
        name = model.second_names.get(written, written)
        if name not in known or name in ("seed", "weights"):
            continue
        if name.endswith(KEPT_FOR_EXPORT):
            value = kept(value) or known[name].default
            if value == known[name].default:
                continue
        elif name.endswith("activation"):
            value = activation(value)
        elif takes_layers(model, name):
            value = held(builder, value)
        if isinstance(value, list) and len(value) == 1 and name == "axis" and kind.name in ONE_AXIS:
            (value,) = value
        given[name] = value
    return given


def held(builder: NetworkBuilder, value: Any) -> Any:
    """The layers that a layer holds."""
    if isinstance(value, list):
        return tuple(held(builder, each) for each in value)
    layer = value and layer_config(value)
    if layer and layer.type == "StackedRNNCells" and not layer.custom:  # it runs in RNN alone
        kind = vocabulary("keras").find_exact(layer.type)
        return kind and bind(kind, (), arguments(builder, kind, layer.config))
    return layer and lower(builder, layer, **FROZEN if layer.config.get("trainable") is False else {}).bound


FROZEN = {"trainable": False}
"""What a layer within another is told, whose weights do not train; those of a row are the row's to say."""


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
