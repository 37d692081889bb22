"""Tensors that are made: of a shape, of values, in a row; and parameters."""

from __future__ import annotations

from math import ceil

from cnnshape.readers.python.iterating import listed
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.known import constant
from cnnshape.readers.python.values import Opaque, Parameter, Stop, Tensor, Value


def filled(m: Machine, *sizes: Value, **words: Value) -> Value:
    """``zeros``, ``ones``, ``randn``, ...: a tensor of a shape."""
    sizes = (words["size"],) if "size" in words else sizes
    shape: tuple[Value, ...] = tuple(sizes[0]) if sizes and isinstance(sizes[0], list | tuple) else sizes
    if any(isinstance(each, Opaque) for each in shape):
        return Tensor(None, unknown=m.opaque("a size of this tensor"))
    if not all(isinstance(each, int) for each in shape):
        raise m.error("TypeError", "sizes of a tensor must be integers")
    return Tensor(shape)


def full(m: Machine, size: Value, fill_value: Value = 0, **_: Value) -> Value:
    """``full``."""
    return filled(m, size)


def like(m: Machine, input: Value, *_: Value, **__: Value) -> Value:
    """``zeros_like`` and its like."""
    return Tensor(input.shape, unknown=input.unknown)


def of_values(m: Machine, data: Value = (), **_: Value) -> Value:
    """``torch.tensor``: the shape of nested lists."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, list | tuple) and data and all(isinstance(each, int | float) for each in data):
        return constant(list(data))
    if isinstance(data, int | float):
        return constant(data)
    shape: list[int] = []
    while isinstance(data, list | tuple):
        shape.append(len(data))
        data = data[0] if data else None
    if isinstance(data, Opaque):
        return Tensor(None, unknown=data)
    return Tensor(tuple(shape) + (data.shape or () if isinstance(data, Tensor) else ()))


def linspace(m: Machine, start: Value, end: Value, steps: Value = 100, **_: Value) -> Value:
    """``linspace``."""
    if any(isinstance(each, Opaque) for each in (start, end, steps)):
        return Tensor(None, unknown=m.opaque("a bound of linspace"))
    m.budget.cell(steps)
    return constant([start + (end - start) * number / max(steps - 1, 1) for number in range(steps)])


def arange(m: Machine, *bounds: Value, **words: Value) -> Value:
    """``arange``."""
    bounds = (*bounds, *(words[key] for key in ("start", "end", "step") if key in words))
    if any(isinstance(each, Opaque) for each in bounds):
        return Tensor(None, unknown=m.opaque("a bound of arange"))
    start, end, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    count = max(ceil((end - start) / step), 0)
    m.budget.cell(count)
    return constant([start + step * number for number in range(count)], "int64")


def difference(m: Machine, input: Value) -> Value:
    """``diff`` of known values."""
    if not isinstance(input.data, list):
        raise Stop("CS601", "`diff` of a tensor whose values are not known is not read")
    return constant([after - before for before, after in zip(input.data, input.data[1:], strict=False)])


def unique(m: Machine, input: Value, *_: Value, return_counts: bool = False, **__: Value) -> Value:
    """``unique`` of known values, with how often each occurs where that is asked."""
    if not isinstance(input.data, list):
        raise Stop("CS601", "`unique` of a tensor whose values are not known is not read")
    values = sorted(set(input.data))
    if return_counts:
        return constant(values), constant([input.data.count(each) for each in values], "int64")
    return constant(values)


def meshgrid(m: Machine, *tensors: Value, **_: Value) -> Value:
    """``meshgrid``."""
    given = listed(m, tensors[0]) if len(tensors) == 1 else list(tensors)
    shape = tuple(each.shape[0] if each.shape else 1 for each in given)
    return tuple(Tensor(shape) for _ in given)


def eye(m: Machine, rows: Value, columns: Value = None, **_: Value) -> Value:
    """``eye``."""
    return Tensor((rows, rows if columns is None else columns))


def parameter(m: Machine, data: Value = None, requires_grad: Value = True) -> Value:
    """``nn.Parameter``."""
    if isinstance(data, Opaque):
        result = Parameter(None)
        result.unknown = data
        return result
    result = Parameter(() if data is None else data.shape, trains=bool(requires_grad))
    result.unknown = None if data is None else data.unknown
    return result
