"""A YAML document as values that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from contextlib import suppress
from math import isfinite, isnan
from typing import Any, TypeVar

from cnnshape.diagnostics import Span
from cnnshape.value import value

Key = TypeVar("Key")

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS = {None: "null", True: "true", False: "false"}
_DECIMAL = "0123456789+-.eE"
"""Of these characters alone, Python reads just the decimal numbers that YAML does."""
_BASED = r"(0o[0-7]+|0x[0-9a-fA-F]+)\Z"
_SPECIAL = r"(?:([-+]?)(\.inf|\.Inf|\.INF)|(\.nan|\.NaN|\.NAN))\Z"
DEEPEST = 64
"""Levels of nesting."""
LONGEST_NUMBER = 400
"""Characters of a number; longer plain scalars are strings (no real size has as many digits)."""


@value
class Scalar:
    """One scalar; `cut`: YAML has it as several, which a comma parts. No node has a span that comes from no text."""

    text: str
    plain: bool
    span: Span | None
    cut: bool = False

    @property
    def value(self) -> str | int | float | bool | None:
        """The value by YAML 1.2's core schema; quoted scalars are strings."""
        return resolve(self.text) if self.plain else self.text


@value
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span | None
    flow: bool = False


@value
class Mapping:
    """A mapping with string keys, in the file's order."""

    pairs: tuple[tuple[Scalar, Node], ...]
    span: Span | None
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None."""
        for name, node in self.pairs:
            if name.text == key:
                return node
        return None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its position."""
        for name, _ in self.pairs:
            if name.text == key:
                return name
        return None


Node = Scalar | Sequence | Mapping


def resolve(text: str) -> str | int | float | bool | None:
    """A plain scalar's value by YAML 1.2's core schema: ``no``, ``on`` and ``1:30`` are strings, ``010`` is 10.

    Source: YAML 1.2.2, section 10.3.2.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    first = text[0]
    if (first not in "0123456789+-." or len(text) > LONGEST_NUMBER) and first != ".":
        return text
    if not text.strip(_DECIMAL):
        for read in (int, float):
            with suppress(ValueError):
                return read(text)
    if re.match(_BASED, text):
        return int(text, 0)
    special = re.match(_SPECIAL, text)
    if special:
        return float("nan") if special[3] else float(f"{special[1]}inf")
    return text


def whole_pairs(node: Mapping) -> tuple[tuple[Scalar, Node], ...]:
    """The pairs of a mapping, with each tuple that YAML has cut at its commas in one piece again."""
    alone = [isinstance(item, Scalar) and item.text == "" for _, item in node.pairs]
    pairs = [(key, item, key if piece else None) for (key, item), piece in zip(node.pairs, alone, strict=True)]
    return (whole(pairs) if node.flow else ()) or node.pairs


def whole_items(node: Sequence) -> tuple[Node, ...]:
    """The items of a list, with each tuple that YAML has cut at its commas in one piece again."""
    items = [(None, item, item if isinstance(item, Scalar) else None) for item in node.items]
    return tuple(item for _, item in (whole(items) if node.flow else ())) or node.items


def whole(cut: Iterable[tuple[Key, Node, Scalar | None]]) -> tuple[tuple[Key, Node], ...]:
    """Keys and values in one piece; third is what an entry is, if it goes on with a value. Empty where this fails."""
    entries: list[tuple[Key, list[Node]]] = []
    missing = 0
    for key, item, piece in cut:
        if missing > 0 and piece is not None:
            entries[-1][1].append(piece)
            missing += open_brackets(piece)
        elif missing:
            return ()
        else:
            entries.append((key, [item]))
            missing += open_brackets(item)
    return () if missing else tuple((key, joined(pieces)) for key, pieces in entries)


def joined(pieces: list[Node]) -> Node:
    """The pieces of a scalar that commas part as one."""
    if len(pieces) == 1:
        return pieces[0]
    text = ", ".join(piece.text for piece in pieces if isinstance(piece, Scalar))
    return Scalar(text, True, Span(place(pieces[0]).start, place(pieces[-1]).end), cut=True)


def open_brackets(node: Node) -> int:
    """How many brackets of a plain scalar are not closed in it."""
    if not isinstance(node, Scalar) or not node.plain:
        return 0
    return brackets_open(node.text)


def brackets_open(text: str) -> int:
    """How many more brackets a text opens than it closes."""
    return sum(text.count(each) for each in "([{") - sum(text.count(each) for each in ")]}")


def place(node: Node) -> Span:
    """Where a node of a text stands."""
    assert node.span is not None
    return node.span


def from_data(value: Any, depth: int = 0) -> Node:
    """Plain Python data as a node, which has no place.

    Raises:
        ValueError: it is nested too deep, or two keys of a mapping have the same text.
        TypeError: it holds what no file can say.
    """
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} levels deep")
    if isinstance(value, AbstractMapping):
        pairs = {str(key): from_data(each, depth + 1) for key, each in value.items()}
        if len(pairs) < len(value):
            raise ValueError("two of its keys have the same text")
        return Mapping(tuple((Scalar(key, False, None), node) for key, node in pairs.items()), None)
    if isinstance(value, list | tuple):
        return Sequence(tuple(from_data(each, depth + 1) for each in value), None)
    if isinstance(value, str):
        return Scalar(value, False, None)
    if value is None or isinstance(value, bool):
        return Scalar(_WORDS[value], True, None)
    if isinstance(value, float) and not isfinite(value):
        return Scalar(".nan" if isnan(value) else ".inf" if value > 0 else "-.inf", True, None)
    if isinstance(value, int | float):
        return Scalar(repr(value), True, None)
    raise TypeError(f"{type(value).__name__} is no value of a file")


def to_data(node: Node) -> Any:
    """The node as plain Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [to_data(item) for item in node.items]
    return {key.text: to_data(value) for key, value in node.pairs}
