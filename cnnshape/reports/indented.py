"""Indented JSON with lists of numbers on one line.

The standard library indents in Python, value by value, at the price of planning the network several times over; here
only dictionaries and lists of lists are walked.

ASCII alone: no text of a file reaches a terminal as a command, nor an output that lacks its characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json.encoder import JSONEncoder, encode_basestring_ascii
from typing import Any

from cnnshape.reports.json_text import unobeyed

on_one_line = JSONEncoder(default=repr).encode
_WORDS = {None: "null", True: "true", False: "false"}
_NESTED = (str, dict, list, tuple)
AT_ONCE = 1 << 16
"""Characters that are written at a time."""


class Written(str):
    """JSON that is written already."""

    __slots__ = ()


class Lines:
    """A list whose items take a line each, and are made when they are written: there may be very many."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = items


def pieces(value: Any) -> Iterator[str]:
    """A document as it is written, in pieces; no runner of a CI system obeys anything in it."""
    waiting: list[str] = []
    size = 0
    for part in parts(value, "\n"):
        waiting.append(part)
        size += len(part)
        if size > AT_ONCE:
            yield unobeyed("".join(waiting))
            waiting, size = [], 0
    yield unobeyed("".join([*waiting, "\n"]))


def parts(value: Any, line: str) -> Iterator[str]:
    """A value, `indented` but for what is in `Lines`. `line` is what begins a line at this depth."""
    inner = line + "  "
    if isinstance(value, Lines):
        between = ""
        yield "["
        for each in value.items:
            yield f"{between}{inner}{each if type(each) is Written else on_one_line(each)}"
            between = ","
        yield f"{line}]" if between else "]"
    elif isinstance(value, dict) and any(isinstance(each, Lines) for each in value.values()):
        between = "{"
        for key, each in value.items():
            yield f"{between}{inner}{encode_basestring_ascii(key)}: "
            yield from parts(each, inner)
            between = ","
        yield f"{line}}}"
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        between = "["
        for each in value:
            yield f"{between}{inner}"
            yield from parts(each, inner)
            between = ","
        yield f"{line}]"
    else:
        yield indented(value, line)


def indented(value: Any, line: str = "\n") -> str:
    """A value of dictionaries with string keys, lists, strings, numbers, booleans and None as JSON.

    `line` is what begins a line at this depth: the line's end and two blanks for every level.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is int:
        return str(value)
    if value is None or kind is bool:
        return _WORDS[value]
    inner = line + "  "
    if isinstance(value, dict) and value:
        pairs = [f"{encode_basestring_ascii(key)}: {indented(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(pairs)}{line}}}"
    if isinstance(value, list | tuple):
        parts = [indented(each, inner) for each in value]
        if any(isinstance(each, _NESTED) for each in value):
            return f"[{inner}{f',{inner}'.join(parts)}{line}]"
        return f"[{', '.join(parts)}]"
    return on_one_line(value)
