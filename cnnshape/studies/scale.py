"""One architecture at many values of its variables: sweeps and Pareto fronts.

A sweep is a function of plain data mapped over a list, so any `concurrent.futures.Executor` can run it: threads,
processes, or another machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import product
from math import inf
from operator import ge
from typing import Any, Literal

from cnnshape.api import Loaded, examine, load
from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.network.plan import Plan
from cnnshape.value import NamedTuple

Number = int | float
SMALLEST_EXPONENT, LARGEST_EXPONENT = -18, 18
"""Of ten, in a number of a range: others are a slip, and take Python minutes."""

MOST_VARIANTS = 1_000_000
"""Larger sweeps are refused before they are built."""

INPUT = "input"
"""Varied like a variable, where the file has none of that name: the side of the input."""


class ScaleError(ValueError):
    """A question that cannot be asked of this file; nothing was planned."""


class Range(NamedTuple):
    """The values of one variable."""

    name: str
    values: tuple[Number, ...]


class Request(NamedTuple):
    """One variant to plan, as plain data that can travel to another process.

    Attributes:
        file: the FILE, or the name of the text.
        text: the text where the file was read already (standard input); else None.
        settings: as `cnnshape.plan` takes them.
        variables: the varied ones.
    """

    file: str
    text: str | None
    settings: Mapping[str, Any]
    variables: tuple[tuple[str, Number], ...]


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
    params: Dim
    macs: Dim
    memory: Dim
    weights: Dim
    receptive_field: tuple[int, ...] | None
    pixels: Dim
    error: str | None
    training: Dim = None

    def to_dict(self) -> dict[str, Any]:
        """The variant as JSON states it."""
        return {
            "variables": dict(self.variables),
            "params": self.params,
            "macs": self.macs,
            "peak_activation_bytes": self.memory,
            "weight_bytes": self.weights,
            "peak_training_bytes": self.training,
            "receptive_field": self.receptive_field and list(self.receptive_field),
            "error": self.error,
        }


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


class Goal(NamedTuple):
    """One objective of a Pareto front."""

    key: Literal["params", "macs", "memory", "weights", "training", "receptive_field", "pixels"]
    most: bool


GOALS = (
    Goal("params", True),
    Goal("receptive_field", True),
    Goal("pixels", True),
    Goal("macs", False),
    Goal("memory", False),
)
"""As much capacity, view and detail as possible, for as little work and memory as possible."""


def read_ranges(texts: Iterable[str]) -> tuple[Range, ...]:
    """``width=0.25:2:0.25,resolution=128:320:32`` as ranges; a name alone has no values.

    ``START:STOP:STEP`` includes the stop, the step is 1 by default; ``a|b|c`` lists values.

    Raises:
        ScaleError: a range cannot be read, is empty, or names a variable twice.
    """
    ranges = [read_range(part.strip()) for text in texts for part in text.split(",") if part.strip()]
    if not ranges:
        raise ScaleError("names no variable: write NAME, NAME=START:STOP:STEP or NAME=A|B|C")
    for index, one in enumerate(ranges):
        if any(one.name == other.name for other in ranges[:index]):
            raise ScaleError(f"{one.name} is varied twice")
    return tuple(ranges)


def read_range(text: str) -> Range:
    """``width=0.25:2:0.25``."""
    name, equals, values = text.partition("=")
    if not name.strip() or (equals and not values.strip()):
        raise ScaleError(f"must be NAME, NAME=START:STOP:STEP or NAME=A|B|C, got {text!r}")
    if not equals:
        return Range(name.strip(), ())
    if "|" in values or ":" not in values:
        return Range(
            name.strip(), tuple(whole_if_possible(each, read_decimal(each, text)) for each in values.split("|"))
        )
    bounds = values.split(":")
    if len(bounds) > 3:
        raise ScaleError(f"a range is START:STOP:STEP, got {values!r} in {text!r}")
    start, stop, step = (*(read_decimal(each, text) for each in bounds), Decimal(1))[:3]
    if step <= 0 or stop < start:
        raise ScaleError(f"a range goes up from START to STOP in steps above 0, got {values!r} in {text!r}")
    count = int((stop - start) / step) + 1
    if count > MOST_VARIANTS:
        raise ScaleError(f"{text!r} has {count:,} values; at most {MOST_VARIANTS:,} are possible")
    fraction = any("." in each or "e" in each.lower() for each in bounds)
    steps = (start + step * number for number in range(count))
    return Range(name.strip(), tuple(float(value) if fraction else int(value) for value in steps))


def read_decimal(text: str, whole: str) -> Decimal:
    """A number of a range."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise ScaleError(f"{text.strip()!r} in {whole!r} is no number")
    if not SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT or abs(value) >= 2**63:
        raise ScaleError(f"{text.strip()!r} in {whole!r} is not below 2**63, with at most 18 places")
    return value


