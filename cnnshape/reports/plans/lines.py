"""Which lines a table of a plan has: blocks closed to one line each, or opened down to some depth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cnnshape.network.plan import Row

EXPANDED = 1_000
"""A depth that opens every block."""


class Line(NamedTuple):
    """One line of a table: a row, or the rows of `uses` equal uses of a block that follow each other.

    Attributes:
        label: the row's name; of a block the name of its use, or ``block x uses``.
        rows: the rows it stands for, of all uses.
        block: the name of the block; None for a row.
        uses: how many uses of the block it stands for.
    """

    label: str
    rows: tuple[Row, ...]
    block: str | None = None
    uses: int = 1

    @property
    def last(self) -> Row:
        """The row whose output is the line's output."""
        return self.rows[-1]

    @property
    def failed(self) -> bool:
        """Whether some row of it has no shape."""
        return any(row.failed for row in self.rows)


def lines(rows: Sequence[Row], depth: int = 0, faulty: frozenset[str] = frozenset()) -> list[Line]:
    """The lines of a table that opens blocks `depth` deep, and every block with one of the `faulty` rows."""
    return list(_merged(_lines(rows, 0, depth, faulty)))


def _lines(rows: Sequence[Row], level: int, depth: int, faulty: frozenset[str]) -> Iterator[Line]:
    for scope, members in groupby(rows, key=lambda row: row.scopes[level] if len(row.scopes) > level else None):
        inside = tuple(members)
        if scope is None:
            yield from (Line(row.name, (row,)) for row in inside)
        elif level < depth or any(row.name in faulty for row in inside):
            yield from _lines(inside, level + 1, depth, faulty)
        else:
            path = "/".join(each.name for each in inside[0].scopes[: level + 1])
            yield Line(path, inside, scope.block)


def _merged(found: Iterator[Line]) -> Iterator[Line]:
    """Equal uses of a block that follow each other and were given no names, as one line."""
    for signature, same in groupby(found, key=_signature):
        together = list(same)
        first = together[0]
        if signature is None or len(together) == 1:
            yield from together
        else:
            parent = first.label.rpartition("/")[0]
            label = f"{parent}/{first.block}" if parent else f"{first.block}"
            rows = tuple(row for line in together for row in line.rows)
            yield Line(f"{label} x {len(together)}", rows, first.block, len(together))


def _signature(line: Line) -> Any:
    """What two uses of a block have to share to be one line; rows and named uses stand alone."""
    if line.block is None:
        return None
    parent, _, name = line.label.rpartition("/")
    if not re.fullmatch(rf"{re.escape(line.block)}(_[0-9]+)?", name):
        return None
    return parent, line.block, tuple((row.type, row.output_shapes, row.params, row.macs, row.live) for row in line.rows)
