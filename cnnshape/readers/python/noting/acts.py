"""What a reading works out, and what it asks: for the numbers of a variant it is done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from cnnshape.network.answers import Lowered, Refusal
from cnnshape.operations.operation import Result
from cnnshape.value import NamedTuple, field, record, remember, replace
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.vocabulary import LayerType

Source = int | Lowered
"""A layer: one that is always the same, or the number of one that is made."""
Rows = Sequence[tuple[Source, tuple[tuple[int, int], ...]]]
"""Layers in order, each with what it reads: outputs by the number of their row, which is -1 of inputs."""


class UnknownWay(Exception):  # noqa: N818 - a signal
    """No reading has gone this way, or something is wrong on it: the source has to be read."""


class Input(NamedTuple):
    """An input of the model: where its sizes are found."""

    name: str
    slots: tuple[int, ...]


class Ask(NamedTuple):
    """A number that the source was asked about, and what it was."""

    slot: int
    answer: Any


@record
class State:
    """A variant on its way.

    Attributes:
        slots: numbers: those that are given, and those that were worked out, in order.
        layers: those that were made.
        made: what rows answer, as far as somebody looked.
    """

    slots: list[Any]
    layers: list[Lowered] = field(factory=list)
    made: list[Result] = field(factory=list)

    def shape(self, rows: Rows, inputs: Sequence[Input], row: int, output: int) -> tuple[Any, ...]:
        """The shape of a tensor."""
        if row < 0:
            return tuple([self.slots[slot] for slot in inputs[output].slots])
        if len(self.made) <= row:
            self.flow(rows[: row + 1], inputs)
        return self.made[row].outputs[output]

    def flow(self, rows: Rows, inputs: Sequence[Input]) -> None:
        """Let shapes flow through rows that they did not yet come to. Raises `Fault`."""
        for source, reads in rows[len(self.made) :]:
            shapes = tuple([self.shape(rows, inputs, *each) for each in reads])
            layer = self.layers[source] if isinstance(source, int) else source
            self.made.append(layer.answer(shapes).result)


Act = Callable[[State], None]
"""What is worked out."""


class Noted(NamedTuple):
    """What is worked out, and what tells it from anything else."""

    key: Any
    run: Act


def number_of(apply: Callable[..., Any], given: tuple[int, ...]) -> Act:
    """A function of numbers."""
    read = itemgetter(*given)
    if len(given) == 1:
        return lambda state: state.slots.append(apply(read(state.slots)))
    return lambda state: state.slots.append(apply(*read(state.slots)))


def size_of(rows: Rows, inputs: Sequence[Input], row: int, output: int, axis: int) -> Act:
    """A size of a tensor."""
    return lambda state: state.slots.append(state.shape(rows, inputs, row, output)[axis])


def field_of(layer: int, name: str, element: int | None) -> Act:
    """An argument of a layer, or an element of one."""

    def run(state: State) -> None:
        value = getattr(state.layers[layer].bound.layer, name)
        state.slots.append(value if element is None else value[element])

    return run


def layer_of(
    lower: Callable[..., Lowered | Refusal],
    kind: LayerType,
    like: Lowered,
    arguments: Callable[..., Any],
    slots: tuple[int, ...],
) -> Act:
    """A layer whose `arguments` follow from numbers; it is refused where it is not alike."""
    read = itemgetter(*slots) if len(slots) > 1 else lambda given: (given[slots[0]],)
    known: dict[tuple[Any, ...], Lowered] = {}
    looks = looks_of(like)

    def make(numbers: tuple[Any, ...]) -> Lowered:
        made = lower(kind, *arguments(dict(zip(slots, numbers, strict=True)).__getitem__))
        if isinstance(made, Refusal) or looks_of(made) != looks:
            raise UnknownWay
        return remember(known, numbers, made)

    def run(state: State) -> None:
        numbers = read(state.slots)
        state.layers.append(known.get(numbers) or make(numbers))

    return run


def applied_of(like: Lowered, bound: int, operation: int) -> Act:
    """A layer that is applied otherwise than it is made, as on samples that were moved."""
    known: dict[tuple[Lowered, Lowered], Lowered] = {}

    def run(state: State) -> None:
        key = state.layers[bound], state.layers[operation]
        if key not in known:
            remember(known, key, Lowered(key[0].bound, replace(like.operation, operation=key[1].operation)))
        state.layers.append(known[key])

    return run


def looks_of(layer: Lowered) -> list[Any]:
    """A layer's arguments without their numbers."""

    def look(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(look, value))
        return type(value) if type(value) in (int, float) else repr(value)

    bound = layer.bound
    return [look(getattr(bound.layer, name)) for name in declared(type(bound.layer))]
