"""Sets of sizes in few words: ``multiples of 32 plus 11 from 75``, ``224 to 255``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.studies.sizes.sets import SizeSet, between, of
from cnnshape.value import NamedTuple


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


def pattern(sizes: Sequence[int], limit: int) -> Pattern | None:
    """The sizes (ascending, up to the limit) in few words; None where there are none.

    A period counts when it holds from the first quarter of the sizes tried on, and at least twice.
    """
    if not sizes:
        return None
    below = max(2 * sizes[0] - limit, 0)  # so far down no period reaches
    members = of(sizes, limit) >> below
    for period in range(1, min(limit // 3, limit - sizes[0] - 1) + 1):
        start = below + repeats_from(members, period, limit - below)
        if start <= max(limit // 4, sizes[0]) and start + 2 * period <= limit:
            later = [size for size in sizes if size >= start]
            if later:
                residues = tuple(sorted({size % period for size in later}))
                return Pattern(later[0], period, residues, tuple(intervals([s for s in sizes if s < start])))
    return Pattern(sizes[0], 0, (), tuple(intervals(sizes)))


def repeats_from(members: SizeSet, period: int, limit: int) -> int:
    """The least size from which on membership is the same `period` further."""
    return max(((members ^ members >> period) & between(1, limit - period)).bit_length(), 1)


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
