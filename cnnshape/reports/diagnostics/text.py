"""Text from architecture files made safe and measurable: no control sequences, known widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from cnnshape.value import NamedTuple

TAB = 4
"""A tab is shown as this many spaces, so that carets stand below what they point at."""

JOINERS = "\u200c\u200d"
"""Invisible, but part of ordinary writing (Persian, emoji); other format characters are shown by number."""

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "advice": "1;36",
    "frame": "1;34",
    "bold": "1",
}


BREAKS = "\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
"""Where some runner or terminal may begin a line."""

COMMAND = rf"(?P<margin>(?:\A|[{BREAKS}])[^\S{BREAKS}]*)::(?=[A-Za-z])|##(?=[\w-]*\[)"


class Cell(NamedTuple):
    """One code point as shown: its text and the number of terminal columns that takes."""

    text: str
    width: int


@lru_cache(maxsize=1024)
def cell(character: str) -> Cell:
    """How one code point is shown; a tab, a control and an invisible character get a visible stand-in."""
    if " " <= character <= "~":
        return Cell(character, 1)
    if character == "\t":
        return Cell(" " * TAB, TAB)
    if character < " ":
        return Cell(chr(0x2400 + ord(character)), 1)
    if character == "\x7f":
        return Cell("\u2421", 1)
    import unicodedata  # which few texts need

    category = unicodedata.category(character)
    if character in JOINERS or category in {"Mn", "Me"}:
        return Cell(character, 0)
    if category in {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}:
        shown = f"<U+{ord(character):04X}>"
        return Cell(shown, len(shown))
    return Cell(character, 2 if unicodedata.east_asian_width(character) in "WF" else 1)


def cells(text: str) -> list[Cell]:
    """A line as cells, one a code point."""
    return [cell(character) for character in text]


def visible(text: str) -> str:
    """One line of text with nothing in it that a terminal would obey; line ends are shown as well."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(cell(character).text for character in text)


def visible_lines(text: str) -> Iterator[str]:
    """The lines of a text of our own that may quote a file's; each as `visible`."""
    return (visible(line) for line in text.split("\n"))


def flat(text: str) -> str:
    """The same on one line."""
    return " ".join(line.strip() for line in visible_lines(text))


def no_workflow_command(report: str) -> str:
    """The report without what the runners of CI systems obey, wherever it came from.

    GitHub reads a line as a command that begins with ``::``, and ``##[`` anywhere; Azure ``##vso[``, TeamCity
    ``##teamcity[``. What stands for them looks the same.
    """
    if "##" not in report and "::" not in report:
        return report
    return re.sub(COMMAND, lambda found: "#\u266f" if found[0] == "##" else f"{found['margin']}\u2237", report)


def harmless(*lines: str) -> str:
    """Lines of our own that may quote names and values, with nothing in them that a terminal or a runner obeys."""
    return no_workflow_command("\n".join(map(visible, lines)))


def paint(text: str, style: str, color: bool) -> str:
    """The text in a style of `STYLES`, where colour is wanted."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if color and text else text


def page(code: str, color: bool) -> str:
    """The command that explains a code."""
    return f"{paint('more', 'advice', color)}: cnnshape rule {code}"
