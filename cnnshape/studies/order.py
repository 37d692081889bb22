"""Which variants of a space a search visits, and in which order."""

from __future__ import annotations

from hashlib import blake2b

from cnnshape.readers.yaml.space import Space, SpaceError
from cnnshape.value import NamedTuple

MOST_VARIANTS = 100_000_000
"""Larger spaces are not searched exhaustively: at thousands a second that takes a day of every core."""


class Order(NamedTuple):
    """The order in which the variants of a space are visited.

    Attributes:
        size: of the space.
        visited: how many of its variants are.
        seed: of a random order, in which no variant comes twice; None: one after the other.
    """

    size: int
    visited: int
    seed: int | None = None

    def at(self, position: int) -> int:
        """The number of the variant that is visited at a position, from 0.

        A random order is a Feistel network over the bits of the number, walked until it stays within the space: each
        position is worked out by itself, so that an order takes no memory, and a search can go on anywhere.
        Source: Black, Rogaway 2002, Ciphers with arbitrary finite domains.
        """
        if self.seed is None:
            return position
        half = max(1, (self.size - 1).bit_length() + 1 >> 1)
        length = half // 8 + 1
        while True:
            left, right = divmod(position, 1 << half)
            for turn in range(4):
                told = f"{self.seed} {turn} {right}".encode()
                mixed = int.from_bytes(blake2b(told, digest_size=min(length, 64)).digest(), "big") % (1 << half)
                left, right = right, left ^ mixed
            position = (left << half) + right
            if position < self.size:
                return position


class Chosen(NamedTuple):
    """A generation that an optimizer chooses: the numbers of its variants, from a position on, of so many in all."""

    numbers: tuple[int, ...]
    start: int
    visited: int

    def at(self, position: int) -> int:
        """The number of the variant at a position."""
        return self.numbers[position - self.start]


def order_of(space: Space, random: int | None, seed: int) -> Order:
    """The order of a search: exhaustive, or so many at random. Raises `SpaceError` where that would never end."""
    size = space.size
    if random is None:
        if size > MOST_VARIANTS:
            raise SpaceError(f"the space has {size:,} variants, too many to plan each: write --random 100000")
        return Order(size, size)
    return Order(size, min(random, size), seed)
