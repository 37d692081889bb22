"""Text in columns. Cells are safe for a terminal, wide glyphs count two, and nothing is ever cut unasked.

Rich would draw the same table, but its import takes four times as long as starting Python, and each row a
millisecond; a table of a plan is printed twenty times an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from cnnshape.reports.diagnostics.text import cells, paint, visible

GAP = "  "
Align = Literal["left", "right"]


def align_all(letters: str) -> list[Align]:
    """``"llr"`` as the alignment of three columns."""
    return ["right" if letter == "r" else "left" for letter in letters]


class Style(NamedTuple):
    """How a grid is drawn."""

    unicode: bool = True
    color: bool = False


def columns_of(text: str) -> int:
    """The number of terminal columns that a safe text takes."""
    return len(text) if text.isascii() else sum(cell.width for cell in cells(text))


def widths_of(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The natural width of every column."""
    return [max(map(columns_of, column)) for column in zip(titles, *rows, strict=True)]


def render(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    aligns: Sequence[Align],
    style: Style = Style(),  # noqa: B008  # immutable
    *,
    marked: frozenset[int] = frozenset(),
) -> str:
    """The titles, a line below them, and the rows; those of the `marked` numbers stand out in red."""
    safe = [[visible(text) for text in row] for row in rows]
    widths = widths_of(titles, safe)
    rule = GAP.join(("─" if style.unicode else "-") * width for width in widths)
    heading = paint(line(titles, widths, aligns), "bold", style.color)
    body = (
        paint(line(row, widths, aligns), "error", style.color and number in marked) for number, row in enumerate(safe)
    )
    return "\n".join((heading, paint(rule, "frame", style.color), *body))


def line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> str:
    """One line, without spaces at its end."""
    return GAP.join(padded(row, widths, aligns)).rstrip()


def padded(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> Iterator[str]:
    """Every cell in the width of its column."""
    for text, width, align in zip(row, widths, aligns, strict=True):
        space = " " * (width - columns_of(text))
        yield space + text if align == "right" else text + space
