"""The syntax of a file. Of an installed one most definitions are never asked for: those are parsed when they are."""

from __future__ import annotations

import ast
import re
from functools import cached_property

CODE = r"""(?:[^"'#]++|#.*|"(?!"")(?:[^"\\\n]++|\\.)*"|'(?!'')(?:[^'\\\n]++|\\.)*')*+"""
LITERAL = (
    r'"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"
)
LONG = re.compile(f"({CODE})({LITERAL})?")
"""Text up to the next literal that may go over several lines, and that."""
CONTINUED = r"(?:[ \t)\]}].*\n|#.*\n|\n)*"
DEFINITION = re.compile(
    rf"^(?:@torch\..*\n{CONTINUED})*(@.*\n{CONTINUED})*(?:async +def|def|class) +(\w+).*\n{CONTINUED}", re.MULTILINE
)


class Deferred:
    """A function or class at the top of a file that is not parsed yet.

    Attributes:
        name: what it binds.
        lineno: where it begins.
    """

    def __init__(self, name: str, lineno: int, text: str) -> None:
        self.name = name
        self.lineno = lineno
        self.text = text

    @cached_property
    def statement(self) -> ast.stmt:
        """Its syntax, at its place in the file. Raises `SyntaxError`."""
        return ast.parse("\n" * (self.lineno - 1) + self.text).body[0]


def emptied(found: re.Match[str]) -> str:
    """The text with something of as many lines in the place of the literal, in which nothing looks like code."""
    return found[1] + "_" + "\n " * found[2].count("\n") if found[2] else found[1]


def outlined(text: str) -> tuple[ast.Module, list[Deferred]]:
    """The syntax of a file without most definitions, and those; what decorators may register stays.

    Raises `SyntaxError` where it is no Python.
    """
    plain = LONG.sub(emptied, text) + "\n"
    lines = text.split("\n")
    deferred: list[Deferred] = []
    begun, line = 0, 0
    for found in DEFINITION.finditer(plain):
        line += plain.count("\n", begun, found.start())
        begun = found.start()
        count = found.group().count("\n")
        if found[1] is None:
            deferred.append(Deferred(found[2], line + 1, "\n".join(lines[line : line + count])))
            lines[line : line + count] = [""] * count
    try:
        return ast.parse("\n".join(lines)), deferred
    except SyntaxError:  # a text that lies at the left within brackets
        return ast.parse(text), []
