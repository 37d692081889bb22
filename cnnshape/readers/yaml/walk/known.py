"""What plans of one architecture have found out, for those that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Use
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.flow import Alike, Course, Nodes
from cnnshape.network.node import Node, Origin
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.program import Apply, Program
from cnnshape.readers.yaml.walk.frames import Binding, BlockUse, Frame, Tensors, UseOrigin
from cnnshape.value import Deferred, Memo, NamedTuple, replace


class KnownUse(NamedTuple):
    """What one use of a block gave in a run.

    Attributes:
        program: the file that it stands in, and `uses` its place and those of the uses around it.
        inputs: the tensors that it read.
        binding: what its name stands for.
        nodes: its rows.
        steps, spent: what it cost: steps, and elements of lists.
        shapes: the tensors of which expressions read the shape, or the size along an axis.
        courses: the way that shapes take through it, once that was asked; None where they may not.
        in_common: what is found of one that holds of all with the same layers, whatever their sizes.
    """

    program: Program
    uses: tuple[Use, ...]
    inputs: tuple[Tensor, ...]
    binding: Binding
    nodes: Sequence[Node]
    steps: int
    spent: int
    shapes: list[tuple[Tensor, int | None]]
    courses: list[Course | None]
    in_common: Memo

    def at(self, to: BlockUse, into: Frame, inputs: tuple[Tensor, ...], builder: NetworkBuilder) -> KnownUse:
        """The same on other tensors, perhaps in another file.

        Raises `Fault` where a layer refuses them, `HangsOnMoreError` where it may be another than the same.
        """
        uses, program = (*into.uses, *to.use), to.program
        if self.program is program and self.uses == uses and self.inputs == inputs:
            return self
        moved = Moved(self, to, into, inputs)
        if moved.is_alike:
            nodes: Sequence[Node] = [*map(moved.node, self.nodes)]
        else:
            alike = self.flow(inputs, builder)
            for tensor, axis in self.shapes:
                if size_at(alike.shape(tensor), axis) != size_at(tensor.shape or (), axis):
                    raise HangsOnMoreError
            nodes = moved.later(alike, self.binding.tensors)
            if to.block is not None:
                nodes = [*nodes]
        asked = () if isinstance(nodes, Nodes) else self.shapes  # of a whole file nobody asks
        shapes = [(moved.instead.get(tensor, tensor), axis) for tensor, axis in asked]
        tensors, origin = self.binding
        assert isinstance(origin, UseOrigin)

        def frame() -> Frame:
            iter(nodes)  # once they are there, all tensors and rows have what stands for them
            return moved.frame(origin.frame)

        binding = Binding(moved.tensors(tensors), UseOrigin(Deferred(frame), to))
        return KnownUse(program, uses, inputs, binding, nodes, self.steps, self.spent, shapes, [], self.in_common)

    def flow(self, inputs: tuple[Tensor, ...], builder: NetworkBuilder) -> Alike:
        """What its rows answer for other inputs, where they hang on nothing but shapes. Raises as `at`."""
        if not self.courses:
            from cnnshape.network.outline import is_plain  # only where files, or variants of one, are alike

            plain = all(node.owner is None and is_plain(node, builder.batch) for node in self.nodes)
            self.courses.append(Course(self.inputs, self.nodes, builder.dtype) if plain else None)
        (course,) = self.courses
        if course is None or any(tensor.shape is None for tensor in inputs):
            raise HangsOnMoreError
        alike = Alike(course, inputs, builder.field_work)
        if [told.tally.memory for told in alike.flow.told] != course.memory:
            raise HangsOnMoreError
        return alike


class HangsOnMoreError(Exception):
    """Something may be another but shapes: it has to be run."""


class Moved:
    """What a use of a block gave, as another gives it: it reads other tensors, and is told of at another place.

    Attributes:
        depth: of the places of uses, how many are others now: `uses`.
        to: the other use, and `work` what pays for it.
        instead: the tensors that it has instead of others.
        is_alike: those that it reads are like those of the first: then so is all that it makes.
        nodes: those that were moved, by what they were.
    """

    def __init__(self, known: KnownUse, to: BlockUse, into: Frame, inputs: tuple[Tensor, ...]) -> None:
        self.depth, self.uses, self.to, self.work = len(known.uses), (*into.uses, *to.use), to, into.work
        self.filename = to.program.source.filename
        self.instead = dict(zip(known.inputs, inputs, strict=True))
        self.is_alike = sizes_of(inputs) == sizes_of(known.inputs)
        self.nodes: dict[Node, Node] = {}
        self.places: dict[int, tuple[Use, ...]] = {}  # by what they were, which all rows of a frame share

    def tensors(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The tensors that stand for these."""
        instead = self.instead
        return tuple([instead.get(tensor, tensor) for tensor in tensors])

    def used_at(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        """The places of uses."""
        places = self.places.get(id(uses))
        if places is None:
            places = self.places[id(uses)] = (*self.uses, *self.within(uses[self.depth :]))
        return places

    def within(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        """The places of uses within the block."""
        return tuple([Use(self.filename, use.span) for use in uses])

    def node(self, node: Node) -> Node:
        """The row that stands for this one. What it computes, and what it costs, is the same."""
        owner = node.owner and self.nodes[node.owner]
        made = node.again(self.tensors(node.inputs), node.outputs, node.answer, owner)
        made.weights, made.tally, made.row = node.weights, node.tally, node.row
        return self.placed(node, made)

    def later(self, alike: Alike, outputs: tuple[Tensor, ...]) -> Nodes:
        """The rows that stand for those of a course, made once somebody asks; `outputs` are known at once."""
        made = [tensor for tensor in outputs if tensor in alike.course.place and tensor not in self.instead]
        self.instead |= {tensor: alike.tensor(tensor) for tensor in made}
        return Nodes(alike, Deferred(lambda: [*self.flow(alike)]), self.used_at)

    def flow(self, alike: Alike) -> Iterator[Node]:
        """The rows that stand for those of a course."""
        instead = self.instead
        for node, told in zip(alike.course.nodes, alike.flow.told, strict=True):
            read = tuple([instead[tensor] for tensor in node.inputs])
            made = tuple([instead.get(tensor) or alike.tensor(tensor) for tensor in node.outputs])
            instead.update(zip(node.outputs, made, strict=True))
            yield self.placed(node, node.again(read, made, told.answer, None))

    def placed(self, node: Node, made: Node) -> Node:
        """A row that stands for another, at its place."""
        origin = node.origin
        assert origin is not None
        made.origin, made.wiring = Origin._make((self.filename, origin.span, self.used_at(origin.used_at))), node.wiring
        self.nodes[node] = made
        return made

    def frame(self, frame: Frame) -> Frame:
        """The frame that stands for this one."""
        made: Frame = object.__new__(Frame)
        vars(made).update(vars(frame))
        made.program, made.file, made.work = self.to.program, self.to.file, self.work
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


Sizes = tuple[Any, ...]


def sizes_of(tensors: tuple[Tensor, ...]) -> Sizes:
    """What tensors are like, but for their names."""
    return tuple([(each.shape, each.sight, each.outline) for each in tensors])


def size_at(shape: Shape, axis: int | None) -> Any:
    """A size of a tensor, or all of them."""
    return shape if axis is None else shape[axis]


MOST_ROWS = 10_000
"""Rows of all uses of blocks, and of files, that are remembered, some 15 megabytes."""
LARGEST = 5_000
"""Rows of a use that is remembered."""


class Uses:
    """The uses of blocks that this process has seen, by all that they depend on; the oldest make room.

    Those that depend on the same but for what the tensors are like that they read stand together.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], dict[Sizes, KnownUse]] = {}
        self.rows = 0

    def find(self, key: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> KnownUse | None:
        """The use on such tensors, else the first on others."""
        alike = self.known.get(key)
        if not alike:
            return None
        return alike.get(sizes_of(inputs)) or next(iter(alike.values()))

    def keep(self, key: tuple[Any, ...], use: KnownUse) -> None:
        """Remember a use, where there is none on such tensors yet."""
        alike, sizes = self.known.setdefault(key, {}), sizes_of(use.inputs)
        if sizes in alike:
            return
        alike[sizes] = use
        self.rows += 1 + len(use.nodes)
        while self.rows > MOST_ROWS:
            self.rows -= sum([1 + len(each.nodes) for each in self.known.pop(next(iter(self.known))).values()])


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


Rows = dict[int, KnownRow]
"""Rows of a run that no block has, by their numbers."""
