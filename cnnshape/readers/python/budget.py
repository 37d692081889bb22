"""What reading may cost: steps, depth and the size of every value, whatever the source says."""

from __future__ import annotations

from collections.abc import Sized

from cnnshape.readers.python.values import Stop

MOST_STEPS = 1_000_000
"""Statements, calls and turns of loops. The largest network of the known libraries takes a fifth of it."""
MOST_CELLS = 4_000_000
"""Elements and characters of all values that were ever made."""
MOST_DEPTH = 120
"""Calls within calls."""
MOST_DIGITS = 4_000
"""Bits of an integer."""


class Budget:
    """What is spent so far."""

    __slots__ = ("cells", "depth", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.cells = 0
        self.depth = 0

    def step(self) -> None:
        """One more statement, call or turn of a loop."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Stop("CS606", f"reading this takes more than {MOST_STEPS:,} steps")

    def cell(self, count: int = 1) -> None:
        """So many more elements or characters. To be asked before they are made, where they may be many."""
        self.cells += count
        if self.cells > MOST_CELLS:
            raise Stop("CS606", f"the values of this come to more than {MOST_CELLS:,} elements")

    def sized(self, value: Sized) -> None:
        """A value that was just made of values that exist."""
        self.cell(len(value))

    def integer(self, value: int) -> int:
        """An integer that was just computed."""
        if value.bit_length() > MOST_DIGITS:
            raise Stop("CS606", f"an integer of more than {MOST_DIGITS:,} bits")
        return value
