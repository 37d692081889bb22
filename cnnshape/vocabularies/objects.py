"""Arguments that take an object of the framework, which changes no number: it is kept for export, and never run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnnshape.vocabularies.vocabulary import snake_case

KEPT_FOR_EXPORT = ("_initializer", "_regularizer", "_constraint")
"""Ends of their names; messages do not list them."""

_NAMES = frozenset({"activation", "activation_layer", "act_layer", "dtype", "device", "norm_layer", "scale_activation"})


def takes_object(argument: str) -> bool:
    """Whether pasted code may have an object there: ``HeNormal()``, ``torch.float32``, ``tf.nn.relu``, ``nn.ReLU``."""
    return argument in _NAMES or argument.endswith(KEPT_FOR_EXPORT)


_OBJECTS = (
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal", "LecunUniform"),
    *("Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"),
    *("L1", "L1L2", "L2", "OrthogonalRegularizer", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"),
)
"""The classes of Keras's own initializers, regularizers and constraints."""
_TOLD_BY_DEFAULT = (
    *(("seed", None), ("input_axes", None), ("output_axes", None)),
    *(("gain", 1.0), ("minval", -0.05), ("maxval", 0.05), ("mean", 0.0), ("stddev", 0.05)),
)
"""What Keras's files say of initializers that were told nothing."""


def object_text(name: str, arguments: Mapping[str, Any], positional: Sequence[Any] = ()) -> str | None:
    """An object that is kept, as a file has it: a call, or the name of one that is told nothing; None: not plain."""
    given = [*positional, *arguments.values()]
    parts = [part for each in given for part in (each if isinstance(each, list | tuple) else [each])]
    if not all(isinstance(each, str | int | float | None) for each in parts):
        return None
    told = {key: value for key, value in arguments.items() if (key, value) not in _TOLD_BY_DEFAULT}
    text = snake_case(name)
    return call_text(name, positional, told) if told or positional else "uniform" if text == "random_uniform" else text


def kept(value: Any) -> str | None:
    """What a file of Keras, or its source, gives an argument that is kept; None: a user's own, or nothing."""
    match value:
        case str():
            return value
        case {"class_name": str() as name, "config": dict() as config} if name in _OBJECTS:
            return object_text(name, config)
    return None


class TakesLayers:
    """In an annotation: the argument takes a layer with arguments of its own."""


class NamesLayer:
    """In an annotation: the argument is the class of a layer, by its name."""


class Gathered:
    """In an annotation: all that is given by position from its place on is this one argument (``permute(0, 2, 1)``)."""


class LayerCall:
    """A layer as it is written where an argument is expected: ``TimeDistributed(Conv2D(8, 3))``."""

    __slots__ = ("keywords", "name", "positional")

    def __init__(self, name: str, positional: Sequence[Any] = (), keywords: Mapping[str, Any] = {}) -> None:
        self.name = name
        self.positional = positional
        self.keywords = keywords

    def __repr__(self) -> str:
        return call_text(self.name, self.positional, self.keywords)


def call_text(name: str, positional: Iterable[Any], keywords: Mapping[str, Any]) -> str:
    """A call as it is written."""
    from cnnshape.vocabularies.messages import written

    named = (f"{key}={written(value)}" for key, value in keywords.items())
    return f"{name}({', '.join([*map(written, positional), *named])})"
