"""What readings of one model have noted, for other numbers: a tree of what is worked out and what is asked.

A reading is a way down the tree. Another variant goes the same way as long as all that was asked has the same answers;
where it ends, the network is wired as that one was, and shapes flow through layers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.extent import REFUSED, Extent, extent_of
from cnnshape.network.flow import Flow, Step
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.outline import Outcome, Outline, is_plain
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.network.strides import views_squares
from cnnshape.network.tensor import model_input
from cnnshape.operations.applied import Applied
from cnnshape.readers.python.noting.acts import Act, Ask, Input, Noted, Rows, State, UnknownWay
from cnnshape.readers.python.noting.courses import Course, kinds_of_made
from cnnshape.readers.requests import Settings
from cnnshape.value import NamedTuple, field, record

MOST_BITS = 4_000
"""Of an integer; larger ones are not read."""
NEVER = 1 << 60
"""So many readings were noted that no more are."""
MOST_HELD = 100_000
"""Acts and nodes of all ways, about 300 bytes each."""
ACROSS = frozenset({"CS302", "CS310"})
"""Faults of functions on one sample after the other, which may take all at once."""
MOST_TOLD = 60_000
"""What layers said of shapes, about 2 KB each."""


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
    """A part of ways: what is worked out, then what is asked, and where each answer leads; or the end.

    Of some networks the end is told for their shapes alone: they have a course.
    """

    acts: list[Act] = field(factory=list)
    keys: list[Any] | None = None
    asked: int | None = None
    ways: dict[Any, Fork] = field(factory=dict)
    end: End | None = None
    course: Course | None = None

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
        begins: by what else is asked for than numbers. batches: by the same.
        steps: layers, by how they count.
        found, learned: how many variants needed no reading, and how many readings were noted.
    """

    begins: dict[str, Fork] = field(factory=dict)
    batches: dict[str, Dim] = field(factory=dict)
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
        state = begun(settings)
        try:
            fork = self.walk(state, settings)
            result = self.ended(state, fork.end, settings) if fork and fork.end else None
        except (UnknownWay, Fault, ArithmeticError, ValueError):
            return None
        self.found += result is not None
        return result

    def extent(self, settings: Settings) -> Extent | None:
        """What its sizes come to; None where the source has to be read to know.

        What does not fit on a way that was read to its end was asked the same, and is an error of any reading, but for
        functions that the reader then applies across samples, and where some tensor does not begin with the batch.
        """
        state = begun(settings)
        try:
            fork = self.walk(state, settings)
            result = fork.course.extent(state) if fork and fork.course else None
        except Fault as fault:
            plain = all(begins for _, begins in kinds_of_made(state.made, self.batches.get(key_of(settings))))
            result = REFUSED if plain and fault.code not in ACROSS else None
        except (UnknownWay, ArithmeticError, ValueError):
            return None
        self.found += result is not None
        return result

    def walk(self, state: State, settings: Settings) -> Fork | None:
        """The end of the way of a variant; None where nobody went on so. Raises `UnknownWay` or `Fault`."""
        fork = self.begins.get(key_of(settings))
        while fork is not None:
            for act in fork.acts:
                act(state)
            if fork.asked is None:
                break
            fork = fork.ways.get(state.slots[fork.asked])
        if any(each.bit_length() > MOST_BITS for each in state.slots if type(each) is int):
            raise UnknownWay
        return fork

    def ended(self, state: State, end: End, settings: Settings) -> Outcome | Plan:
        """Let shapes flow through the layers of a variant. Raises `UnknownWay` or `Fault`."""
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

    def learn(
        self,
        settings: Settings,
        acts: Sequence[Noted | Ask],
        ends: tuple[End | None, Course | None],
        network: Network,
    ) -> None:
        """One more way, which has to give what the network gives that was read without notes."""
        if ends == (None, None):
            return
        self.add(settings, acts, *ends)
        found, extent, plan = self.outcome(settings), self.extent(settings), plan_network(network)
        self.found -= (found is not None) + (extent is not None)
        figures = [key for key in Outcome._fields if key != "receptive_field" or settings.fields]
        differs = found is not None and any(getattr(found, key) != getattr(plan, key) for key in figures)
        if differs or extent not in (None, extent_of(plan)):
            self.begins.clear()
            self.learned = NEVER

    def add(self, settings: Settings, acts: Sequence[Noted | Ask], end: End | None, course: Course | None) -> None:
        """One more way down the tree."""
        if self.held > MOST_HELD:
            self.forget()
        self.held += len(acts) + len(course.rows if course else ())
        fork = self.begins.setdefault(key_of(settings), Fork())
        if course:
            self.batches[key_of(settings)] = course.batch
        fresh: list[Noted] = []
        for act in acts:
            if isinstance(act, Noted):
                fresh.append(act)
                continue
            if not fork.leads(fresh, act.slot):
                return
            fork, fresh = fork.ways.setdefault(act.answer, Fork()), []
        if fork.leads(fresh, None):
            fork.end, fork.course = end, course


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


def begun(settings: Settings) -> State:
    """A variant with the numbers that it is given."""
    given = [*settings.variables.values(), *[size for shape in settings.inputs.values() for size in shape]]
    return State([each for each in given if type(each) in (int, float)])


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
