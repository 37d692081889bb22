"""How much the lists of expressions hold, and what a run may spend on them.

Lists that hold each other grow without bound from a few lines: ``a1: $([a0, a0])``, ``a2: $([a1, a1])`` ... So every
list knows how many elements it holds, those of the lists in it included, and a run has so many to spend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from cnnshape.diagnostics import Fault
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.spelling import Spelling

LONGEST_LIST = 1_000_000
"""Elements of a list, with those of the lists in it; eight characters of a text count as one."""
DEEPEST_LIST = 64
"""Lists within lists."""
MOST_WORK = 3_000_000
"""Elements that the expressions of one run may make, look through and give to layers, all together."""
FREE = 16
"""Fewer elements at once are not counted: what brings them about is counted as a step of the run."""

Refuse = Callable[[str], Fault]


class Spender(Protocol):
    """Who pays for elements."""

    def spend(self, elements: int) -> None:
        """Raises `Fault` (CS013) where there is nothing left, and `FailedTensor` from then on."""


class Work:
    """What the expressions of a run may still cost: elements, and comparisons of misspelt names.

    `shapes` are the tensors of which they read the shape, or the size along an axis.
    """

    __slots__ = ("left", "shapes", "spelling")

    def __init__(self) -> None:
        self.left = MOST_WORK
        self.shapes: list[tuple[Any, int | None]] = []
        self.spelling = Spelling()

    def spend(self, elements: int) -> None:
        """Pay for elements; refused once."""
        if self.left < 0:
            raise FailedTensor
        self.left -= elements
        if self.left < 0:
            raise Fault("CS013", f"expressions of this file make or read more than {MOST_WORK:,} elements of lists")


class Values(list[Any]):
    """A list of the file's language: `elements` counts those of the lists in it, `depth` how deep they lie."""

    __slots__ = ("depth", "elements")

    elements: int
    depth: int


def collected(items: Iterable[Any], spender: Spender | None, refuse: Refuse) -> Values:
    """A list of these items, within its bounds and paid for; without a `spender` it costs nothing."""
    result = Values(items)
    result.elements = sum(map(weight, result))
    result.depth = 1 + max((nesting(each) for each in result if isinstance(each, list)), default=0)
    if result.elements > LONGEST_LIST:
        raise refuse(f"more than {LONGEST_LIST:,} elements")
    if result.depth > DEEPEST_LIST:
        raise refuse(f"lists nested more than {DEEPEST_LIST} deep")
    if spender is not None:
        pay(result.elements, spender)
    return result


def pay(elements: int, spender: Spender) -> None:
    """Spend, where it is worth counting."""
    if elements > FREE:
        spender.spend(elements)


def weight(value: Any) -> int:
    """The number of elements of a value."""
    if isinstance(value, Values):
        return value.elements
    if isinstance(value, list):
        return sum(map(weight, value))
    return 1 + len(value) // 8 if isinstance(value, str) else 1


def nesting(value: Any) -> int:
    """How deep lists lie in a value."""
    if isinstance(value, Values):
        return value.depth
    return 1 + max(map(nesting, value), default=0) if isinstance(value, list) else 0
