"""Sizes and shapes as values: products, sums and how they are written."""

from __future__ import annotations

from collections.abc import Iterable

Dim = int | None
"""An axis size in elements; None where it is not known."""

Shape = tuple[Dim, ...]
"""The sizes of a tensor's axes, batch first."""

LARGEST_INTEGER = 2**63 - 1
"""The largest size, count or distance: what readers of JSON and every framework hold in 64 bits."""


def agree(one: Shape, other: Shape) -> bool:
    """Whether two shapes have as many axes, and on each the same size, as far as sizes are known."""
    return len(one) == len(other) and all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def product(sizes: Iterable[Dim]) -> Dim:
    """The product of the sizes; None as soon as one is unknown."""
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
    return total


def total(sizes: Iterable[Dim]) -> Dim:
    """The sum of the sizes; None as soon as one is unknown."""
    total = 0
    for size in sizes:
        if size is None:
            return None
        total += size
    return total


def times(*factors: Dim) -> Dim:
    """`product` of its arguments."""
    return product(factors)


def divided(size: Dim, by: int) -> Dim:
    """The quotient rounded down; None of an unknown size."""
    return None if size is None else size // by


def ceil_div(numerator: int, denominator: int) -> int:
    """The quotient rounded up, in integers: ``-(-a // b)``."""
    return -(-numerator // denominator)


def nearest_divisor(number: int, wanted: int) -> int:
    """A divisor of `number` as close to `wanted` as a short search finds, the smaller of two equally close."""
    for distance in range(min(wanted, 4096)):
        for candidate in (wanted - distance, wanted + distance):
            if candidate > 0 and number % candidate == 0:
                return candidate
    return 1


def show(sizes: Iterable[Dim]) -> str:
    """A shape as people write it: ``(10, 8, 16, 3)``, unknown sizes as ``?``."""
    texts = ["?" if size is None else str(size) for size in sizes]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
