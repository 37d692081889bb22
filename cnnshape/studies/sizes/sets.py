"""The sizes up to a limit as the bits of an integer, so that a hundred thousand of them are intersected at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from math import lcm

from cnnshape.studies.sizes.formula import Size, fraction
from cnnshape.studies.sizes.laws import Traced

SizeSet = int
"""Bit n is set where the size n belongs to the set."""


def between(low: int, high: int) -> SizeSet:
    """The sizes from low to high, both included."""
    return (1 << high + 1) - (1 << low) if high >= low else 0


def members(sizes: SizeSet) -> Iterator[int]:
    """The sizes of the set, ascending."""
    return (size for size, bit in enumerate(reversed(f"{sizes:b}")) if bit == "1")


def of(sizes: Collection[int], limit: int) -> SizeSet:
    """Those of the sizes that are no larger than the limit."""
    octets = bytearray(limit // 8 + 1)
    for size in sizes:
        if size <= limit:
            octets[size >> 3] |= 1 << (size & 7)
    return int.from_bytes(octets, "little")


def periodic(belongs: Callable[[int], bool], period: int, limit: int) -> SizeSet:
    """The sizes from 0 to the limit that belong, where that repeats itself every `period` sizes."""
    width = min(period, limit + 1)
    sizes = int("".join("1" if belongs(size) else "0" for size in reversed(range(width))), 2)
    while width <= limit:
        sizes |= sizes << width
        width *= 2
    return sizes & between(0, limit)


def regular_sizes(traced: Traced, limit: int) -> SizeSet:
    """The sizes up to the limit to which all laws apply and that the network takes."""
    most = limit if traced.most is None else min(limit, traced.most)
    sizes = between(traced.regular, most)
    for size, step, rest in traced.lattices:
        sizes &= remainders(size, step, frozenset({rest}), limit)
    for one, other in traced.equal:
        sizes &= agreeing(one, other, limit)
    return sizes


def unread_sizes(traced: Traced, limit: int) -> SizeSet:
    """The sizes up to the limit with which some window leaves elements unread, where all laws apply."""
    sizes = 0
    for size, period, rests in traced.unread:
        sizes |= remainders(size, period, rests, limit)
    return sizes


def remainders(size: Size, divisor: int, rests: frozenset[int], limit: int) -> SizeSet:
    """The input sizes for which the size has one of these remainders."""
    period, _ = size.then(fraction(1, 0, divisor)).period
    return periodic(lambda each: size.at(each) % divisor in rests, period, limit)


def agreeing(one: Size, other: Size, limit: int) -> SizeSet:
    """The input sizes for which both sizes are the same."""
    (first, rise), (second, climb) = one.period, other.period
    repeats = rise * second == climb * first
    return periodic(lambda size: one.at(size) == other.at(size), lcm(first, second) if repeats else limit + 1, limit)
