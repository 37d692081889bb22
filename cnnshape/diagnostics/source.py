"""Text of a file and places in it.

Rows and columns count from 1, in code points, as editors and every CI format do.
"""

from __future__ import annotations

from functools import cached_property

from cnnshape.value import NamedTuple


class Position(NamedTuple):
    """One place in a text: row and column, both from 1, in code points."""

    row: int
    column: int


class Span(NamedTuple):
    """A stretch of text; `end` is exclusive."""

    start: Position
    end: Position

    def moved(self, rows: int, columns: int) -> Span:
        """A stretch on one line so far below and to the right."""
        return Span(*[Position(row + rows, column + columns) for row, column in self])


class Source:
    """The text of one file, as it is named to the user.

    Lines end at ``\\n``, ``\\r\\n`` or ``\\r`` and nowhere else, so that a row means what an editor shows
    (`str.splitlines` would also break at form feeds and other separators).
    """

    def __init__(self, filename: str, text: str) -> None:
        self.filename = filename
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text without their line ends."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def text_of(self, span: Span) -> str:
        """What stands at a span; empty for one over several lines."""
        start, end = span
        return self.line(start.row)[start.column - 1 : end.column - 1] if start.row == end.row else ""

    def quoted_alike(self, span: Span, text: str) -> str:
        """`text` in the quotes that what stands at `span` has now; a list and null are no texts and have none."""
        quote = "" if text == "null" or text.startswith("[") else quote_of(self.text_of(span))
        return f"{quote}{unquoted(text)}{quote}" if quote else text

    def line(self, row: int) -> str:
        """Line `row` (from 1), or an empty string past the end of the text."""
        return self.lines[row - 1] if 0 < row <= len(self.lines) else ""


def quote_of(text: str) -> str:
    """The quotation mark that a text begins and ends with; empty where there is none."""
    return text[0] if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] else ""


def unquoted(text: str) -> str:
    """A text without the quotation marks round it."""
    return text[1:-1] if quote_of(text) else text
