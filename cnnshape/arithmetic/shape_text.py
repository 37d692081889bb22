"""A shape as people write it: the one reader for files, promises, command lines and callers."""

from __future__ import annotations

import re
from typing import Any

UNKNOWN = frozenset({"_", "?", "null", "None", "none"})
"""How people write a size that is not known."""

MOST_DIGITS = 19
"""Of a size: those of 2**63."""

_BETWEEN = r"\s*[xX\xd7,]\s*|\s+"
"""\xd7 is the multiplication sign; written by its name, it has Python import the names of all characters."""


def parts(text: str) -> list[str]:
    """``10x8x16x3``, ``10,8,16,3``, ``(10, 8, 16, 3)`` or ``10 8 16 3`` cut into its numbers."""
    return re.split(_BETWEEN, text.strip().strip("()[] ").rstrip(", "))


def read_size(text: str) -> int | str | None:
    """A size: a whole number, None where it is not known, and the text itself where it is no size."""
    text = text.strip()
    if text in UNKNOWN:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else text


def read_sizes(value: Any) -> list[Any] | None:
    """The sizes in ``[8, 16, 3]``, ``8x16x3`` or a single number; None for what is no shape.

    Those that are neither whole numbers nor None are left as they were given.
    """
    if isinstance(value, str):
        return [read_size(part) for part in parts(value)]
    if is_size(value) and value is not None:
        return [value]
    if not isinstance(value, list | tuple):
        return None
    return [int(size) if is_size(size) and size is not None else size for size in value]


def is_size(size: Any) -> bool:
    """Whether a value can be a size: None or a whole number, which ``True`` is none of, though Python says so."""
    if size is None or isinstance(size, bool):
        return size is None
    return size.is_integer() if isinstance(size, float) else hasattr(size, "__index__")
