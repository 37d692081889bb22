"""What plans of one architecture have found out, for those that follow: a search plans thousands of one file."""

from __future__ import annotations

import re
from typing import Any

from cnnshape.diagnostics import Source, Span
from cnnshape.network.builder import Tensors
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.program import Program, Statement
from cnnshape.readers.yaml.walk.frames import Binding, Frame
from cnnshape.value import NamedTuple, field, record

MOST_HELD = 400_000
"""Rows, and what they are parts of, that plans of one architecture remember for others: four hundred megabytes."""


WORD = r"[^\W\d]\w*"
NAMES = r"[^\W\d][\w.-]*"

READS_SHAPES = frozenset({"shape", "channels"})
"""What an entry names whose values hang on tensors."""

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


class KnownUse(NamedTuple):
    """What one use of a block gave in a run: its frame, its rows, how many steps it took and shapes it read."""

    frame: Frame
    nodes: list[Node]
    steps: int
    shapes: int


class Piece(NamedTuple):
    """What an entry of the file, or a round of a loop, did in a run.

    Attributes:
        previous: what the entry below it reads.
        nodes: its rows; `names` their own ones, and `counters` how far automatic ones were counted.
        bound, members, families: names that it bound.
        steps: how many it took.
        naming: stands for all names of rows up to its end.
    """

    previous: tuple[Tensor, ...] | None
    nodes: list[Node]
    names: frozenset[str]
    counters: dict[str, int]
    bound: dict[str, Binding]
    members: dict[str, Binding]
    families: dict[str, list[str]]
    steps: int
    naming: int


@record
class Known:
    """What the plans of one architecture in one framework have found out.

    Attributes:
        uses, rows: uses of blocks, and rows, by all that they depend on.
        parameters: of uses of blocks, by the values that they are made of.
        doings: a number for what entries do with the values that they name: which layers and blocks, with which
            arguments, on which tensors by name. `done` has them by what they did.
        pieces: what that gave, by what it was done to.
        alike: where the shapes of tensors were not asked for, what it was done to for the first time, by all of that
            but their shapes: what it gives for others needs no run.
        namings: a number for each set of names that rows have had: by the number of those before, and what was added.
        words: of the entries, all that they may read by name.
        tensors: those that rows made: where two plans have the same, what reads it is the same as well.
        held: how many rows are held.
    """

    uses: dict[tuple[Any, ...], KnownUse] = field(factory=dict)
    rows: dict[tuple[Any, ...], Node] = field(factory=dict)
    parameters: dict[Stated, dict[str, Any]] = field(factory=dict)
    doings: dict[Stated, int] = field(factory=dict)
    done: dict[tuple[Any, ...], int] = field(factory=dict)
    pieces: dict[tuple[int | None, tuple[Any, ...]], Piece] = field(factory=dict)
    alike: dict[tuple[Any, ...], tuple[Any, ...]] = field(factory=dict)
    namings: dict[tuple[int, frozenset[str]], int] = field(factory=dict)
    words: dict[Statement, tuple[str, ...] | None] = field(factory=dict)
    tensors: Tensors = field(factory=dict)
    held: int = 0

    def words_of(self, statement: Statement, program: Program) -> tuple[str, ...] | None:
        """All that an entry may read by name; None where its text is not known."""
        if statement not in self.words:
            self.words[statement] = words_in(program.source, statement.span)
        return self.words[statement]

    def doings_of(self, said: Stated, done: list[Any]) -> int:
        """The number of what an entry did."""
        words = self.words[said[0]] or ()
        key = (said[0], said[2], *done) if READS_SHAPES.isdisjoint(words) else said
        number = self.done.setdefault(key, len(self.done))
        self.doings[said] = number
        self.held += 1
        return number

    def naming(self, before: int, added: frozenset[str]) -> int:
        """What stands for names of rows, where these come to others."""
        return self.namings.setdefault((before, added), 1 + len(self.namings)) if added else before

    def keep(self, uses: dict[tuple[Any, ...], KnownUse], rows: dict[tuple[Any, ...], Node], *, many: bool) -> None:
        """Remember a run: beside `many` others, or instead of the one before, so that memory stays that of one plan."""
        if many:
            self.uses.update(uses)
            self.held += sum(1 + len(use.nodes) for use in uses.values())
            if self.held > MOST_HELD:
                beside = (self.parameters, self.doings, self.done, self.pieces, self.alike, self.namings, self.tensors)
                for memo in (self.uses, *beside):
                    memo.clear()
                self.held = 0
        else:
            self.uses, self.rows = uses, rows
