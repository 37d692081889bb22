"""A network whose layers that are made of others are replaced by those."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.answers import Answer, Lowered
from cnnshape.network.constants import Constant
from cnnshape.network.fields import NOTHING_SEEN
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.operations.composed import Composed
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import BatchSecond, exchanged
from cnnshape.vocabularies.layer import BoundLayer, Layer
from cnnshape.vocabularies.vocabulary import LayerType


def opened(network: Network, run: Sequence[int]) -> Network:
    """The nodes `run` alone (their numbers, ascending), each part of a layer that is made of others as a node."""
    if len(run) == len(network.nodes) and not any(is_made_of_others(node) for node in network.nodes):
        return network
    opening = Opening()
    for number in run:
        opening.take(network.nodes[number])
        opening.ends.append(len(opening.nodes) - 1)
    return network._replace(
        nodes=tuple(opening.nodes),
        outputs=tuple([opening.tensor(each) for each in network.outputs]),
        training_outputs=tuple([opening.tensor(each) for each in network.training_outputs]),
        written=tuple([opening.tensor(each) for each in network.written]),
        named_until=network.named_until and opening.named_until(network.named_until, run),
        in_common=None,
    )


def is_made_of_others(node: Node) -> bool:
    """Whether a node's operation has parts."""
    return node.layer is not None and isinstance(within(node.layer.operation), Composed)


def within(operation: Operation) -> Operation:
    """The operation itself, whichever axis has the batch."""
    return operation.operation if isinstance(operation, BatchSecond) else operation


class Opening:
    """The nodes so far, what has become of the network's tensors, and the nodes that hold weights."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.tensors: dict[Tensor, Tensor] = {}
        self.owners: dict[tuple[Node, int], Node] = {}
        self.ends: list[int] = []

    def tensor(self, tensor: Tensor) -> Tensor:
        """What has become of a tensor."""
        return self.tensors.get(tensor, tensor)

    def named_until(self, until: Mapping[Tensor, int], run: Sequence[int]) -> dict[Tensor, int]:
        """The numbers of the last nodes that run while a name has a tensor, as the nodes are numbered here."""
        return {
            self.tensor(tensor): self.ends[bisect_right(run, last) - 1]
            for tensor, last in until.items()
            if last >= run[0]
        }

    def take(self, node: Node) -> None:
        """A node, or its parts."""
        inputs = tuple([self.tensor(each) for each in node.inputs])
        if not is_made_of_others(node):
            outputs = tuple([self.made(each.name, each.shape, each.dtype) for each in node.outputs])
            owner = self.owners.get((node.owner, 0)) if node.owner else None
            self.put(node, 0, node.type, inputs, outputs, node.layer, node.answer, owner, node.frozen, node.operands)
            self.tensors.update(zip(node.outputs, outputs, strict=True))
            return
        assert node.layer is not None
        first = len(self.nodes)
        given = self.parts(node, node.layer.operation, inputs, "", first)
        self.tensors.update(zip(node.outputs, given, strict=True))

    def parts(
        self, node: Node, operation: Operation, inputs: Sequence[Tensor], path: str, first: int, second: bool = False
    ) -> list[Tensor]:
        """The parts of an operation on tensors; `second`: the batch lies on axis 1, though the parts have it first."""
        second = second != isinstance(operation, BatchSecond)
        composed = within(operation)
        assert isinstance(composed, Composed)
        results = composed.results(*[turned(each.shape or (), second) for each in inputs])
        values = list(inputs)
        for part, result in zip(composed.parts, results, strict=True):
            reads = tuple([values[number] for number in part.reads])
            name = f"{path}{part.name}."
            if isinstance(within(part.operation), Composed):
                values += self.parts(node, part.operation, reads, name, first, second)
                continue
            outputs = tuple([self.made(node.name, turned(shape, second), None) for shape in result.outputs])
            layer = Lowered(part.made_from.bound if part.made_from else NAMELESS, part.operation)
            place = len(self.nodes) - first
            owner = self.owners.get((node.owner, place)) if node.owner else None
            frozen = frozenset(each.removeprefix(name) for each in node.frozen if each.startswith(name))
            self.put(node, place, layer.bound.kind.name, reads, outputs, layer, Answer(result), owner, frozen)
            values += outputs
        return [values[number] for number in composed.outputs]

    def made(self, name: str, shape: Shape | None, dtype: str | None) -> Tensor:
        """A tensor of the next node."""
        return Tensor(name, shape, NOTHING_SEEN, len(self.nodes), dtype=dtype)

    def put(
        self,
        node: Node,
        place: int,
        type: str,
        inputs: tuple[Tensor, ...],
        outputs: tuple[Tensor, ...],
        layer: Lowered | None,
        answer: Answer | None,
        owner: Node | None,
        frozen: frozenset[str],
        operands: tuple[Constant | None, ...] = (),
    ) -> None:
        """A node for a node, or for its part in this place."""
        own = node.own if place == 0 else ()
        one = Node(
            *(node.name, type, inputs, outputs, layer, answer),
            trainable=node.trainable,
            checkpoint=node.checkpoint,
            owner=owner,
            own=own,
            frozen=frozen,
            operands=operands,
            read=node.read,
        )
        self.nodes.append(one)
        self.owners[node, place] = one


def turned(shape: Shape, second: bool) -> Shape:
    """The shape with its first two axes exchanged, where the batch lies on axis 1."""
    return exchanged(shape) if second else shape


NAMELESS = BoundLayer(LayerType("pytorch", "", "", "", None, False), Layer(), {}, {})
"""What stands for a part that no layer is known to have made."""
