"""What readings of one model have noted, for other numbers: a tree of what is worked out and what is asked.

A reading is a way down the tree. Another variant goes the same way as long as all that was asked has the same answers;
where it ends, the network is wired as that one was, and shapes flow through layers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered, Refusal
from cnnshape.network.flow import Flow, Step
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.outline import Outcome, Outline, is_plain
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.network.strides import views_squares
from cnnshape.network.tensor import model_input
from cnnshape.operations.applied import Applied
from cnnshape.readers.requests import Settings
from cnnshape.value import NamedTuple, field, record, remember
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.vocabulary import LayerType

MOST_BITS = 4_000
"""Of an integer; larger ones are not read."""
NEVER = 1 << 60
"""So many readings were noted that no more are."""
MOST_HELD = 100_000
"""Acts and nodes of all ways, about 300 bytes each."""
MOST_TOLD = 60_000
"""What layers said of shapes, about 2 KB each."""

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
        made: the shapes that rows answer, as far as somebody looked.
    """

    slots: list[Any]
    layers: list[Lowered] = field(factory=list)
    made: list[tuple[Any, ...]] = field(factory=list)

    def shape(self, rows: Rows, inputs: Sequence[Input], row: int, output: int) -> tuple[Any, ...]:
        """The shape of a tensor."""
        if row < 0:
            return tuple([self.slots[slot] for slot in inputs[output].slots])
        while len(self.made) <= row:
            source, reads = rows[len(self.made)]
            shapes = tuple([self.shape(rows, inputs, *each) for each in reads])
            layer = self.layers[source] if isinstance(source, int) else source
            self.made.append(layer.answer(shapes).result.outputs)
        made: tuple[Any, ...] = self.made[row][output]
        return made


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


def looks_of(layer: Lowered) -> list[Any]:
    """A layer's arguments without their numbers."""

    def look(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(look, value))
        return type(value) if type(value) in (int, float) else repr(value)

    bound = layer.bound
    return [look(getattr(bound.layer, name)) for name in declared(type(bound.layer))]


class Link(NamedTuple):
    """A layer of a network: what takes the shapes that it reads, where it is found, and as which node it counts.

    `steps` has what was found out of it, by the layer that it is in a variant.
    """

    read: Callable[[Sequence[Any]], Any]
    place: int
    node: Node
    steps: dict[Lowered, Step]


class End(NamedTuple):
    """Where a way ends.

    Attributes:
        outline: of the network.
        links: its layers, of which those that are always the same are `fixed`: they are found behind the others.
        kinds: of all tensors, what no variant on this way may have otherwise.
        counts: how many tensors each layer makes.
    """

    outline: Outline
    links: Sequence[Link]
    fixed: Sequence[Lowered]
    inputs: Sequence[Input]
    kinds: Sequence[Any]
    counts: Sequence[int]


@record
class Fork:
    """A part of ways: what is worked out, then what is asked, and where each answer leads; or the end."""

    acts: list[Act] = field(factory=list)
    keys: list[Any] | None = None
    asked: int | None = None
    ways: dict[Any, Fork] = field(factory=dict)
    end: End | None = None

    def leads(self, acts: Sequence[Noted], asked: int | None) -> bool:
        """Whether this does what another reading does, and asks what that asks; of a fresh one it is noted.

        A number that raises an exception is asked about, where others are not: such readings go ways of their own, of
        which the first is kept.
        """
        keys = [act.key for act in acts]
        if self.keys is None:
            self.acts, self.keys, self.asked = [act.run for act in acts], keys, asked
        return (self.keys, self.asked) == (keys, asked)


