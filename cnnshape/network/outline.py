"""Networks that differ in layers and sizes alone: their totals, without their nodes being made.

Of a million variants of a file most are wired alike. How they are wired is an `Outline`, taken from one that was built;
another is a `Flow` of shapes through layers of its own, each of which remembers what it answered to which shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from cnnshape.arithmetic.sizes import Dim, Shape, product
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.fields import FieldWork, field_of_all
from cnnshape.network.figures import Peak, Totals, Training
from cnnshape.network.flow import Course, Flow
from cnnshape.network.memory import highest, lives
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Tally
from cnnshape.network.plan import Plan, ReceptiveField, Rows
from cnnshape.network.planning import distinct, plan_network
from cnnshape.network.rebatching import twin
from cnnshape.network.rows import rows_of
from cnnshape.network.sharing import require_same_rank, require_same_weights
from cnnshape.network.strides import moves_axes, views_squares
from cnnshape.network.tensor import Tensor
from cnnshape.network.totals import added, set_tallies, summed, unrun
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Layout
from cnnshape.value import Deferred, NamedTuple


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
    """How a network is wired, what of it counts, and how long its tensors live; `model` is one that was built.

    Attributes:
        held_last: the weights of the one that was asked for last, and `summed` what they come to: most have the same.
    """

    summed: list[Dim]

    def __init__(self, model: Network) -> None:
        self.model = model
        nodes, inputs = model.nodes, [each.tensor for each in model.inputs]
        set_tallies(nodes, model.dtype)
        self.course = Course(inputs, nodes, model.dtype)
        place = self.course.place
        row = {node: number for number, node in enumerate(nodes)}
        self.outputs = [place[tensor] for tensor in model.outputs]
        self.names = distinct([tensor.name for tensor in model.outputs])
        self.reached = model.reached_from([*model.outputs, *model.written])
        self.training = model.reached_from([*model.outputs, *model.written, *model.training_outputs])
        self.owners = [*dict.fromkeys([row[nodes[number].owner or nodes[number]] for number in self.training])]
        self.unrun = [unrun(weight, model.dtype) for weight in model.unrun]
        self.held_last: list[tuple[Dim, ...]] | None = None
        self.known = all(nodes[number].is_known for number in self.training)
        last = lives(inputs, nodes, self.reached, set(model.outputs), model.named_until)
        self.places = [place[tensor] for tensor in last]
        self.held = [(tensor.name, tensor.row, dies) for tensor, dies in last.items()]
        self.is_light = not any(map(moves_axes, nodes)) and not any(node.owner for node in nodes)

    def outcome(self, flow: Flow, inputs: Sequence[Tensor], *, fields: bool) -> Outcome | Plan:
        """What the network comes to through which shapes flowed so. Raises `Fault` where weights cannot be shared."""
        tallies = [told[1] for told in flow.told]
        if not self.is_light or [tally[2] for tally in tallies] != self.course.memory:
            return plan_network(self.network(flow, inputs, fields=fields))
        sights = self.course.sights(flow, inputs, FieldWork()) if fields else None
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
        held = [tallies[row][0] for row in self.owners]
        if self.held_last != held:
            self.held_last, self.summed = held, summed([*held, *self.unrun])
        return added(
            self.summed,
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
    def rows(self) -> Rows:
        """What a plan of the model says of its nodes."""
        return rows_of(self.model, self.reached, self.training)

    def network(self, flow: Flow, inputs: Sequence[Tensor], *, fields: bool) -> Network:
        """The network itself. Raises `Fault` where weights cannot be shared."""
        sights = self.course.sights(flow, inputs, FieldWork()) if fields else None
        result = twin(self.model, inputs, [told.answer for told in flow.told], sights)
        for node in result.nodes:
            if node.owner is not None and node.answer is not None:
                require_same_weights(node.owner, node.answer, node.name)
                require_same_rank(node.owner, tuple([each.shape or () for each in node.inputs]), node.type)
        return result
