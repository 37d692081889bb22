"""Text for a terminal that is narrower than its lines: they are broken between words, never inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnshape.reports.diagnostics.text import cells

ESCAPE = r"\x1b\[[0-9;]*m"
"""What switches colours, which takes no room."""

EXCERPT = r"\s*\d*\s*\|"
"""A line of an architecture file, or the marks below it: broken, it would point elsewhere."""


def columns_of(text: str) -> int:
    """The number of terminal columns that a text takes."""
    plain = re.sub(ESCAPE, "", text) if "\x1b" in text else text
    return len(plain) if plain.isascii() else sum(cell.width for cell in cells(plain))


def fold(text: str, width: int) -> str:
    """The text with lines that fit, as far as its words do; what goes on is indented a little more."""
    return "\n".join(part for line in text.split("\n") for part in fold_line(line, width))


def fold_line(line: str, width: int) -> Iterator[str]:
    """The parts of a line."""
    if columns_of(line) <= width or re.match(EXCERPT, re.sub(ESCAPE, "", line)):
        yield line
        return
    words = re.findall(r"\s*\S+", line)
    begin = re.match(r"[\s\x1b\[0-9;m]*", line)
    plain = re.sub(ESCAPE, "", begin[0]) if begin else ""
    indent = " " * min(len(plain) - len(plain.lstrip()) + 2, width // 3)
    part = ""
    for word in words:
        if part.strip() and columns_of(part + word) > width:
            yield part
            part = indent + word.lstrip()
        else:
            part += word
    yield part
