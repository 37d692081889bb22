"""Numbers and shapes as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim

UNKNOWN = "?"


def by_x(sizes: Sequence[Dim]) -> str:
    """Sizes as the command line spells them: ``10x3x7x5``, unknown ones as ``?``."""
    return "x".join([UNKNOWN if size is None else str(size) for size in sizes]) or "scalar"


def grouped(count: Dim) -> str:
    """A count with its thousands apart: ``23,587,712``."""
    return UNKNOWN if count is None else f"{count:,}"


def thousands(count: Dim) -> str:
    """A count with three digits and a power of 1000: ``3.86 G``; small ones exactly."""
    return UNKNOWN if count is None else f"{count:,}" if count < 10_000 else scaled(count, 1000, " kMGTPE")


def binary_bytes(count: Dim) -> str:
    """Bytes with three digits and a power of 1024: ``1.19 MiB``."""
    return UNKNOWN if count is None else f"{count} B" if count < 1024 else f"{scaled(count, 1024, ' KMGTPE')}iB"


def scaled(count: int, base: int, prefixes: str) -> str:
    """The count in the largest unit that leaves at least 1, with three significant digits."""
    power = 0
    unit = 1
    while count >= unit * base and power + 1 < len(prefixes):
        power, unit = power + 1, unit * base
    value = count / unit
    text = f"{value:#.3g}".rstrip(".") if value < 999.5 else f"{value:.0f}"
    if float(text) >= base and power + 1 < len(prefixes):  # 999.9996 k is 1.00 M
        return scaled(unit * base, base, prefixes)
    return f"{text} {prefixes[power]}"
