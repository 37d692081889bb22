"""A tensor's size along an axis as a function of the input's: ``ceil(H / 32)``, composed layer by layer.

What a layer makes of a size is ``multiplier * floor((n + shift) / divisor) + constant``. Applied one after the other
such formulas are mostly one again, since ``floor((floor(n / b) + c) / d) = floor((n + b * c) / (b * d))`` for whole
numbers (Graham, Knuth, Patashnik, Concrete Mathematics, section 3.2); where they are not, they stay nested.
"""

from __future__ import annotations

from math import gcd

from cnnshape.arithmetic.sizes import ceil_div
from cnnshape.value import NamedTuple


class Formula(NamedTuple):
    """``multiplier * floor((n + shift) / divisor) + constant``; the multiplier is 0 or more."""

    multiplier: int
    shift: int
    divisor: int
    constant: int

    def at(self, size: int) -> int:
        """The output size for this input size."""
        return self.multiplier * ((size + self.shift) // self.divisor) + self.constant

    def least(self, output: int) -> int:
        """The smallest input size that gives `output` or more; the multiplier is not 0."""
        return self.divisor * ceil_div(output - self.constant, self.multiplier) - self.shift

    def text(self, letter: str) -> str:
        """As people write it: ``ceil(H / 32)``, ``floor((H - 43) / 32)``, ``2 x H``, ``7``."""
        multiplier, shift, divisor, constant = simplified(self)
        if not multiplier:
            return str(constant)
        times = f"{multiplier} x " if multiplier > 1 else ""
        if divisor == 1:
            quotient = letter
        elif shift in (0, divisor - 1):
            quotient = f"{'ceil' if shift else 'floor'}({letter} / {divisor})"
        else:
            quotient = f"floor(({letter}{signed(shift)}) / {divisor})"
        return f"{times}{quotient}{signed(constant)}"


def signed(number: int) -> str:
    """`` + 3``, `` - 3``, nothing for 0."""
    return f" {'+' if number > 0 else '-'} {abs(number)}" if number else ""


def fraction(numerator: int, constant: int, denominator: int) -> Size:
    """``floor((numerator * n + constant) / denominator)``."""
    return after(Size((Formula(numerator, 0, 1, 0),)), Formula(1, constant, denominator, 0))


def fixed(value: int) -> Size:
    """A size that is always the same."""
    return Size((Formula(0, 0, 1, value),))


class Size(NamedTuple):
    """A size as a function of the input's: formulas, the first of which is applied first. None: the input's size."""

    formulas: tuple[Formula, ...] = ()

    def at(self, size: int) -> int:
        """The size for this input size."""
        for formula in self.formulas:
            size = formula.at(size)
        return size

    def then(self, other: Size) -> Size:
        """What `other` makes of this size."""
        result = self
        for formula in other.formulas:
            result = after(result, formula)
        return result

    @property
    def constant(self) -> int | None:
        """The size, where the input's does not matter."""
        return self.formulas[-1].constant if self.formulas and not self.formulas[-1].multiplier else None

    @property
    def period(self) -> tuple[int, int]:
        """So much more input always gives so much more output: ``at(n + period) = at(n) + rise``."""
        period, rise = 1, 1
        for formula in self.formulas:
            turns = formula.divisor // gcd(formula.divisor, rise)
            period, rise = period * turns, rise * turns // formula.divisor * formula.multiplier
        return period, rise

    def least(self, output: int) -> int:
        """The smallest input size that gives `output` or more; the size is not constant."""
        for formula in reversed(self.formulas):
            output = formula.least(output)
        return output

    def text(self, letter: str) -> str:
        """As people write it: ``floor((3 x floor(H / 2) + 1) / 2)``."""
        for formula in self.formulas:
            letter = formula.text(letter)
        return letter


def after(size: Size, formula: Formula) -> Size:
    """The formula applied to a size, as few formulas as possible."""
    if not size.formulas:
        return Size((simplified(formula),))
    *before, last = size.formulas
    shift = last.constant + formula.shift
    common = gcd(last.multiplier, formula.divisor)
    shift, multiplier, divisor = shift // common, last.multiplier // common, formula.divisor // common
    # floor((m * q + s) / d) with whole q, after division by what m and d have in common
    if divisor == 1:
        constant = formula.multiplier * shift + formula.constant
        merged = Formula(formula.multiplier * multiplier, last.shift, last.divisor, constant)
    elif multiplier == 1:
        merged = Formula(
            formula.multiplier, last.shift + last.divisor * shift, last.divisor * divisor, formula.constant
        )
    else:
        inner = simplified(last._replace(multiplier=multiplier, constant=0))
        outer = simplified(Formula(formula.multiplier, shift + inner.constant, divisor, formula.constant))
        return Size((*before, inner._replace(constant=0), outer))
    merged = simplified(merged)
    return after(Size(tuple(before)), merged) if before else Size((merged,))


def simplified(formula: Formula) -> Formula:
    """The one form of all that are equal: rounding down or up of n itself if possible, else without a constant.

    A constant that the multiplier does not divide keeps its remainder.
    """
    multiplier, shift, divisor, constant = formula
    if not multiplier:
        return Formula(0, 0, 1, constant)
    steps, constant = divmod(constant, multiplier)
    shift += steps * divisor
    whole, rest = divmod(shift, divisor)
    if rest in (0, divisor - 1):
        return Formula(multiplier, rest, divisor, constant + multiplier * whole)
    return Formula(multiplier, shift, divisor, constant)
