"""What plans of one architecture have found out, for those that follow."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.diagnostics import Use
from cnnshape.network.answers import Lowered
from cnnshape.network.node import Node, Origin
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.program import Apply
from cnnshape.readers.yaml.walk.frames import Binding, BlockUse, Frame, Tensors, UseOrigin
from cnnshape.value import Deferred, NamedTuple, field, record, replace


class KnownUse(NamedTuple):
    """What one use of a block gave in a run.

    Attributes:
        inputs: the tensors that it read.
        binding: what its name stands for.
        nodes: its rows.
        steps, spent: what it cost: steps, and elements of lists.
        shapes: the shapes that it read.
    """

    inputs: tuple[Tensor, ...]
    binding: Binding
    nodes: list[Node]
    steps: int
    spent: int
    shapes: list[tuple[Tensor, int | None]]

    def at(self, to: BlockUse, into: Frame, inputs: tuple[Tensor, ...]) -> KnownUse:
        """The same on other tensors that are alike, perhaps in another file."""
        uses, origin = (*into.uses, *to.use), self.binding.origin
        assert isinstance(origin, UseOrigin)
        frame = origin.frame
        if frame.program is to.program and frame.uses == uses and self.inputs == inputs:
            return self
        moved = Moved(len(frame.uses), uses, to, into.work, dict(zip(self.inputs, inputs, strict=True)))
        return KnownUse(
            inputs,
            Binding(moved.tensors(self.binding.tensors), UseOrigin(Deferred(lambda: moved.frame(frame)), to)),
            [moved.node(node) for node in self.nodes],
            self.steps,
            self.spent,
            [(moved.instead.get(tensor, tensor), axis) for tensor, axis in self.shapes],
        )


class Moved:
    """What a use of a block gave, as another gives it: it reads other tensors, and is told of at another place.

    Attributes:
        depth: of the places of uses, how many are others now: `uses`.
        to: the other use, and `work` what pays for it.
        instead: the tensors that it reads instead of others.
        nodes: those that were moved, by what they were.
    """

    def __init__(
        self, depth: int, uses: tuple[Use, ...], to: BlockUse, work: Work, instead: dict[Tensor, Tensor]
    ) -> None:
        self.depth, self.uses, self.to, self.work, self.instead = depth, uses, to, work, instead
        self.filename = to.program.source.filename
        self.nodes: dict[Node, Node] = {}
        self.places: dict[tuple[Use, ...], tuple[Use, ...]] = {}

    def tensors(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The tensors that stand for these."""
        instead = self.instead
        return tuple([instead.get(tensor, tensor) for tensor in tensors])

    def used_at(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        """The places of uses."""
        if uses not in self.places:
            self.places[uses] = (*self.uses, *self.within(uses[self.depth :]))
        return self.places[uses]

    def within(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        """The places of uses within the block."""
        return tuple([Use(self.filename, use.span) for use in uses])

    def node(self, node: Node) -> Node:
        """The row that stands for this one. What it computes, and what it costs, is the same."""
        origin, owner = node.origin, node.owner
        assert origin is not None
        made = node.again(self.tensors(node.inputs), node.outputs, node.answer, self.nodes[owner] if owner else None)
        made.origin = Origin._make((self.filename, origin.span, self.used_at(origin.used_at)))
        made.weights, made.tally, made.row = node.weights, node.tally, node.row
        self.nodes[node] = made
        return made

    def frame(self, frame: Frame) -> Frame:
        """The frame that stands for this one."""
        made: Frame = object.__new__(Frame)
        vars(made).update(vars(frame))
        made.program, made.file, made.values, made.work = self.to.program, self.to.file, self.to.file.values, self.work
        made.uses, made.outputs = self.used_at(frame.uses), self.tensors(frame.outputs)
        made.previous = frame.previous and self.tensors(frame.previous)
        made.layers = [{name: self.binding(each) for name, each in names.items()} for names in frame.layers]
        made.members = {name: self.binding(each) for name, each in frame.members.items()}
        return made

    def binding(self, binding: Binding) -> Binding:
        """What a name stands for."""
        origin = binding.origin
        if isinstance(origin, Node):
            origin = self.nodes[origin]
        elif origin is not None:
            origin = UseOrigin(Deferred(partial(self.frame, origin.frame)), self.block_use(origin.block_use))
        return Binding(self.tensors(binding.tensors), origin)

    def block_use(self, use: BlockUse) -> BlockUse:
        """A use within the block."""
        return replace(use, use=self.within(use.use), program=self.to.program, file=self.to.file)


MOST_ROWS = 40_000
"""Rows of all uses of blocks that are remembered, as many as the largest plan has."""


class Uses:
    """The uses of blocks that this process has seen, by all that they depend on; the oldest make room."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], KnownUse] = {}
        self.rows = 0

    def keep(self, key: tuple[Any, ...], use: KnownUse) -> None:
        """Remember a use."""
        self.rows += 1 + len(use.nodes)
        while self.rows > MOST_ROWS and self.known:
            self.rows -= 1 + len(self.known.pop(next(iter(self.known))).nodes)
        self.known[key] = use


USES = Uses()


class KnownRow(NamedTuple):
    """A row of a run: its entry, what that lowered to and read, and its node."""

    statement: Apply
    lowered: Lowered
    inputs: Tensors
    node: Node

    def is_from(
        self, statement: Apply, name: str, lowered: Lowered, inputs: Tensors, trainable: bool, frame: Frame
    ) -> bool:
        """Whether nothing that the node depends on is another."""
        node, origin = self.node, self.node.origin
        return (
            self.statement is statement
            and self.lowered is lowered
            and self.inputs == inputs
            and (node.name, node.trainable, node.checkpoint) == (name, trainable, frame.checkpoint)
            and origin is not None
            and origin.used_at == frame.uses
        )


@record
class Known:
    """What the last plan of an architecture in one framework found out: rows that no block has, by their numbers."""

    rows: dict[int, KnownRow] = field(factory=dict)
