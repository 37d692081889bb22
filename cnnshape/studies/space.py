"""A space of networks: the values of a file's variables, and what is asked of the network that they give.

Its variants are numbered, the last variable fastest, and each is made from its number: a space takes no memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from math import prod
from typing import Any, Protocol

from cnnshape.arithmetic.sizes import Shape, product, total
from cnnshape.diagnostics import Fault
from cnnshape.network.expectations import BYTES, COUNTS, PER_AXIS
from cnnshape.network.plan import Plan
from cnnshape.network.promise_syntax import Bound, parse_bound, parse_shape
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.expressions import compile_expression
from cnnshape.readers.yaml.walk.file_header import FileEnvironment
from cnnshape.value import NamedTuple

NUMBERS = (*COUNTS, *BYTES, *PER_AXIS, "pixels")
"""What an objective may be, and a constraint beside ``output``; named as in ``expect:``, and the inputs' pixels."""

PER_AXIS_AND_OUTPUT = (*PER_AXIS, "output")
"""The figures that have a size an axis."""

SHOWN = ("params", "macs", "peak_activation_bytes", "weight_bytes", "output")
"""The figures that every result has; others are there where something is asked of them."""

MOST_VARIANTS = 100_000_000
"""Larger spaces are not searched exhaustively: at thousands a second that takes a day of every core."""

KEYS = ("vary", "when", "constraints", "minimize", "maximize")
"""What ``search:`` has."""


SMALLEST_EXPONENT, LARGEST_EXPONENT = -18, 18
"""Of ten, in a number of a range: others are a slip, and take Python minutes."""

INPUT = "input"
"""Varied like a variable, where the file has none of that name: the side of the input."""


class SpaceError(ValueError):
    """A space that cannot be searched, or a question that cannot be asked of this file; nothing was planned."""


class Steps(NamedTuple):
    """Numbers from a first one upwards in equal steps."""

    start: Decimal
    step: Decimal
    size: int
    whole: bool

    def at(self, index: int) -> int | float:
        """The value of that number, from 0."""
        value = self.start + self.step * index
        return int(value) if self.whole else float(value)


class Choices(NamedTuple):
    """Values one by one: numbers, words, truth values."""

    values: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.values)

    def at(self, index: int) -> Any:
        """The value of that number, from 0."""
        return self.values[index]


class Constraint(NamedTuple):
    """What a figure of a variant has to be: within a bound, on every axis where it has some, or a shape."""

    key: str
    bound: Bound | Shape

    def holds(self, actual: Any) -> bool:
        """Whether a figure is known and as required."""
        if not isinstance(self.bound, Bound):
            return bool(actual == self.bound)
        sizes = actual if isinstance(actual, tuple) else (actual,)
        return all(size is not None and self.bound.excess(size) == 0 for size in sizes)


class Objective(NamedTuple):
    """A figure to minimize or to maximize; of one with several axes the smallest counts."""

    key: str
    most: bool

    def score(self, actual: Any) -> Any:
        """The figure as a number of which less is better; None where it is not known."""
        if isinstance(actual, tuple):
            actual = None if None in actual else min(actual, default=None)
        return actual if actual is None or not self.most else -actual


class Space(NamedTuple):
    """The variants of a file: every combination of values that the conditions allow, and what is asked of them."""

    variables: Mapping[str, Steps | Choices]
    conditions: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    objectives: tuple[Objective, ...] = ()

    @property
    def size(self) -> int:
        """How many combinations there are, whatever the conditions say."""
        return prod(values.size for values in self.variables.values())

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures of each result."""
        asked = (*(each.key for each in self.constraints), *(each.key for each in self.objectives))
        return tuple(dict.fromkeys((*SHOWN, *asked)))

    def at(self, number: int) -> dict[str, Any]:
        """The values of the variant of that number, from 0."""
        found = {}
        for name, values in reversed([*self.variables.items()]):
            number, index = divmod(number, values.size)
            found[name] = values.at(index)
        return dict(reversed(found.items()))

    def allows(self, values: Mapping[str, Any]) -> bool:
        """Whether every condition is true of the values. Raises `SpaceError` where one cannot be judged."""
        if not self.conditions:
            return True
        environment = FileEnvironment(dict(values), Work())
        try:
            return all(compile_expression(each).evaluate(environment) for each in self.conditions)
        except Fault as fault:
            raise SpaceError(f"when {' and '.join(self.conditions)}: {fault.message}") from None


class Visits(Protocol):
    """Which variants of a space a search visits, and in which order."""

    @property
    def visited(self) -> int:
        """How many."""

    def at(self, position: int) -> int:
        """The number of the variant at a position, from 0."""


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


def order_of(space: Space, random: int | None, seed: int) -> Order:
    """The order of a search: exhaustive, or so many at random. Raises `SpaceError` where that would never end."""
    size = space.size
    if random is None:
        if size > MOST_VARIANTS:
            raise SpaceError(f"the space has {size:,} variants, too many to plan each: write --random 100000")
        return Order(size, size)
    return Order(size, min(random, size), seed)


def read_values(name: str, text: str) -> Steps | Choices:
    """``0.25..2:0.25`` (both ends included, the step is 1 by default) or ``1,2,4``. Raises `SpaceError`."""
    if ".." not in text:
        return choices(name, [read_value(each.strip()) for each in text.split(",") if each.strip()])
    start_text, _, rest = text.partition("..")
    stop_text, _, step_text = rest.partition(":")
    bounds = (start_text, stop_text, step_text or "1")
    try:
        start, stop, step = (read_decimal(each, text) for each in bounds)
    except SpaceError as error:
        raise SpaceError(f"{name}: {error}; write START..STOP, START..STOP:STEP or A,B,C") from None
    if step <= 0 or stop < start:
        raise SpaceError(f"{name}: a range goes up from START to STOP in steps above 0, got {text!r}")
    whole = not any("." in each or "e" in each.lower() for each in bounds)
    return Steps(start, step, int((stop - start) / step) + 1, whole)


def read_decimal(text: str, whole: str) -> Decimal:
    """A number of a range."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise SpaceError(f"{text.strip()!r} in {whole!r} is no number")
    if not SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT or abs(value) >= 2**63:
        raise SpaceError(f"{text.strip()!r} in {whole!r} is not below 2**63, with at most 18 places")
    return value


