"""``numpy``, as far as networks use it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from math import prod

from cnnshape.readers.python.language.guard import get_attribute
from cnnshape.readers.python.language.values import Opaque, Symbol, Tensor, Value, named, now
from cnnshape.readers.python.library.arrays import (
    ELEMENTWISE,
    METHODS,
    Array,
    along,
    array,
    copied,
    of_classes,
    taken_as,
    unread,
    walk,
)
from cnnshape.readers.python.library.standard import MATH


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
    value = array(value)
    options = {name: each for name, each in options.items() if name != "sorted" and each is not False}
    if isinstance(value, Opaque) or (strange := unread(options)) is not None:
        return value if isinstance(value, Opaque) else strange
    found = sorted(set(value.values))
    return (Array(found), Array([value.values.count(each) for each in found])) if return_counts else Array(found)


def meshgrid(*values: Value, indexing: str = "xy", **options: Value) -> Value:
    """``np.meshgrid``."""
    if (strange := unread(options)) is not None:
        return strange
    given = [array(each) for each in values]
    order = [1, 0, *range(2, len(given))] if indexing == "xy" and len(given) > 1 else list(range(len(given)))
    sizes = [len(given[axis]) for axis in order]
    steps = [[int(axis == number) for axis in order] for number in range(len(given))]
    return [
        Array([each.values[place] for place in walk(sizes, step)], sizes)
        for each, step in zip(given, steps, strict=True)
    ]


def reshaped(value: Value, shape: Value) -> Value:
    """``np.reshape``."""
    return get_attribute(value if isinstance(value, Tensor) else array(value), "reshape")(shape)


def expand_dims(value: Value, axis: int) -> Value:
    """An axis of one element more."""
    key = (..., None) if axis == -1 else (*[slice(None)] * axis, None)
    return now().framework.get_item(value, key) if isinstance(value, Tensor) else array(value)[key]


NUMPY: dict[str, Value] = {
    **ELEMENTWISE,
    **METHODS,
    "ndarray": Array,
    "array": copied,
    "asarray": taken_as,
    "stack": stacked,
    "arange": arange,
    **named(linspace, logspace),
    "concatenate": joined,
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
MODULES = {"numpy": {**MATH, **NUMPY}}
