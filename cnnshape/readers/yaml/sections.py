"""The blocks and the layers of files, read once for all of a process that have the same text at the same place."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.diagnostics import Position
from cnnshape.diagnostics.nodes import Node
from cnnshape.readers.yaml.program import Block, Body
from cnnshape.value import record

LONGEST_SECTION = 20_000
"""Characters of a section; longer ones are read for their file alone."""
MOST_TEXT = 60_000
"""Characters of all sections that are remembered; what they say takes some 150 times as much."""


@record
class Section:
    """What stands under ``blocks:`` or ``layers:``.

    Attributes:
        node: its document, and `count` how many nodes that holds.
        blocks, body: what it says, once it was read, where nothing is wrong with it.
        words: every word in it; `names`: those that its layers bind by hand.
    """

    node: Node
    count: int
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
        _sections[place] = Section(node, count)
        held = sum([len(text) for _, text in [*_sections]])
        while held > MOST_TEXT:
            oldest = next(iter(_sections))
            held -= len(oldest[1])
            del _sections[oldest]


def section_of(node: Node | None) -> Section | None:
    """The section whose document this is."""
    return next((section for section in [*_sections.values()] if section.node is node), None)


def forget(blocks: Mapping[str, Block], body: Body) -> None:
    """Read these anew for other files: what is wrong with them is told in the words of each."""
    for place, section in [*_sections.items()]:
        if section.blocks is blocks or section.body is body:
            del _sections[place]
