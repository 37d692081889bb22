"""Sets of sizes and sizes as functions of others, in few words: ``multiples of 32 plus 11``, ``ceil(H / 32)``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import gcd
from typing import NamedTuple

from cnnshape.arithmetic.sizes import Dim


class Formula(NamedTuple):
    """An output size: ``multiplier * floor((n + shift) / divisor) + constant``."""

    multiplier: int
    shift: int
    divisor: int
    constant: int

    def at(self, size: int) -> int:
        """The output size for this input size."""
        return self.multiplier * ((size + self.shift) // self.divisor) + self.constant

    def text(self, letter: str) -> str:
        """As people write it: ``ceil(H / 32)``, ``floor((H - 43) / 32)``, ``2 x H``, ``7``."""
        if not self.multiplier:
            return str(self.constant)
        times = f"{self.multiplier} x " if self.multiplier > 1 else ""
        if self.divisor == 1:
            return f"{times}{letter}{signed(self.multiplier * self.shift + self.constant)}"
        whole, rest = divmod(self.shift + 1, self.divisor)
        if rest == 0:
            quotient, more = f"ceil({letter} / {self.divisor})", whole - 1
        elif rest == 1:
            quotient, more = f"floor({letter} / {self.divisor})", whole
        else:
            quotient, more = f"floor(({letter}{signed(self.shift)}) / {self.divisor})", 0
        return f"{times}{quotient}{signed(self.multiplier * more + self.constant)}"


def signed(number: int) -> str:
    """`` + 3``, `` - 3``, nothing for 0."""
    return f" {'+' if number > 0 else '-'} {abs(number)}" if number else ""


class Pattern(NamedTuple):
    """A set of sizes in few words: from `first` on, those with a remainder among `residues` modulo `period`.

    `ranges` are the intervals (lowest, highest) that no rule covers: the sizes before `first`, or all of them
    where `period` is 0.
    """

    first: int
    period: int
    residues: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]

    @property
    def divisor(self) -> int | None:
        """The number whose multiples the sizes are; None where they are something else."""
        return self.period if self.residues == (0,) and not self.ranges else None

    def text(self) -> str:
        """``every size from 75``, ``multiples of 16``, ``multiples of 32 plus 11 from 75``, ``224 to 255``."""
        few = [span(low, high) for low, high in self.ranges[:4]] + (["..."] if len(self.ranges) > 4 else [])
        return "; ".join(filter(None, (self.rule(), ", ".join(few))))

    def rule(self) -> str:
        """The rule alone; empty where there is none."""
        begin = f" from {self.first}" if self.first > self.period else ""
        if self.period <= 1:
            return f"every size{begin or ' from 1'}" if self.period else ""
        if self.residues == (0,):
            return f"multiples of {self.period}{begin}"
        runs = [span(low, high) for low, high in intervals(self.residues)]
        if len(runs) > 4:
            return f"{len(self.residues)} of every {self.period} sizes from {self.first}"
        several = " or ".join(filter(None, (", ".join(runs[:-1]), runs[-1])))
        return f"multiples of {self.period} plus {several}{begin}"


def span(low: int, high: int) -> str:
    """``7``, ``7, 8``, or ``224 to 255``."""
    return f"{low} to {high}" if high > low + 1 else ", ".join(map(str, range(low, high + 1)))


def fit(sizes: Mapping[int, Dim]) -> Formula | None:
    """The formula that gives every output size from its input size; None where no such formula does."""
    known = {size: output for size, output in sizes.items() if output is not None}
    if len(known) < 2 or len(known) < len(sizes):
        return None
    least = min(known.values())
    step = gcd(*(output - least for output in known.values()))
    if not step:
        return Formula(0, 0, 1, least)
    factors = [factor for factor in range(1, step + 1) if step % factor == 0]
    fits = (fit_multiple(known, factor, least) for factor in factors)
    return next((formula for formula in fits if formula), None)


def fit_multiple(known: Mapping[int, int], multiplier: int, least: int) -> Formula | None:
    """The formula with this multiplier."""
    first, last = min(known), max(known)
    rises = (known[last] - known[first]) // multiplier
    if rises < 1:
        return None
    constant = least % multiplier
    quotients = {size: (output - constant) // multiplier for size, output in known.items()}
    for divisor in range(max((last - first) // (rises + 1), 1), (last - first) // max(rises - 1, 1) + 2):
        low = max(divisor * quotient - size for size, quotient in quotients.items())
        high = min(divisor * quotient + divisor - 1 - size for size, quotient in quotients.items())
        if low <= high:
            return Formula(multiplier, simplest(low, high, divisor), divisor, constant)
    return None


def simplest(low: int, high: int, divisor: int) -> int:
    """Of the shifts from low to high the one that reads best: none, then rounding up, then the nearest to 0."""
    plain = [shift for shift in (0, divisor - 1) if low <= shift <= high]
    return plain[0] if plain else min(low, high, key=abs)


def pattern(sizes: Sequence[int], limit: int) -> Pattern | None:
    """The sizes (ascending, up to the limit) in few words; None where there are none.

    A period counts when it holds from the first quarter of the sizes tried on, and at least twice.
    """
    if not sizes:
        return None
    members = frozenset(sizes)
    for period in range(1, limit // 3 + 1):
        start = repeats_from(members, period, limit)
        if start <= max(limit // 4, sizes[0]) and start + 2 * period <= limit:
            later = [size for size in sizes if size >= start]
            if later:
                residues = tuple(sorted({size % period for size in later}))
                return Pattern(later[0], period, residues, tuple(intervals([s for s in sizes if s < start])))
    return Pattern(sizes[0], 0, (), tuple(intervals(sizes)))


def repeats_from(members: Collection[int], period: int, limit: int) -> int:
    """The least size from which on membership is the same `period` further."""
    size = limit - period
    while size >= 1 and (size in members) == (size + period in members):
        size -= 1
    return size + 1


def intervals(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring sizes as (lowest, highest)."""
    if not sizes:
        return
    begin = previous = sizes[0]
    for size in sizes[1:]:
        if size != previous + 1:
            yield begin, previous
            begin = size
        previous = size
    yield begin, previous
