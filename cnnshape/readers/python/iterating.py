"""What a loop goes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from cnnshape.readers.python.attributes import find_method
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Generated, Instance, Opaque, Stop, Tensor, Value

ITERATED: tuple[type, ...] = (
    list,
    tuple,
    dict,
    set,
    frozenset,
    str,
    range,
    bytes,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)


def iterate(m: Machine, value: Value) -> Iterable[Value]:
    """The elements of a value, each as it is asked for."""
    if isinstance(value, ITERATED):
        return cast(Iterable[Value], value)
    if isinstance(value, Generated):
        return value.iterator
    if isinstance(value, Opaque):
        raise Stop("CS604", f"this loops over {value.reason}, which is not known here")
    if isinstance(value, Tensor):
        parts: Iterable[Value] = m.tensors.unbind(m, value)
        return parts
    if isinstance(value, Instance):
        method = find_method(m, value, "__iter__")
        if method:
            return iterate(m, call(m, method, [], {}))
        if value.payload is not None:
            return iterate(m, value.payload)
        method = find_method(m, value, "__next__")
        if method:
            return following(m, method)
        if find_method(m, value, "__getitem__") and find_method(m, value, "__len__"):
            return by_index(m, value)
    if isinstance(value, Class) and "__members__" in value.namespace:
        return list(value.namespace["__members__"].values())
    raise m.error("TypeError", f"{kind_of(value)!r} object is not iterable")


def following(m: Machine, method: Value) -> Iterator[Value]:
    """What ``__next__`` answers until it stops."""
    from cnnshape.readers.python.values import Raised

    while True:
        m.budget.step()
        try:
            value = call(m, method, [], {})
        except Raised as raised:
            if raised.value.cls.name == "StopIteration":
                return
            raise
        yield value


def by_index(m: Machine, value: Instance) -> Iterator[Value]:
    """The elements of an object that has a length and items."""
    length = call(m, find_method(m, value, "__len__"), [], {})
    for index in range(length):
        m.budget.step()
        yield call(m, find_method(m, value, "__getitem__"), [index], {})


def listed(m: Machine, value: Value) -> list[Value]:
    """All elements of a value, at a price."""
    if isinstance(value, range):
        m.budget.cell(len(value))
        return list(value)
    result: list[Value] = []
    for each in iterate(m, value):
        m.budget.cell()
        result.append(each)
    return result


def mapping(m: Machine, value: Value) -> Mapping[Any, Value]:
    """The dict that a value is or holds."""
    if isinstance(value, Instance) and isinstance(value.payload, dict):
        return value.payload
    if isinstance(value, dict):
        return value
    if isinstance(value, Opaque):
        raise Stop("CS604", f"this takes its arguments from {value.reason}, which is not known here")
    if isinstance(value, Instance) and find_method(m, value, "keys"):
        keys = iterate(m, call(m, find_method(m, value, "keys"), [], {}))
        return {key: call(m, find_method(m, value, "__getitem__"), [key], {}) for key in keys}
    raise m.error("TypeError", f"{kind_of(value)!r} object is not a mapping")


def kind_of(value: Value) -> str:
    """The name of the class of a value, for a message."""
    return value.cls.name if isinstance(value, Instance) else type(value).__name__
