"""Networks that differ in layers and sizes alone: shapes flow through them, and they have nodes once somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import is_, itemgetter
from typing import Any, overload

from cnnshape.arithmetic.sizes import Shape, total
from cnnshape.diagnostics import Fault, Use
from cnnshape.network.answers import Answer
from cnnshape.network.fields import FieldWork, Sight, Sights
from cnnshape.network.node import Node, Tally
from cnnshape.network.plan import ReceptiveField, Row, Rows
from cnnshape.network.rows import row_alike, weights_of
from cnnshape.network.tensor import Tensor, resized
from cnnshape.network.totals import shared_tally
from cnnshape.operations.operation import Memory
from cnnshape.value import Deferred, NamedTuple, remember

Uses = tuple[Use, ...]


class Told(NamedTuple):
    """What a layer answers to some shapes, and what that adds to totals."""

    outputs: tuple[Shape, ...]
    tally: Tally
    answer: Answer


class Step:
    """A layer that adds to totals as its `model` does, whatever it reads.

    `told` is what it answered, by the shapes that it reads, or by the shape where it reads one tensor. The layer itself
    remembers that too where nodes are to have it (`kept`); of a million variants nobody makes nodes.
    """

    __slots__ = ("dtype", "kept", "model", "told")

    def __init__(self, model: Node, dtype: str, *, kept: bool = False) -> None:
        self.model = model
        self.dtype = dtype
        self.kept = kept
        self.told: dict[Any, Told] = {}

    def tell(self, given: Any) -> Told:
        """What it answers to shapes that it was not given before. Raises `Fault` where they do not fit."""
        model = self.model
        assert model.layer is not None
        shapes = (given,) if len(model.inputs) == 1 else given
        answer = model.layer.answer(shapes) if self.kept else model.layer.asked(shapes)
        read, made = map(resized, model.inputs, shapes), map(resized, model.outputs, answer.result.outputs)
        tally = shared_tally(model.again(tuple(read), tuple(made), answer, None), self.dtype)
        return remember(self.told, given, Told._make((answer.result.outputs, tally, answer)))


Link = tuple[Callable[[list[Shape]], Any], Step]
"""Takes what a step reads out of the shapes before it, and the step."""


class Flow:
    """Shapes on their way through steps.

    Attributes:
        shapes: of all tensors so far: the model's inputs, and what each step makes.
        told: what the steps say.
    """

    __slots__ = ("shapes", "told")

    def __init__(self, inputs: Sequence[Shape]) -> None:
        self.shapes = [*inputs]
        self.told: list[Told] = []

    def run(self, links: Sequence[Link], until: int) -> int:
        """Go through steps up to so many tensors; how many were asked for the first time. Raises `Fault`."""
        shapes, told, asked = self.shapes, self.told, 0
        for read, step in links:
            given = read(shapes)
            one = step.told.get(given)
            if one is None:
                one, asked = step.tell(given), asked + 1
            shapes += one[0]
            told.append(one)
        if len(shapes) != until:
            raise Fault("CS209", "another number of outputs")
        return asked

    def back(self, shapes: int, told: int) -> None:
        """Be where there were so many of both."""
        del self.shapes[shapes:], self.told[told:]


class Seen(NamedTuple):
    """What tensors see where inputs see this, and nodes hand it on so."""

    begun: list[Sight]
    handed: list[Sights]
    found: list[Sight]


class Course:
    """How nodes are wired: tensors are numbered, first the `inputs`, then what each node makes.

    Attributes:
        place: the numbers of the tensors. `reads`: those that each node reads. `makes`: the first that it makes.
        seen: what tensors saw the last time, where that took no work.
    """

    def __init__(self, inputs: Sequence[Tensor], nodes: Sequence[Node], dtype: str) -> None:
        self.inputs, self.nodes, self.dtype = inputs, nodes, dtype
        tensors = [*inputs, *[tensor for node in nodes for tensor in node.outputs]]
        self.place = {tensor: number for number, tensor in enumerate(tensors)}
        self.reads = [[self.place[tensor] for tensor in node.inputs] for node in nodes]
        self.makes = [self.place[node.outputs[0]] for node in nodes]
        self.seen: Seen | None = None

    @cached_property
    def links(self) -> list[Link]:
        """What shapes go through; nodes with the same layer are one step."""
        steps: dict[tuple[Any, ...], Step] = {}
        return [
            (
                itemgetter(*reads),
                steps.setdefault((node.layer, node.trainable, len(reads)), Step(node, self.dtype, kept=True)),
            )
            for node, reads in zip(self.nodes, self.reads, strict=True)
        ]

    @cached_property
    def memory(self) -> list[Memory | None]:
        """Whose memory the outputs of each node are in."""
        return [node.answer.result.memory if node.answer else None for node in self.nodes]

    def sights(self, flow: Flow, inputs: Sequence[Tensor], work: FieldWork) -> list[Sight]:
        """What all tensors see of the model's inputs."""
        begun, left = [each.sight for each in inputs], work.left
        handed = [told.answer.sights for told in flow.told]
        if self.seen is not None and self.seen.begun == begun and all(map(is_, self.seen.handed, handed)):
            return self.seen.found
        found = [*begun]
        for told, reads in zip(flow.told, self.reads, strict=True):
            found += [told.answer.sight(tuple([found[place] for place in reads]), work)] * len(told.outputs)
        if work.left == left > 0:
            self.seen = Seen(begun, handed, found)
        return found


