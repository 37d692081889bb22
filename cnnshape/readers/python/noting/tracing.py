"""A reading that notes what it makes of the numbers that it is given, so that other numbers need no reading.

A source that is asked the same, and answers the same, does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cnnshape.network.answers import Lowered, Refusal
from cnnshape.network.builder import NetworkBuilder
from cnnshape.operations.applied import Applied
from cnnshape.readers.python.language.values import Tensor, Value
from cnnshape.readers.python.noting.acts import (
    Act,
    Ask,
    Input,
    Noted,
    applied_of,
    field_of,
    layer_of,
    number_of,
    size_of,
)
from cnnshape.readers.python.noting.traced import Hidden, Number, Traced, plain, seen
from cnnshape.readers.python.rows.trace import Row, Trace
from cnnshape.readers.requests import Settings
from cnnshape.value import NamedTuple, replace
from cnnshape.vocabularies.layer import BoundLayer
from cnnshape.vocabularies.vocabulary import Framework, LayerType


class Field(NamedTuple):
    """How a number is read of a layer: an argument, or an element of one."""

    layer: int
    name: str
    element: int | None


class Size(NamedTuple):
    """How a number is read of a tensor."""

    row: int
    output: int
    axis: int


class Hole(NamedTuple):
    """A traced number among the arguments of a layer, by its slot."""

    slot: int


class Tape:
    """What one reading makes of the numbers that it is given.

    Attributes:
        acts: what is worked out, and what was asked, in order.
        layers: those whose arguments are known, by their number; None of those that are always the same.
        made: how many of them were made.
        told: arguments of layers, those that are traced.
        rows: of the network, filled when it is read.
        plain: makes layers, here and of other variants.
        open: whether the reading goes on; `complete`, whether all layers of its rows are known.
    """

    plain: NetworkBuilder

    def __init__(self, settings: Settings) -> None:
        self.acts: list[Noted | Ask] = []
        self.slots: dict[Any, int] = {}
        self.count = 0
        self.asked: set[int] = set()
        self.layers: dict[Lowered, int | None] = {}
        self.made = 0
        self.twins: dict[tuple[str, str], Lowered] = {}
        self.told: dict[Lowered, tuple[Traced, ...]] = {}
        self.inputs: list[Input] = []
        self.rows: list[tuple[Any, tuple[tuple[int, int], ...]]] = []
        self.open = True
        self.complete = False
        self.settings = settings._replace(
            variables={name: self.variable(each) for name, each in settings.variables.items()},
            inputs={name: tuple(map(self.variable, shape)) for name, shape in settings.inputs.items()},
        )

    def variable(self, value: Value) -> Value:
        """A number that is given from outside; anything else is what it is."""
        if type(value) not in (int, float):
            return value
        made = Traced(self, value, None)
        made.slot = self.count
        self.count += 1
        return made

    def builder(self, framework: Framework, **about: Any) -> NetworkBuilder:
        """A network that grows, whose layers are noted."""
        self.plain = NetworkBuilder(framework, name="", filename="")
        return TracedBuilder(self, framework, **about)

    def trace(self, builder: NetworkBuilder) -> Trace:
        """Rows, whose shapes are noted."""
        return TracedTrace(builder, self)

    # ------------------------------------------------------------------ numbers

    def number(self, apply: Callable[..., Value], *given: Value) -> Value:
        """A function of numbers."""
        try:
            value = apply(*[each.number if type(each) is Traced else each for each in given])
        except Exception:
            _ = [*map(plain, given)]  # whether it raises hangs on them
            raise
        if type(value) not in (int, float):
            _ = [*map(plain, given)]
            return value
        return Traced(self, value, apply, given) if self.open else value

    def decided(self, apply: Callable[..., Value], *given: Value) -> bool:
        """A yes or no about numbers."""
        value = bool(apply(*[each.number if type(each) is Traced else each for each in given]))
        if self.open:
            self.ask(Traced(self, value, apply, given))
        return value

    def ask(self, traced: Traced) -> None:
        """What a number is, is what all depends on."""
        if self.open:
            slot = self.slot(traced)
            if slot not in self.asked:
                self.asked.add(slot)
                self.acts.append(Ask(slot, traced.number))

    def slot(self, value: Value) -> int:
        """Where a number is found."""
        if type(value) is not Traced:
            return self.placed(("constant", type(value), value), lambda: lambda state: state.slots.append(value))
        if value.slot is None:
            made = value.made
            if isinstance(made, Field):
                value.slot = self.placed(made, lambda: field_of(*made))
            elif isinstance(made, Size):
                value.slot = self.placed(made, lambda: size_of(self.rows, self.inputs, *made))
            else:
                given = tuple(map(self.slot, value.given))
                value.slot = self.placed((made, *given), lambda: number_of(made, given))
        return value.slot

    def placed(self, key: Any, act: Callable[[], Act]) -> int:
        """The place of what is worked out once."""
        if key not in self.slots:
            self.acts.append(Noted(key, act()))
            self.slots[key] = self.count
            self.count += 1
        return self.slots[key]

    # ------------------------------------------------------------------ layers and tensors

    def lower(self, kind: LayerType, positional: Sequence[Value], keywords: Mapping[str, Value]) -> Lowered | Refusal:
        """A layer; where arguments are traced it is one by itself, and known how it is made."""
        found: dict[int, Traced] = {}
        marked = self.marked((list(positional), dict(keywords)), found)
        bare: Any = without(marked, lambda slot: found[slot].number)
        made = self.plain.lower(kind, *bare)
        if isinstance(made, Refusal):
            _ = [each.pinned() for each in found.values()]
            return made
        if not found:
            if not any(isinstance(each, BoundLayer) for each in flat(marked)):
                self.layers.setdefault(made, None)
            return made
        key = kind.name, repr(marked)
        if key not in self.twins:
            self.twins[key] = twin = Lowered(made.bound._replace(), replace(made.operation))  # none else's
            twin.answers = made.answers
            self.told[twin] = tuple(found.values())
            if not any(isinstance(each, BoundLayer) for each in flat(marked)):
                self.layers[twin] = self.made
                self.made += 1
                run = layer_of(self.plain.lower, kind, twin, partial(without, marked), tuple(found))
                self.acts.append(Noted(key, run))
        return self.twins[key]

    def applied(self, layer: Lowered) -> None:
        """A layer as it is applied; what it is made of beside another has been asked, as it is looked up by that."""
        made_of = [each for each in self.layers if each.bound is layer.bound]
        if layer in self.layers or not made_of:
            return
        bound = self.layers[made_of[0]]
        if bound is None:
            self.layers[layer] = None
            return
        inner = layer.operation.operation if type(layer.operation) is Applied else None
        operation = next((number for each, number in self.layers.items() if each.operation is inner), None)
        if operation is not None:
            self.acts.append(Noted((layer.operation, bound, operation), applied_of(layer, bound, operation)))
            self.layers[layer] = self.made
            self.made += 1

    def marked(self, value: Value, found: dict[int, Traced]) -> Value:
        """A value with holes for traced numbers, by their slots."""
        if type(value) is Traced:
            found[self.slot(value)] = value
            return Hole(self.slot(value))
        if isinstance(value, dict):
            return {name: self.marked(each, found) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return (list if isinstance(value, list) else tuple)([self.marked(each, found) for each in value])
        return value


def without(value: Value, number: Callable[[int], Number]) -> Value:
    """A value with numbers for its holes."""
    if type(value) is Hole:
        return number(value.slot)
    if isinstance(value, dict):
        return {name: without(each, number) for name, each in value.items()}
    return type(value)([without(each, number) for each in value]) if type(value) in (list, tuple) else value


def flat(value: Value) -> Iterator[Value]:
    """All that is in lists, tuples and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if type(value) in (list, tuple):
        for each in value:
            yield from flat(each)
    else:
        yield value


