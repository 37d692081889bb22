"""One architecture at many values of its variables: sweeps and Pareto fronts.

A sweep is a search of every combination of values, of which all variants are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal
from math import inf
from typing import Any

from cnnshape.api import examine
from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import ArchitectureError, Diagnostic
from cnnshape.network.plan import Plan
from cnnshape.readers.yaml.space import Choices, Objective, Space, SpaceError, read_decimal, whole_if_possible
from cnnshape.studies import pareto
from cnnshape.studies.order import Order
from cnnshape.studies.search import Task, Variant, figure, parsed, search, settings_with
from cnnshape.studies.search import evaluate as evaluated
from cnnshape.value import NamedTuple

Number = int | float
FIGURES = {
    "params": "params",
    "macs": "macs",
    "memory": "peak_activation_bytes",
    "weights": "weight_bytes",
    "training": "peak_training_bytes",
    "receptive_field": "receptive_field",
    "pixels": "pixels",
}
"""The costs of a variant, and the figures of a plan that they are."""

MOST_VARIANTS = 1_000_000
"""Larger sweeps are refused before they are built."""


class Range(NamedTuple):
    """The values of one variable."""

    name: str
    values: tuple[Number, ...]


class Budget(NamedTuple):
    """The most that a variant may cost; None: any."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None
    weights: int | None = None
    training: int | None = None

    def allows(self, variant: Variant) -> bool:
        """Whether every limited number is known and within its limit."""
        within = (actual is not None and actual <= most for _, actual, most in self.limits(variant))
        return variant.error is None and all(within)

    def excess(self, variant: Variant) -> float:
        """How many times too much the variant costs of what it has most too much of; wrong ones come last."""
        costs = [inf if actual is None else actual / most for _, actual, most in self.limits(variant) if most]
        return max(costs, default=inf)

    def limits(self, variant: Variant) -> Iterator[tuple[str, Dim, int]]:
        """The name of each cost that is limited, what the variant costs of it, and the most that it may."""
        for name, most in zip(self._fields, self, strict=True):
            if most is not None:
                yield name, variant.figures.get(FIGURES[name]), most


GOALS = (
    *(Objective(key, most=True) for key in ("params", "receptive_field", "pixels")),
    *(Objective(key, most=False) for key in ("macs", "memory")),
)
"""By the keys of `FIGURES`: as much capacity, view and detail as can be, for as little work and memory as can be."""


def read_ranges(texts: Iterable[str]) -> tuple[Range, ...]:
    """``width=0.25:2:0.25,resolution=128:320:32`` as ranges; a name alone has no values.

    ``START:STOP:STEP`` includes the stop, the step is 1 by default; ``a|b|c`` lists values.

    Raises:
        SpaceError: a range cannot be read, is empty, or names a variable twice.
    """
    ranges = [read_range(part.strip()) for text in texts for part in text.split(",") if part.strip()]
    if not ranges:
        raise SpaceError("names no variable: write NAME, NAME=START:STOP:STEP or NAME=A|B|C")
    for name, times in Counter(one.name for one in ranges).items():
        if times > 1:
            raise SpaceError(f"{name} is varied twice")
    return tuple(ranges)


def read_range(text: str) -> Range:
    """``width=0.25:2:0.25``."""
    name, equals, values = text.partition("=")
    if not name.strip() or (equals and not values.strip()):
        raise SpaceError(f"must be NAME, NAME=START:STOP:STEP or NAME=A|B|C, got {text!r}")
    if not equals:
        return Range(name.strip(), ())
    if "|" in values or ":" not in values:
        return Range(
            name.strip(), tuple(whole_if_possible(each, read_decimal(each, text)) for each in values.split("|"))
        )
    bounds = values.split(":")
    if len(bounds) > 3:
        raise SpaceError(f"a range is START:STOP:STEP, got {values!r} in {text!r}")
    start, stop, step = (*(read_decimal(each, text) for each in bounds), Decimal(1))[:3]
    if step <= 0 or stop < start:
        raise SpaceError(f"a range goes up from START to STOP in steps above 0, got {values!r} in {text!r}")
    count = int((stop - start) / step) + 1
    if count > MOST_VARIANTS:
        raise SpaceError(f"{text!r} has {count:,} values; at most {MOST_VARIANTS:,} are possible")
    fraction = any("." in each or "e" in each.lower() for each in bounds)
    steps = (start + step * number for number in range(count))
    return Range(name.strip(), tuple(float(value) if fraction else int(value) for value in steps))


def task_of(file: str, text: str | None, settings: Mapping[str, Any], ranges: Sequence[Range]) -> Task:
    """The search that a sweep is: every combination of values, the last variable fastest.

    Raises:
        SpaceError: there are too many.
    """
    variables = {one.name: Choices(one.values) for one in ranges}
    space = Space(variables, objectives=tuple(Objective(key, False) for key in FIGURES.values()))
    if space.size > MOST_VARIANTS:
        raise SpaceError(f"the sweep has {space.size:,} variants; at most {MOST_VARIANTS:,} are possible")
    defaults: dict[str, Any] = {"variables": {}, "batch": None, "input": None, "framework": None, "preset": None}
    return Task(file, text, defaults | dict(settings), space, Order(space.size, space.size), promises=True)


def sweep(task: Task, executor: Executor | None = None, jobs: int = 1) -> Iterator[Variant]:
    """The variants of a sweep, in order, as they come; planned here, or by an executor."""
    for piece in search(task, executor=executor, workers=jobs):
        for variant in piece.variants:
            yield told(task, variant)


def evaluate(task: Task, value: Number) -> Variant:
    """Plan the variant that has this value of the one variable of a sweep."""
    ((name, _),) = task.space.variables.items()
    return told(task, evaluated(task, parsed(task.file, task.text), 0, {name: value}))


def told(task: Task, variant: Variant) -> Variant:
    """A variant; of a wrong one with its first error in words."""
    if variant.error is None:
        return variant
    architecture = parsed(task.file, task.text)
    try:
        settings = settings_with(architecture, task.settings, variant.variables)
        errors: Sequence[Diagnostic] = examine(architecture, **settings, hold_promises=True).errors
    except ArchitectureError as error:
        errors = error.diagnostics
    return variant._replace(error=errors[0].message if errors else variant.error)


def costs_of(plan: Plan) -> dict[str, Any]:
    """What a plan costs: its figures."""
    return {key: figure(plan, key) for key in FIGURES.values()}


def front(variants: Sequence[Variant], goals: Sequence[Objective] = GOALS) -> tuple[bool, ...]:
    """Which variants are on the Pareto front: no other one is as good in every goal and better in one.

    Wrong variants, and those of which a number is not known, are not on it. Without goals there is no front.
    """
    points = [score(variant, goals) if goals else None for variant in variants]
    known = [point for point in points if point is not None]
    chosen = {known[place] for place in pareto.front(known)}
    return tuple(point in chosen for point in points)


def score(variant: Variant, goals: Sequence[Objective]) -> tuple[int, ...] | None:
    """The variant in the goals, less is better; None where some number is not known."""
    numbers = [each.score(variant.figures.get(FIGURES[each.key])) for each in goals]
    return None if None in numbers else tuple(numbers)