class Alike:
    """What the nodes of a course are where its inputs are others; `flow` is of their shapes."""

    def __init__(self, course: Course, inputs: Sequence[Tensor], work: FieldWork) -> None:
        """Let shapes flow, that are all known. Raises `Fault` where they do not fit, or there are fewer tensors."""
        self.course, self.flow = course, Flow([tensor.shape or () for tensor in inputs])
        self.flow.run(course.links, len(course.place))
        self.sights = course.sights(self.flow, inputs, work)

    def shape(self, tensor: Tensor) -> Shape:
        """The shape of what stands for a tensor of the course."""
        place = self.course.place.get(tensor)
        return (tensor.shape or ()) if place is None else self.flow.shapes[place]

    def tensor(self, tensor: Tensor) -> Tensor:
        """What stands for a tensor of the course."""
        place = self.course.place[tensor]
        return Tensor(tensor.name, self.flow.shapes[place], self.sights[place], tensor.row)

    def rows(self, models: Rows, filename: str, places: Callable[[Uses], Uses]) -> Rows:
        """The rows that stand for those of the course, in another file, where uses have other places."""
        course, flow = self.course, self.flow

        def read(number: int) -> tuple[Shape, ...]:
            return tuple([flow.shapes[each] for each in course.reads[number]])

        def field(number: int) -> ReceptiveField | None:
            return self.sights[course.makes[number]].field

        def row(number: int) -> Row:
            model, node, (outputs, tally, answer) = models[number], course.nodes[number], flow.told[number]
            weights = answer.weights.get(node.trainable) or weights_of(self.by_itself(node, answer))
            made = tally.outputs[0] if len(outputs) == 1 else total(tally.outputs)
            places_now = places(model.used_at)
            return row_alike(model, answer, read(number), weights, made, field(number), filename, places_now)

        return Rows(lambda: [told.answer.result for told in flow.told], read, field, row)

    def by_itself(self, node: Node, answer: Answer) -> Node:
        """What stands for a node, as its only one."""
        return node.again(tuple(map(self.tensor, node.inputs)), tuple(map(self.tensor, node.outputs)), answer, None)


class Nodes(Sequence[Node]):
    """The nodes that stand for those of a course, made once somebody asks for one.

    Attributes:
        alike: what they answer.
        made: the nodes. `places`: those of uses, where they stand.
    """

    def __init__(self, alike: Alike, made: Deferred[Sequence[Node]], places: Callable[[Uses], Uses]) -> None:
        self.alike, self.made, self.places = alike, made, places

    def __len__(self) -> int:
        return len(self.alike.flow.told)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        return self.made.given[index]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.made.given)
