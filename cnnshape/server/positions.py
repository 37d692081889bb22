"""Places as the protocol counts them: lines and characters from 0, characters in UTF-16 unless the client asks else."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Position, Source, Span

Json = Any
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""The codec whose bytes are counted, and how many make one character of the protocol."""


class Places:
    """Places of a text, to and fro."""

    def __init__(self, source: Source, encoding: str) -> None:
        self.source = source
        self.encoding = encoding
        self.codec, self.size = UNITS[encoding]

    def position(self, place: Position) -> Json:
        """A place as the protocol has it; one past the end of its line is at that end."""
        before = self.source.line(place.row)[: place.column - 1]
        return {"line": place.row - 1, "character": len(before.encode(self.codec, "surrogatepass")) // self.size}

    def range(self, span: Span) -> Json:
        """A stretch of text as the protocol has it."""
        return {"start": self.position(span.start), "end": self.position(span.end)}

    def place(self, position: Json) -> Position:
        """The place that a position of the protocol is."""
        line = self.source.line(position["line"] + 1).encode(self.codec, "surrogatepass")
        return Position(
            position["line"] + 1, len(line[: position["character"] * self.size].decode(self.codec, "ignore")) + 1
        )

    def line_end(self, row: int) -> Position:
        """Where the text of a line ends."""
        return Position(row, len(self.source.line(row)) + 1)

    def everything(self) -> Span:
        """The whole text."""
        return Span(Position(1, 1), self.line_end(len(self.source.lines)))


def contains(span: Span | None, place: Position) -> bool:
    """Whether a place lies in a span, or at its end."""
    return span is not None and span.start <= place <= span.end
