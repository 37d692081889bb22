"""A size as a formula found from its values, where expressions look at sizes and no law can be composed."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from cnnshape.arithmetic.sizes import Dim
from cnnshape.studies.sizes.formula import Formula


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
