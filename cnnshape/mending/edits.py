"""Edits of a file's text: applied by position, so that comments and layout stay."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from cnnshape.diagnostics import Edit, Position
from cnnshape.readers.files import read_bytes
from cnnshape.reports.diagnostics.text import COMMAND

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
    """A file's text with its line ends and its byte order mark, as it has to be written back.

    Raises:
        OSError: it cannot be read, or is too large. UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path).decode("utf-8")


def edited(text: str, edits: Sequence[Edit]) -> str:
    """`apply_edits` behind a byte order mark, if there is one."""
    mark = BOM if text.startswith(BOM) else ""
    return mark + apply_edits(text.removeprefix(BOM), edits)


def unified_diff(old: str, new: str, filename: str) -> str:
    """What changed, as ``diff -u`` shows it and ``patch`` reads it; empty where nothing did."""
    lines = difflib.unified_diff(
        LINE.findall(old),  # not `splitlines`, which breaks at form feeds too
        LINE.findall(new),
        quoted(f"a/{filename}"),
        quoted(f"b/{filename}"),
        n=0 if COMMAND.search(old) else 3,  # a line of context that a CI system obeys is left out, not changed
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def quoted(name: str) -> str:
    """A file's name as git and ``patch`` read it in the head of a patch: in quotes where it cannot stand as it is."""
    if name.isprintable() and not set(name) & {'"', "\\"}:
        return name
    return f'"{"".join(map(octal, name))}"'


def octal(character: str) -> str:
    """One character within the quotes of a patch: what nobody can see, and the quotes' own signs, byte by byte."""
    if character.isprintable() and character not in {'"', "\\"}:
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
