"""Functions of each element by itself, and of elements at the same place of several tensors: both frameworks' names."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial, wraps
from inspect import signature
from statistics import NormalDist
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import NEEDED, Execution, Kernel, plain

Function = Callable[..., Any]


def of_doubles(function: Callable[[float], float]) -> Function:
    """A function of the standard library for every element; what it refuses is not a number."""

    def at(value: float) -> float:
        try:
            return function(value)
        except (ValueError, OverflowError):
            return math.nan

    return lambda x: np.vectorize(at, otypes=[np.float64])(x).astype(np.float32)


def inverse_error(value: float) -> float:
    """The number whose error function is `value`, by the quantiles of the normal distribution."""
    return math.copysign(math.inf, value) if abs(value) == 1 else NormalDist().inv_cdf((value + 1) / 2) / math.sqrt(2)


def digamma(value: float) -> float:
    """The logarithmic derivative of the gamma function: Stirling's series, after recurrence and reflection."""
    if value <= 0:
        if value == math.floor(value):
            return math.nan
        return digamma(1 - value) - math.pi / math.tan(math.pi * value)
    shift = 0.0
    while value < 10:
        shift -= 1 / value
        value += 1
    square = 1 / value**2
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return shift + math.log(value) - 0.5 / value - series


ELEMENTWISE: Mapping[str, Function] = {
    **{
        name: getattr(np, name)
        for name in (
            *("sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "exp2", "expm1", "log1p", "log2"),
            *("log10", "floor", "ceil", "trunc", "sign", "reciprocal", "isnan", "isinf", "isfinite", "positive"),
        )
    },
    "erf": of_doubles(math.erf),
    "erfc": of_doubles(math.erfc),
    "erfinv": of_doubles(inverse_error),
    "lgamma": of_doubles(math.lgamma),
    "digamma": of_doubles(digamma),
    "frac": lambda x: x - np.trunc(x),
    "round": np.rint,
    "logical_not": lambda x: x == 0,
}
"""NumPy's names; both frameworks round halves to the even neighbour."""

PYTORCH_WORDS = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
"""PyTorch's names, where they are not NumPy's."""
KERAS_WORDS = {"mod": "remainder"}
"""Keras's, likewise."""


def number(value: Any) -> Any:
    """What a function gives as the numbers that everything here computes with: truth is 1."""
    return np.asarray(value, np.float32)


def marked(kernel: Kernel) -> Kernel:
    """A kernel whose outputs pass NaN on where drawn values are probed: of what they are made of, of a whole axis.

    What frameworks make of it, such as a comparison that is false, would hide which pixels an output sees.
    """
    defaults = {name: parameter.default for name, parameter in signature(kernel).parameters.items()}

    @wraps(kernel)
    def run(execution: Execution, *tensors: Array, **arguments: Any) -> Any:
        result = kernel(execution, *tensors, **arguments)
        if not execution.drawn_inputs or not any(np.isnan(tensor).any() for tensor in tensors):
            return result
        given = {**defaults, **arguments}
        axes = given.get("dim", given.get("axis", ()))
        axes = tuple(axes) if isinstance(axes, (list, tuple)) else axes
        lost: Any = False
        for tensor in tensors:
            lost = lost | (np.isnan(tensor) if axes == () else np.isnan(tensor).any(axes, keepdims=True))
        outputs = result if isinstance(result, tuple) else (result,)
        kept = lost if outputs[0].ndim == lost.ndim else np.squeeze(lost, axes)
        found = tuple([np.where(kept, np.float32(np.nan), output) for output in outputs])
        return found if isinstance(result, tuple) else found[0]

    return run


def apart(name: str) -> Kernel:
    """A function of each element by itself as a kernel."""
    return marked(plain(lambda x: number(ELEMENTWISE[name](x))))


def pytorch_together(function: Function, execution: Execution, *tensors: Array, other: float | None = None) -> Array:
    """A function of two tensors, or of one and a number, as PyTorch calls it."""
    right = tensors[1] if other is None else np.float32(other)
    result: Array = number(function(tensors[0], right))
    return result


def keras_together(
    function: Function, execution: Execution, *tensors: Array, x1: float | None = None, x2: float | None = None
) -> Array:
    """A function of two tensors, or of one and a number, as Keras calls it."""
    given = iter(tensors)
    left, right = (next(given) if one is None else np.float32(one) for one in (x1, x2))
    result: Array = number(function(left, right))
    return result


def chosen(execution: Execution, *tensors: Array, x1: float | None = None, x2: float | None = None) -> Array:
    """`where`, of both; Keras takes a number for either tensor."""
    condition, *rest = tensors
    given = iter(rest)
    one, other = (next(given) if each is None else np.float32(each) for each in (x1, x2))
    result: Array = number(np.where(condition != 0, one, other))
    return result


def cast(execution: Execution, tensor: Array, *, dtype: str) -> Array:
    """`keras.ops.cast`: whole numbers lose their fraction, truth is 1."""
    if dtype == "bool":
        result: Array = number(tensor != 0)
    elif "int" in dtype:
        result = np.trunc(tensor)
    else:
        result = number(tensor.astype(np.float16)) if dtype == "float16" else tensor
    return result


EVERYWHERE: Mapping[str, Kernel] = {
    **{name: plain(getattr(np, name)) for name in ("abs", "exp", "log", "sqrt", "square")},
    "rsqrt": plain(lambda x: np.reciprocal(np.sqrt(x))),
}
"""Functions that both frameworks call so, and that pass NaN on."""
REPLACED = marked(plain(lambda x, *given: np.nan_to_num(x, True, *given), nan=0.0, posinf=None, neginf=None))
APART = ("isnan", "isinf", "isfinite", "logical_not")
PYTORCH_ELEMENTWISE: Mapping[str, Kernel] = {
    **{
        name: apart(PYTORCH_WORDS.get(name, name))
        for name in (
            *("sin", "cos", "tan", "sinh", "cosh", "asin", "acos", "atan", "erf", "erfc", "erfinv", "exp2", "expm1"),
            *("log1p", "log2", "log10", "floor", "ceil", "round", "trunc", "frac", "sign", "reciprocal", "lgamma"),
            *("digamma", "positive", *APART),
        )
    },
    **{
        name: marked(partial(pytorch_together, getattr(np, PYTORCH_WORDS.get(name, name))))
        for name in (
            *("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "floor_divide", "fmod"),
            *("remainder", "fmax", "fmin", "atan2", "copysign", "hypot"),
        )
    },
    "nan_to_num": REPLACED,
    "where": marked(chosen),
    "masked_fill": marked(plain(lambda x, mask, value: np.where(mask != 0, np.float32(value), x), value=NEEDED)),
    "lerp": plain(lambda one, other, weight: number(one + np.float32(weight) * (other - one)), weight=0.5),
}
KERAS_ELEMENTWISE: Mapping[str, Kernel] = {
    **{
        name: apart(name)
        for name in (
            *("sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "erf", "erfinv", "expm1", "log1p"),
            *("log2", "log10", "floor", "ceil", "trunc", "sign", *APART),
        )
    },
    **{
        name: marked(partial(keras_together, getattr(np, KERAS_WORDS.get(name, name))))
        for name in (
            *("power", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and"),
            *("logical_or", "logical_xor", "mod", "floor_divide", "arctan2"),
        )
    },
    "round": plain(np.round, decimals=0),
    "nan_to_num": REPLACED,
    "where": marked(chosen),
    "cast": marked(cast),
}
