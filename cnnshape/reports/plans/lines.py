"""Which lines a table of a plan has: blocks closed to one line each, or opened down to some depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Position, Use
from cnnshape.network.plan import Row
from cnnshape.value import NamedTuple

EXPANDED = 1_000
"""A depth that opens every block."""


class Line(NamedTuple):
    """One line of a table: a row, or the rows of `uses` equal uses of a block that follow each other.

    Attributes:
        label: the row's name; of a block the name of its use, or ``block x uses``.
        rows: the rows it stands for, of all uses.
        block: the name of the block; None for a row.
        uses: how many uses of the block it stands for.
        use: where the block is used (the first of several uses); None of a row, and where that is not known.
    """

    label: str
    rows: tuple[Row, ...]
    block: str | None = None
    uses: int = 1
    use: Use | None = None

    @property
    def place(self) -> Position | None:
        """Where its text begins: that of a block where it is used."""
        span = self.use.span if self.use else self.rows[0].span
        return span.start if span else None

    @property
    def read(self) -> tuple[tuple[str, Shape | None], ...]:
        """What the line reads from outside of itself, each tensor once: its name and shape."""
        made = {name for row in self.rows for name in row.output_names}
        given = {
            name: shape
            for row in self.rows
            for name, shape in zip(row.inputs, row.input_shapes, strict=True)
            if name not in made
        }
        return tuple(given.items())

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


def inside(line: Line, level: int) -> list[Line]:
    """The lines that a closed block opens into, `level` blocks deep: its uses, where it stands for several."""
    if line.uses > 1:
        return list(_lines(line.rows, level, level, frozenset()))
    return list(_merged(_lines(line.rows, level + 1, level + 1, frozenset())))


def _lines(rows: Sequence[Row], level: int, depth: int, faulty: frozenset[str]) -> Iterator[Line]:
    for scope, members in groupby(rows, key=lambda row: row.scopes[level] if len(row.scopes) > level else None):
        inside = tuple(members)
        if scope is None:
            yield from (Line(row.name, (row,)) for row in inside)
        elif level < depth or any(row.name in faulty for row in inside):
            yield from _lines(inside, level + 1, depth, faulty)
        else:
            path = "/".join(each.name for each in inside[0].scopes[: level + 1])
            use = inside[0].used_at[level] if len(inside[0].used_at) > level else None
            yield Line(path, inside, scope.block, use=use)


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
            yield Line(f"{label} x {len(together)}", rows, first.block, len(together), first.use)


def _signature(line: Line) -> Any:
    """What two uses of a block have to share to be one line; rows and named uses stand alone."""
    if line.block is None:
        return None
    parent, _, name = line.label.rpartition("/")
    stem, _, number = name.rpartition("_")
    if name != line.block and not (stem == line.block and number.isdecimal()):
        return None
    return parent, line.block, tuple((row.type, row.output_shapes, row.params, row.macs, row.live) for row in line.rows)
