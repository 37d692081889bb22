"""Edits of a file's text: applied by position, so that comments and layout stay."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cnnshape.diagnostics import Edit, Position

BOM = "\ufeff"
LINE = re.compile(r"[^\n]*\n|[^\n]+")
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
    """A file's text with its line ends and its byte order mark, as it has to be written back."""
    return Path(path).read_bytes().decode("utf-8")


def edit_file(path: str, edits: Sequence[Edit]) -> None:
    """Make edits in a file, whose positions do not count a byte order mark."""
    Path(path).write_bytes(edited(read_text(path), edits).encode("utf-8"))


def edited(text: str, edits: Sequence[Edit]) -> str:
    """`apply_edits` behind a byte order mark, if there is one."""
    mark = BOM if text.startswith(BOM) else ""
    return mark + apply_edits(text.removeprefix(BOM), edits)


def unified_diff(old: str, new: str, filename: str) -> str:
    """What changed, as ``diff -u`` shows it and ``patch`` reads it; empty where nothing did."""
    lines = difflib.unified_diff(
        LINE.findall(old),  # not `splitlines`, which breaks at form feeds too
        LINE.findall(new),
        f"a/{filename}",
        f"b/{filename}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
