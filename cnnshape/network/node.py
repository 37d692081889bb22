"""One layer of a network, as it was written, with the tensors that it reads and makes."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import Span, Use
from cnnshape.network.answers import Answer, Lowered
from cnnshape.network.constants import Constant
from cnnshape.network.plan import Row, Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Memory, Weight
from cnnshape.value import NamedTuple


class Origin(NamedTuple):
    """Where a node is written: the file, the place in it, and the uses of the blocks around it, outermost first."""

    filename: str
    span: Span | None
    used_at: tuple[Use, ...] = ()


class Weights(NamedTuple):
    """The elements of a node's weights; `counters` of the buffers count batches, and are int64."""

    params: Dim
    trainable: Dim
    non_trainable: Dim
    buffers: Dim
    counters: int


class Tally(NamedTuple):
    """What a node adds to the totals of its network.

    Attributes:
        weights: their parameters, those that train, elements of buffers, how many of these count batches, and the bytes
            by which parameters of a type of their own are larger.
        work: multiply-accumulates, and floating-point operations.
        memory: whether what it makes needs memory of its own; None where it makes nothing that is known.
        outputs: bytes of each. `scratch`: what the row takes for itself.
    """

    weights: tuple[Dim, ...]
    work: tuple[Dim, Dim]
    memory: Memory | None
    outputs: tuple[Dim, ...]
    scratch: tuple[Scratch, ...]


class Wiring(NamedTuple):
    """The names of the tensors that a node reads, the rows that make these, and the names of those that it makes."""

    inputs: tuple[str, ...]
    makers: tuple[int, ...]
    outputs: tuple[str, ...]


class Scratch(NamedTuple):
    """What a row makes and lets go, and its bytes; None where unknown."""

    what: str
    size: Dim


NO_GRADIENT = "no gradient"
"""What runs within ``torch.no_grad()``."""


class Node:
    """A layer or an operator of the graph, itself and no other: compared and hashed by identity. It is never changed.

    Attributes:
        name: the path of scopes and its own name.
        type: its class as the framework calls it.
        inputs, outputs: the tensors that it reads and makes.
        layer: the layer with its arguments and its operation; None where it has no shape because it, or what it
            reads, is wrong.
        answer: what the operation answers for these inputs; None where `layer` is.
        trainable: whether its weights train.
        checkpoint: what it is part of that runs again in the backward pass, by a name of that; None where it runs once,
            `NO_GRADIENT` where the backward pass does not come by.
        owner: the node whose weights it uses; None where it has its own.
        scopes: the blocks or modules that it lies in, outermost first.
        origin: where it is written; None where its file has no lines.
        own: weights beside those of the operation, such as a parameter of the user's module that is read here.
        frozen: the names of weights that do not train although the node does.
        operands: for everything that it is called with, None for the next of its inputs, or a constant; empty where it
            is called with its inputs alone. `read`: constants that it has for weights.
        is_known: its costs are known as far as the sizes are: it is no layer of which nothing is known.
        weights: how many elements they have, once that was asked for (`cnnshape.network.rows.weights_of`).
        tally: what it adds to totals, once they were counted (`cnnshape.network.totals`).
        row: what a plan says of it, once that was asked for; of one that stands for another elsewhere, of that.
        wiring: the names of what it reads and makes, once they were asked for.
    """

    __slots__ = (
        "answer",
        "checkpoint",
        "frozen",
        "inputs",
        "is_known",
        "layer",
        "name",
        "operands",
        "origin",
        "outputs",
        "own",
        "owner",
        "read",
        "row",
        "scopes",
        "tally",
        "trainable",
        "type",
        "weights",
        "wiring",
    )

    def __init__(
        self,
        name: str,
        type: str,
        inputs: tuple[Tensor, ...],
        outputs: tuple[Tensor, ...],
        layer: Lowered | None,
        answer: Answer | None,
        *,
        trainable: bool = True,
        checkpoint: str | None = None,
        owner: Node | None = None,
        scopes: tuple[Scope, ...] = (),
        origin: Origin | None = None,
        own: tuple[Weight, ...] = (),
        frozen: frozenset[str] = frozenset(),
        operands: tuple[Constant | None, ...] = (),
        read: tuple[Constant, ...] = (),
    ) -> None:
        self.name = name
        self.type = type
        self.inputs = inputs
        self.outputs = outputs
        self.layer = layer
        self.answer = answer
        self.trainable = trainable
        self.checkpoint = checkpoint
        self.owner = owner
        self.scopes = scopes
        self.origin = origin
        self.own = own
        self.frozen = frozen
        self.operands = operands
        self.read = read
        complete = getattr(layer and layer.operation, "complete", True)
        self.is_known: bool = answer is not None and bool(answer.result.outputs) and complete
        self.weights: Weights | None = None
        self.tally: Tally | None = None
        self.row: Row | None = None
        self.wiring: Wiring | None = None

    def again(
        self, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], answer: Answer | None, owner: Node | None
    ) -> Node:
        """The same for other tensors, where nothing else is another."""
        node = object.__new__(Node)
        node.name, node.type, node.layer = self.name, self.type, self.layer
        node.scopes, node.origin, node.operands, node.read = self.scopes, self.origin, self.operands, self.read
        node.trainable, node.checkpoint, node.own, node.frozen = self.trainable, self.checkpoint, self.own, self.frozen
        node.inputs, node.outputs, node.answer, node.owner = inputs, outputs, answer, owner
        node.is_known, node.weights, node.tally, node.row, node.wiring = self.is_known, None, None, None, None
        return node

    @property
    def called_with(self) -> list[Tensor | Constant]:
        """Its inputs, with the constants between and behind them."""
        given = iter(self.inputs)
        return [each or next(given) for each in self.operands] + list(given)

    @property
    def trained(self) -> list[Weight]:
        """Its weights that train."""
        if self.answer is None or not self.trainable:
            return []
        held = (*self.answer.result.weights, *self.own)
        return [weight for weight in held if weight.kind == "trainable" and weight.name not in self.frozen]

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.type!r})"
