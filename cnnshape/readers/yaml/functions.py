"""What expressions can compute with: functions, operators, and what they say of values that do not fit."""

from __future__ import annotations

import _ast as ast
import math
import operator
from collections.abc import Callable
from typing import Any

from cnnshape.readers.yaml.expression_budget import LONGEST_LIST

MOST_DIGITS = 400
"""Of ``round(value, digits)``: no number of these files has more."""


class Unfit(TypeError):  # noqa: N818 - completes "cannot be computed with ..."
    """What an expression cannot be computed with, in the words of a file."""


def why_not(error: Exception) -> str:
    """Why Python computes no value, as what follows the expression in a message."""
    if isinstance(error, ZeroDivisionError):
        return " divides by zero"
    if isinstance(error, IndexError):
        return ": the index lies outside the list"
    if isinstance(error, TypeError):
        return f" cannot be computed with {error if isinstance(error, Unfit) else 'values of these kinds'}"
    is_large = isinstance(error, OverflowError) and isinstance(error.args[0], int)
    return f" cannot be computed: {'the number is too large' if is_large else error}"


def round_to(value: float, divisor: int) -> int:
    """MobileNet's rounding of channels: to a multiple of `divisor`, at least that, never below 0.9 of the value.

    Source: ``_make_divisible`` of the MobileNet reference code.
    """
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def number(value: Any) -> Any:
    """The value, which has to be a number."""
    if not isinstance(value, int | float):
        raise Unfit(kind_of(value))
    return value


def _numbers(*values: Any) -> tuple[Any, ...]:
    return tuple(map(number, values[0] if len(values) == 1 and isinstance(values[0], list) else values))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit(f"{kind_of(value)}, where a list is needed")
    return value


def _range(*bounds: int) -> list[int]:
    for bound in bounds:
        if isinstance(bound, bool) or not isinstance(bound, int):
            raise Unfit(kind_of(bound))
    numbers = range(*bounds)
    if len(numbers) > LONGEST_LIST:
        raise ValueError(f"more than {LONGEST_LIST:,} elements")
    return list(numbers)


def _round(value: Any, digits: Any) -> Any:
    if isinstance(digits, bool) or not isinstance(digits, int):
        raise Unfit(kind_of(digits))
    if abs(digits) > MOST_DIGITS:  # Python would compute ten to that power
        raise ValueError(f"more than {MOST_DIGITS} digits")
    (rounded,) = _numbers(value)
    return round(rounded, digits)


def _container(value: Any) -> Any:
    return value if isinstance(value, str) else _list(value)


def _zip(*lists: list[Any]) -> list[list[Any]]:
    if len({len(_list(each)) for each in lists}) > 1:
        raise ValueError(f"the lists have different lengths: {', '.join(str(len(each)) for each in lists)}")
    return [list(each) for each in zip(*lists, strict=True)]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": lambda *values: min(_numbers(*values)),
    "max": lambda *values: max(_numbers(*values)),
    "abs": lambda value: abs(*_numbers(value)),
    "round": lambda value, digits=None: round(*_numbers(value)) if digits is None else _round(value, digits),
    "float": lambda value: float(value) if value in ("inf", "-inf") else float(*_numbers(value)),
    "int": lambda value: int(*_numbers(value)),
    "ceil": lambda value: math.ceil(*_numbers(value)),
    "floor": lambda value: math.floor(*_numbers(value)),
    "len": lambda values: len(values) if isinstance(values, str) else len(_list(values)),
    "sum": lambda values: sum(_numbers(*_list(values))),
    "range": _range,
    "enumerate": lambda values, start=0: [[start + index, value] for index, value in enumerate(_list(values))],
    "zip": _zip,
    "round_to": lambda value, divisor: round_to(*_numbers(value, divisor)),
}
"""What expressions may call."""


ARGUMENTS = {
    **dict.fromkeys(("abs", "float", "int", "ceil", "floor", "len", "sum"), (1, 1)),
    **dict.fromkeys(("round", "enumerate"), (1, 2)),
    "range": (1, 3),
    "round_to": (2, 2),
}
"""The fewest and the most arguments of those that do not take any number of them."""


Binary = Callable[[Any, Any], Any]

BINARY: dict[type[ast.operator], Binary] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


COMPARISONS: dict[type[ast.cmpop], Binary] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in _container(other),
    ast.NotIn: lambda one, other: one not in _container(other),
    ast.Is: lambda one, other: one is None if other is None else one == other,
    ast.IsNot: lambda one, other: one is not None if other is None else one != other,
}


ORDERING = frozenset({operator.lt, operator.le, operator.gt, operator.ge})


REFUSED = {
    "Attribute": "an attribute (a dot)",
    "Lambda": "lambda",
    "ListComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "SetComp": "a comprehension",
    "DictComp": "a comprehension",
    "Dict": "a dictionary",
    "Set": "a set",
    "JoinedStr": "an f-string",
    "NamedExpr": ":=",
    "Starred": "* unpacking",
    "Await": "await",
    "Yield": "yield",
}


def kind_of(value: Any) -> str:
    kinds = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}
    if isinstance(value, list):
        return "a list"
    return "an unknown size" if value is None else kinds.get(type(value), type(value).__name__)
