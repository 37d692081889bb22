"""Tensors whose values are known, and arithmetic on them: how deep layers drop, how wide stages are."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from struct import error, pack, unpack
from typing import Any

from cnnshape.readers.python.values import Tensor, Value

COMPUTED: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "add": operator.add,
    "ceil": math.ceil,
    "div": operator.truediv,
    "divide": operator.truediv,
    "exp": math.exp,
    "floor": math.floor,
    "floordiv": operator.floordiv,
    "int": math.trunc,
    "log": math.log,
    "log2": math.log2,
    "long": math.trunc,
    "mul": operator.mul,
    "multiply": operator.mul,
    "neg": operator.neg,
    "pow": operator.pow,
    "round": round,
    "sqrt": math.sqrt,
    "sub": operator.sub,
}
"""Functions whose values are computed where their arguments' are known."""


def constant(data: Value, dtype: str = "float32") -> Tensor:
    """A tensor of known values: a number, or a list of numbers."""
    result = Tensor((len(data),) if isinstance(data, list) else (), dtype=dtype)
    result.data = data
    return result


def single(value: Any) -> Any:
    """A number as 32 bits hold it, as PyTorch computes."""
    try:
        return value if isinstance(value, int) else unpack("f", pack("f", value))[0]
    except (error, OverflowError):
        return value


def computed(name: str, arguments: list[Value]) -> Tensor | None:
    """The values of a function, or None where they do not follow."""
    if not any(isinstance(each, Tensor) for each in arguments):
        return None
    values = [each.data if isinstance(each, Tensor) else each for each in arguments]
    if not all(isinstance(each, int | float | list) for each in values):
        return None
    lengths = {len(each) for each in values if isinstance(each, list)}
    if len(lengths) > 1:
        return None
    apply = COMPUTED[name]
    rows = zip(*(each if isinstance(each, list) else [each] * max(lengths, default=1) for each in values), strict=True)
    try:
        data = [single(apply(*row)) for row in rows]
    except (ArithmeticError, ValueError, TypeError):
        return None
    return constant(data if lengths else data[0])
