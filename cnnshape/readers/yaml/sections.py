"""What stands under the keys of files, read once for all of a process that have the same text at the same place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cnnshape.diagnostics import Position
from cnnshape.diagnostics.nodes import Node
from cnnshape.value import record

LONGEST_SECTION = 20_000
"""Characters of a section; longer ones are read for their file alone."""
MOST_TEXT = 60_000
"""Characters of all sections that are remembered; what they say takes some 150 times as much."""

_WRITTEN = re.compile(r"^(\w+):\s+(\S.*(?:\n(?:[ \r-].*)?)*)", re.MULTILINE)
"""A key at the margin, and all below it that may belong to it."""
_NO_BREAK = re.compile(r"[^\r\n]")


@record
class Section:
    """What stands under a key of a file, where that is more than one value.

    Attributes:
        node: its document, and `count` how many nodes that holds.
        blank: spaces and breaks in the place of its text.
        said: what it says, once it was read, where nothing is wrong with it.
        names: every word in blocks; the names that layers bind by hand.
    """

    node: Node
    count: int
    blank: str
    said: Any = None
    names: frozenset[str] | None = None


Place = tuple[str, Position, str]
"""The key that a section stands under, where it begins, and its text."""


class Sections:
    """The sections that a process has seen, the one that was asked for last behind all others.

    Attributes:
        known: by where they begin and their text, under which key. `read`: by the identity of their nodes.
        held: how many characters they have.
    """

    def __init__(self) -> None:
        self.known: dict[Place, Section] = {}
        self.read: dict[int, Section] = {}
        self.held = 0

    def find(self, place: Place) -> Section | None:
        """The section that stands there, if one was read."""
        known = self.known.pop(place, None)
        if known is not None:
            self.known[place] = known
        return known

    def keep(self, place: Place, node: Node, count: int) -> None:
        """Remember a section; those that nobody asked for make room."""
        if len(place[2]) > LONGEST_SECTION or place in self.known:
            return
        self.known[place] = self.read[id(node)] = Section(node, count, _NO_BREAK.sub(" ", place[2]))
        self.held += len(place[2])
        while self.held > MOST_TEXT:
            self.drop(next(iter(self.known)))

    def drop(self, place: Place) -> None:
        """Remember a section no longer."""
        del self.read[id(self.known.pop(place).node)]
        self.held -= len(place[2])

    def of(self, node: Node | None) -> Section | None:
        """The section whose document this is."""
        return self.read.get(id(node))

    def written_in(self, text: str) -> Iterator[tuple[int, int, Section]]:
        """The sections that a text seems to have: where the key stands, where the section begins, and the section.

        Only a parser knows whether it is a key that stands there.
        """
        row, counted = 1, 0
        for match in _WRITTEN.finditer(text):
            key, begin, written = match[1], match.start(2), match[2].rstrip()
            row, counted = row + text.count("\n", counted, begin), begin
            known = self.find((key, Position._make((row, begin - text.rfind("\n", 0, begin))), written))
            if known is not None:
                yield match.start(), begin, known

    def clear(self) -> None:
        """Remember none."""
        for place in [*self.known]:
            self.drop(place)

    def forget(self, *said: Any) -> None:
        """Read these anew for other files: what is wrong with them is told in the words of each."""
        for place, section in [*self.known.items()]:
            if any(section.said is each for each in said):
                self.drop(place)


SECTIONS = Sections()
