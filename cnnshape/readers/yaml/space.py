"""A space of networks: the values of a file's variables, and what is asked of the network that they give.

Its variants are numbered, the last variable fastest, and each is made from its number: a space takes no memory.
"""

from __future__ import annotations

import re
from ast import Name, parse, walk
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault, Span
from cnnshape.diagnostics.nodes import Mapping as Tree
from cnnshape.diagnostics.nodes import Node, Scalar, Sequence, from_data, to_data
from cnnshape.network.expectations import BYTES, COUNTS, PER_AXIS
from cnnshape.network.promise_syntax import Bound, parse_bound, parse_shape
from cnnshape.readers.yaml.environments import FileEnvironment
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.expressions import compile_expression
from cnnshape.readers.yaml.functions import FUNCTIONS
from cnnshape.value import NamedTuple

NUMBERS = (*COUNTS, *BYTES, *PER_AXIS, "pixels")
"""What an objective may be, and a constraint beside ``output``; named as in ``expect:``, and the inputs' pixels."""

PER_AXIS_AND_OUTPUT = (*PER_AXIS, "output")
"""The figures that have a size an axis."""

SHOWN = ("params", "macs", "peak_activation_bytes", "weight_bytes", "output")
"""The figures that every result has; others are there where something is asked of them."""

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


Refuse = Callable[[str, str, Span | None], None]
"""Takes what is wrong with a space: the code, the message, and where that stands."""


def space_of(data: Any) -> Space:
    """The space that plain data of the form of a file's ``search:`` is. Raises `SpaceError`."""

    def refuse(code: str, message: str, span: Span | None) -> None:
        raise SpaceError(message)

    return Space({}) if data is None else read_space(from_data(data), refuse)


def read_space(node: Node, refuse: Refuse, known: Collection[str] | None = None) -> Space:
    """The space that a file's ``search:`` is, as far as it is sound; what is wrong with it is refused.

    `known` are the variables of the file, where these are to be held against it.
    """
    if not isinstance(node, Tree):
        refuse("CS011", f"search is a mapping with {', '.join(KEYS)}, got {to_data(node)!r}", node.span)
        return Space({})
    for key, _ in node.pairs:
        if key.text not in KEYS:
            refuse("CS009", f"search has no key {key.text!r}; it is a mapping with {', '.join(KEYS)}", key.span)
    variables: dict[str, Steps | Choices] = {}
    constraints: list[Constraint] = []
    objectives: list[Objective] = []
    for key, each in named(node, "vary", refuse):
        if known is not None and key.text not in known:
            names = ", ".join(known)
            refuse("CS112", f"search varies {key.text!r}, which is no variable of the file; it has {names}", key.span)
        with refused(refuse, each.span):
            given = to_data(each)
            values = choices(key.text, given) if isinstance(given, list) else read_values(key.text, str(given))
            variables[key.text] = values
    for key, each in named(node, "constraints", refuse):
        with refused(refuse, each.span):
            constraints.append(constraint(key.text, to_data(each)))
    for word, most in (("minimize", False), ("maximize", True)):
        for each in listed(node.get(word)):
            with refused(refuse, each.span):
                objectives.append(objective(str(to_data(each)), most=most))
    conditions = listed(node.get("when"))
    for each in conditions:
        with refused(refuse, each.span):
            check_condition(str(to_data(each)), known)
    return Space(variables, tuple(str(to_data(each)) for each in conditions), tuple(constraints), tuple(objectives))


def named(node: Tree, key: str, refuse: Refuse) -> tuple[tuple[Scalar, Node], ...]:
    """What stands by names under a key."""
    found = node.get(key)
    if found is None or isinstance(found, Tree):
        return found.pairs if found else ()
    refuse("CS011", f"search: {key} is a mapping of names to values, got {to_data(found)!r}", found.span)
    return ()


def listed(node: Node | None) -> tuple[Node, ...]:
    """What is written as one value or as a list."""
    return () if node is None else node.items if isinstance(node, Sequence) else (node,)


@contextmanager
def refused(refuse: Refuse, span: Span | None) -> Iterator[None]:
    """What a part of a space is refused for, with its place."""
    try:
        yield
    except SpaceError as error:
        refuse("CS011", f"search: {error}", span) if span else refuse("CS011", str(error), span)


def check_condition(text: str, known: Collection[str] | None) -> None:
    """Refuse what is no expression, or names something else than variables. Raises `SpaceError`."""
    try:
        compile_expression(text)
    except Fault as fault:
        raise SpaceError(f"when {text}: {fault.message}") from None
    names = {each.id for each in walk(parse(text.strip(), mode="eval")) if isinstance(each, Name)}
    unknown = names.difference(known or names, FUNCTIONS, ("true", "false", "null"))
    if unknown:
        raise SpaceError(f"when {text}: {min(unknown)!r} is no variable of the file; it has {', '.join(known or ())}")
