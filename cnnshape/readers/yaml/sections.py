"""The blocks and the layers of files, read once for all of a process that have the same text at the same place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cnnshape.diagnostics import Position
from cnnshape.diagnostics.nodes import Node
from cnnshape.readers.yaml.program import Block, Body
from cnnshape.value import record

LONGEST_SECTION = 20_000
"""Characters of a section; longer ones are read for their file alone."""
MOST_TEXT = 60_000
"""Characters of all sections that are remembered; what they say takes some 150 times as much."""

_WRITTEN = re.compile(r"^(?:blocks|layers):\s+(\S.*(?:\n(?:[ \r-].*)?)*)", re.MULTILINE)
"""A key at the margin, and all below it that may belong to it."""
_NO_BREAK = re.compile(r"[^\r\n]")


@record
class Section:
    """What stands under ``blocks:`` or ``layers:``.

    Attributes:
        node: its document, and `count` how many nodes that holds.
        blank: spaces and breaks in the place of its text.
        blocks, body: what it says, once it was read, where nothing is wrong with it.
        words: every word in it; `names`: those that its layers bind by hand.
    """

    node: Node
    count: int
    blank: str
    blocks: Mapping[str, Block] | None = None
    body: Body | None = None
    words: frozenset[str] | None = None
    names: frozenset[str] | None = None


Place = tuple[Position, str]
"""Where a section begins, and its text."""

_sections: dict[Place, Section] = {}


def find(place: Place) -> Section | None:
    """The section that stands there, if one was read."""
    return _sections.get(place)


def keep(place: Place, node: Node, count: int) -> None:
    """Remember a section; the oldest make room."""
    if len(place[1]) <= LONGEST_SECTION:
        _sections[place] = Section(node, count, _NO_BREAK.sub(" ", place[1]))
        held = sum([len(text) for _, text in [*_sections]])
        while held > MOST_TEXT:
            oldest = next(iter(_sections))
            held -= len(oldest[1])
            del _sections[oldest]


def written_in(text: str) -> Iterator[tuple[int, int, Section]]:
    """The sections that a text seems to have at its margin: where the key stands, where the section, and the section.

    Only a parser knows whether it is a key that stands there.
    """
    row, counted = 1, 0
    for match in _WRITTEN.finditer(text):
        begin, written = match.start(1), match[1].rstrip()
        row, counted = row + text.count("\n", counted, begin), begin
        known = _sections.get((Position(row, begin - text.rfind("\n", 0, begin)), written))
        if known is not None:
            yield match.start(), begin, known


def section_of(node: Node | None) -> Section | None:
    """The section whose document this is."""
    return next((section for section in [*_sections.values()] if section.node is node), None)


def forget(blocks: Mapping[str, Block], body: Body) -> None:
    """Read these anew for other files: what is wrong with them is told in the words of each."""
    for place, section in [*_sections.items()]:
        if section.blocks is blocks or section.body is body:
            del _sections[place]
