"""Tensors that are made: of a shape, of values; and arithmetic where values are known, as how deep layers drop."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from struct import error, pack, unpack
from typing import Any

from cnnshape.readers.python.values import Opaque, Parameter, Stop, Tensor, Value, now, words

COMPUTED: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("ceil", "exp", "floor", "log", "log2", "sqrt")},
    **{name: getattr(operator, name) for name in ("abs", "add", "floordiv", "mul", "neg", "pow", "sub")},
    **dict.fromkeys(("div", "divide"), operator.truediv),
    **dict.fromkeys(("int", "long"), math.trunc),
    "multiply": operator.mul,
    "round": round,
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
    values = [each.data if isinstance(each, Tensor) else each for each in arguments]
    if values == arguments or not all(isinstance(each, int | float | list) for each in values):
        return None
    lengths = {len(each) for each in values if isinstance(each, list)}
    if len(lengths) > 1:
        return None
    rows = zip(*(each if isinstance(each, list) else [each] * max(lengths, default=1) for each in values), strict=True)
    try:
        data = [single(COMPUTED[name](*row)) for row in rows]
    except (ArithmeticError, ValueError, TypeError):
        return None
    return constant(data if lengths else data[0])


def known_data(name: str, tensor: Value) -> list[Any]:
    """The values of a tensor. Raises `Stop` where they are not known."""
    if not isinstance(tensor.data, list):
        raise Stop("CS601", f"`{name}` of a tensor whose values are not known is not read")
    return tensor.data


def filled(*sizes: Value, **options: Value) -> Value:
    """``zeros``, ``ones``, ``randn``, ...: a tensor of a shape."""
    sizes = (options["size"],) if "size" in options else sizes
    shape: tuple[Value, ...] = tuple(sizes[0]) if sizes and isinstance(sizes[0], list | tuple) else sizes
    if any(isinstance(each, Opaque) for each in shape):
        return Tensor(None, unknown=now().opaque("a size of this tensor"))
    if not all(isinstance(each, int) for each in shape):
        raise TypeError("sizes of a tensor must be integers")
    return Tensor(shape)


def of_values(data: Value = (), **_: Value) -> Value:
    """``torch.tensor``: the shape of nested lists."""
    if isinstance(data, Tensor | Opaque):
        return data if isinstance(data, Tensor) else Tensor(None, unknown=data)
    if isinstance(data, int | float):
        return constant(data)
    if data and all(isinstance(each, int | float) for each in data):
        return constant(list(data))
    shape: list[int] = []
    while isinstance(data, list | tuple):
        shape.append(len(data))
        data = data[0] if data else None
    return Tensor(tuple(shape) + (data.shape or () if isinstance(data, Tensor) else ()))


def linspace(start: Value, end: Value, steps: Value = 100, **_: Value) -> Value:
    """``linspace``."""
    if any(isinstance(each, Opaque) for each in (start, end, steps)):
        return Tensor(None, unknown=now().opaque("a bound of linspace"))
    now().cell(steps)
    return constant([start + (end - start) * number / max(steps - 1, 1) for number in range(steps)])


def arange(*bounds: Value, **options: Value) -> Value:
    """``arange``."""
    bounds = (*bounds, *(options[key] for key in ("start", "end", "step") if key in options))
    if any(isinstance(each, Opaque) for each in bounds):
        return Tensor(None, unknown=now().opaque("a bound of arange"))
    start, end, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    count = max(math.ceil((end - start) / step), 0)
    now().cell(count)
    return constant([start + step * number for number in range(count)], "int64")


def difference(input: Value) -> Value:
    """``diff`` of known values."""
    data = known_data("diff", input)
    return constant([after - before for before, after in itertools.pairwise(data)])


def unique(input: Value, *_: Value, return_counts: bool = False, **__: Value) -> Value:
    """``unique`` of known values, with how often each occurs where that is asked."""
    data = known_data("unique", input)
    values = constant(sorted(set(data)))
    return (values, constant([data.count(each) for each in values.data], "int64")) if return_counts else values


def meshgrid(*tensors: Value, **_: Value) -> Value:
    """``meshgrid``."""
    given = list(tensors[0]) if len(tensors) == 1 else list(tensors)
    shape = tuple(each.shape[0] if each.shape else 1 for each in given)
    return tuple(Tensor(shape) for _ in given)


def parameter(data: Value = None, requires_grad: Value = True) -> Value:
    """``nn.Parameter``."""
    known = isinstance(data, Tensor)
    result = Parameter(data.shape if known else None if data is not None else (), trains=bool(requires_grad))
    result.unknown = data.unknown if known else data
    return result


MAKERS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(words("zeros ones empty rand randn FloatTensor Tensor LongTensor"), filled),
    **dict.fromkeys(words("tensor as_tensor from_numpy"), of_values),
    **dict.fromkeys(
        words("zeros_like ones_like empty_like rand_like randn_like full_like"),
        lambda input, *_, **__: Tensor(input.shape, unknown=input.unknown),
    ),
    **dict.fromkeys(
        words("new_zeros new_ones new_empty new_tensor"), lambda tensor, *sizes, **options: filled(*sizes, **options)
    ),
    "full": lambda size, *_, **__: filled(size),
    "new_full": lambda tensor, size, *_, **__: filled(size),
    "eye": lambda rows, columns=None, **_: Tensor((rows, rows if columns is None else columns)),
    "arange": arange,
    "linspace": linspace,
    "meshgrid": meshgrid,
    "diff": difference,
    "unique": unique,
}
"""Functions that make tensors."""
