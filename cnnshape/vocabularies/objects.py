"""Arguments that take an object of the framework, which changes no number: it is kept for export, and never run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnnshape.vocabularies.messages import written

KEPT_FOR_EXPORT = ("_initializer", "_regularizer", "_constraint")
"""Ends of their names; messages do not list them."""

_NAMES = frozenset({"activation", "activation_layer", "act_layer", "dtype", "device", "norm_layer", "scale_activation"})


def takes_object(argument: str) -> bool:
    """Whether pasted code may have an object there: ``HeNormal()``, ``torch.float32``, ``tf.nn.relu``, ``nn.ReLU``."""
    return argument in _NAMES or argument.endswith(KEPT_FOR_EXPORT)


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
    named = (f"{key}={written(value)}" for key, value in keywords.items())
    return f"{name}({', '.join([*map(written, positional), *named])})"
