"""Text in columns. Cells are safe for a terminal, wide glyphs count two, and nothing is ever cut unasked.

Rich would draw the same table, but its import takes four times as long as starting Python, and each row a
millisecond; a table of a plan is printed twenty times an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from cnnshape.reports.diagnostics.text import paint, visible
from cnnshape.reports.folding import columns_of, fold
from cnnshape.value import NamedTuple

GAP = "  "
Align = Literal["left", "right"]


def align_all(letters: str) -> list[Align]:
    """``"llr"`` as the alignment of three columns."""
    return ["right" if letter == "r" else "left" for letter in letters]


class Style(NamedTuple):
    """How a grid is drawn."""

    unicode: bool = True
    color: bool = False
    width: int | None = None
    """The columns of the terminal; None where lines may be as long as they are."""


def widths_of(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The natural width of every column."""
    return [max(map(columns_of, column)) for column in zip(titles, *rows, strict=True)]


def natural_width(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The width that a table wants."""
    widths = widths_of(titles, [[visible(text) for text in row] for row in rows])
    return sum(widths) + len(GAP) * (len(widths) - 1)


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
    widths = fitting(widths_of(titles, safe), titles, safe, aligns, style.width)
    if widths is None:
        return "\n\n".join(
            paint("\n".join(stacked(titles, row, style.width or 0)), "error", style.color and number in marked)
            for number, row in enumerate(safe)
        )
    rule = GAP.join(("─" if style.unicode else "-") * width for width in widths)
    heading = paint("\n".join(lines(titles, widths, aligns)), "bold", style.color)
    body = (
        paint("\n".join(lines(row, widths, aligns)), "error", style.color and number in marked)
        for number, row in enumerate(safe)
    )
    return "\n".join((heading, paint(rule, "frame", style.color), *body))


def fitting(
    widths: list[int], titles: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[Align], room: int | None
) -> list[int] | None:
    """The widths within the room: texts are broken between words, the widest first; None where that is not enough."""
    if room is None:
        return widths
    least = [
        max((columns_of(word) for text in column for word in text.split()), default=0) if align == "left" else width
        for column, align, width in zip(zip(titles, *rows, strict=True), aligns, widths, strict=True)
    ]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - room
    for column in sorted(range(len(widths)), key=lambda each: least[each] - widths[each]):
        taken = max(min(excess, widths[column] - least[column]), 0)
        widths[column] -= taken
        excess -= taken
    return widths if excess <= 0 else None


def stacked(titles: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """A row as a line for each of its cells that says something."""
    longest = max(map(columns_of, titles))
    for title, text in zip(titles, row, strict=True):
        if text:
            yield fold(f"{title:{longest}}{GAP}{text}" if longest else text, width)


def lines(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> Iterator[str]:
    """The lines of a row, of which the cells are broken between words where they are wider than their columns."""
    parts = [broken(text, width) for text, width in zip(row, widths, strict=True)]
    for each in zip_longest(*parts, fillvalue=""):
        yield GAP.join(map(padded, each, widths, aligns)).rstrip()


def broken(text: str, width: int) -> list[str]:
    """A text in lines of this width."""
    result = [""]
    if columns_of(text) <= width:
        return [text]
    for word in text.split():
        longer = f"{result[-1]} {word}" if result[-1] else word
        if result[-1] and columns_of(longer) > width:
            result.append(word)
        else:
            result[-1] = longer
    return result


def padded(text: str, width: int, align: Align) -> str:
    """A cell in the width of its column."""
    space = " " * (width - columns_of(text))
    return space + text if align == "right" else text + space
