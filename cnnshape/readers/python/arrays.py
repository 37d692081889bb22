"""``numpy``, as far as networks use it: numbers, and arrays of one axis whose values are known."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from cnnshape.readers.python.values import Opaque, Symbol, Tensor, Value, now

UNARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "log10", "exp", "trunc")},
    "floor": lambda value: float(math.floor(value)),
    "ceil": lambda value: float(math.ceil(value)),
    **dict.fromkeys(("round", "around", "rint"), lambda value, digits=0: round(value, digits)),
    **dict.fromkeys(("abs", "absolute"), abs),
    "negative": operator.neg,
    "clip": lambda value, low, high: min(max(value, low), high),
}
BINARY: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "mod": operator.mod,
    "power": operator.pow,
    "maximum": max,
    "minimum": min,
}
REDUCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "prod": math.prod,
    "sum": sum,
    "max": max,
    "amax": max,
    "min": min,
    "amin": min,
    "any": any,
    "all": all,
    "mean": lambda values: sum(values) / len(values),
    "argmax": lambda values: values.index(max(values)),
    "argmin": lambda values: values.index(min(values)),
}
OPERATORS = {name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")}
COMPARED = {name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "neg")}


class Array:
    """An array of one axis."""

    def __init__(self, values: Sequence[Any]) -> None:
        now().cell(len(values))
        self.values = tuple(values)
        self.shape = (len(values),)
        self.size = len(values)
        self.ndim = 1

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return bool(self.values[0]) if self.size == 1 else now().opaque("an array's truth").refuse()

    def __getitem__(self, key: Value) -> Value:
        if isinstance(key, int):
            return self.values[key]
        if isinstance(key, slice) and not any(isinstance(each, Opaque) for each in (key.start, key.stop, key.step)):
            return Array(self.values[key])
        return now().opaque("which elements of an array are chosen")

    def __getattr__(self, name: str) -> Value:
        if name.startswith("__"):
            raise AttributeError(name)
        return now().opaque(f"`{name}` of an array")

    def astype(self, kind: Value, **_: Value) -> Value:
        """Its numbers as others."""
        name = kind.__name__ if isinstance(kind, type) else str(kind)
        return elementwise(math.trunc if "int" in name else bool if "bool" in name else float)(self)

    def tolist(self) -> list[Value]:
        """Its numbers."""
        return list(self.values)

    def copy(self) -> Array:
        """Itself: nothing changes it."""
        return self

    def cumsum(self) -> Array:
        """The sums up to each of its numbers."""
        return Array(list(accumulate(self.values)))


def array(value: Value, *_: Value, **__: Value) -> Value:
    """``np.array``: of numbers one of one axis; of anything deeper it is unknown, of a number that number."""
    if isinstance(value, Opaque | Array | int | float):
        return value
    values = list(value.data) if isinstance(value, Tensor) and isinstance(value.data, list) else now().listed(value)
    if all(isinstance(each, int | float) for each in values):
        return Array(values)
    unknown = next((each for each in values if isinstance(each, Opaque)), None)
    return now().opaque("an array of several axes") if unknown is None else unknown


def elementwise(apply: Callable[..., Any]) -> Callable[..., Value]:
    """A function of numbers for arrays of them; one number goes with every element."""

    def run(*values: Value, **_: Value) -> Value:
        given = [array(each) if isinstance(each, list | tuple) else each for each in values]
        for each in given:
            if not isinstance(each, Array | int | float):
                return each if isinstance(each, Opaque) else now().opaque("a function of an array and something else")
        lengths = {each.size for each in given if isinstance(each, Array)} - {1}
        if len(lengths) > 1:
            raise ValueError(f"operands could not be broadcast together: {sorted(lengths)} elements")
        try:
            if not any(isinstance(each, Array) for each in given):
                return apply(*given)
            columns = [spread(each, max(lengths, default=1)) for each in given]
            return Array([apply(*row) for row in zip(*columns, strict=True)])
        except (ArithmeticError, ValueError, TypeError):
            return now().opaque("a number that is not finite")

    return run


def spread(value: Value, count: int) -> Sequence[Any]:
    """The elements of an array, or one number so many times."""
    values = value.values if isinstance(value, Array) else (value,)
    return values * count if len(values) == 1 else values


def reduction(apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Value]:
    """A function of all elements at once."""

    def run(value: Value, axis: Value = None, *_: Value, **__: Value) -> Value:
        value = array(value)
        return value if isinstance(value, Opaque) else now().charge(apply(spread(value, 1)))

    return run


def arange(*bounds: Value, **_: Value) -> Value:
    """``np.arange``."""
    if any(not isinstance(each, int | float) for each in bounds):
        return now().opaque("a bound of arange")
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    count = max(math.ceil((stop - start) / step), 0)
    now().cell(count)
    return array([start + step * number for number in range(count)])


def linspace(start: Value, stop: Value, num: Value = 50, **_: Value) -> Value:
    """``np.linspace``."""
    if any(not isinstance(each, int | float) for each in (start, stop, num)):
        return now().opaque("a bound of linspace")
    now().cell(num)
    return array([start + (stop - start) * number / max(num - 1, 1) for number in range(num)])


def unique(value: Value, *, return_counts: bool = False, **_: Value) -> Value:
    """``np.unique``, with how often each occurs where that is asked."""
    value = array(value)
    if isinstance(value, Opaque):
        return value
    found = sorted(set(value.values))
    return (array(found), array([value.values.count(each) for each in found])) if return_counts else array(found)


def reflected(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator with its operands exchanged."""
    return lambda right, left: apply(left, right)


for name, apply in {**OPERATORS, **COMPARED}.items():
    setattr(Array, f"__{name}__", elementwise(apply))
for name, apply in OPERATORS.items():
    setattr(Array, f"__r{name}__", elementwise(reflected(apply)))
for name, apply in REDUCTIONS.items():
    setattr(Array, name, reduction(apply))
Array.round = elementwise(UNARY["round"])  # type: ignore[attr-defined]  # as the reductions

NUMPY: dict[str, Value] = {
    **{name: elementwise(apply) for name, apply in {**UNARY, **BINARY}.items()},
    **{name: reduction(apply) for name, apply in REDUCTIONS.items()},
    "ndarray": Array,
    "array": array,
    "asarray": array,
    "arange": arange,
    "linspace": linspace,
    "unique": unique,
    "atleast_1d": lambda value: array([value] if isinstance(value, int | float) else value),
    "cumsum": lambda value: array(list(accumulate(now().listed(value)))),
    **dict.fromkeys(("int_", "int8", "int16", "int32", "int64", "uint8", "integer"), int),
    **dict.fromkeys(("float_", "float64", "double", "floating"), float),
    **{name: Symbol(f"numpy.{name}") for name in ("float16", "float32", "newaxis")},
    "bool_": bool,
}