@record
class Ways:
    """What is known of a model's variants.

    Attributes:
        begins: by what else is asked for than numbers.
        steps: layers, by how they count.
        found, learned: how many variants needed no reading, and how many readings were noted.
    """

    begins: dict[str, Fork] = field(factory=dict)
    steps: dict[tuple[Any, ...], Step] = field(factory=dict)
    told: int = 0
    held: int = 0
    found: int = 0
    learned: int = 0

    @property
    def pays(self) -> bool:
        """Whether noting one more reading is worth its while: they are as long as they are, and may lead nowhere."""
        return self.learned <= 32 + self.found // 2

    def outcome(self, settings: Settings) -> Outcome | Plan | None:
        """What a variant comes to; None where the source has to be read to know."""
        fork = self.begins.get(key_of(settings))
        given = [*settings.variables.values(), *[size for shape in settings.inputs.values() for size in shape]]
        state = State([each for each in given if type(each) in (int, float)])
        try:
            while fork is not None:
                for act in fork.acts:
                    act(state)
                if fork.end is not None:
                    result = self.ended(state, fork.end, settings)
                    self.found += 1
                    return result
                fork = fork.ways.get(state.slots[fork.asked])  # type: ignore[index]  # where there is no end
        except (UnknownWay, Fault, ArithmeticError, ValueError):
            return None
        return None

    def ended(self, state: State, end: End, settings: Settings) -> Outcome | Plan:
        """Let shapes flow through the layers of a variant. Raises `UnknownWay` or `Fault`."""
        if any(each.bit_length() > MOST_BITS for each in state.slots if type(each) is int):
            raise UnknownWay
        model, layers = end.outline.model, [*state.layers, *end.fixed]
        shapes = [(each.name, tuple([state.slots[slot] for slot in each.slots])) for each in end.inputs]
        last, fields = model.layout.channels_last, settings.fields
        inputs = [model_input(name, shape, last, None, fields=fields) for name, shape in shapes]
        flow = Flow([each.shape or () for each in inputs])
        links = [
            (read, steps.get(layers[place]) or self.step(node, layers[place], steps, model.dtype))
            for read, place, node, steps in end.links
        ]
        self.told += flow.run(links, len(end.kinds))
        if kinds_of(flow.shapes) != end.kinds or [len(told[0]) for told in flow.told] != end.counts:
            raise UnknownWay
        result = end.outline.outcome(flow, inputs, fields=settings.fields)
        if self.told > MOST_TOLD:
            self.forget()
        return result

    def step(self, model: Node, layer: Lowered, steps: dict[Lowered, Step], dtype: str) -> Step:
        """A layer, which counts as that of a node does. Raises `UnknownWay` where it may not."""
        key = (layer, model.is_known, model.trainable, len(model.inputs))
        found = self.steps.get(key)
        if found is None:
            node = model.again(model.inputs, model.outputs, model.answer, None)
            node.layer = layer
            operation = layer.operation
            complete = [getattr(each, "complete", True) for each in (operation, model.layer and model.layer.operation)]
            if operation.batch_axis or isinstance(operation, Applied) or views_squares(node) or len({*complete}) > 1:
                raise UnknownWay
            found = self.steps[key] = Step(node, dtype)
        steps[layer] = found
        return found

    def forget(self) -> None:
        """Forget all: what is remembered is kept small."""
        self.begins.clear()
        self.steps.clear()
        self.held = self.told = 0

    def learn(self, settings: Settings, acts: Sequence[Noted | Ask], end: End | None, network: Network) -> None:
        """One more way, which has to give what the network gives that was read without notes."""
        if end is None:
            return
        self.add(settings, acts, end)
        found, plan = self.outcome(settings), plan_network(network)
        self.found -= found is not None
        figures = [key for key in Outcome._fields if key != "receptive_field" or settings.fields]
        if found is not None and any(getattr(found, key) != getattr(plan, key) for key in figures):
            self.begins.clear()
            self.learned = NEVER

    def add(self, settings: Settings, acts: Sequence[Noted | Ask], end: End) -> None:
        """One more way down the tree."""
        if self.held > MOST_HELD:
            self.forget()
        self.held += len(acts) + len(end.links)
        fork = self.begins.setdefault(key_of(settings), Fork())
        fresh: list[Noted] = []
        for act in acts:
            if isinstance(act, Noted):
                fresh.append(act)
                continue
            if not fork.leads(fresh, act.slot):
                return
            fork, fresh = fork.ways.setdefault(act.answer, Fork()), []
        if fork.leads(fresh, None):
            fork.end = end


def ended(network: Network, rows: Rows, inputs: Sequence[Input], layers: int) -> End | None:
    """The end of a way that led to a network, on which so many layers were made; None where more than shapes counts."""
    tensors = [*[each.tensor for each in network.inputs], *[each for node in network.nodes for each in node.outputs]]
    shapes = [each.shape or () for each in tensors]
    if len(network.inputs) != len(inputs) or len(network.nodes) != len(rows) or not are_fixed(network):
        return None
    if any(finding.severity == "error" for finding in network.diagnostics):
        return None
    if not all(is_plain(node, network.batch) for node in network.nodes):
        return None
    if any(shape[:1] != (network.batch,) for shape in shapes):
        return None
    places = {(-1, number): number for number in range(len(inputs))}
    for row, node in enumerate(network.nodes):
        places.update({(row, output): len(places) + output for output in range(len(node.outputs))})
    fixed = list(dict.fromkeys([source for source, _ in rows if isinstance(source, Lowered)]))
    links = [
        Link(
            itemgetter(*[places[each] for each in read]),
            layers + fixed.index(source) if isinstance(source, Lowered) else source,
            node,
            {},
        )
        for (source, read), node in zip(rows, network.nodes, strict=True)
    ]
    return End(Outline(network), links, fixed, inputs, kinds_of(shapes), [len(node.outputs) for node in network.nodes])


def are_fixed(network: Network) -> bool:
    """Whether the weights that the model holds and never reads are the same whatever the numbers are."""
    if not network.unrun:
        return True
    sizes = [each for weight in network.unrun for each in (weight.shape, *weight.shape)]
    return len(network.reached_from(network.outputs)) == len(network.nodes) and {*map(type, sizes)} <= {tuple, int}


def kinds_of(shapes: Sequence[Any]) -> list[Any]:
    """Of shapes the batch, the rank, and how many sizes are open."""
    return [(shape[:1], len(shape), shape.count(None)) for shape in shapes]


def key_of(settings: Settings) -> str:
    """All that a variant is given but for its numbers, of which the types are told."""

    def look(value: Any) -> Any:
        return type(value) if type(value) in (int, float) else value

    return repr(
        (
            [(name, look(each)) for name, each in settings.variables.items()],
            [(name, [*map(look, shape)]) for name, shape in settings.inputs.items()],
            settings.batch,
            settings.framework,
            settings.preset,
            settings.assumed,
        )
    )
