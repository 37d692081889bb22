"""``numpy``, as far as networks use it: numbers, and arrays of one axis whose values are known."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from cnnshape.readers.python.iterating import listed
from cnnshape.readers.python.library import BUILTINS, MATH
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Descriptor, Instance, Native, Opaque, Symbol, Tensor, Value

ARRAY = Class("ndarray", module="numpy")


def array(m: Machine, value: Value, *_: Value, **__: Value) -> Value:
    """``np.array``: of numbers one of one axis; of anything deeper it is unknown, of a number that number."""
    if isinstance(value, Opaque) or is_array(value) or isinstance(value, int | float):
        return value
    values = list(value.data) if isinstance(value, Tensor) and isinstance(value.data, list) else listed(m, value)
    if all(isinstance(each, int | float) for each in values):
        return Instance(ARRAY, payload=tuple(values))
    return next((each for each in values if isinstance(each, Opaque)), None) or m.opaque("an array of several axes")


def at_least_one_axis(m: Machine, value: Value) -> Value:
    """``np.atleast_1d``."""
    return array(m, [value] if isinstance(value, int | float) else value)


def is_array(value: Value) -> bool:
    """Whether a value is an array that is known."""
    return isinstance(value, Instance) and value.cls is ARRAY


def elementwise(apply: Callable[..., Any]) -> Callable[..., Value]:
    """A function of numbers for arrays of them; one number goes with every element."""

    def run(m: Machine, *values: Value, **_: Value) -> Value:
        given = [array(m, each) if isinstance(each, list | tuple) else each for each in values]
        for each in given:
            if isinstance(each, Opaque):
                return each
            if not (is_array(each) or isinstance(each, int | float)):
                return m.opaque("a function of an array and something else")
        lengths = {len(each.payload) for each in given if is_array(each)} - {1}
        if len(lengths) > 1:
            raise m.error("ValueError", f"operands could not be broadcast together: {sorted(lengths)} elements")
        try:
            if not any(map(is_array, given)):
                return apply(*given)
            count = max(lengths, default=1)
            m.budget.cell(count)
            columns = [spread(each, count) for each in given]
            return Instance(ARRAY, payload=tuple(apply(*row) for row in zip(*columns, strict=True)))
        except (ArithmeticError, ValueError, TypeError):
            return m.opaque("a number that is not finite")

    return run


def spread(value: Value, count: int) -> Sequence[Any]:
    """The elements of an array, or one number so many times."""
    values = value.payload if is_array(value) else (value,)
    return values * count if len(values) == 1 else values


def reduction(apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Value]:
    """A function of all elements at once."""

    def run(m: Machine, value: Value, axis: Value = None, *_: Value, **__: Value) -> Value:
        value = array(m, value)
        if isinstance(value, Opaque):
            return value
        try:
            result = apply(value.payload if is_array(value) else (value,))
        except ValueError as error:
            raise m.error("ValueError", str(error)) from None
        return m.budget.integer(result) if isinstance(result, int) else result

    return run


def arange(m: Machine, *bounds: Value, **_: Value) -> Value:
    """``np.arange``."""
    if any(not isinstance(each, int | float) for each in bounds):
        return m.opaque("a bound of arange")
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    count = max(math.ceil((stop - start) / step), 0)
    m.budget.cell(count)
    return array(m, [start + step * number for number in range(count)])


def linspace(m: Machine, start: Value, stop: Value, num: Value = 50, **_: Value) -> Value:
    """``np.linspace``."""
    if any(not isinstance(each, int | float) for each in (start, stop, num)):
        return m.opaque("a bound of linspace")
    m.budget.cell(num)
    return array(m, [start + (stop - start) * number / max(num - 1, 1) for number in range(num)])


def unique(m: Machine, value: Value, *, return_counts: bool = False, **_: Value) -> Value:
    """``np.unique``, with how often each occurs where that is asked."""
    value = array(m, value)
    if isinstance(value, Opaque):
        return value
    found = sorted(set(value.payload))
    return (
        (array(m, found), array(m, [value.payload.count(each) for each in found])) if return_counts else array(m, found)
    )


def converted(m: Machine, value: Value, kind: Value, **_: Value) -> Value:
    """``x.astype(kind)``."""
    name = kind.name if isinstance(kind, Class) else str(kind)
    return elementwise(math.trunc if "int" in name else bool if "bool" in name else float)(m, value)


def element(m: Machine, value: Instance, key: Value) -> Value:
    """``x[key]``."""
    if isinstance(key, int):
        try:
            return value.payload[key]
        except IndexError as error:
            raise m.error("IndexError", str(error)) from None
    if isinstance(key, slice) and not any(isinstance(each, Opaque) for each in (key.start, key.stop, key.step)):
        return array(m, list(value.payload[key]))
    return m.opaque("which elements of an array are chosen")


UNARY = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "log10", "exp", "trunc")},
    "floor": lambda value: float(math.floor(value)),
    "ceil": lambda value: float(math.ceil(value)),
    **dict.fromkeys(("round", "around", "rint"), lambda value, digits=0: round(value, digits)),
    "abs": abs,
    "absolute": abs,
    "negative": operator.neg,
}
BINARY = {
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
    **dict.fromkeys(("max", "amax"), max),
    **dict.fromkeys(("min", "amin"), min),
    "mean": lambda values: sum(values) / len(values),
    "any": any,
    "all": all,
    "argmax": lambda values: values.index(max(values)),
    "argmin": lambda values: values.index(min(values)),
}
OPERATORS = {name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")}
COMPARED = {name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")}


def reflected(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator with its operands exchanged."""
    return lambda right, left: apply(left, right)


