"""What plans of many variants have in common: what an entry of the file, or a round of a loop there, does.

The values that its text names come to its doings: which layers with which arguments, on which tensors. What these give
hangs on those tensors, on the entry above, and on how many rows there are and how they are called. So doings are looked
up by values (a width and a width that is rounded alike do the same), and what they give by doings and tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from cnnshape.readers.yaml.program import Statement
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
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
        known = self.known.pieces.get((doings, where))
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
        self.done, self.noted = [], frame
        result = run()
        self.noted = None
        added = frozenset(frame.taken - taken)
        self.naming = self.known.naming(self.naming, added)
        if not self.reports and len(self.builder.inputs) == inputs:
            nodes = self.builder.nodes[first:]
            self.known.held += 1 + len(added)
            self.known.pieces[self.known.doings_of(said, self.done), where] = Piece(
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


def changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What of a mapping is new, or another than before."""
    return {name: value for name, value in now.items() if before.get(name) is not value}
