"""Renaming an entry where its name holds: in its block, or in the file outside of blocks."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator

from cnnshape.diagnostics import Edit, Position, Span
from cnnshape.mending.edits import apply_edits
from cnnshape.network.plan import Plan
from cnnshape.readers.yaml.paths import NAME
from cnnshape.server.documents import Document
from cnnshape.server.navigation import bound
from cnnshape.server.positions import Json
from cnnshape.server.words import scope_of, spot_at


class Refused(ValueError):  # noqa: N818 - reads as what it is
    """A name that cannot be changed so; the message says why."""


def rename(document: Document, place: Position, name: str) -> Json:
    """The edits that give an entry another name wherever it is read. Raises `Refused`."""
    edits = renaming(document, place, name)
    return {
        "changes": {document.uri: [{"range": document.places.range(edit.span), "newText": edit.text} for edit in edits]}
    }


def renaming(document: Document, place: Position, name: str) -> list[Edit]:
    """The edits, once a plan of the renamed text has shown that nothing else changes. Raises `Refused`."""
    if document.is_python:
        raise Refused("names of Python source are renamed by a server for Python")
    old = spot_at(document, place).word
    names = {each for each, _ in bound(scope_of(document, place)[1])}
    if old not in names:
        raise Refused(f"{old!r} is no entry's name here")
    if name in names:
        raise Refused(f"{name!r} is the name of another entry")
    if not re.fullmatch(NAME, name):
        raise Refused(f"{name!r} is no name of an entry")
    edits = [Edit(span, name) for span in places_of(document, place, old)]
    if meaning(document.planned(apply_edits(document.text, edits))) != meaning(document.plans[0]):
        raise Refused(f"renaming {old} to {name} would change more than the name")
    return edits


def places_of(document: Document, place: Position, name: str) -> Iterator[Span]:
    """Where the scope of a place has this name: as a word that is no argument, no layer and no part of a path."""
    word = re.compile(rf"(?<![\w./\"'$]){re.escape(name)}(?![\w(\"'])(?!\s*:)")
    promise = re.compile(rf"(?<=\s){re.escape(name)}(?=[:/])")
    for row in rows_of(document, place):
        line = document.source.line(row)
        pattern = promise if document.sections[row - 1] == "expect" else word
        for found in pattern.finditer(line.partition(" #")[0]):
            argument = re.match(r"\s*=(?!=)", line[found.end() :])
            if not argument or re.fullmatch(r"\s*-\s+(?:[\w\s]+,)*\s*", line[: found.start()]):
                yield Span(Position(row, found.start() + 1), Position(row, found.end() + 1))


def rows_of(document: Document, place: Position) -> Iterator[int]:
    """The lines in which a name of a place holds: those of its block, or all that are in no block."""
    block, _ = scope_of(document, place)
    starts = sorted(each.span.start.row for each in document.program.blocks.values() if each.span)
    number = starts.index(block.span.start.row) if block and block.span else 0
    for row, section in enumerate(document.sections, 1):
        if (section == "blocks") == (block is not None) and (block is None or bisect(starts, row) == number + 1):
            yield row


def meaning(plan: Plan) -> object:
    """What a renaming leaves as it is: every row but for its name, and the findings."""
    rows = [
        (row.type, row.input_shapes, row.output_shapes, row.makers, row.params, row.span and row.line)
        for row in plan.layers
    ]
    return rows, [(finding.code, finding.span and finding.span.start.row) for finding in plan.diagnostics]
