"""Operators: of Python's own values within bounds, of objects by their methods, of tensors by the framework."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from cnnshape.readers.python.attributes import find_method
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.formatting import percent
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Instance, Namespace, Opaque, Stop, Symbol, Tensor, Value

BINARY: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("truediv", operator.truediv),
    ast.FloorDiv: ("floordiv", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow),
    ast.MatMult: ("matmul", operator.matmul),
    ast.BitAnd: ("and", operator.and_),
    ast.BitOr: ("or", operator.or_),
    ast.BitXor: ("xor", operator.xor),
    ast.LShift: ("lshift", operator.lshift),
    ast.RShift: ("rshift", operator.rshift),
}
"""Binary operators: the name in their methods, and what Python does."""

COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
}

UNARY: dict[type[ast.unaryop], tuple[str, Callable[[Any], Any]]] = {
    ast.USub: ("neg", operator.neg),
    ast.UAdd: ("pos", operator.pos),
    ast.Invert: ("invert", operator.invert),
}

REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


def binary(m: Machine, kind: type[ast.operator], left: Value, right: Value, *, in_place: bool = False) -> Value:
    """``left OP right``."""
    name, apply = BINARY[kind]
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return m.tensors.operate(m, name, left, right, in_place)
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        return left if isinstance(left, Opaque) else right
    for subject, other, method in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        if isinstance(subject, Instance):
            found = in_place and subject is left and find_method(m, subject, f"__i{name}__")
            found = found or find_method(m, subject, method)
            if found:
                result = call(m, found, [other], {})
                if result is not NotImplemented:
                    return result
            if subject.payload is not None:
                left, right = plain(left), plain(right)
                return binary(m, kind, left, right)
    if name == "or" and any(isinstance(each, Class | Symbol) for each in (left, right)):
        return (*(left if isinstance(left, tuple) else (left,)), *(right if isinstance(right, tuple) else (right,)))
    require_room(m, name, left, right)
    try:
        result = apply(left, right) if not (name == "mod" and isinstance(left, str)) else percent(m, left, right)
    except ZeroDivisionError as error:
        raise m.error("ZeroDivisionError", str(error)) from None
    except (TypeError, ValueError, OverflowError, KeyError) as error:
        raise m.error(type(error).__name__, str(error)) from None
    if isinstance(result, int):
        m.budget.integer(result)
    elif isinstance(result, list | tuple | str | set | dict | bytes):
        m.budget.sized(result)
    return result


def plain(value: Value) -> Value:
    """The dict, list or number that an object also is."""
    return value.payload if isinstance(value, Instance) and value.payload is not None else value


def require_room(m: Machine, name: str, left: Value, right: Value) -> None:
    """Refuse what would be too large before Python makes it."""
    if name == "mul":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, list | tuple | str | bytes) and isinstance(times, int):
                m.budget.cell(len(many) * max(times, 0))
        return
    if not (isinstance(left, int) and isinstance(right, int)):
        return
    if name == "pow" and abs(left) > 1 and right * left.bit_length() > 10_000:
        raise Stop("CS606", f"{left} ** {right} is too large")
    if name == "lshift" and right > 10_000:
        raise Stop("CS606", f"{left} << {right} is too large")


def compare(m: Machine, kind: type[ast.cmpop], left: Value, right: Value) -> Value:
    """``left OP right`` of a comparison; of something unknown it is unknown."""
    if kind is ast.Is or kind is ast.IsNot:
        for value in (left, right):
            if isinstance(value, Opaque):
                return value
        same = left is right or (isinstance(left, str | int | tuple) and type(left) is type(right) and left == right)
        return same is (kind is ast.Is)
    if kind is ast.In or kind is ast.NotIn:
        return contains(m, right, left, kind is ast.In)
    for value in (left, right):
        if isinstance(value, Opaque):
            return value
    name, apply = COMPARISONS[kind]
    if (isinstance(left, Tensor) or isinstance(right, Tensor)) and not (left is None or right is None):
        return m.tensors.operate(m, name, left, right, False)
    for subject, other, method in ((left, right, name), (right, left, REFLECTED[name])):
        if isinstance(subject, Instance):
            found = find_method(m, subject, f"__{method}__")
            if found:
                result = call(m, found, [other], {})
                if result is not NotImplemented:
                    return result
            elif method == "ne" and (found := find_method(m, subject, "__eq__")):
                return negate(m, call(m, found, [other], {}))
    try:
        return apply(plain(left), plain(right))
    except TypeError as error:
        raise m.error("TypeError", str(error)) from None


def contains(m: Machine, container: Value, value: Value, wanted: bool) -> Value:
    """``value in container``."""
    if isinstance(container, Opaque):
        return container
    if isinstance(container, Instance):
        method = find_method(m, container, "__contains__")
        if method:
            found = truth(m, call(m, method, [value], {}))
            return found is wanted
        container = plain(container)
        if isinstance(container, Instance):
            from cnnshape.readers.python.iterating import iterate

            container = list(iterate(m, container))
    from cnnshape.readers.python.importing import FileNames, ModuleTable

    if isinstance(container, FileNames | ModuleTable):
        return (container.has(value)) is wanted
    if isinstance(container, Class):
        return any(value is each for each in container.namespace.values()) is wanted
    if isinstance(container, Namespace):
        from cnnshape.readers.python.attributes import has_attribute

        return has_attribute(m, container, value) is wanted
    if isinstance(value, Opaque) and not container:
        return not wanted
    try:
        return (value in container) is wanted
    except TypeError as error:
        raise m.error("TypeError", str(error)) from None


def unary(m: Machine, kind: type[ast.unaryop], value: Value) -> Value:
    """``-x``, ``+x``, ``~x``."""
    name, apply = UNARY[kind]
    if isinstance(value, Opaque):
        return value
    if isinstance(value, Tensor):
        return m.tensors.operate(m, name, value, None, False)
    if isinstance(value, Instance):
        found = find_method(m, value, f"__{name}__")
        if found:
            return call(m, found, [], {})
    try:
        return apply(plain(value))
    except TypeError as error:
        raise m.error("TypeError", str(error)) from None


def negate(m: Machine, value: Value) -> Value:
    """``not value``."""
    return value if isinstance(value, Opaque) else not truth(m, value)


def truth(m: Machine, value: Value) -> bool:
    """Whether a condition holds. Raises `Stop` where it depends on what is not known."""
    if isinstance(value, Instance):
        for name in ("__bool__", "__len__"):
            found = find_method(m, value, name)
            if found:
                return bool(call(m, found, [], {}))
        return bool(value.payload) if value.payload is not None else True
    return bool(value)
