"""``value[key]``: reading, setting and deleting elements."""

from __future__ import annotations

from cnnshape.readers.python.attributes import find_method
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.iterating import kind_of
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Function, Instance, Namespace, Native, Opaque, Symbol, Tensor, Value


def get_item(m: Machine, value: Value, key: Value) -> Value:
    """``value[key]``."""
    if isinstance(value, Opaque):
        return value
    if isinstance(value, Tensor):
        return m.tensors.get_item(m, value, key)
    if isinstance(value, Instance):
        method = find_method(m, value, "__getitem__")
        if method:
            return call(m, method, [key], {})
        if value.payload is not None:
            if isinstance(value.payload, dict) and key not in value.payload:
                method = find_method(m, value, "__missing__")
                if method:
                    return call(m, method, [key], {})
            return get_item(m, value.payload, key)
    if isinstance(value, Class):
        if "__members__" in value.namespace:
            return get_item(m, value.namespace["__members__"], key)
        method = value.find("__class_getitem__")
        return value if method is None else call(m, method.function, [value, key], {})
    if isinstance(value, Namespace | Native | Function | Symbol):
        return value  # a type with parameters: `Optional[int]`
    from cnnshape.readers.python.importing import FileNames, ModuleTable

    if isinstance(value, FileNames | ModuleTable):
        return value.item(m, key)
    if isinstance(key, Opaque):
        return Opaque(f"an element at {key.reason}", key.place)
    if isinstance(key, Instance) and key.payload is not None:
        key = key.payload
    if isinstance(key, slice) and any(isinstance(each, Opaque) for each in (key.start, key.stop, key.step)):
        return m.opaque("a slice with a bound that is not known")
    try:
        found = value[key]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        kind = type(error).__name__
        text = f"{kind_of(value)!r} object is not subscriptable" if not hasattr(value, "__getitem__") else str(error)
        raise m.error(kind, text) from None
    if isinstance(key, slice) and isinstance(found, list | tuple | str):
        m.budget.sized(found)
    return found


def set_item(m: Machine, value: Value, key: Value, new: Value) -> None:
    """``value[key] = new``."""
    if isinstance(value, Opaque):
        return
    if isinstance(value, Tensor):
        m.tensors.set_item(m, value, key, new)
        return
    if isinstance(value, Instance):
        method = find_method(m, value, "__setitem__")
        if method:
            call(m, method, [key, new], {})
            return
        value = value.payload
    if isinstance(key, slice):
        from cnnshape.readers.python.iterating import listed

        new = listed(m, new)
    m.budget.cell()
    try:
        value[key] = new
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise m.error(type(error).__name__, str(error)) from None


def del_item(m: Machine, value: Value, key: Value) -> None:
    """``del value[key]``."""
    if isinstance(value, Instance):
        method = find_method(m, value, "__delitem__")
        if method:
            call(m, method, [key], {})
            return
        value = value.payload
    try:
        del value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise m.error(type(error).__name__, str(error)) from None
