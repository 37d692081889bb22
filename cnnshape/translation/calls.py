"""Layers as they are written, and what they are in their framework's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, total
from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import Fault
from cnnshape.network.on_tensors import on_tensors
from cnnshape.operations.operation import Operation
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import BoundLayer, Faults, bind, model_of
from cnnshape.vocabularies.names import named
from cnnshape.vocabularies.vocabulary import Framework, lookup, vocabulary


class Unknown:
    """A number of channels that is not known; a layer is written all the same."""

    def __repr__(self) -> str:
        return "?"


UNKNOWN = Unknown()


def known(size: Dim) -> int | Unknown:
    """The size, or what stands for it."""
    return UNKNOWN if size is None else size


class Call(NamedTuple):
    """A layer with its arguments; `values` are those that weights of it have, by their names, where they are given."""

    name: str
    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = {}  # never written to
    values: Mapping[str, tuple[float, ...]] = {}

    def __str__(self) -> str:
        given = [*map(text, self.positional), *(f"{name}={text(value)}" for name, value in self.keywords.items())]
        return f"{self.name}({', '.join(given)})"

    def operation(self, framework: Framework, unknown: int = 1) -> Operation:
        """What the layer is; `unknown` stands in for numbers that are not known. Raises `Fault`."""
        return self.bound(framework, unknown).operation()

    def bound(self, framework: Framework, unknown: int = 1) -> BoundLayer:
        """The layer with its arguments; `unknown` stands in for numbers that are not known. Raises `Fault`."""
        kind = lookup(framework, self.name)
        keywords = {name: filled(value, unknown) for name, value in self.keywords.items()}
        try:
            return bind(kind, [filled(each, unknown) for each in self.positional], keywords)
        except Faults as several:
            raise several.faults[0] from None


def call(name: str, *positional: Any, **keywords: Any) -> Call:
    """A layer as it is written; keywords that are None are left out."""
    return Call(name, positional, {key: value for key, value in keywords.items() if value is not None})


class Coded:
    """A value whose representation is how code states it."""

    __slots__ = ()


def text(value: Any) -> str:
    """A value as a call states it."""
    if isinstance(value, Coded):
        return repr(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    if isinstance(value, str) and value.isprintable() and not set(value) & {'"', "\\"}:
        return f'"{value}"'
    return repr(value)


def filled(value: Any, unknown: int) -> Any:
    """The value with a number for what is not known."""
    return unknown if value is UNKNOWN else value


def short(values: Sequence[Dim], default: int | None = None) -> Dim | tuple[Dim, ...]:
    """One number where all axes agree, else all of them; None where that is the default."""
    if len(set(values)) == 1:
        return None if values[0] == default else values[0]
    return tuple(values)


def unless(value: Any, default: Any) -> Any:
    """The value; None, which leaves the argument out, where it is the default."""
    return None if value == default else value


def default_of(framework: Framework, layer: str, argument: str) -> Any:
    """What an argument of a layer is where nobody gives it; None where there is no such layer or argument."""
    kind = vocabulary(framework).find(layer)
    if kind is None:
        return None  # an operator of a file
    known = declared(model_of(kind)).get(argument)
    return known.default if known else None


class Planned(NamedTuple):
    """Layers one after the other, applied: the shape that comes out, the parameters of all, what the last one pads."""

    shape: Shape
    params: Dim
    padding: tuple[Padding | None, ...] | None


def planned(calls: Sequence[Call], framework: Framework, *inputs: Shape, unknown: int = 1) -> Planned:
    """The layers one after the other in their framework; one that takes fewer inputs than there are takes the first.

    Raises:
        Fault: the framework refuses one.
    """
    shapes, params, padding = inputs, [], None
    for each in calls:
        bound = each.bound(framework, unknown)
        operation = bound.operation()
        taken = len(shapes) if operation.merges else getattr(operation, "operands", None) or operation.most
        try:
            result = on_tensors(bound, shapes[:taken]).result
        except Fault as fault:
            raise named(fault, each.name, each.keywords) from None
        shapes, padding = (result.output, *shapes[taken:]), result.padding or padding
        params.append(result.params)
    return Planned(shapes[0], total(params), padding)
