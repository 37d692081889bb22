"""Indented JSON with lists of numbers on one line.

The standard library indents in Python, value by value, at the price of planning the network several times over; here
only dictionaries and lists of lists are walked.

ASCII alone: no text of a file reaches a terminal as a command, nor an output that lacks its characters.
"""

from __future__ import annotations

from json.encoder import JSONEncoder, encode_basestring_ascii
from typing import Any

_encode = JSONEncoder().encode
_WORDS = {None: "null", True: "true", False: "false"}
_NESTED = (str, dict, list, tuple)


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
    return _encode(value)
