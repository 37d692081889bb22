"""What the variants of one architecture have in common, for those that follow: a search plans thousands of one file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Source, Span
from cnnshape.network.flow import Link, Step
from cnnshape.network.node import Node
from cnnshape.network.outline import Outline
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.program import Program, Statement
from cnnshape.readers.yaml.walk.frames import Frame
from cnnshape.readers.yaml.walk.known import Rows, size_at
from cnnshape.value import NamedTuple, field, record

MOST_TOLD = 60_000
"""What layers said of shapes, for searches of one architecture; about 2 KB each."""

MOST_HELD = 200_000
"""What entries do, and of which layers that is made, for searches of one architecture; about 200 bytes each."""

WORD = r"[^\W\d]\w*"
NAMES = r"[^\W\d][\w.-]*"

Stated = tuple[Statement, str, str]
"""An entry, the values of what it names, and those that blocks read of the file's."""


def words_in(source: Source, span: Span | None) -> tuple[str, ...] | None:
    """Every word on the lines of an entry, whatever it means there, also names with ``.`` and ``-`` in them.

    None where the entry has no place, or other text may be meant: by an anchor of YAML, or an escape.
    """
    if span is None or "&" in source.text:
        return None
    text = "\n".join(map(source.line, range(span.start.row, span.end.row + 1)))
    return None if "\\" in text else tuple(sorted({*re.findall(WORD, text), *re.findall(NAMES, text)}))


def stated(statement: Statement, words: tuple[str, ...], frame: Frame, names: dict[str, Any] | None = None) -> Stated:
    """An entry with the values of what its `words` name, and of a round's own `names`."""
    values = frame.values
    read = repr(([values[word] for word in words if word in values], names))  # 1, 1.0 and True are equal
    return statement, read, frame.file.text


Guard = tuple[int, int | None, Any]
"""A tensor by its number, the axis that is looked at (None: all of them), and what was found there."""


class Part(NamedTuple):
    """What an entry of the file, or a round of a loop, adds to a network that it finds in some state.

    Attributes:
        links: its layers.
        guards: the sizes of tensors that it saw; where they are others it may do something else.
        steps: how many it took.
        tensors: how many there are behind it.
        after: the state that it leaves.
    """

    links: tuple[Link, ...]
    guards: tuple[Guard, ...]
    steps: int
    tensors: int
    after: State


class Parts:
    """What an entry with certain doings may add in some state: by the sizes `asked` of tensors that were there."""

    __slots__ = ("asked", "by_sizes")

    def __init__(self, asked: tuple[tuple[int, int | None], ...]) -> None:
        self.asked = asked
        self.by_sizes: dict[tuple[Any, ...], list[Part]] = {}

    def of(self, shapes: list[Shape]) -> list[Part]:
        """Those that may be meant where tensors have these shapes."""
        return self.by_sizes.setdefault(tuple([size_at(shapes[place], axis) for place, axis in self.asked]), [])


@record
class State:
    """How far runs have come that are wired alike: whatever is done next has the same effect on names and wires.

    Attributes:
        parts: what may come next, by the number of its doings; where it uses weights of others, by what was done so
            far, too.
        after: the state behind, by how that is wired.
        outline: of the network that ends here.
    """

    parts: dict[Any, Parts] = field(factory=dict)
    after: dict[tuple[Any, ...], State] = field(factory=dict)
    outline: Outline | None = None


@record
class Searched:
    """What the searches of one architecture in one framework have found out.

    Attributes:
        rows: those of the last run of all.
        doings: a number for what entries do with the values that they name: which layers and blocks, with which
            arguments, on which tensors by name. `done` has them by what they did.
        steps: layers, by themselves and how they count.
        states: how runs begin, by the batch and the inputs.
        words: of the entries, all that they may read by name.
        told, held: how much is remembered of what layers said, and of what entries do.
    """

    rows: Rows = field(factory=dict)
    doings: dict[Stated, int] = field(factory=dict)
    done: dict[tuple[Any, ...], int] = field(factory=dict)
    steps: dict[tuple[Any, ...], Step] = field(factory=dict)
    states: dict[tuple[Any, ...], State] = field(factory=dict)
    words: dict[Statement, tuple[str, ...] | None] = field(factory=dict)
    told: int = 0
    held: int = 0

    def words_of(self, statement: Statement, program: Program) -> tuple[str, ...] | None:
        """All that an entry may read by name; None where its text is not known."""
        if statement not in self.words:
            self.words[statement] = words_in(program.source, statement.span)
        return self.words[statement]

    def doings_of(self, said: Stated, done: list[Any]) -> int:
        """The number of what an entry did."""
        number = self.done.setdefault((said[0], said[2], *done), len(self.done))
        self.doings[said] = number
        self.held += 1
        return number

    def step_of(self, node: Node, dtype: str) -> Step:
        """The layer of a node, as one that has no place."""
        key = (node.layer, node.is_known, node.trainable, len(node.inputs))
        found = self.steps.get(key)
        return found or self.steps.setdefault(key, Step(node, dtype))

    def begin(self, batch: Dim, inputs: Iterable[Tensor]) -> State:
        """The state in which runs with such inputs begin; what is remembered is kept small."""
        if self.told > MOST_TOLD:
            for step in self.steps.values():
                step.told.clear()
            self.told = 0
        if self.held > MOST_HELD:
            for memo in (self.doings, self.done, self.steps, self.states):
                memo.clear()
            self.told = self.held = 0
        return self.states.setdefault((batch, *[(each.name, each.dtype) for each in inputs]), State())
