"""``value.name``: reading, setting and deleting attributes."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING, ModuleScope
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Generated,
    Instance,
    Method,
    Namespace,
    Native,
    Opaque,
    Parameter,
    Partial,
    Raised,
    Super,
    Symbol,
    Tensor,
    Value,
)


def get_attribute(m: Machine, value: Value, name: str, default: Value = MISSING) -> Value:
    """``value.name``; `default` where there is none, else an AttributeError of the source."""
    found = READERS.get(type(value), of_native)(m, value, name)
    if found is not MISSING:
        return found
    if name == "__class__":
        from cnnshape.readers.python.classes import class_of

        return class_of(m, value)
    if default is not MISSING:
        return default
    what = value.cls.name if isinstance(value, Instance) else value.name if isinstance(value, Class) else None
    if isinstance(value, ModuleScope | Namespace):
        raise m.error("AttributeError", f"module {value.name!r} has no attribute {name!r}")
    raise m.error("AttributeError", f"{what or type(value).__name__!r} object has no attribute {name!r}")


def get_plainly(m: Machine, value: Instance, name: str) -> Value:
    """``object.__getattribute__``: what an object has without its ``__getattr__``."""
    found = of_instance(m, value, name, asked=False)
    if found is MISSING:
        raise m.error("AttributeError", f"{value.cls.name!r} object has no attribute {name!r}")
    return found


def bind(m: Machine, found: Value, value: Value, cls: Class) -> Value:
    """What an attribute of a class is when it is read of an object: a method, the value of a property."""
    if isinstance(found, Function):
        return Method(value, found)
    if isinstance(found, Native):
        return Method(value, found)
    if isinstance(found, Descriptor):
        from cnnshape.readers.python.calls import call

        if found.kind == "static":
            return found.function
        if found.kind == "class":
            return Method(cls, found.function)
        return call(m, found.function, [value], {})
    return found


def find_method(m: Machine, value: Instance, name: str) -> Value:
    """A method of the object's class, bound; None where no class of the source or of a library has one."""
    found = value.cls.find(name)
    return None if found is None else bind(m, found, value, value.cls)


def of_instance(m: Machine, value: Instance, name: str, asked: bool = True) -> Value:
    """Of an object: its properties, its own attributes, its class's, its weights and modules, ``__getattr__``.

    The last is not `asked` where the source's own ``__getattr__`` hands the question on.
    """
    found = value.cls.find(name, MISSING)
    if isinstance(found, Descriptor):
        return bind(m, found, value, value.cls)
    attributes = value.attributes
    if name in attributes:
        return attributes[name]
    if found is not MISSING:
        return bind(m, found, value, value.cls)
    for kind in ("_parameters", "_buffers", "_modules"):
        held = attributes.get(kind)
        if held is not None and name in held:
            return held[name]
    if name == "__dict__":
        return attributes
    if name == "__class__":
        return value.cls
    if name in ("__module__", "__doc__"):
        return of_class(m, value.cls, name)
    if value.payload is not None:
        found = of_native(m, value.payload, name)
        if found is not MISSING:
            return found
    if value.cls.unknown is not None:
        return value.cls.unknown
    missing = value.cls.find("__getattr__") if asked else None
    if missing is not None:
        from cnnshape.readers.python.calls import call

        return call(m, missing, [value, name], {})
    return MISSING


def of_class(m: Machine, value: Class, name: str) -> Value:
    """Of a class: functions as they are, class methods bound."""
    found = value.find(name, MISSING)
    if found is not MISSING:
        if isinstance(found, Descriptor):
            if found.kind == "class":
                return Method(value, found.function)
            return found.function if found.kind == "static" else found
        return found
    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__module__":
        return value.module
    if name == "__mro__":
        return value.mro
    if name == "__bases__":
        return value.bases
    if name == "__dict__":
        return value.namespace
    if name == "__doc__":
        return None
    if name == "mro":
        return Native("mro", lambda m: list(value.mro))
    return MISSING if value.unknown is None else value.unknown


def of_super(m: Machine, value: Super, name: str) -> Value:
    """Of ``super()``: what the classes after this one say."""
    subject = value.self
    cls = subject if isinstance(subject, Class) else subject.cls
    mro = cls.mro
    for each in mro[mro.index(value.after) + 1 :]:
        if name in each.namespace:
            found = each.namespace[name]
            if isinstance(subject, Class) and isinstance(found, Function | Native):
                return found
            return bind(m, found, subject, cls)
    if name == "__new__":
        from cnnshape.readers.python.classes import new_instance

        return Native(name, lambda m, made, *given, **_: new_instance(m, made, list(given)))
    if cls.unknown is not None:
        return cls.unknown
    if isinstance(subject, Instance) and subject.payload is not None:
        return of_native(m, subject.payload, name)
    from cnnshape.readers.python.library import OBJECT

    found = OBJECT.find(name, MISSING)
    return found if found is MISSING else bind(m, found, subject, cls)


def of_function(m: Machine, value: Function, name: str) -> Value:
    """Of a function: what was set, and what every function has."""
    if name in value.attributes:
        return value.attributes[name]
    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__module__":
        return value.closure.module.name
    if name == "__dict__":
        return value.attributes
    if name == "__defaults__":
        return tuple(value.defaults)
    if name == "__get__":
        return Native("__get__", lambda m, subject, cls=None: Method(subject, value))
    if name in ("__doc__", "__annotations__", "__code__"):
        return None if name == "__doc__" else {} if name == "__annotations__" else m.opaque("the code of a function")
    return MISSING


def of_callable(m: Machine, value: Native, name: str) -> Value:
    """Of a function of a library."""
    if name in ("__name__", "__qualname__"):
        return value.name
    return value.attributes.get(name, None if name in ("__doc__", "__module__", "__kwdefaults__") else MISSING)


