"""Functions of the elements of arrays: of each, of all along an axis, of several arrays whose shapes broadcast."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from cnnshape.readers.python.language.values import Opaque, Tensor, Value, now, words
from cnnshape.readers.python.library.arrays import (
    METHODS,
    Array,
    Labels,
    array,
    axes_of,
    copied,
    is_data,
    known,
    lose,
    of_known,
    shaped,
    spread,
    unread,
)

UNARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "log10", "exp", "trunc", "sin", "cos", "tanh")},
    "floor": lambda value: float(math.floor(value)),
    "ceil": lambda value: float(math.ceil(value)),
    **dict.fromkeys(("round", "around", "rint"), lambda value, digits=0: round(value, digits)),
    **dict.fromkeys(("abs", "absolute"), abs),
    **dict.fromkeys(("neg", "negative"), operator.neg),
    "clip": lambda value, low, high: min(max(value, low), high),
    "logical_not": operator.not_,
}
BINARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in words("add sub mul truediv floordiv mod pow eq ne lt le gt ge")},
    "subtract": operator.sub,
    "multiply": operator.mul,
    **dict.fromkeys(("divide", "div", "true_divide"), operator.truediv),
    "floor_divide": operator.floordiv,
    **dict.fromkeys(("power", "float_power"), operator.pow),
    "remainder": operator.mod,
    "maximum": max,
    "minimum": min,
    "where": lambda condition, one, other: one if condition else other,
}
REDUCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "prod": math.prod,
    "sum": sum,
    **dict.fromkeys(("max", "amax"), max),
    **dict.fromkeys(("min", "amin"), min),
    "any": any,
    "all": all,
    "mean": lambda values: sum(values) / len(values),
    "argmax": lambda values: values.index(max(values)),
    "argmin": lambda values: values.index(min(values)),
}


PLACED = words("decimals digits a_min a_max")
"""Arguments of functions of numbers, in their order, that are given by their names."""


def elementwise(apply: Callable[..., Any]) -> Callable[..., Value]:
    """A function of numbers for arrays of them, whose shapes broadcast."""

    def run(*values: Value, **options: Value) -> Value:
        values = (*values, *(options.pop(name) for name in PLACED if name in options))
        if (strange := unread(options)) is not None:
            return strange
        given = [array(each) if isinstance(each, list | tuple | Tensor) else each for each in values]
        for each in given:
            if not isinstance(each, Array | int | float):
                return each if isinstance(each, Opaque) else now().opaque("a function of an array and something else")
        rank = max((each.ndim for each in given if isinstance(each, Array)), default=0)
        padded = [(*(1,) * (rank - each.ndim), *each.shape) for each in given if isinstance(each, Array)]
        sizes = [max(column) for column in zip(*padded, strict=True)]
        if any(size not in (1, wanted) for shape in padded for size, wanted in zip(shape, sizes, strict=True)):
            shown = " ".join(map(str, padded))
            raise ValueError(f"operands could not be broadcast together with shapes {shown}")
        try:
            columns = [spread(each, sizes) for each in given]
            return shaped([of_known(apply, row) for row in zip(*columns, strict=True)], sizes)
        except (ArithmeticError, ValueError, TypeError) as error:
            strange = now().opaque("a number that is not finite")
            for each in given[1:] if isinstance(error, TypeError) else ():
                lose(each, strange)  # where the values go is written behind the operands
            return strange

    return run


def written(make: Callable[..., Value]) -> Callable[..., Value]:
    """A function of two arrays that may be told which array it writes its values into, behind them or by name."""

    def run(one: Value, other: Value, out: Value = None, **options: Value) -> Value:
        made = make(one, other, **options)
        return made if out is None else out.change(made)

    vars(run)["at"] = lambda a, *_: lose(a, now().opaque("an element that a function changes"))
    return run


def reduction(apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Value]:
    """A function of all elements, or of those along axes."""

    def run(value: Value, axis: Value = None, *given: Value, keepdims: bool = False, **options: Value) -> Value:
        keepdims = keepdims or True in given  # as PyTorch has it
        if (strange := unread(options)) is not None:
            return strange
        if isinstance(value, Tensor) and is_data(value) and value.shape:
            axes = axes_of(axis, len(value.shape))
            return Tensor(
                tuple(1 if at in axes else size for at, size in enumerate(value.shape) if keepdims or at not in axes)
            )
        value = known(value)
        if not isinstance(value, Array):
            return value if isinstance(value, Opaque) else apply((value,))
        axes = axes_of(axis, value.ndim)
        kept = [each for each in range(value.ndim) if each not in axes]
        moved, count = value.transpose([*kept, *axes]).values, prod(value.shape[each] for each in axes)
        groups = prod(value.shape[each] for each in kept)
        numbers = [now().charge(apply(moved[at * count : (at + 1) * count])) for at in range(groups)]
        shape = [1 if each in axes else size for each, size in enumerate(value.shape)]
        return shaped(numbers, shape if keepdims else [value.shape[each] for each in kept])

    return run


def of_classes(apply: Callable[..., Value]) -> Callable[..., Value]:
    """A function that answers of labels what it answers of their classes, where it is asked of all of them."""

    def run(value: Value, *given: Value, **options: Value) -> Value:
        whole = isinstance(value, Labels) and not given and not options
        return apply(Array(range(value.classes)) if whole else value, *given, **options)

    return run


def repeated(value: Value, count: Value, axis: Value = None) -> Value:
    """``np.repeat``, of every element as often."""
    value = array(value)
    if not isinstance(value, Array) or not isinstance(count, int):
        return value if isinstance(value, Opaque) else now().opaque("how often elements of an array are repeated")
    value = value.reshape(-1) if axis is None else value
    axis = (axis or 0) % value.ndim
    return value[(*[slice(None)] * axis, [number for number in range(value.shape[axis]) for _ in range(count)])]


def along(apply: Callable[[Sequence[Any]], Iterable[Any]]) -> Callable[..., Value]:
    """A function of the values in order."""

    def run(value: Value, *axes: Value, **options: Value) -> Value:
        value = known(value)
        asked = [*axes, *(options.pop(name) for name in ("axis", "dim") if name in options)]
        if (strange := unread(options)) is not None:
            return strange
        if (asked and getattr(value, "ndim", 0) > 1) or any(each not in (0, -1, None, "C") for each in asked):
            return now().opaque("what a function makes of one of several axes")
        return value if isinstance(value, Opaque) else Array(list(apply(spread(value, getattr(value, "shape", (1,))))))

    return run


def as_type(value: Value, kind: Value, *_: Value, **__: Value) -> Value:
    """Its numbers as others."""
    name = kind.__name__ if isinstance(kind, type) else str(kind)
    return elementwise(math.trunc if "int" in name else bool if "bool" in name else float)(value)


def squeezed(value: Value, axis: Value = None) -> Value:
    """``np.squeeze``."""
    value = array(value)
    axes = axes_of(axis, value.ndim)
    return value.reshape([size for at, size in enumerate(value.shape) if size != 1 or at not in axes])


def swapped(value: Value, one: int, other: int) -> Value:
    """``np.swapaxes``."""
    value = array(value)
    order = list(range(value.ndim))
    order[one], order[other] = order[other], order[one]
    return value.transpose(order)


def in_place(apply: Callable[..., Value]) -> Callable[[Array, Value], Array]:
    """An operator that changes its left operand."""
    return lambda self, other: self.change(apply(self, other))


def reflected(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator with its operands exchanged."""
    return lambda right, left: apply(left, right)


ELEMENTWISE = {name: elementwise(apply) for name, apply in {**UNARY, **BINARY}.items()}
ELEMENTWISE |= {name: written(ELEMENTWISE[name]) for name in BINARY if name != "where"}
REDUCED = {name: reduction(apply) for name, apply in REDUCTIONS.items()}
METHODS |= {
    **REDUCED,
    **{name: of_classes(REDUCED[name]) for name in words("max amax min amin")},
    "astype": as_type,
    "round": ELEMENTWISE["round"],
    "cumsum": along(accumulate),
    "flatten": along(iter),
    "ravel": lambda value: array(value).reshape(-1),
    "view": lambda value, *kind, **__: now().opaque("an array as of another type") if kind else value,
    "squeeze": squeezed,
    "swapaxes": swapped,
    "copy": copied,
    "repeat": repeated,
}
for name in words("add sub mul truediv floordiv mod pow eq ne lt le gt ge neg"):
    setattr(Array, f"__{name}__", ELEMENTWISE[name])
    if name in BINARY:
        setattr(Array, f"__r{name}__", elementwise(reflected(BINARY[name])))
        setattr(Array, f"__i{name}__", in_place(ELEMENTWISE[name]))
