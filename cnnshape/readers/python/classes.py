"""Classes: how they are made, how objects are made of them, and what is an object of what."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cnnshape.readers.python.attributes import get_attribute
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import ModuleScope, Scope
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
    Stop,
    Symbol,
    Tensor,
    Value,
)


def build_class(m: Machine, node: ast.ClassDef, scope: Scope, run_block: Callable[..., Any]) -> Class:
    """The class of a ``class`` statement."""
    from cnnshape.readers.python.expressions import DEFINED, evaluate

    bases: list[Class] = []
    unknown: Opaque | None = None
    for each in node.bases:
        base = evaluate(m, each, scope)
        if isinstance(base, Class):
            bases.append(base)
        elif isinstance(base, Opaque):
            unknown = base
        elif not isinstance(base, Symbol):
            raise Stop("CS601", f"`{ast.unparse(each)}` is no class that can be read")
    body = Scope(scope, of_class=True)
    body.names["__qualname__"] = node.name
    run_block(m, node.body, body)
    body.names.pop("__qualname__", None)
    defined: list[Function] = body.names.pop(DEFINED, [])
    return make_class(m, node.name, tuple(bases), body.names, defined, unknown, scope.module.name)


def make_class(
    m: Machine,
    name: str,
    bases: tuple[Class, ...],
    namespace: dict[str, Value],
    defined: list[Function],
    unknown: Opaque | None = None,
    module: str = "__main__",
) -> Class:
    """A class of its parts; enumerations and named tuples get what theirs have."""
    try:
        made = Class(name, bases, namespace, module=module)
    except ValueError:
        raise m.error("TypeError", f"the bases of {name} have no consistent order") from None
    made.unknown = made.unknown if unknown is None else unknown
    if unknown is not None and bases:
        m.note(f"{unknown.reason}, a base of {name}, is not known and taken to change nothing of the network")
    made.place = m.place()
    for function in defined:
        function.owner = made
    for method in ("__init_subclass__", "__class_getitem__"):
        if isinstance(namespace.get(method), Function):
            namespace[method] = Descriptor("class", namespace[method])
    for each in made.mro[1:]:
        finish = each.namespace.get("__made__")
        if finish is not None:
            finish(m, made)
            break
    for each in made.mro[1:]:
        hook = each.namespace.get("__init_subclass__")
        if hook is not None:
            call(m, hook.function, [made], {})
            break
    return made


def instantiate(m: Machine, cls: Class, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """An object of a class."""
    if cls.converts is not None:
        return call(m, Native(cls.name, cls.converts), positional, keywords)
    maker = cls.find("__new__")
    if isinstance(maker, Function | Native):
        value = call(m, maker, [cls, *positional], keywords)
        if not (isinstance(value, Instance) and value.cls.below(cls)):
            return value
    else:
        value = new_instance(m, cls, positional)
    value.place = m.place()
    initializer = cls.find("__init__")
    if initializer is not None:
        call(m, initializer, [value, *positional], keywords)
    elif (positional or keywords) and value.payload is None and cls.unknown is None and "args" not in value.attributes:
        raise m.error("TypeError", f"{cls.name}() takes no arguments")
    return value


def new_instance(m: Machine, cls: Class, positional: list[Value]) -> Instance:
    """The object before its ``__init__``; what derives from dict, int, ... holds one."""
    value = Instance(cls)
    for each in cls.mro:
        if each.name in IMMUTABLE and each.converts:
            value.payload = call(m, Native(each.name, each.converts), positional[:1], {})
            break
        if each.name in MUTABLE and each.converts:
            value.payload = each.converts(m)
            break
        if each.name == "BaseException":
            value.attributes["args"] = tuple(positional)
            break
    return value


IMMUTABLE = frozenset({"int", "float", "str", "tuple", "frozenset", "bytes"})
MUTABLE = frozenset({"dict", "list", "set"})


def fill_payload(m: Machine, self: Instance, *positional: Value, **keywords: Value) -> None:
    """``__init__`` of what derives from dict, list or set."""
    from cnnshape.readers.python.iterating import listed
    from cnnshape.readers.python.library import as_dict

    if isinstance(self.payload, dict):
        self.payload.update(as_dict(m, *positional, **keywords))
    elif isinstance(self.payload, list) and positional:
        self.payload.extend(listed(m, positional[0]))
    elif isinstance(self.payload, set) and positional:
        self.payload.update(listed(m, positional[0]))


def class_of(m: Machine, value: Value) -> Class:
    """``type(value)``."""
    from cnnshape.readers.python.library import BUILTINS, KINDS

    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Tensor):
        found: Class = m.tensors.class_of(m, isinstance(value, Parameter))
        return found
    if isinstance(value, Opaque):
        raise Stop("CS604", f"this asks for the type of {value.reason}, which is not known here")
    if isinstance(value, Class):
        return BUILTINS["type"]  # type: ignore[no-any-return]
    if isinstance(value, Function | Native | Method | Partial):
        return KINDS["partial"] if isinstance(value, Partial) else KINDS["function"]
    if isinstance(value, Namespace | ModuleScope):
        return KINDS["module"]
    if isinstance(value, Generated):
        return KINDS["generator"]
    if isinstance(value, Symbol):
        return KINDS.get(str(value).partition(".")[0] + ".symbol", KINDS["symbol"])
    return BUILTINS.get(type(value).__name__) or KINDS["other"]


def is_instance(m: Machine, value: Value, kind: Value) -> bool:
    """``isinstance(value, kind)``."""
    if isinstance(kind, tuple | list):
        return any(is_instance(m, value, each) for each in kind)
    if isinstance(kind, Opaque):
        if isinstance(value, Instance | Opaque) and not isinstance(value, Opaque) and value.cls.unknown is None:
            return False  # nothing that is known derives from what is not
        if not isinstance(value, Instance | Opaque):
            return False
        kind.refuse()
    if not isinstance(kind, Class):
        return False
    check = kind.namespace.get("__instancecheck__")
    if check is not None:
        return bool(check(m, value))
    if isinstance(value, Opaque):
        value.refuse()
    cls = class_of(m, value)
    if cls.unknown is not None and not cls.below(kind):
        cls.unknown.refuse()
    return cls.below(kind)


def is_subclass(m: Machine, cls: Value, kind: Value) -> bool:
    """``issubclass(cls, kind)``."""
    if isinstance(kind, tuple):
        return any(is_subclass(m, cls, each) for each in kind)
    if isinstance(cls, Opaque) or isinstance(kind, Opaque):
        (cls if isinstance(cls, Opaque) else kind).refuse()
    return isinstance(cls, Class) and isinstance(kind, Class) and cls.below(kind)


def named_tuple(name: str, fields: list[str], defaults: dict[str, Value], module: str) -> Class:
    """The class of a named tuple."""

    def new(m: Machine, cls: Class, *positional: Value, **keywords: Value) -> Instance:
        given = dict(zip(fields, positional, strict=False))
        given |= keywords
        for field in fields:
            if field not in given:
                if field not in defaults:
                    raise m.error("TypeError", f"{name}() is missing {field!r}")
                given[field] = defaults[field]
        if len(given) > len(fields) or len(positional) > len(fields):
            raise m.error("TypeError", f"{name}() takes {', '.join(fields)}")
        values = tuple(given[field] for field in fields)
        return Instance(cls, dict(zip(fields, values, strict=True)), payload=values)

    def replaced(m: Machine, self: Instance, **changes: Value) -> Value:
        return new(m, self.cls, **{**{field: self.attributes[field] for field in fields}, **changes})

    namespace: dict[str, Value] = {
        "__new__": Native("__new__", new),
        "__init__": Native("__init__", lambda m, *_, **__: None),
        "_fields": tuple(fields),
        "_asdict": Native("_asdict", lambda m, self: {field: self.attributes[field] for field in fields}),
        "_replace": Native("_replace", replaced),
    }
    return Class(name, (), namespace, module=module)


def finish_named_tuple(m: Machine, cls: Class) -> None:
    """What ``class X(NamedTuple)`` becomes."""
    fields = list(cls.namespace.get("__annotations__", {}))
    defaults = {field: cls.namespace.pop(field) for field in fields if field in cls.namespace}
    cls.found.clear()
    for key, value in named_tuple(cls.name, fields, defaults, cls.module).namespace.items():
        cls.namespace.setdefault(key, value)


def finish_enumeration(m: Machine, cls: Class) -> None:
    """The members of an enumeration: one for every plain value of its body."""
    members: dict[str, Value] = {}
    by_value: list[tuple[Value, Instance]] = []
    mixed = any(each.name in IMMUTABLE for each in cls.mro)
    for name, value in list(cls.namespace.items()):
        if name.startswith("_") or isinstance(value, Function | Native | Descriptor | Class):
            continue
        if isinstance(value, Symbol) and value == "enum.auto":
            value = len(members) + 1
        known = next((member for other, member in by_value if type(other) is type(value) and other == value), None)
        member = known or Instance(cls, {"name": name, "_name_": name, "value": value, "_value_": value})
        if mixed and known is None:
            member.payload = value
        members[name] = cls.namespace[name] = member
        by_value.append((value, member))

    def by_its_value(m: Machine, cls: Class, wanted: Value) -> Value:
        if isinstance(wanted, Instance) and wanted.cls is cls:
            return wanted
        for value, member in by_value:
            if type(value) is type(wanted) and value == wanted:
                return member
        missing = cls.find("_missing_")
        found = call(m, get_attribute(m, cls, "_missing_"), [wanted], {}) if missing else None
        if found is None:
            raise m.error("ValueError", f"{wanted!r} is not a valid {cls.name}")
        return found

    cls.namespace["__members__"] = members
    cls.namespace["__new__"] = Native("__new__", by_its_value)
    cls.namespace["__init__"] = Native("__init__", lambda m, *_: None)
    cls.found.clear()
