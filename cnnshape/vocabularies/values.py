"""Types of arguments, shared by both vocabularies.

The spatial rank of the layer under validation is in the validation context (``{"rank": 2}``), so that one model
serves Conv1D, Conv2D and Conv3D.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.declaration import Before, Info

LARGEST = 2**63 - 1
"""Integers are bounded, as everywhere in a file."""


def whole(value: Any, info: Info) -> Any:
    """A whole float is an integer; any other float is refused with the fix."""
    if isinstance(value, float) and isfinite(value):
        if value.is_integer():
            return int(value)
        raise Fault(
            "CS110",
            f"{info.field_name} must be a whole number, got {value!r}",
            fix=f"use int({value!r}) = {int(value)}, or round_to(value, 8)",
            argument=info.field_name,
        )
    return value


def at_least(least: int, value: Any, info: Info) -> int:
    """An integer of at least `least`; refuses booleans, strings and the like by value."""
    value = whole(value, info)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    if value < least:
        raise ValueError(f"must be at least {least}")
    if value > LARGEST:
        raise ValueError("must be less than 2**63")
    return value


def from_on(least: int) -> Callable[[Any, Info], int]:
    """The check of an integer of at least `least`."""
    return lambda value, info: at_least(least, value, info)


positive, non_negative, integer = from_on(1), from_on(0), from_on(-LARGEST)


def number(value: Any) -> float | int:
    """A finite number, integers included."""
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("must be a finite number")
    return extended(value)


def extended(value: Any) -> float | int:
    """A number, which may be infinite, but has to be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if value != value:
        raise ValueError("must not be NaN")
    return value


def per_axis(value: Any, info: Info, least: int) -> tuple[int, ...]:
    """One integer for every spatial axis, or a list with one per axis; two axes where the name states none."""
    rank: int = (info.context and info.context["rank"]) or 2
    if isinstance(value, list | tuple):
        if len(value) != rank:
            raise ValueError(f"must be one whole number or {rank}, one per axis")
        return tuple(at_least(least, each, info) for each in value)
    return (at_least(least, value, info),) * rank


def each_from_on(least: int) -> Before:
    """In an annotation: integers of at least `least`, one for every spatial axis or one each."""
    return Before(lambda value, info: per_axis(value, info, least), int | list[int])


def summed_axes(value: Any, info: Info) -> int | tuple[tuple[int, ...], tuple[int, ...]]:
    """How many axes a product sums over, or which of its first and of its second operand."""
    if not isinstance(value, list | tuple):
        return non_negative(value, info)
    if len(value) != 2:
        raise ValueError("must be a whole number, or two lists of axes")
    first, second = (
        tuple(integer(axis, info) for axis in (each if isinstance(each, list | tuple) else (each,))) for each in value
    )
    return first, second


def lists_to_tuples(value: Any) -> Any:
    """Lists, as YAML has them, to tuples all the way down."""
    return tuple(lists_to_tuples(each) for each in value) if isinstance(value, list | tuple) else value


Positive = Annotated[int, Before(positive, int)]
NonNegative = Annotated[int, Before(non_negative, int)]
Integer = Annotated[int, Before(integer, int)]
Number = Annotated[float, Before(number, float)]
Extended = Annotated[float, Before(extended, float)]
"""A number that may be infinite: a constant, the power of a norm."""
Sizes = Annotated[tuple[int, ...], each_from_on(1)]
"""Positive integers per spatial axis: a kernel, strides, a dilation."""
Counts = Annotated[tuple[int, ...], each_from_on(0)]
"""Non-negative integers per spatial axis."""
SummedAxes = Annotated[int | tuple[tuple[int, ...], tuple[int, ...]], Before(summed_axes, int | list[int | list[int]])]

Nested = Annotated[Any, Before(lists_to_tuples)]
"""Any nesting of lists, as tuples."""
Kept = Any
"""An argument that is kept for export and otherwise ignored: an initializer, a regularizer, a constraint."""
