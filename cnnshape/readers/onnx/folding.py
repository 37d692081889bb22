"""Values that sizes are computed from, followed through the operators that compute them.

A value is a NumPy array of dtype ``object``: whole numbers, floats, booleans, and sizes with names in them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from math import inf, sqrt
from operator import eq, ge, gt, le, lt, mod, not_
from typing import Any

import numpy as np

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Polynomial, chosen, product_of
from cnnshape.readers.onnx.operator import LARGEST_VALUE, Operator, UnknownSizeError, Value


def fold(operator: Operator) -> tuple[Value, ...] | None:
    """What the operator gives, where that is known; None otherwise."""
    rule = FOLDS.get(operator.type)
    if rule is None or operator.domain:
        return None
    try:
        made = rule(operator)
    except (UnknownSizeError, ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError):
        return None
    several = made if isinstance(made, tuple) else (made,)
    values = tuple(
        [one if isinstance(one, np.ndarray) else array(one) for one in several]
    )  # NumPy gives single elements
    return values if all(each.size <= LARGEST_VALUE for each in values) else None


def array(values: Any, shape: tuple[int, ...] | None = None) -> Value:
    """A value of these elements; a list has one axis, a number none."""
    flat = list(values) if isinstance(values, list | tuple) else [values]
    made = np.empty(len(flat), dtype=object)
    made[:] = flat
    return made.reshape(shape if shape is not None else (len(flat),) if isinstance(values, list | tuple) else ())


def plain(number: Any) -> Any:
    """A whole float as a whole number, so that it goes with sizes."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def each(compute: Callable[..., Any], operator: Operator) -> Value:
    """A function of single elements, over what the inputs broadcast to."""
    given = [operator.value(number) for number in range(len(operator.inputs))]
    shape = np.broadcast_shapes(*[value.shape for value in given])
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if count > LARGEST_VALUE:
        raise UnknownSizeError
    flat = [np.broadcast_to(value, shape).reshape(-1) for value in given]
    return array([compute(*element) for element in zip(*flat, strict=True)], tuple(shape))


def summed(*numbers: Any) -> Any:
    """The sum, with sizes as well."""
    return reduce(lambda total, one: plain(total) + plain(one) if has_name(total, one) else total + one, numbers)


def multiplied(one: Any, other: Any) -> Any:
    """The product; one of more than 64 bits is no size."""
    product = plain(one) * plain(other) if has_name(one, other) else one * other
    if isinstance(product, int) and abs(product) >= 2**64:
        raise UnknownSizeError
    return product


def divided(one: Any, other: Any) -> Any:
    """The quotient; of whole numbers the whole one, towards zero."""
    if has_name(one, other):
        return plain(one) // plain(other)
    if isinstance(one, int) and isinstance(other, int):
        return abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
    return one / other


def has_name(*numbers: Any) -> bool:
    """Whether one has a name in it; then all have to be whole."""
    if not any(isinstance(number, Polynomial) for number in numbers):
        return False
    if any(isinstance(plain(number), float) for number in numbers):
        raise UnknownSizeError
    return True


def compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """A comparison of numbers; of sizes with names only whether they are the same."""
    if isinstance(left, Polynomial) or isinstance(right, Polynomial):
        if left == right:
            return compare(0, 0)
        if isinstance(left, int) and left <= 0:  # a size is at least 1
            return compare(left, 1)
        if isinstance(right, int) and right <= 0:
            return compare(1, right)
        raise UnknownSizeError
    return compare(left, right)


def extreme(choose: Callable[..., int]) -> Callable[..., Any]:
    """The largest or smallest of numbers, some of which may be sizes with names."""
    return lambda *numbers: chosen(choose, *numbers) if has_name(*numbers) else choose(numbers)


def of_number(compute: Callable[[Any], Any], number: Any) -> Any:
    """A function of numbers, which leaves sizes with names as they are."""
    return number if isinstance(number, Polynomial) else compute(number)


def shape(operator: Operator) -> Value:
    """The sizes of the input."""
    sizes = list(operator.sizes(0))
    return array(sizes[operator.attribute("start", 0) : operator.attribute("end")])


def gather(operator: Operator) -> Value:
    """Elements by their indices."""
    indices = operator.value(1).astype(np.int64)
    return np.take(operator.value(0), indices, axis=operator.attribute("axis", 0))


def slice_(operator: Operator) -> Value:
    """From starts to ends in steps."""
    value = operator.value(0)
    index = [slice(None)] * value.ndim
    for axis, *cut in operator.cuts(value.ndim):
        start, end, step = map(int, cut)
        stop = None if step < 0 and end < -value.shape[axis] else end
        index[axis] = slice(start, stop, step)
    return value[tuple(index)]


def concat(operator: Operator) -> Value:
    """One after the other."""
    return np.concatenate(
        [operator.value(number) for number in range(len(operator.inputs))], operator.attribute("axis", 0)
    )


def reshape(operator: Operator) -> Value:
    """The same elements in another shape."""
    value = operator.value(0)
    target = operator.attribute("shape") or operator.numbers(1)
    return value.reshape([value.shape[axis] if size == 0 else size for axis, size in enumerate(target)])


def unsqueeze(operator: Operator) -> Value:
    """New axes of 1."""
    return operator.value(0).reshape(t.with_ones(operator.value(0).shape, operator.axes(1) or []))


