"""What somebody who misspelt a name meant, found without comparing for longer than a person would wait."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain

LIKE = 0.6
"""The likeness, from 0 to 1, from which a name may have been meant: that of `difflib.get_close_matches`."""

MOST_COMPARISONS = 200_000
"""Comparisons of two names that one plan may cost: a second or two."""

MOST_EQUAL_QUESTIONS = 10
"""How often a plan looks one name up: in a repeat it is the same slip in each round, and only the first is reported."""


SLIP = 0.75
"""The likeness from which a name is another with a slip of the finger, and may be corrected without asking."""


def correction(written: str, close: str | None) -> str | None:
    """The name like the written one, if that can hardly be another: names that differ in a number are two names."""
    if close is None or re.findall(r"\d+", written) != re.findall(r"\d+", close):
        return None
    from difflib import SequenceMatcher  # only for a fix

    return close if SequenceMatcher(None, written, close).ratio() >= SLIP else None


def nearest(name: str, known: Iterable[str], cutoff: float = LIKE) -> str | None:
    """The known name that is most like `name`, or None where none reaches the likeness `cutoff`."""
    return next(iter(alike(name, known, 1, cutoff)), None)


def alike(name: str, known: Iterable[str], most: int = 3, cutoff: float = LIKE) -> tuple[str, ...]:
    """The known names that are like `name`, best first."""
    return _remembered(name, tuple(known), most, cutoff)


@lru_cache(maxsize=1000)  # a repeat asks for the same name in each round
def _remembered(name: str, known: tuple[str, ...], most: int, cutoff: float) -> tuple[str, ...]:
    return _compare(name, known, most, cutoff)


def _compare(name: str, known: Iterable[str], most: int, cutoff: float) -> tuple[str, ...]:
    from difflib import get_close_matches  # only for a message

    letters = _letters(name)
    candidates = [one for one in known if 2 * len(letters & _letters(one)) >= cutoff * (len(name) + len(one))]
    return tuple(get_close_matches(name, candidates, most, cutoff))


@lru_cache(maxsize=4096)
def _letters(name: str) -> frozenset[tuple[str, int]]:
    """Each letter with how many like it stand before it: what two names share of these bounds their likeness."""
    counts: Counter[str] = Counter()
    letters = []
    for letter in name:
        letters.append((letter, counts[letter]))
        counts[letter] += 1
    return frozenset(letters)


class Spelling:
    """The nearest of the names of a plan's layers, which may be many, as long as it has comparisons left."""

    __slots__ = ("asked", "left")

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.left = MOST_COMPARISONS

    def nearest(self, name: str, *known: Collection[str]) -> str | None:
        """The known name that is most like `name`, if any is like it."""
        count = sum(map(len, known))
        if count > self.left or self.asked[name] >= MOST_EQUAL_QUESTIONS:
            return None
        self.asked[name] += 1
        self.left -= count
        return next(iter(_compare(name, chain(*known), 1, LIKE)), None)
