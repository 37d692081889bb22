"""Networks that differ in layers and sizes alone: their totals, without their nodes being made.

Of a million variants of a file most are wired alike. How they are wired is an `Outline`, taken from one that was built;
another is a `Flow` of shapes through layers of its own, each of which remembers what it answered to which shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, product
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Answer
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.fields import FieldWork, Sight, field_of_all
from cnnshape.network.memory import highest, lives
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Tally
from cnnshape.network.plan import Peak, Plan, ReceptiveField, Row, Totals, Training
from cnnshape.network.planning import distinct, plan_network
from cnnshape.network.rebatching import resized, twin
from cnnshape.network.rows import rows_of
from cnnshape.network.sharing import require_same_rank, require_same_weights
from cnnshape.network.strides import moves_axes, views_squares
from cnnshape.network.tensor import Tensor
from cnnshape.network.totals import added, set_tallies, shared_tally, unrun
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Layout, check_integers
from cnnshape.value import Deferred, NamedTuple


class Told(NamedTuple):
    """What a layer answers to some shapes, and what that adds to totals."""

    outputs: tuple[Shape, ...]
    tally: Tally
    answer: Answer


class Step:
    """A layer that adds to totals as its `model` does, whatever it reads.

    `told` is what it answered, by the shapes that it reads, or by the shape where it reads one tensor.
    """

    __slots__ = ("dtype", "model", "told")

    def __init__(self, model: Node, dtype: str) -> None:
        self.model = model
        self.dtype = dtype
        self.told: dict[Any, Told] = {}

    def tell(self, given: Any) -> Told:
        """What it answers to shapes that it was not given before. Raises `Fault` where they do not fit."""
        model = self.model
        assert model.layer is not None
        shapes = (given,) if len(model.inputs) == 1 else given
        result = model.layer.operation.apply(*shapes)
        check_integers(result)
        answer = Answer(result)
        read, made = map(resized, model.inputs, shapes), map(resized, model.outputs, result.outputs)
        told = Told(
            result.outputs, shared_tally(model.again(tuple(read), tuple(made), answer, None), self.dtype), answer
        )
        self.told[given] = told
        return told


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


class Outcome(NamedTuple):
    """What a network comes to, as its plan has it."""

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    layout: Layout
    receptive_field: ReceptiveField | None
    totals: Totals


def is_plain(node: Node, batch: int | None) -> bool:
    """Whether for other shapes a node gives what its layer answers to them, and hangs on nothing else."""
    layer = node.layer
    if layer is None or not node.inputs or node.own or node.frozen or views_squares(node):
        return False
    if layer.operation.batch_axis or isinstance(layer.operation, Applied) or any(each.dtype for each in node.outputs):
        return False
    read = tuple([tensor.shape or () for tensor in node.inputs])
    return layer.answers.get(read) is node.answer and all(shape[:1] == (batch,) for shape in read)


class Outline:
    """How a network is wired, what of it counts, and how long its tensors live; `model` is one that was built."""

    def __init__(self, model: Network) -> None:
        self.model = model
        nodes, inputs = model.nodes, [each.tensor for each in model.inputs]
        set_tallies(nodes, model.dtype)
        tensors = [*inputs, *[tensor for node in nodes for tensor in node.outputs]]
        place = {tensor: number for number, tensor in enumerate(tensors)}
        row = {node: number for number, node in enumerate(nodes)}
        self.reads = [[place[tensor] for tensor in node.inputs] for node in nodes]
        self.outputs = [place[tensor] for tensor in model.outputs]
        self.names = distinct([tensor.name for tensor in model.outputs])
        self.reached = model.reached_from([*model.outputs, *model.written])
        self.training = model.reached_from([*model.outputs, *model.written, *model.training_outputs])
        self.owners = [*dict.fromkeys([row[nodes[number].owner or nodes[number]] for number in self.training])]
        self.unrun = [unrun(weight, model.dtype) for weight in model.unrun]
        self.known = all(nodes[number].is_known for number in self.training)
        last = lives(inputs, nodes, self.reached, set(model.outputs), model.named_until)
        self.places = [place[tensor] for tensor in last]
        self.held = [(tensor.name, tensor.row, dies) for tensor, dies in last.items()]
        self.memory = [node.tally.memory for node in nodes if node.tally]
        self.is_light = not any(map(moves_axes, nodes)) and not any(node.owner for node in nodes)

    def outcome(self, flow: Flow, inputs: Sequence[Tensor], *, fields: bool) -> Outcome | Plan:
        """What the network comes to through which shapes flowed so. Raises `Fault` where weights cannot be shared."""
        tallies = [told[1] for told in flow.told]
        if not self.is_light or [tally[2] for tally in tallies] != self.memory:
            return plan_network(self.network(flow, inputs, fields=fields))
        sights = self.sights(flow, inputs) if fields else None
        return Outcome(
            {each.name: each.shape or () for each in inputs},
            {name: flow.shapes[place] for name, place in zip(self.names, self.outputs, strict=True)},
            self.model.layout,
            field_of_all([sights[place].field for place in self.outputs]) if sights else None,
            self.totals(
                tallies,
                inputs,
                lambda *_: plan_network(self.network(flow, inputs, fields=False)).totals.training,  # type: ignore[union-attr]
            ),
        )

    def totals(
        self, tallies: Sequence[Tally], inputs: Sequence[Tensor], step: Callable[[Dim, Dim], Training]
    ) -> Totals:
        """The totals of such a network with these tallies, whose tensors are held as long as the model's."""
        return added(
            [*[tallies[row][0] for row in self.owners], *self.unrun],
            [tallies[row][1] for row in self.reached],
            self.model.dtype,
            layers=len(self.training),
            peak=Deferred(lambda: self.peak(tallies, inputs)),
            step=step,
            complete=self.known,
            freed_after="last reader" if self.model.named_until is None else "last name",
        )

    def peak(self, tallies: Sequence[Tally], inputs: Sequence[Tensor]) -> Peak:
        """The most memory that its tensors take at once."""
        dtype, reached = self.model.dtype, self.reached
        sizes = [bytes_of(product(each.shape or ()), each.dtype or dtype) for each in inputs]
        for tally in tallies:
            sizes += tally[3]
        held = [sizes[place] for place in self.places]
        apart = [(row, what, size) for row in reached for what, size in tallies[row][4]]
        return highest(self.held, held, apart, self.model.nodes, reached)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """What a plan of the model says of its nodes."""
        return rows_of(self.model, self.reached, self.training)

    def network(self, flow: Flow, inputs: Sequence[Tensor], *, fields: bool) -> Network:
        """The network itself. Raises `Fault` where weights cannot be shared."""
        sights = self.sights(flow, inputs) if fields else None
        result = twin(self.model, inputs, [told.answer for told in flow.told], sights)
        for node in result.nodes:
            if node.owner is not None and node.answer is not None:
                require_same_weights(node.owner, node.answer, node.name)
                require_same_rank(node.owner, tuple([each.shape or () for each in node.inputs]), node.type)
        return result

    def sights(self, flow: Flow, inputs: Sequence[Tensor]) -> list[Sight]:
        """What all tensors see of the model's inputs."""
        found, work = [each.sight for each in inputs], FieldWork()
        for told, reads in zip(flow.told, self.reads, strict=True):
            found += [told.answer.sight(tuple([found[place] for place in reads]), work)] * len(told.outputs)
        return found
