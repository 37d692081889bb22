"""Files that this process has planned, and what their plans found out: the same text again is planned in no time.

So it is for whoever plans files and not what they were read into: a notebook, an editor, ``--watch``, a comparison.
"""

from __future__ import annotations

from cnnshape.diagnostics import Source
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.reader import read_program
from cnnshape.readers.yaml.walk.known import Rows
from cnnshape.value import NamedTuple

MOST_ROWS = 5_000
"""Rows of all plans that are kept, some five megabytes; the oldest make room."""


class Kept(NamedTuple):
    """A file as it was read, the rows of its last plan by framework, and how many the very last one had."""

    program: Program
    known: dict[str, Rows]
    rows: int


_kept: dict[tuple[str, str | None, str], Kept] = {}


def read_again(source: Source, resolved: str | None) -> Kept:
    """The program that a file is, with what its plans found out where they are kept."""
    known = _kept.get((source.filename, resolved, source.text))
    return Kept(read_program(source, resolved), {}, 0) if known is None else known


def keep(program: Program, known: dict[str, Rows], rows: int) -> None:
    """Keep a file that was planned."""
    key = program.source.filename, program.resolved, program.source.text
    _kept.pop(key, None)
    held = rows + sum([each.rows for each in _kept.values()])
    while held > MOST_ROWS and _kept:
        held -= _kept.pop(next(iter(_kept))).rows
    if rows <= MOST_ROWS:
        _kept[key] = Kept(program, known, rows)
