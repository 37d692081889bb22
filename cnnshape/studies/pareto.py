"""Pareto fronts: the points that no other one is as good as in everything, and better in something."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Point = tuple[float, ...]
"""What is weighed; less is better."""

TOGETHER = 2048
"""Points that others are compared with at once, a bit each."""


def front(points: Sequence[Point]) -> list[int]:
    """The places of the points that no other dominates; of equal ones all, in order.

    For every coordinate a set of points, a bit each, says which are no worse: those that are so in all of them, and not
    equal, dominate. So a front of thousands of points takes a thousand of such sets a coordinate, and no comparisons.
    """
    kept = [*range(len(points))]
    for start in range(0, len(points), TOGETHER):
        rivals = sorted({points[place] for place in kept if start <= place < start + TOGETHER})
        sets = [no_worse(rivals, axis) for axis in range(len(points[0]))]
        kept = [place for place in kept if not dominated(points[place], rivals, sets)]
    return kept


def no_worse(rivals: Sequence[Point], axis: int) -> tuple[list[float], list[int]]:
    """The values of a coordinate, ascending, and behind each the set of the rivals with that or less."""
    order = sorted(range(len(rivals)), key=lambda number: rivals[number][axis])
    values: list[float] = []
    sets = [0]
    for number in order:
        if not values or rivals[number][axis] != values[-1]:
            values.append(rivals[number][axis])
            sets.append(sets[-1])
        sets[-1] |= 1 << number
    return values, sets


def dominated(point: Point, rivals: Sequence[Point], sets: Sequence[tuple[list[float], list[int]]]) -> bool:
    """Whether some rival is no worse in all coordinates, and another point."""
    better = -1
    for value, (values, found) in zip(point, sets, strict=True):
        better &= found[bisect_right(values, value)]
        if not better:
            return False
    if better & (better - 1):  # two or more: they differ, so one is not the point itself
        return True
    return rivals[better.bit_length() - 1] != point
