"""The syntax of a file. Of an installed one most definitions are never asked for: those are parsed when they are."""

from __future__ import annotations

import ast
import re
from functools import cached_property

LITERAL = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""'
    r"|'''(?:\\[\s\S]|[^\\])*?'''"
    r'|"(?:\\[\s\S]|[^"\\\n])*"'
    r"|'(?:\\[\s\S]|[^'\\\n])*'"
    r"|#.*",
)
CONTINUED = r"(?:[ \t)\]}].*\n|\n)*"
DEFINITION = re.compile(rf"^(@.*\n{CONTINUED})*(?:async +def|def|class) +(\w+).*\n{CONTINUED}", re.MULTILINE)


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


def emptied(literal: re.Match[str]) -> str:
    """Something without brackets and definitions in the place of a literal or comment, of as many lines."""
    return "" if literal.group().startswith("#") else "_" + "\n " * literal.group().count("\n")


def outlined(text: str) -> tuple[ast.Module, list[Deferred]]:
    """The syntax of a file without its definitions that have no decorators, and those. Raises `SyntaxError`."""
    plain = LITERAL.sub(emptied, text) + "\n"
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
