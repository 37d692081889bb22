"""``numpy``, as far as networks use it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from math import prod

from cnnshape.readers.python.language.guard import get_attribute
from cnnshape.readers.python.language.values import Opaque, Symbol, Tensor, Value, named, now
from cnnshape.readers.python.library.arrays import ELEMENTWISE, METHODS, Array, along, array, copied, of_classes, walk
from cnnshape.readers.python.library.standard import MATH


def arange(*bounds: Value, **_: Value) -> Value:
    """``np.arange``."""
    if any(not isinstance(each, int | float) for each in bounds):
        return now().opaque("a bound of arange")
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    count = max(math.ceil((stop - start) / step), 0)
    now().cell(count)
    return Array([start + step * number for number in range(count)])


def linspace(start: Value, stop: Value, num: Value = 50, **_: Value) -> Value:
    """``np.linspace``."""
    if any(not isinstance(each, int | float) for each in (start, stop, num)):
        return now().opaque("a bound of linspace")
    now().cell(num)
    return Array([start + (stop - start) * number / max(num - 1, 1) for number in range(num)])


def logspace(start: Value, stop: Value, num: Value = 50, *_: Value, base: Value = 10.0, **__: Value) -> Value:
    """``np.logspace``."""
    exponents = linspace(start, stop, num)
    return Array([base**each for each in exponents.values]) if isinstance(exponents, Array) else exponents


def filled(value: Value) -> Callable[..., Value]:
    """``np.zeros``, ``np.ones``: one number everywhere."""

    def run(shape: Value, *given: Value, dtype: Value = None, **_: Value) -> Value:
        dtype = next(iter(given[value is None :]), dtype)
        sizes = [shape] if isinstance(shape, int) else shape
        if isinstance(sizes, Opaque) or not all(isinstance(each, int) for each in sizes):
            return now().opaque("a size of an array")
        now().cell(prod(sizes))
        made = Array([given[0] if value is None else value] * prod(sizes), sizes)
        return made if dtype is None else made.astype(dtype)

    return run


def joined(arrays: Value, axis: int = 0, **_: Value) -> Value:
    """``np.concatenate``."""
    given = [array(each) for each in arrays]
    if not all(isinstance(each, Array) for each in given):
        return next(each for each in given if not isinstance(each, Array))
    rank = given[0].ndim
    order = [axis % rank, *(each for each in range(rank) if each != axis % rank)]
    parts = [each.transpose(order) for each in given]
    numbers = [number for each in parts for number in each.values]
    whole = Array(numbers, (sum(map(len, parts)), *parts[0].shape[1:]))
    return whole.transpose([order.index(each) for each in range(rank)])


def tiled(value: Value, times: Value) -> Value:
    """``np.tile``."""
    value, counts = array(value), [times] if isinstance(times, int) else times
    if not isinstance(value, Array) or not all(isinstance(each, int) for each in counts):
        return value if isinstance(value, Opaque) else now().opaque("how often an array is repeated")
    value = value.reshape((*(1,) * (len(counts) - value.ndim), *value.shape))
    for axis, count in enumerate(counts, value.ndim - len(counts)):
        value = value[(*[slice(None)] * axis, [*range(value.shape[axis])] * count)]
    return value


def flip(value: Value, *axis: Value, **_: Value) -> Value:
    """``np.flip``."""
    value = array(value)
    asked = axis[0] if axis and isinstance(axis[0], list | tuple) else axis or range(value.ndim)
    axes = [each % value.ndim for each in asked]
    return value[tuple(slice(None, None, -1 if each in axes else 1) for each in range(value.ndim))]


def unique(value: Value, *_: Value, return_counts: bool = False, **__: Value) -> Value:
    """``np.unique``, with how often each occurs where that is asked."""
    value = array(value)
    if isinstance(value, Opaque):
        return value
    found = sorted(set(value.values))
    return (Array(found), Array([value.values.count(each) for each in found])) if return_counts else Array(found)


def meshgrid(*values: Value, indexing: str = "xy", **_: Value) -> Value:
    """``np.meshgrid``."""
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
    "asarray": array,
    "stack": lambda arrays, *_, **__: copied(arrays),
    "arange": arange,
    **named(linspace, logspace),
    "concatenate": joined,
    "zeros": filled(0.0),
    "ones": filled(1.0),
    "full": filled(None),
    "expand_dims": expand_dims,
    "eye": lambda count, **_: Array([float(a == b) for a in range(count) for b in range(count)], (count, count)),
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