METHODS: dict[str, Callable[..., Value]] = {
    **{f"__{name}__": elementwise(apply) for name, apply in {**OPERATORS, **COMPARED, "neg": operator.neg}.items()},
    **{f"__r{name}__": elementwise(reflected(apply)) for name, apply in OPERATORS.items()},
    **{name: reduction(apply) for name, apply in REDUCTIONS.items()},
    "__bool__": lambda m, self: bool(self.payload[0]) if len(self.payload) == 1 else m.opaque("an array's truth"),
    "__getitem__": element,
    "__getattr__": lambda m, self, name: m.opaque(f"`{name}` of an array"),
    "round": elementwise(UNARY["round"]),
    "astype": converted,
    "tolist": lambda m, self: list(self.payload),
    "copy": lambda m, self: self,
    "cumsum": lambda m, self: array(m, list(accumulate(self.payload))),
}
ARRAY.namespace |= {name: Native(name, method) for name, method in METHODS.items()}
for attribute, read in {
    "shape": lambda m, self: (len(self.payload),),
    "size": lambda m, self: len(self.payload),
    "ndim": lambda m, self: 1,
}.items():
    ARRAY.namespace[attribute] = Descriptor("property", Native(attribute, read))

FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{name: elementwise(apply) for name, apply in {**UNARY, **BINARY}.items()},
    **{name: reduction(apply) for name, apply in REDUCTIONS.items()},
    "array": array,
    "asarray": array,
    "atleast_1d": at_least_one_axis,
    "arange": arange,
    "linspace": linspace,
    "unique": unique,
    "cumsum": lambda m, value: array(m, list(accumulate(listed(m, value)))),
    "clip": elementwise(lambda value, low, high: min(max(value, low), high)),
}
NUMPY: dict[str, Value] = {
    **MATH,
    "ndarray": ARRAY,
    **{name: Native(name, function) for name, function in FUNCTIONS.items()},
    **dict.fromkeys(("int_", "int8", "int16", "int32", "int64", "uint8", "integer"), BUILTINS["int"]),
    **dict.fromkeys(("float_", "float64", "double", "floating"), BUILTINS["float"]),
    **{name: Symbol(f"numpy.{name}") for name in ("float16", "float32", "newaxis")},
    "bool_": BUILTINS["bool"],
}