def squeeze(operator: Operator) -> Value:
    """Without axes of 1."""
    return operator.value(0).reshape(t.without(operator.value(0).shape, operator.axes(1)))


def cast(operator: Operator) -> Value:
    """Whole numbers, floats or booleans (TensorProto's numbers of the types)."""
    target = operator.attribute("to")
    if target == 9:
        return each(bool, operator)
    return each(partial(of_number, float if target in (1, 10, 11, 16) else int), operator)


def clip(operator: Operator) -> Value:
    """Numbers within bounds, each of which may be left out; before opset 11 attributes."""
    lowest, highest = (
        operator.elements(number)[0] if operator.has(number) else operator.attribute(name, otherwise)
        for number, name, otherwise in ((1, "min", -inf), (2, "max", inf))
    )
    clipped = [min(max(number, lowest), highest) for number in operator.elements(0)]
    return array(clipped, operator.value(0).shape)


def constant_of_shape(operator: Operator) -> Value:
    """So many of one number."""
    sizes = operator.numbers(0)
    value = operator.attribute("value")
    filling = value.reshape(-1)[0] if value is not None else 0.0
    count = product_of(sizes)
    if not isinstance(count, int) or count > LARGEST_VALUE:
        raise UnknownSizeError
    return array([filling] * count, tuple(sizes))


def range_(operator: Operator) -> Value:
    """Numbers from start to limit in steps."""
    start, limit, delta = (operator.elements(number)[0] for number in range(3))
    if has_name(start, limit, delta) or (limit - start) / delta > LARGEST_VALUE:
        raise UnknownSizeError
    return array([start + delta * step for step in range(max(-int((start - limit) // delta), 0))])


def reduction(compute: Callable[[Any, Any], Any], operator: Operator) -> Value:
    """All elements along axes as one."""
    value = operator.value(0)
    axes = operator.axes(1)
    gone = tuple(t.axes_of(axes, value.ndim)) if axes else tuple(range(value.ndim))
    kept = [axis for axis in range(value.ndim) if axis not in gone]
    rows = value.transpose([*kept, *gone]).reshape(*[value.shape[axis] for axis in kept], -1)
    flat = rows.reshape(-1, rows.shape[-1])
    made = array([reduce(compute, list(row)) for row in flat], tuple(value.shape[axis] for axis in kept))
    keep = operator.attribute("keepdims", 1)
    return made.reshape([1 if axis in gone else size for axis, size in enumerate(value.shape)]) if keep else made


def expand(operator: Operator) -> Value:
    """What both broadcast to."""
    target = np.broadcast_shapes(operator.value(0).shape, tuple(operator.numbers(1)))
    if product_of(target) > LARGEST_VALUE:  # type: ignore[operator]
        raise UnknownSizeError
    return np.broadcast_to(operator.value(0), target)


def split(operator: Operator) -> tuple[Value, ...]:
    """Parts of an axis."""
    value = operator.value(0)
    axis = operator.attribute("axis", 0)
    count = len(operator.outputs)
    parts = operator.attribute("split") or (operator.numbers(1) if operator.has(1) else None)
    if parts is None:
        part = -(-value.shape[axis] // count)
        return tuple(np.split(value, [part * number for number in range(1, count)], axis))
    return tuple(np.split(value, np.cumsum(parts)[:-1], axis))


FOLDS: dict[str, Callable[[Operator], Any]] = {
    "Shape": shape,
    "Size": lambda operator: array(product_of(operator.sizes(0))),
    "Gather": gather,
    "Slice": slice_,
    "Concat": concat,
    "Reshape": reshape,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Cast": cast,
    "Identity": lambda operator: operator.value(0),
    "Transpose": lambda operator: operator.value(0).transpose(operator.attribute("perm")),
    "ConstantOfShape": constant_of_shape,
    "Range": range_,
    "Add": partial(each, summed),
    "Sub": partial(each, lambda one, other: summed(one, multiplied(other, -1))),
    "Mul": partial(each, multiplied),
    "Div": partial(each, divided),
    "Mod": partial(each, mod),
    "Neg": partial(each, lambda number: 0 - number),
    "Abs": partial(each, partial(of_number, abs)),
    "Floor": partial(each, partial(of_number, lambda number: float(number // 1))),
    "Ceil": partial(each, partial(of_number, lambda number: float(-(-number // 1)))),
    "Sqrt": partial(each, sqrt),
    "Pow": partial(each, pow),
    "Round": partial(each, round),
    "Clip": clip,
    "Min": partial(each, extreme(min)),
    "Max": partial(each, extreme(max)),
    "Equal": partial(each, partial(compared, eq)),
    "Less": partial(each, partial(compared, lt)),
    "LessOrEqual": partial(each, partial(compared, le)),
    "Greater": partial(each, partial(compared, gt)),
    "GreaterOrEqual": partial(each, partial(compared, ge)),
    "Not": partial(each, not_),
    "And": partial(each, lambda one, other: bool(one) and bool(other)),
    "Or": partial(each, lambda one, other: bool(one) or bool(other)),
    "Where": partial(each, lambda condition, one, other: one if condition else other),
    "Expand": expand,
    "Split": split,
    "ReduceProd": partial(reduction, multiplied),
    "ReduceSum": partial(reduction, summed),
    "ReduceMax": partial(reduction, extreme(max)),
    "ReduceMin": partial(reduction, extreme(min)),
}
"""By the name of the operator, of ONNX's own domain."""
