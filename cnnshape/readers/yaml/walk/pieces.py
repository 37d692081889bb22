"""What plans of many variants have in common: what an entry of the file, or a round of a loop there, does.

The values that its text names come to its doings: which layers with which arguments, on which tensors. What these give
hangs on those tensors, on the entry above, and on how many rows there are and how they are called. So doings are looked
up by values (a width and a width that is rounded alike do the same), and what they give by doings and tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from cnnshape.diagnostics import Fault
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.program import Statement
from cnnshape.readers.yaml.walk.frames import Frame, Tensors, Twins
from cnnshape.readers.yaml.walk.includes import Includes
from cnnshape.readers.yaml.walk.known import Piece, Stated, stated
from cnnshape.readers.yaml.walk.run import MOST_STEPS

Kind = TypeVar("Kind", bound=Statement)


class Pieces(Includes):
    """What a run takes over from runs before it, where many variants are asked for.

    Attributes:
        top: the file's own frame; None where nothing is taken over.
        naming: stands for the names that rows have so far.
    """

    top: Frame | None = None
    naming = 0

    def recalled(
        self,
        run: Callable[[Kind, Frame, Tensors, dict[str, Any]], Tensors],
        statement: Kind,
        frame: Frame,
        previous: Tensors,
        names: dict[str, Any],
    ) -> Tensors:
        """What an entry gives, or a round with these values of its own names. Once something is reported, all runs."""
        words = self.known.words_of(statement, self.program) if frame is self.top and not frame.in_loop else None
        if words is None or self.reports:
            return run(statement, frame, previous, names)
        said = stated(statement, words, frame, names)
        bound, members = frame.layers[0], frame.members
        read = [each for word in words if (each := bound.get(word) or members.get(word)) is not None]
        if frame.families:
            read += [bound[name] for word in words for name in frame.families.get(word, ())]
        where = (
            previous,
            len(self.builder.nodes),
            self.naming,
            self.builder.batch,
            *[(each.tensors, each.origin and each.origin[0]) for each in read],
        )
        doings = self.known.doings.get(said)
        known = self.known.pieces.get((doings, where)) or self.repeated(doings, where)
        if known is None or self.steps + known.steps > MOST_STEPS:
            return self.kept(said, where, frame, partial(run, statement, frame, previous, names))
        self.builder.nodes += known.nodes
        self.steps += known.steps
        self.naming = known.naming
        frame.taken.update(known.names)
        frame.counters.update(known.counters)
        bound.update(known.bound)
        members.update(known.members)
        for family, elements in known.families.items():
            frame.families.setdefault(family, []).extend(elements)
        return known.previous

    def kept(self, said: Stated, where: tuple[Any, ...], frame: Frame, run: Callable[[], Tensors]) -> Tensors:
        """What an entry gives, to be taken over by others, unless it has something to report or states an input."""
        taken, counters = set(frame.taken), dict(frame.counters)
        bound, members = dict(frame.layers[0]), dict(frame.members)
        families = {family: len(elements) for family, elements in frame.families.items()}
        first, steps, inputs = len(self.builder.nodes), self.steps, len(self.builder.inputs)
        shapes = self.work.shapes
        self.done, self.noted = [], frame
        result = run()
        self.noted = None
        added = frozenset(frame.taken - taken)
        self.naming = self.known.naming(self.naming, added)
        if not self.reports and len(self.builder.inputs) == inputs:
            nodes = self.builder.nodes[first:]
            self.known.held += 1 + len(added)
            doings = self.known.doings_of(said, self.done)
            if self.work.shapes == shapes and all(map(self.is_repeatable, nodes)):
                self.known.alike.setdefault(alike(doings, where), where)
            self.known.pieces[doings, where] = Piece(
                result,
                nodes,
                added,
                changed(counters, frame.counters),
                changed(bound, frame.layers[0]),
                changed(members, frame.members),
                {name: new for name, each in frame.families.items() if (new := each[families.get(name, 0) :])},
                self.steps - steps,
                self.naming,
            )
        return result

    def is_repeatable(self, node: Node) -> bool:
        """Whether a node gives for other tensors what its layer answers for their shapes, and hangs on nothing else."""
        layer, batch = node.layer, self.builder.batch
        if layer is None or node.owner is not None or layer.operation.batch_axis:
            return False
        read = tuple([tensor.shape or () for tensor in node.inputs])
        return layer.answers.get(read) is node.answer and {shape[:1] for shape in read} == {(batch,)}

    def repeated(self, doings: int | None, where: tuple[Any, ...]) -> Piece | None:
        """What an entry gives that was run on other tensors, as its rows answer for these; None where it has to run."""
        model = self.known.alike.get(alike(doings, where))
        if model is None:
            return None
        piece, number = self.known.pieces[doings, model], len(self.builder.nodes)
        twins = Twins(dict(zip(tensors_of(model), tensors_of(where), strict=True)))
        try:
            for index, node in enumerate(piece.nodes):
                twins.nodes[node] = self.again(node, number + index, twins.tensors)
            known = piece._replace(
                previous=piece.previous and tuple([twins.tensors[tensor] for tensor in piece.previous]),
                nodes=list(twins.nodes.values()),
                bound=twins.names(piece.bound),
                members=twins.names(piece.members),
            )
        except (Fault, KeyError):
            return None
        self.known.pieces[doings, where] = known
        self.known.held += 1 + len(known.nodes)
        return known

    def again(self, node: Node, number: int, tensors: dict[Tensor, Tensor]) -> Node:
        """A node on other tensors. Raises `Fault` where they do not fit, and `KeyError` where it reads another one."""
        read = tuple([tensors[tensor] for tensor in node.inputs])
        assert node.layer is not None
        answer = node.layer.answer(tuple([tensor.shape or () for tensor in read]))
        sight = answer.sight(read, self.builder.field_work)
        made = []
        for index, (old, shape) in enumerate(zip(node.outputs, answer.result.outputs, strict=True)):
            new = tensors[old] = self.builder.tensor((old.name, shape, sight, number, index, old.dtype))
            made.append(new)
        return node.again(read, tuple(made), answer, None)


def tensors_of(where: tuple[Any, ...]) -> list[Tensor]:
    """The tensors that an entry is done to."""
    return [tensor for tensors in (where[0] or (), *[each[0] for each in where[4:]]) for tensor in tensors]


def alike(doings: int | None, where: tuple[Any, ...]) -> tuple[Any, ...]:
    """What an entry does, and all that it is done to but the shapes of tensors."""
    about = [(tensor.name, tensor.row, tensor.dtype) for tensor in tensors_of(where)]
    return doings, where[0] is None, where[1:4], tuple([len(each[0]) for each in where[4:]]), tuple(about)


def changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What of a mapping is new, or another than before."""
    return {name: value for name, value in now.items() if before.get(name) is not value}