def whole_if_possible(text: str, value: Decimal) -> int | float:
    """A whole number where it is written as one."""
    return int(value) if value == value.to_integral_value() and "." not in text else float(value)


def read_value(text: str) -> Any:
    """A number where it is one, ``true`` and ``false``, else the word."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return whole_if_possible(text, read_decimal(text, text))
    except SpaceError:
        return text


def choices(name: str, values: Iterable[Any]) -> Choices:
    """Values one by one. Raises `SpaceError` where there are none, or one comes twice."""
    found = tuple(values)
    if not found:
        raise SpaceError(f"{name} has no values: write START..STOP, START..STOP:STEP or A,B,C")
    if len({repr(each) for each in found}) < len(found):
        raise SpaceError(f"{name} has a value twice")
    return Choices(found)


def read_variable(text: str) -> tuple[str, Steps | Choices]:
    """``width=0.25..2:0.25``. Raises `SpaceError`."""
    name, _, values = text.partition("=")
    name = name.strip()
    if not name:
        raise SpaceError(f"must be NAME=START..STOP:STEP or NAME=A,B,C, got {text!r}")
    return name, read_values(name, values)


def read_constraint(text: str) -> Constraint:
    """``params <= 1M`` or ``output: [10]``. Raises `SpaceError`."""
    match = re.fullmatch(r"\s*(\w+)\s*:?\s*(.+?)\s*", text)
    if match is None:
        raise SpaceError(f"a constraint is `params <= 1M` or `output: [10]`, got {text!r}")
    return constraint(match[1], match[2].lstrip("= ") if match[1] == "output" else match[2])


def constraint(key: str, required: Any) -> Constraint:
    """A constraint on a figure, as ``expect:`` has it. Raises `SpaceError`."""
    if key != "output":
        require_number(key, "output", *NUMBERS)
    try:
        return Constraint(key, parse_shape(required) if key == "output" else parse_bound(required))
    except Fault as fault:
        raise SpaceError(f"{key}: {fault.message}{f'; {fault.fix}' if fault.fix else ''}") from None


def objective(key: str, *, most: bool) -> Objective:
    """A figure to minimize, or to get the most of. Raises `SpaceError`."""
    require_number(key, *NUMBERS)
    return Objective(key, most)


def require_number(key: str, *known: str) -> None:
    """Refuse a figure that no plan has."""
    if key not in known:
        raise SpaceError(f"no figure is called {key!r}; there are {', '.join(known)}")


def space_of(data: Any) -> Space:
    """The space that a file's ``search:`` is, as plain data. Raises `SpaceError`."""
    if data is None:
        return Space({})
    if not isinstance(data, Mapping) or not set(data) <= set(KEYS):
        raise SpaceError(f"search is a mapping with {', '.join(KEYS)}, got {data!r}")
    vary, constraints = data.get("vary") or {}, data.get("constraints") or {}
    if not isinstance(vary, Mapping) or not isinstance(constraints, Mapping):
        raise SpaceError("search: vary and constraints are mappings of names to values")
    return Space(
        {
            name: choices(name, each) if isinstance(each, list) else read_values(name, str(each))
            for name, each in vary.items()
        },
        tuple(map(str, listed(data.get("when")))),
        tuple(constraint(key, each) for key, each in constraints.items()),
        tuple(
            objective(str(key), most=most)
            for word, most in (("minimize", False), ("maximize", True))
            for key in listed(data.get(word))
        ),
    )


def listed(value: Any) -> list[Any]:
    """What is written as one value or as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def figure(plan: Plan, key: str) -> Any:
    """A figure of a plan, by its name; per axis where it has axes. None where it is not known."""
    if key == "output":
        shape = next(iter(plan.outputs.values()), None)
        return None if shape is None else shape[1:]
    if key == "pixels":
        return total(
            product(shape[axis] for axis in plan.layout.spatial_axes(len(shape))) for shape in plan.inputs.values()
        )
    field = plan.receptive_field
    if key == "receptive_field":
        return field and field.size
    if key == "output_stride":
        return field and field.jump
    totals = plan.totals if plan.totals and plan.totals.complete else None  # of lower bounds nothing is known
    return getattr(totals, key, None)