def of_method(m: Machine, value: Method, name: str) -> Value:
    """Of a method: its object, its function, and what the function has."""
    if name == "__self__":
        return value.self
    if name == "__func__":
        return value.function
    return get_attribute(m, value.function, name, MISSING)


def of_partial(m: Machine, value: Partial, name: str) -> Value:
    """``func``, ``args`` and ``keywords``."""
    parts: dict[str, Any] = {"func": value.function, "args": value.positional, "keywords": value.keywords}
    return parts.get(name, MISSING)


def of_file(m: Machine, value: ModuleScope, name: str) -> Value:
    """Of a module that is read: its names, else a module below it."""
    found = value.get(name)
    if found is MISSING:
        found = m.importer.below(m, value, name)
    if found is MISSING and name == "__dict__":
        from cnnshape.readers.python.importing import FileNames

        return FileNames(value)
    return found


def of_namespace(m: Machine, value: Namespace, name: str) -> Value:
    """Of a module that is told here."""
    if name in value.names:
        return value.names[name]
    if value.missing is not None:
        found = value.missing(name)
        if found is not MISSING:
            value.names[name] = found
            return found
    if name in ("__name__", "__file__"):
        return value.name
    found = m.importer.below(m, value, name)
    return m.opaque(f"`{value.name}.{name}`") if found is MISSING else found


def of_tensor(m: Machine, value: Tensor, name: str) -> Value:
    """Of a tensor: what the framework says."""
    return m.tensors.get_attribute(m, value, name)


def of_opaque(m: Machine, value: Opaque, name: str) -> Value:
    """Of something unknown: unknown."""
    return Opaque(
        f"{value.reason.removesuffix('`')}.{name}`" if value.reason.endswith("`") else value.reason, value.place
    )


def of_property(m: Machine, value: Descriptor, name: str) -> Value:
    """``@x.setter``, ``@x.getter``."""
    if name == "setter":
        return Native("setter", lambda m, function: value._replace(setter=function))
    if name == "getter":
        return Native("getter", lambda m, function: value._replace(function=function))
    return get_attribute(m, value.function, name, MISSING)


def of_native(m: Machine, value: Value, name: str) -> Value:
    """Of Python's own values: the methods that are safe."""
    from cnnshape.readers.python.methods import method_of

    return method_of(m, value, name)


def of_symbol(m: Machine, value: Symbol, name: str) -> Value:
    """Of a named constant: another, below it."""
    if name in ("type", "index"):
        return str(value)
    if name == "is_floating_point":
        return "int" not in value and "bool" not in value
    return Symbol(f"{value}.{name}")


READERS: dict[type, Any] = {
    Class: of_class,
    Descriptor: of_property,
    Function: of_function,
    Generated: lambda m, value, name: MISSING,
    Instance: of_instance,
    Method: of_method,
    ModuleScope: of_file,
    Namespace: of_namespace,
    Native: of_callable,
    Opaque: of_opaque,
    Partial: of_partial,
    Super: of_super,
    Symbol: of_symbol,
    Tensor: of_tensor,
    Parameter: of_tensor,
}


def set_attribute(m: Machine, value: Value, name: str, new: Value) -> None:
    """``value.name = new``."""
    from cnnshape.readers.python.calls import call

    if isinstance(value, Instance):
        found = value.cls.find(name)
        if isinstance(found, Descriptor) and found.setter is not None:
            call(m, found.setter, [value, new], {})
            return
        if isinstance(found, Descriptor) and found.kind == "property":
            raise m.error("AttributeError", f"property {name!r} of {value.cls.name!r} object has no setter")
        setter = value.cls.find("__setattr__")
        if setter is not None:
            call(m, setter, [value, name, new], {})
        else:
            value.attributes[name] = new
    elif isinstance(value, Class):
        value.assign(name, new)
    elif isinstance(value, Function | Native):
        value.attributes[name] = new
    elif isinstance(value, ModuleScope):
        value.get(name)
        value.names[name] = new
    elif isinstance(value, Tensor):
        m.tensors.set_attribute(m, value, name, new)
    elif isinstance(value, Super):
        call(m, get_attribute(m, value, "__setattr__"), [name, new], {})
    elif isinstance(value, Namespace):
        value.names[name] = new
    elif not isinstance(value, Opaque | Symbol | Partial | Method):
        raise m.error("AttributeError", f"{type(value).__name__!r} object has no attribute {name!r}")


def del_attribute(m: Machine, value: Value, name: str) -> None:
    """``del value.name``."""
    if isinstance(value, Instance):
        deleter = value.cls.find("__delattr__")
        if deleter is not None:
            from cnnshape.readers.python.calls import call

            call(m, deleter, [value, name], {})
            return
        for held in (value.attributes, *(value.attributes.get(kind) or {} for kind in HOLDERS)):
            if held.pop(name, MISSING) is not MISSING:
                return
    elif isinstance(value, Class):
        value.namespace.pop(name, None)
        value.found.clear()
        return
    raise m.error("AttributeError", name)


HOLDERS = ("_parameters", "_buffers", "_modules")
"""Where a module keeps what is registered."""


def has_attribute(m: Machine, value: Value, name: str) -> Value:
    """``hasattr``; of something unknown it is unknown."""
    if isinstance(value, Opaque):
        return value
    absent = object()
    try:
        found = get_attribute(m, value, name, absent)
    except Raised as error:
        if error.value.cls.name == "AttributeError" and not isinstance(value, ModuleScope):
            return False
        raise
    return found is not absent if not isinstance(value, Namespace) else not isinstance(found, Opaque)
