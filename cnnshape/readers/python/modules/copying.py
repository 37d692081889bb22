"""``copy.copy`` and ``copy.deepcopy``: a module that is copied has weights of its own."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.python.attributes import find_method
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Instance, Parameter, Value


def copied(m: Machine, value: Value) -> Value:
    """A shallow copy."""
    if isinstance(value, list | dict | set):
        m.budget.sized(value)
        return value.copy()
    if isinstance(value, Instance):
        method = find_method(m, value, "__copy__")
        if method:
            return call(m, method, [], {})
        payload = value.payload.copy() if isinstance(value.payload, list | dict | set) else value.payload
        return Instance(value.cls, dict(value.attributes), payload)
    return value


def deep_copied(m: Machine, value: Value, memo: Value = None) -> Value:
    """A copy of a value and of all that it holds; what occurs twice is copied once."""
    made: dict[int, Any] = {}

    def copy(each: Value) -> Value:
        if id(each) in made:
            return made[id(each)]
        m.budget.step()
        if isinstance(each, list | dict | set | tuple):
            m.budget.sized(each)
        if isinstance(each, list):
            result: list[Value] = []
            made[id(each)] = result
            result.extend(map(copy, each))
            return result
        if isinstance(each, tuple):
            return tuple(map(copy, each))
        if isinstance(each, set):
            return set(map(copy, each))
        if isinstance(each, dict):
            new: dict[Value, Value] = {}
            made[id(each)] = new
            new.update((copy(key), copy(one)) for key, one in each.items())
            return new
        if isinstance(each, Parameter):
            made[id(each)] = twin = Parameter(each.shape, kind=each.kind, trains=each.trains)
            twin.dtype = each.dtype
            return twin
        if isinstance(each, Instance) and "__members__" not in each.cls.namespace:
            method = find_method(m, each, "__deepcopy__")
            if method:
                return call(m, method, [{}], {})
            made[id(each)] = object_ = Instance(each.cls)
            object_.place = each.place
            object_.attributes = copy(each.attributes)
            object_.payload = copy(each.payload)
            return object_
        return each

    return copy(value)
