"""A network that differs from another in sizes alone: shapes flow through it, and it has nodes once somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from cnnshape.arithmetic.sizes import Shape, total
from cnnshape.diagnostics import Use
from cnnshape.network.answers import Answer, Lowered
from cnnshape.network.fields import FieldWork
from cnnshape.network.node import Node, Tally
from cnnshape.network.plan import Row
from cnnshape.network.rows import row_alike, weights_of
from cnnshape.network.tensor import Tensor
from cnnshape.network.totals import shared_tally
from cnnshape.operations.operation import Memory
from cnnshape.value import Deferred, NamedTuple

Uses = tuple[Use, ...]


class HangsOnMoreError(Exception):
    """Something may be another but shapes: it has to be run."""


class Leg(NamedTuple):
    """A node of the way that shapes take: the numbers of the tensors that it reads, and how many it makes."""

    layer: Lowered
    reads: tuple[int, ...]
    makes: int
    memory: Memory


class Course:
    """How nodes are wired: tensors are numbered, first the `inputs`, then what each node makes."""

    def __init__(self, inputs: Sequence[Tensor], nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        tensors = [*inputs, *[tensor for node in nodes for tensor in node.outputs]]
        self.place = {tensor: number for number, tensor in enumerate(tensors)}
        self.legs = [*map(self.leg, nodes)]

    def leg(self, node: Node) -> Leg:
        """What a node is here."""
        assert node.layer is not None
        assert node.answer is not None
        reads = tuple([self.place[tensor] for tensor in node.inputs])
        return Leg(node.layer, reads, len(node.outputs), node.answer.result.memory)


class Alike:
    """What the nodes of a course answer where its inputs are others.

    Attributes:
        answers: of the nodes. `read`: the shapes that each reads.
        shapes, sights: of the tensors.
    """

    def __init__(self, course: Course, inputs: Sequence[Tensor], work: FieldWork) -> None:
        """Let shapes flow.

        Raises:
            Fault: a layer refuses them.
            HangsOnMoreError: it may be another but for its shapes.
        """
        self.course = course
        self.answers: list[Answer] = []
        self.read: list[tuple[Shape, ...]] = []
        self.shapes: list[Shape] = [tensor.shape for tensor in inputs if tensor.shape is not None]
        self.sights = [tensor.sight for tensor in inputs]
        answers, read, shapes, sights = self.answers, self.read, self.shapes, self.sights
        if len(shapes) < len(inputs):
            raise HangsOnMoreError
        for layer, reads, makes, memory in course.legs:
            given = tuple([shapes[number] for number in reads])
            answer = layer.answers.get(given) or layer.answer(given)
            outputs = answer.result.outputs
            if len(outputs) != makes or answer.result.memory != memory:
                raise HangsOnMoreError
            answers.append(answer)
            read.append(given)
            shapes += outputs
            sights += [answer.sight(tuple([sights[number] for number in reads]), work)] * makes

    def shape(self, tensor: Tensor) -> Shape:
        """The shape of what stands for a tensor of the course."""
        place = self.course.place.get(tensor)
        return (tensor.shape or ()) if place is None else self.shapes[place]

    def tensor(self, tensor: Tensor) -> Tensor:
        """What stands for a tensor of the course."""
        place = self.course.place[tensor]
        return Tensor(tensor.name, self.shapes[place], self.sights[place], tensor.row)

    def tallies(self, dtype: str) -> list[Tally]:
        """What the nodes add to totals."""
        found = []
        for node, answer in zip(self.course.nodes, self.answers, strict=True):
            known = answer.tallies.get((dtype, node.is_known, node.trainable))
            found.append(shared_tally(self.by_itself(node, answer), dtype) if known is None else known)
        return found

    def by_itself(self, node: Node, answer: Answer) -> Node:
        """What stands for a node, as its only one."""
        return node.again(tuple(map(self.tensor, node.inputs)), tuple(map(self.tensor, node.outputs)), answer, None)

    def rows(
        self, models: Sequence[Row], tallies: Sequence[Tally], filename: str, places: Callable[[Uses], Uses]
    ) -> Iterator[Row]:
        """The rows that stand for those of the course, in another file, where uses have other places."""
        columns = zip(models, self.course.nodes, self.answers, self.read, tallies, self.course.legs, strict=True)
        number = len(self.shapes) - sum([leg.makes for leg in self.course.legs])
        for model, node, answer, shapes, tally, leg in columns:
            weights = answer.weights.get(node.trainable) or weights_of(self.by_itself(node, answer))
            made = tally.outputs[0] if leg.makes == 1 else total(tally.outputs)
            field = self.sights[number].field
            number += leg.makes
            yield row_alike(model, answer, shapes, weights, made, field, filename, places(model.used_at))


class Nodes(Sequence[Node]):
    """The nodes that stand for those of a course, made once somebody asks for one.

    Attributes:
        alike: what they answer.
        made: the nodes. `places`: those of uses, where they stand.
    """

    def __init__(self, alike: Alike, made: Deferred[Sequence[Node]], places: Callable[[Uses], Uses]) -> None:
        self.alike, self.made, self.places = alike, made, places

    def __len__(self) -> int:
        return len(self.alike.answers)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        return self.made.given[index]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.made.given)
