"""What changed in a text, as a patch."""

from __future__ import annotations

import difflib
import re

from cnnshape.reports.diagnostics.text import COMMAND

LINE = re.compile(r"[^\n]*\n|[^\n]+")


def unified_diff(old: str, new: str, filename: str) -> str:
    """What changed, as ``diff -u`` shows it and ``patch`` reads it; empty where nothing did."""
    lines = difflib.unified_diff(
        LINE.findall(old),  # not `splitlines`, which breaks at form feeds too
        LINE.findall(new),
        quoted(f"a/{filename}"),
        quoted(f"b/{filename}"),
        n=0 if re.search(COMMAND, old) else 3,  # a line of context that a CI system obeys is left out, not changed
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
