"""The largest value of a variable with which a network fits a budget."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from cnnshape.api import Loaded
from cnnshape.readers.yaml.space import INPUT, SpaceError
from cnnshape.studies.scale import Budget, Number
from cnnshape.studies.search import Variant
from cnnshape.value import NamedTuple

FEWEST = 64
"""So many values are tried at least."""

EVERY = 512
"""Every value up to here (and up to twice the start) is tried, as costs may fall as well as grow."""

MOST_TRIED = 2048
"""Beyond so many values costs are taken to grow with the value, but for rounding."""

FURTHEST = 1024
"""Where nothing limits a variable, the search ends at so many times its start."""

GUARD = 8
"""Values above the result of a bisection that are tried as well, as rounded widths do not grow evenly."""


class Fit(NamedTuple):
    """The largest value within a budget, or the smallest where all larger ones fit as well.

    Attributes:
        best: the variant; None where no value that was tried fits.
        beyond: the next value, which does not fit: above the largest, below the smallest. Where none fits, the one
            that comes nearest.
        smallest: whether `best` is the smallest.
        tried: how many variants were planned.
    """

    best: Variant | None
    beyond: Variant
    smallest: bool
    tried: int


def largest(
    plan_at: Callable[[Number], Variant],
    start: Number,
    budget: Budget,
    *,
    step: Decimal | None = None,
    least: int = 0,
) -> Fit:
    """The largest value of a variable that fits; the smallest, where every larger one does.

    Costs may fall as the value grows (strides, groups, kernels with ``valid``), so every value up to `EVERY` steps and
    twice the start is tried, and twice as many as long as one in the upper half fits. Beyond that, doubling and
    bisection.

    Args:
        plan_at: the variant at a value.
        start: where the search begins; a whole number keeps to whole numbers.
        budget: what has to hold.
        step: the distance between values; by default 1 for whole numbers, else a hundredth.
        least: the smallest whole number that makes sense.

    Raises:
        SpaceError: the costs do not depend on the value, so every value fits.
    """
    search = Search(plan_at, start, budget, step or default_step(start))
    origin = search.place(start)
    bottom = max(least, 0 if search.whole else 1)
    end = min(max(2 * origin, FEWEST), MOST_TRIED)
    while True:
        found = next((place for place in range(end, bottom - 1, -1) if search.fits(place)), None)
        if found is None or found <= end // 2 or end >= max(EVERY, min(2 * origin, MOST_TRIED)):
            break
        end *= 2
    if found is None and 2 * origin > MOST_TRIED and search.fits(origin):
        found = end = origin
    if found is None:
        return Fit(None, min(map(search.at, range(bottom, end + 1)), key=budget.excess), False, len(search.seen))
    top = found if found < end else search.bisected(end, max(origin, 1) * FURTHEST)
    if top is not None:
        return Fit(search.at(top), search.at(top + 1), False, len(search.seen))
    misfits = [place for place in range(bottom, end + 1) if not search.fits(place)]
    if all(search.at(place).error for place in misfits):
        raise SpaceError(f"every value up to {search.furthest} fits: the budget does not limit it")
    return Fit(search.at(misfits[-1] + 1), search.at(misfits[-1]), True, len(search.seen))


class Search:
    """The variants of one variable by their place: so many steps above 0."""

    def __init__(self, plan_at: Callable[[Number], Variant], start: Number, budget: Budget, grain: Decimal) -> None:
        self.plan_at, self.budget, self.grain = plan_at, budget, grain
        self.whole = isinstance(start, int) and grain == grain.to_integral_value()
        self.seen: dict[int, Variant] = {}
        self.furthest: Number = start

    def place(self, value: Number) -> int:
        """The place of a value, at least 1."""
        return max(int(Decimal(str(value)) / self.grain), 1)

    def value(self, place: int) -> Number:
        """The value at a place."""
        value = self.grain * place
        return int(value) if self.whole else float(value)

    def at(self, place: int) -> Variant:
        """The variant at a place."""
        if place not in self.seen:
            self.seen[place] = self.plan_at(self.value(place))
        return self.seen[place]

    def fits(self, place: int) -> bool:
        """Whether the variant at a place is within the budget."""
        return self.budget.allows(self.at(place))

    def bisected(self, low: int, furthest: int) -> int | None:
        """The largest place that fits, from one that does: doubling, then bisection; None where nothing ends it."""
        high = 2 * low
        while self.fits(high):
            low, high = high, 2 * high
            if high > furthest:
                self.furthest = self.value(low)
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.fits(middle) else (low, middle)
        above = low + 1
        while above <= low + GUARD:
            if self.fits(above):
                low = above
            above += 1
        return low


def default_step(start: Number) -> Decimal:
    """The distance between the values that are tried: 1 between whole numbers, else a hundredth."""
    return Decimal(1) if isinstance(start, int) else Decimal("0.01")


def starting_value(architecture: Loaded, name: str, preset: str | None) -> Number:
    """The number that the file (or its preset) gives a variable.

    Raises:
        SpaceError: the file has no such variable, or its value is no plain number.
    """
    given = architecture.variables(preset)
    if name not in given and name != INPUT:
        known = ", ".join((*given, INPUT))
        raise SpaceError(f"the file has no variable {name!r}; it has {known}")
    if name not in given:
        return 64
    text = given[name]
    for read in (int, float):
        try:
            value: Number = read(text)
        except ValueError:
            continue
        return value
    raise SpaceError(f"{name} is {text or 'a list'} in the file, no plain number: give values, as in {name}=1:8:1")
