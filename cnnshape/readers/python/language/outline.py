"""The syntax of a file. Of an installed one most definitions are never asked for: those are parsed when they are."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from itertools import pairwise

CODE = r"""(?:[^"'#]++|#.*|"(?!"")(?:[^"\\\n]++|\\.)*"|'(?!'')(?:[^'\\\n]++|\\.)*')*+"""
LITERAL = (
    r'"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"
)
LONG = re.compile(f"({CODE})({LITERAL})?")
"""Text up to the next literal that may go over several lines, and that."""
CONTINUING = ("", *" \t)]}#")
"""How lines begin that belong to what stands at the left above them."""
DEFINITION = re.compile(r"(?:async +def|def|class) +(\w+)")


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
    plain = LONG.sub(emptied, text).split("\n")
    lines = text.split("\n")
    deferred: list[Deferred] = []
    begun, free = None, True
    heads = [number for number, line in enumerate(plain) if line[:1] not in CONTINUING]
    for head, end in pairwise([*heads, len(lines)]):
        begun = head if begun is None else begun
        if plain[head].startswith("@"):
            free = free and plain[head].startswith("@torch.")
            continue
        found = DEFINITION.match(plain[head])
        if found and free:
            deferred.append(Deferred(found[1], begun + 1, "\n".join(lines[begun:end])))
            lines[begun:end] = [""] * (end - begun)
        begun, free = None, True
    try:
        return ast.parse("\n".join(lines)), deferred
    except SyntaxError:  # a text that lies at the left within brackets
        return ast.parse(text), []
