"""Shapes, sizes per axis and padding as a command line spells them. Standard library only.

Every reader raises ValueError with a sentence that states what was written.
"""

from __future__ import annotations

from math import isfinite

from cnnshape.arithmetic import shape_text
from cnnshape.arithmetic.shape_text import is_size, parts
from cnnshape.arithmetic.sizes import Shape

LARGEST = 2**63 - 1

Paddings = tuple[tuple[int, int], ...]
"""(low, high) per axis; one pair means every axis."""


def read_whole(text: str, least: int, most: int | None = None) -> int:
    """A whole number of at least `least`, and at most `most`."""
    word = text.strip()
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"must be a whole number, got {text!r}")
    if digits != word:
        raise ValueError(f"must be at least {least}, got {word}")
    value = int(digits) if len(digits) < 20 else LARGEST + 1  # Python refuses to read thousands of digits
    if not least <= value <= LARGEST:
        raise ValueError(f"must be at least {least}{' and below 2**63' * (value > LARGEST)}, got {word}")
    if most is not None and value > most:
        raise ValueError(f"must be at most {most}, got {word}")
    return value


def read_seconds(text: str) -> float:
    """A finite number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"must be a number, got {text!r}") from None
    if not isfinite(value):
        raise ValueError(f"must be a finite number, got {text!r}")
    if value < 0:
        raise ValueError(f"must be at least 0, got {value}")
    return value


def read_shape(text: str) -> Shape:
    """``8x16x3`` as sizes; ``_``, ``?`` and ``None`` are unknown."""
    sizes = shape_text.read_sizes(text) or []
    if not all(size is None or (is_size(size) and 1 <= size <= LARGEST) for size in sizes):
        raise ValueError(f"must be sizes of at least 1 joined by x, such as 8x16x3 (_ is unknown), got {text!r}")
    return tuple(sizes)


def read_sizes(text: str) -> tuple[int, ...]:
    """``3`` or ``3x5``: one size of at least 1 for every axis, or one per axis."""
    return tuple(read_whole(part, 1) for part in parts(text))


def read_counts(text: str) -> tuple[int, ...]:
    """``0`` or ``0x1``: like `read_sizes`, from 0."""
    return tuple(read_whole(part, 0) for part in parts(text))


def read_padding(text: str) -> str | Paddings:
    """``same``, ``valid``, ``causal``, ``3``, ``1:2`` (low:high), or per axis ``3x5``, ``1:2x0:1``."""
    word = text.strip().lower()
    if word in {"same", "valid", "causal"}:
        return word
    try:
        return tuple(read_pair(part) for part in parts(text))
    except ValueError:
        raise ValueError(
            "must be same, valid, causal, a whole number, low:high such as 1:2, or one of these per axis "
            f"such as 3x5, got {text!r}"
        ) from None


def read_pair(text: str) -> tuple[int, int]:
    """``3`` as (3, 3), ``1:2`` as (1, 2)."""
    low, colon, high = text.partition(":")
    first = read_whole(low, 0)
    return first, read_whole(high, 0) if colon else first
