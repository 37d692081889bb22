"""``numpy``, as far as networks use it."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from cnnshape.arithmetic.strides import contiguous
from cnnshape.readers.python.language.guard import get_attribute
from cnnshape.readers.python.language.values import Opaque, Symbol, Tensor, Value, named, now, words
from cnnshape.readers.python.library.arrays import (
    METHODS,
    Array,
    array,
    axes_of,
    copied,
    known,
    lose,
    shaped,
    taken_as,
    unread,
    walk,
)
from cnnshape.readers.python.library.elements import ELEMENTWISE, along, of_classes, reduction
from cnnshape.readers.python.library.standard import MATH, RANDOM


def arange(start: Value = 0, stop: Value = None, step: Value = 1, dtype: Value = None, **options: Value) -> Value:
    """``np.arange``."""
    if (strange := unread(options)) is not None:
        return strange
    first, last = (0, start) if stop is None else (start, stop)
    if any(not isinstance(each, int | float) for each in (first, last, step)):
        return now().opaque("a bound of arange")
    count = max(math.ceil((last - first) / step), 0)
    now().cell(count)
    return typed(Array([first + step * number for number in range(count)]), dtype)


def typed(made: Array, dtype: Value) -> Value:
    """An array as the type that is asked for."""
    return made if dtype is None else made.astype(dtype)


def linspace(
    start: Value, stop: Value, num: Value = 50, endpoint: bool = True, dtype: Value = None, **options: Value
) -> Value:
    """``np.linspace``."""
    if (strange := unread(options)) is not None:
        return strange
    if any(not isinstance(each, int | float) for each in (start, stop, num)):
        return now().opaque("a bound of linspace")
    now().cell(num)
    parts = max(num - 1 if endpoint else num, 1)
    return typed(Array([start + (stop - start) * number / parts for number in range(num)]), dtype)


def logspace(
    start: Value, stop: Value, num: Value = 50, endpoint: bool = True, base: Value = 10.0, dtype: Value = None
) -> Value:
    """``np.logspace``."""
    exponents = linspace(start, stop, num, endpoint)
    return typed(Array([base**each for each in exponents.values]), dtype) if isinstance(exponents, Array) else exponents


def filled(value: Value) -> Callable[..., Value]:
    """``np.zeros``, ``np.ones``: one number everywhere."""

    def run(shape: Value, *given: Value, dtype: Value = None, **options: Value) -> Value:
        given = (*given, *(options.pop(name) for name in ("fill_value",) if name in options))
        if (strange := unread(options)) is not None:
            return strange
        dtype = next(iter(given[value is None :]), dtype)
        sizes = [shape] if isinstance(shape, int) else shape
        if isinstance(sizes, Opaque) or not all(isinstance(each, int) for each in sizes):
            return now().opaque("a size of an array")
        now().cell(prod(sizes))
        made = Array([given[0] if value is None else value] * prod(sizes), sizes)
        return typed(made, dtype)

    return run


def joined(arrays: Value, axis: int = 0, **options: Value) -> Value:
    """``np.concatenate``."""
    if (strange := unread(options)) is not None:
        return strange
    given = [array(each) for each in arrays]
    if not all(isinstance(each, Array) for each in given):
        return next(each for each in given if not isinstance(each, Array))
    rank = given[0].ndim
    order = [axis % rank, *(each for each in range(rank) if each != axis % rank)]
    parts = [each.transpose(order) for each in given]
    numbers = [number for each in parts for number in each.values]
    whole = Array(numbers, (sum(map(len, parts)), *parts[0].shape[1:]))
    return whole.transpose([order.index(each) for each in range(rank)])


def stacked(arrays: Value, axis: int = 0, **options: Value) -> Value:
    """``np.stack``: the arrays lie along a new axis."""
    whole = copied(arrays, **options)
    if not isinstance(whole, Array):
        return whole
    order = list(range(1, whole.ndim))
    order.insert(axis % whole.ndim, 0)
    return whole.transpose(order)


def eye(rows: int, columns: Value = None, k: int = 0, dtype: Value = None) -> Value:
    """``np.eye``."""
    columns = rows if columns is None else columns
    return typed(Array([float(b - a == k) for a in range(rows) for b in range(columns)], (rows, columns)), dtype)


def tiled(value: Value, times: Value) -> Value:
    """``np.tile``."""
    value, counts = array(value), [times] if isinstance(times, int) else times
    if not isinstance(value, Array) or not all(isinstance(each, int) for each in counts):
        return value if isinstance(value, Opaque) else now().opaque("how often an array is repeated")
    value = value.reshape((*(1,) * (len(counts) - value.ndim), *value.shape))
    for axis, count in enumerate(counts, value.ndim - len(counts)):
        value = value[(*[slice(None)] * axis, [*range(value.shape[axis])] * count)]
    return value


def flip(value: Value, *axis: Value, **options: Value) -> Value:
    """``np.flip``."""
    value = array(value)
    axis = axis or tuple(each for name, each in options.items() if name in ("axis", "dims"))
    asked = axis[0] if axis and isinstance(axis[0], list | tuple) else axis or range(value.ndim)
    axes = [each % value.ndim for each in asked]
    return value[tuple(slice(None, None, -1 if each in axes else 1) for each in range(value.ndim))]


def unique(value: Value, *, return_counts: bool = False, **options: Value) -> Value:
    """``np.unique``, with how often each occurs where that is asked."""
    value = known(value)
    options = {name: each for name, each in options.items() if name != "sorted" and each is not False}
    if isinstance(value, Opaque) or (strange := unread(options)) is not None:
        return value if isinstance(value, Opaque) else strange
    counted = Counter(value.values)
    found = sorted(counted)
    return (Array(found), Array([counted[each] for each in found])) if return_counts else Array(found)


def meshgrid(*values: Value, indexing: str = "xy", **options: Value) -> Value:
    """``np.meshgrid``."""
    if (strange := unread(options)) is not None:
        return strange
    given = [array(each) for each in values]
    order = [1, 0, *range(2, len(given))] if indexing == "xy" and len(given) > 1 else list(range(len(given)))
    sizes = [len(given[axis]) for axis in order]
    steps = [[int(axis == number) for axis in order] for number in range(len(given))]
    return [
        Array([values[place] for place in walk(sizes, step)], sizes)
        for values, step in zip([each.values for each in given], steps, strict=True)
    ]


def reshaped(value: Value, shape: Value) -> Value:
    """``np.reshape``."""
    return get_attribute(value if isinstance(value, Tensor) else array(value), "reshape")(shape)


def expand_dims(value: Value, axis: int) -> Value:
    """An axis of one element more."""
    key = (..., None) if axis == -1 else (*[slice(None)] * axis, None)
    return now().framework.get_item(value, key) if isinstance(value, Tensor) else array(value)[key]


def sorting(apply: Callable[[Sequence[Any]], Sequence[Any] | None]) -> Callable[..., Value]:
    """``np.sort``, ``np.argsort``: a function of the values along an axis, which says None where it does not know."""

    def run(value: Value, axis: Value = -1, **options: Value) -> Value:
        value = known(value)
        if not isinstance(value, Array) or (strange := unread(options)) is not None:
            return strange if isinstance(value, Array) else value
        value, axis = (value.reshape(-1), 0) if axis is None else (value, axis % value.ndim)
        order = [*(each for each in range(value.ndim) if each != axis), axis]
        moved, count = value.transpose(order), value.shape[axis]
        values = moved.values
        rows = [apply(values[start : start + count]) for start in range(0, value.size, count or 1)]
        if None in rows:
            return now().opaque("the order of what is equal")
        made = Array([number for row in rows for number in row or ()], moved.shape)
        return made.transpose([order.index(each) for each in range(value.ndim)])

    return run


def filled_diagonal(a: Array, val: Value, wrap: bool = False) -> None:
    """``np.fill_diagonal``: of a tall matrix once, or again and again."""
    end = a.shape[1] ** 2 if a.ndim == 2 and not wrap else None
    a.put([*range(a.size)[: end : sum(contiguous(a.shape))]], val)


def losing(name: str) -> Callable[..., None]:
    """A function that changes elements of its first argument, nobody knows how."""
    return lambda a, *_, **__: lose(a, now().opaque(f"an element that `numpy.{name}` changes"))


def order_of(values: Sequence[Any]) -> list[int] | None:
    """The places of values in their order; None where two are equal, which NumPy leaves as it likes."""
    return sorted(range(len(values)), key=values.__getitem__) if len({*values}) == len(values) else None


def tensordot(one: Value, other: Value, axes: Value = 2) -> Value:
    """``np.tensordot``."""
    given = [array(one), array(other)]
    if not all(isinstance(each, Array) for each in given):
        return next((each for each in given if isinstance(each, Opaque)), now().opaque("a product of numbers"))
    counted = isinstance(axes, int)
    asked = ([*range(given[0].ndim)][given[0].ndim - axes :], [*range(axes)]) if counted else axes
    summed = [axes_of(each, value.ndim) for each, value in zip(asked, given, strict=True)]
    kept = [[at for at in range(value.ndim) if at not in each] for each, value in zip(summed, given, strict=True)]
    sizes = [[value.shape[at] for at in each] for each, value in zip(summed, given, strict=True)]
    if sizes[0] != sizes[1]:
        raise ValueError("shape-mismatch for sum")
    count = prod(sizes[0])
    moved = [value.transpose([*a, *b]).values for value, a, b in zip(given, kept, summed, strict=True)]
    left, right = ([values[at : at + count] for at in range(0, len(values), count)] for values in moved)
    now().cell(len(left) * len(right) * count)
    shape = [value.shape[at] for each, value in zip(kept, given, strict=True) for at in each]
    return shaped([sum(map(operator.mul, a, b)) for a in left for b in right], shape)


def product(one: Value, other: Value) -> Value:
    """``np.dot`` and ``np.matmul``, of vectors and matrices."""
    ranks = [getattr(array(each), "ndim", 0) for each in (one, other)]
    if not {*ranks} <= {1, 2}:
        return now().opaque("a product of other arrays than vectors and matrices")
    return tensordot(one, other, ([-1], [-ranks[1]]))


def upright(arrays: Value, turned: bool) -> Value:
    """``np.vstack`` and ``np.column_stack``: vectors are rows, or columns."""
    given = [array(each) for each in arrays]
    shape = (-1, 1) if turned else (1, -1)
    return joined([each.reshape(shape) if getattr(each, "ndim", 0) == 1 else each for each in given], int(turned))


def variance(values: Sequence[Any]) -> Any:
    """``np.var``, of all values."""
    return sum((each - sum(values) / len(values)) ** 2 for each in values) / len(values)


NUMPY: dict[str, Value] = {
    **ELEMENTWISE,
    **METHODS,
    "ndarray": Array,
    "array": copied,
    **dict.fromkeys(words("asarray asanyarray ascontiguousarray"), taken_as),
    "stack": stacked,
    "arange": arange,
    **named(linspace, logspace),
    "concatenate": joined,
    **named(tensordot),
    **dict.fromkeys(("dot", "matmul"), product),
    "sort": sorting(sorted),
    "argsort": sorting(order_of),
    "copyto": lambda dst, src: dst.fill(src),
    "put": Array.put,
    "fill_diagonal": filled_diagonal,
    **{name: losing(name) for name in words("place putmask put_along_axis")},
    "vstack": lambda arrays: upright(arrays, False),
    "column_stack": lambda arrays: upright(arrays, True),
    "hstack": lambda arrays: joined(arrays, int(getattr(array(arrays[0]), "ndim", 1) > 1)),
    "median": reduction(lambda values: (sorted(values)[(len(values) - 1) // 2] + sorted(values)[len(values) // 2]) / 2),
    "var": reduction(variance),
    "std": reduction(lambda values: math.sqrt(variance(values))),
    "zeros": filled(0.0),
    "ones": filled(1.0),
    "full": filled(None),
    "expand_dims": expand_dims,
    "eye": eye,
    "outer": lambda one, other: ELEMENTWISE["mul"](array(one).reshape(-1, 1), array(other).reshape(1, -1)),
    "transpose": lambda value, *axes: array(value).transpose(*axes),
    "reshape": reshaped,
    "meshgrid": meshgrid,
    "flip": flip,
    "tile": tiled,
    "unique": of_classes(unique),
    "diff": along(lambda values: [after - before for before, after in pairwise(values)]),
    "atleast_1d": lambda value: array([value] if isinstance(value, int | float) else value),
    **dict.fromkeys(("int_", "int8", "int16", "int32", "int64", "uint8", "integer"), int),
    **dict.fromkeys(("float_", "float64", "double", "floating"), float),
    **{name: Symbol(f"numpy.{name}") for name in ("float16", "float32")},
    "newaxis": None,
    "bool_": bool,
}
Array.__matmul__ = product  # type: ignore[operator]
Array.sort = lambda self, *axis, **options: self.fill(NUMPY["sort"](self, *axis, **options))  # type: ignore[attr-defined]
MODULES = {"numpy": {**MATH, **NUMPY}, "numpy.random": RANDOM}
