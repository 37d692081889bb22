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
from cnnshape.network.plan import Plan, plain
from cnnshape.readers.yaml.space import Choices, Objective, Space, SpaceError, read_decimal, whole_if_possible
from cnnshape.studies import pareto
from cnnshape.studies.order import Order
from cnnshape.studies.search import Task, figure, parsed, search, settings_with
from cnnshape.studies.search import Variant as Evaluated
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


class Variant(NamedTuple):
    """What one variant costs; numbers that are not known, and those of a wrong variant, are None.

    Attributes:
        memory: peak activation memory of the batch, in bytes.
        weights: memory of the weights, in bytes.
        receptive_field: per axis of the first input.
        pixels: elements of the inputs' spatial axes together.
        error: the first error of a wrong variant.
        training: what a training step takes at most, in bytes, with Adam.
    """

    variables: tuple[tuple[str, Number], ...]
    params: Dim = None
    macs: Dim = None
    memory: Dim = None
    weights: Dim = None
    receptive_field: tuple[int, ...] | None = None
    pixels: Dim = None
    error: str | None = None
    training: Dim = None

    def to_dict(self) -> dict[str, Any]:
        """The variant as JSON states it."""
        costs = {key: plain(getattr(self, name)) for name, key in FIGURES.items() if name != "pixels"}
        return {"variables": dict(self.variables), **costs, "error": self.error}


class Budget(NamedTuple):
    """The most that a variant may cost; None: any."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None
    weights: int | None = None
    training: int | None = None

    def allows(self, variant: Variant) -> bool:
        """Whether every limited number is known and within its limit."""
        if variant.error is not None:
            return False
        limits = ((most, getattr(variant, name)) for name, most in zip(self._fields, self, strict=True))
        return all(most is None or (actual is not None and actual <= most) for most, actual in limits)

    def excess(self, variant: Variant) -> float:
        """How many times too much the variant costs of what it has most too much of; wrong ones come last."""
        pairs = [(getattr(variant, name), most) for name, most in zip(self._fields, self, strict=True) if most]
        return max((inf if actual is None else actual / most for actual, most in pairs), default=inf)


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
            yield costs_of(task, variant)


def evaluate(task: Task, value: Number) -> Variant:
    """Plan the variant that has this value of the one variable of a sweep."""
    ((name, _),) = task.space.variables.items()
    return costs_of(task, evaluated(task, parsed(task.file, task.text), 0, {name: value}))


def costs_of(task: Task, variant: Evaluated) -> Variant:
    """What a variant of a search costs; of a wrong one why it is."""
    variables = tuple(variant.variables.items())
    if variant.error is not None:
        architecture = parsed(task.file, task.text)
        try:
            plan = examine(
                architecture, **settings_with(architecture, task.settings, variant.variables), hold_promises=True
            )
            errors: Sequence[Diagnostic] = plan.errors
        except ArchitectureError as error:
            errors = error.diagnostics
        return Variant(variables, error=errors[0].message if errors else variant.error)
    return Variant(variables, **{field: variant.figures[key] for field, key in FIGURES.items()})


def summary(plan: Plan, variables: tuple[tuple[str, Number], ...]) -> Variant:
    """What a plan costs."""
    if plan.errors or plan.totals is None:
        return Variant(variables, error=plan.errors[0].message if plan.errors else "unknown")
    return Variant(variables, **{field: figure(plan, key) for field, key in FIGURES.items()})


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
    numbers = [each.score(getattr(variant, each.key)) for each in goals]
    return None if None in numbers else tuple(numbers)