class TracedBuilder(NetworkBuilder):
    """A builder whose layers are noted."""

    def __init__(self, tape: Tape, framework: Framework, **about: Any) -> None:
        super().__init__(framework, **about)
        self.tape = tape

    def lower(self, kind: LayerType, positional: Sequence[Any], keywords: Mapping[str, Any]) -> Lowered | Refusal:
        return self.tape.lower(kind, positional, keywords)


class TracedTrace(Trace):
    """Rows whose shapes are noted where somebody looks at them."""

    def __init__(self, builder: NetworkBuilder, tape: Tape) -> None:
        super().__init__(builder)
        self.tape = tape

    def row(self, name: str, layer: Lowered | None, tensors: tuple[Tensor, ...], module: Value) -> Row:
        if layer is not None:
            self.tape.applied(layer)
        return super().row(name, layer, tensors, module)

    def shaped(self, shape: tuple[Any, ...], row: int, output: int) -> tuple[Any, ...]:
        batch = self.builder.batch

        def size(axis: int, each: Any) -> Any:
            fixed = each is None or (axis == 0 and each == batch)  # that all begin with the batch is seen to
            return each if fixed else Traced(self.tape, each, Size(row, output, axis))

        return seen(shape, [size(axis, each) for axis, each in enumerate(shape)])

    def input(self, name: str, shape: Sequence[Any]) -> Tensor:
        bare: list[Any] = [each.number if type(each) is Traced else each for each in shape]
        self.tape.inputs.append(Input(name, tuple([self.tape.slot(each) for each in shape])))
        tensor = super().input(name, bare)
        tensor.shape = seen(bare, shape)
        return tensor

    def constant(self, layer: Lowered) -> None:
        for each in self.tape.told.get(layer, ()):
            each.pinned()

    def field(self, layer: Lowered, name: str) -> Value:
        tape, value = self.tape, getattr(layer.bound.layer, name)
        number, given = tape.layers.get(layer), tape.told.get(layer)
        if given is None:
            return value

        def read(each: Value, element: int | None) -> Value:
            if type(each) not in (int, float):
                return each
            return Hidden(each, given).pinned() if number is None else Traced(tape, each, Field(number, name, element))

        if isinstance(value, tuple):
            return tuple([read(each, element) for element, each in enumerate(value)])
        return read(value, None)

    def weight(self, layer: Lowered, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        given = self.tape.told.get(layer)
        return (
            shape
            if given is None
            else seen(shape, [Hidden(each, given) if type(each) is int else each for each in shape])
        )

    def close(self) -> None:
        tape, known = self.tape, self.tape.layers
        tape.open = False
        tape.complete = all(row.layer in known for row in self.rows)
        if tape.complete:
            for row in self.rows:
                source = known[row.layer]  # type: ignore[index]  # it is in there
                reads = tuple([(each.row, each.output) for each in row.tensors])
                tape.rows.append((row.layer if source is None else source, reads))  # type: ignore[arg-type]
