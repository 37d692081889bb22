"""Edits of a file's text: applied by position, so that comments and layout stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnnshape.diagnostics import Edit, Position
from cnnshape.readers.files import read_bytes

BOM = "\ufeff"
BREAK = re.compile(r"\r\n|\n|\r")


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; of two that overlap, the first in the text."""
    starts = [0, *(match.end() for match in BREAK.finditer(text))]

    def offset(position: Position) -> int:
        return min(starts[min(position.row, len(starts)) - 1] + position.column - 1, len(text))

    pieces, done = [], 0
    for edit in sorted(set(edits), key=lambda edit: edit.span):
        start, end = offset(edit.span.start), offset(edit.span.end)
        if start >= done:
            pieces += [text[done:start], edit.text]
            done = end
    return "".join((*pieces, text[done:]))


def read_text(path: str) -> str:
    """A file's text with its line ends and its byte order mark, as it has to be written back.

    Raises:
        OSError: it cannot be read, or is too large. UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path).decode("utf-8")


def edited(text: str, edits: Sequence[Edit]) -> str:
    """`apply_edits` behind a byte order mark, if there is one."""
    mark = BOM if text.startswith(BOM) else ""
    return mark + apply_edits(text.removeprefix(BOM), edits)
