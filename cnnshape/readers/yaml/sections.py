"""The blocks of a file, read once for all files of a process that have the same text at the same place."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.diagnostics import Position
from cnnshape.diagnostics.nodes import Node
from cnnshape.readers.yaml.program import Block
from cnnshape.value import record

LONGEST_SECTION = 20_000
"""Characters of the blocks of a file; longer ones are read for their file alone."""
MOST_SECTIONS = 32


@record
class Section:
    """What stands under ``blocks:``.

    Attributes:
        node: its document, and `count` how many nodes that holds.
        blocks: what it says, once it was read, where nothing is wrong with it; `words`: every word in it.
    """

    node: Node
    count: int
    blocks: dict[str, Block] | None = None
    words: frozenset[str] | None = None


_sections: dict[tuple[Position, str], Section] = {}


def find(start: Position, text: str) -> Section | None:
    """The section of this text that begins there, if one was read."""
    return _sections.get((start, text))


def keep(start: Position, text: str, node: Node, count: int) -> None:
    """Remember a section; the oldest makes room."""
    if len(text) <= LONGEST_SECTION:
        if len(_sections) >= MOST_SECTIONS:
            del _sections[next(iter(_sections))]
        _sections[start, text] = Section(node, count)


def section_of(node: Node | None) -> Section | None:
    """The section whose document this is."""
    return next((section for section in _sections.values() if section.node is node), None)


def forget(blocks: Mapping[str, Block]) -> None:
    """Read these blocks anew for other files: what is wrong with them is told in the words of each."""
    for key, section in [*_sections.items()]:
        if section.blocks is blocks:
            del _sections[key]