def whole_if_possible(text: str, value: Decimal) -> Number:
    """A whole number where it is written as one."""
    return int(value) if value == value.to_integral_value() and "." not in text else float(value)


def variants_of(ranges: Sequence[Range]) -> list[tuple[tuple[str, Number], ...]]:
    """Every combination of values, the last variable fastest. Raises `ScaleError` where there are too many."""
    count = 1
    for one in ranges:
        count *= len(one.values)
    if count > MOST_VARIANTS:
        raise ScaleError(f"the sweep has {count:,} variants; at most {MOST_VARIANTS:,} are possible")
    names = [one.name for one in ranges]
    return [tuple(zip(names, values, strict=True)) for values in product(*(one.values for one in ranges))]


def sweep(requests: Sequence[Request], executor: Executor | None = None, *, chunk: int = 32) -> Iterator[Variant]:
    """The variants, in order, as they come; planned here, or by an executor in chunks."""
    if executor is None:
        return map(evaluate, requests)
    return executor.map(evaluate, requests, chunksize=chunk)


def evaluate(request: Request) -> Variant:
    """Plan one variant."""
    architecture = parsed(request.file, request.text)
    settings = settings_with(architecture, request.settings, dict(request.variables))
    return summary(examine(architecture, **settings, hold_promises=True), request.variables)


def settings_with(architecture: Loaded, settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with these values of variables, of which one may be the side of the input."""
    result = dict(settings)
    own = dict(values)
    if INPUT in own and not has_variable(architecture, INPUT):
        side = own.pop(INPUT)
        result["input"] = square(examine(architecture, **settings), int(side))
    result["variables"] = {**settings.get("variables", {}), **own}
    return result


@lru_cache(maxsize=4)
def parsed(file: str, text: str | None) -> Loaded:
    """The architecture, parsed once in each process."""
    return load(file) if text is None else load(text=text, filename=file)


def has_variable(architecture: Loaded, name: str) -> bool:
    """Whether the file has a variable of that name."""
    return name in architecture.variables()


def square(plan: Plan, side: int) -> dict[str, Shape]:
    """The plan's inputs, without batch, all spatial axes of this size."""
    layout = plan.layout
    return {
        name: tuple(
            side if axis in layout.spatial_axes(len(shape)) else size for axis, size in enumerate(shape) if axis
        )
        for name, shape in plan.inputs.items()
    }


def summary(plan: Plan, variables: tuple[tuple[str, Number], ...]) -> Variant:
    """What a plan costs."""
    totals, errors = plan.totals, plan.errors
    if errors or totals is None:
        message = errors[0].message if errors else "unknown"
        return Variant(variables, None, None, None, None, None, None, message)
    layout = plan.layout
    pixels: Dim = 0
    for shape in plan.inputs.values():
        elements: Dim = 1
        for axis in layout.spatial_axes(len(shape)):
            size = shape[axis]
            elements = None if elements is None or size is None else elements * size
        pixels = None if pixels is None or elements is None else pixels + elements
    field = plan.receptive_field
    return Variant(
        variables,
        totals.params,
        totals.macs,
        totals.peak_activation_bytes,
        totals.weight_bytes,
        field.size if field else None,
        pixels,
        None,
        totals.peak_training_bytes,
    )


def front(variants: Sequence[Variant], goals: Sequence[Goal] = GOALS) -> tuple[bool, ...]:
    """Which variants are on the Pareto front: no other one is as good in every goal and better in one.

    Wrong variants, and those of which a number is not known, are not on it. Without goals there is no front.
    """
    points = [score(variant, goals) if goals else None for variant in variants]
    known = sorted({point for point in points if point is not None}, reverse=True)
    best: list[tuple[int, ...]] = []
    for point in known:  # in descending order nothing later dominates: only what is kept can
        if not any(all(map(ge, kept, point)) for kept in best):
            best.append(point)
    chosen = set(best)
    return tuple(point in chosen for point in points)


def score(variant: Variant, goals: Sequence[Goal]) -> tuple[int, ...] | None:
    """The variant in the goals, larger is better; None where some number is not known."""
    numbers = []
    for key, most in goals:
        value = getattr(variant, key)
        if isinstance(value, tuple):
            value = min(value, default=0)
        if value is None:
            return None
        numbers.append(value if most else -value)
    return tuple(numbers)
