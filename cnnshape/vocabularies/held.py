"""Layers as arguments of layers: ``TimeDistributed(Conv2D(8, 3))``."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import Frozen
from cnnshape.vocabularies.declaration import Before, Info, optional
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Faults, bind
from cnnshape.vocabularies.objects import LayerCall, TakesLayers, call_text
from cnnshape.vocabularies.vocabulary import lookup


class Held:
    """A layer that another one holds, with its arguments in place."""

    __slots__ = ("bound",)

    def __init__(self, bound: BoundLayer) -> None:
        self.bound = bound

    def operation(self, defaults: Defaults) -> Operation:
        """What the layer computes. Raises `Fault` where its arguments exclude each other."""
        operation = self.bound.operation(defaults)
        return Frozen(operation) if self.is_frozen else operation

    @property
    def is_frozen(self) -> bool:
        """Whether its weights do not train, as Keras's layers may be told."""
        return self.bound.extra.get("trainable") is False

    def __repr__(self) -> str:
        frozen = {"trainable": False} if self.is_frozen else {}
        return call_text(self.bound.kind.name, (), self.bound.arguments | frozen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


def held(value: Any, info: Info) -> Held:
    """A layer, from how it is written, or as a reader has bound it."""
    if isinstance(value, Held):
        return value
    if isinstance(value, BoundLayer):
        return Held(value)
    if not isinstance(value, LayerCall):
        raise ValueError("must be a layer, as in TimeDistributed(Dense(8))")
    kind = lookup(info.context["kind"].framework, value.name)
    try:
        return Held(bind(kind, value.positional, value.keywords))
    except Faults as faults:
        first = faults.faults[0]
        raise Fault(first.code, first.message, fix=first.fix, argument=info.field_name) from None


def several_layers(value: Any, info: Info) -> tuple[Held, ...]:
    """Layers, one after the other."""
    if not isinstance(value, list | tuple) or isinstance(value, BoundLayer):
        value = (value,)
    return tuple(held(each, info) for each in value)


HeldLayer = Annotated[Any, Before(held), TakesLayers]
OptionalLayer = Annotated[Any, Before(optional(held)), TakesLayers]
HeldLayers = Annotated[Any, Before(several_layers), TakesLayers]
