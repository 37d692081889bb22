"""``dataclasses``: classes whose fields are the annotated names of their bodies."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnshape.readers.python.attributes import find_method, get_attribute
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.values import Class, Instance, Native, Value


class Field(NamedTuple):
    """One field of a data class: its default, or what makes it; whether it is an argument."""

    default: Value = MISSING
    factory: Value = MISSING
    init: bool = True
    keyword_only: bool = False


def field(
    m: Machine,
    *,
    default: Value = MISSING,
    default_factory: Value = MISSING,
    init: bool = True,
    kw_only: bool = False,
    **_: Value,
) -> Field:
    """``dataclasses.field``."""
    return Field(default, default_factory, init, kw_only)


def dataclass(m: Machine, cls: Value = None, **options: Value) -> Value:
    """``@dataclass``, with or without options."""
    if cls is None:
        return Native("dataclass", lambda m, cls: dataclass(m, cls, **options))
    fields: dict[str, Field] = {}
    for base in reversed(cls.mro[1:]):
        fields.update(base.namespace.get("__dataclass_fields__", {}))
    for name, annotation in cls.namespace.get("__annotations__", {}).items():
        if annotation.startswith(("ClassVar", "typing.ClassVar")):
            continue
        default = cls.namespace.get(name, MISSING)
        if isinstance(default, Field):
            fields[name] = default
            if default.default is MISSING:
                del cls.namespace[name]
            else:
                cls.namespace[name] = default.default
        else:
            fields[name] = Field(default)
    cls.assign("__dataclass_fields__", fields)
    if options.get("init", True) and "__init__" not in cls.namespace:
        only = bool(options.get("kw_only"))
        cls.assign("__init__", Native("__init__", lambda m, *args, **kwargs: start(m, fields, only, *args, **kwargs)))
    if options.get("eq", True) and "__eq__" not in cls.namespace:
        cls.assign("__eq__", Native("__eq__", equal))
    return cls


def start(
    m: Machine, fields: dict[str, Field], only: bool, self: Instance, *positional: Value, **keywords: Value
) -> None:
    """The ``__init__`` of a data class."""
    order = [name for name, each in fields.items() if each.init and not (only or each.keyword_only)]
    if len(positional) > len(order):
        raise m.error("TypeError", f"{self.cls.name}() takes {len(order)} arguments, got {len(positional)}")
    given = dict(zip(order, positional, strict=False))
    for name, value in keywords.items():
        if name not in fields or name in given:
            raise m.error("TypeError", f"{self.cls.name}() got an unexpected keyword argument {name!r}")
        given[name] = value
    for name, each in fields.items():
        if name in given:
            self.attributes[name] = given[name]
        elif each.factory is not MISSING:
            self.attributes[name] = call(m, each.factory, [], {})
        elif each.default is not MISSING:
            self.attributes[name] = each.default
        elif each.init:
            raise m.error("TypeError", f"{self.cls.name}() is missing the argument {name!r}")
    after = find_method(m, self, "__post_init__")
    if after:
        call(m, after, [], {})


def equal(m: Machine, self: Instance, other: Value) -> Value:
    """Two objects of one data class are equal where their fields are."""
    if not isinstance(other, Instance) or other.cls is not self.cls:
        return NotImplemented
    return self.attributes == other.attributes


def fields_here(value: Value) -> dict[str, Field]:
    """The fields of a data class or of an object of one."""
    cls = value.cls if isinstance(value, Instance) else value
    found: dict[str, Field] = cls.find("__dataclass_fields__", {}) if isinstance(cls, Class) else {}
    return found


def replaced(m: Machine, value: Value, **changes: Value) -> Value:
    """``dataclasses.replace``."""
    given = {name: value.attributes[name] for name, each in fields_here(value).items() if each.init}
    return call(m, value.cls, [], {**given, **changes})


def as_plain_dict(m: Machine, value: Value, **_: Value) -> dict[str, Value]:
    """``dataclasses.asdict``."""

    def plain(each: Value) -> Value:
        if isinstance(each, Instance) and fields_here(each):
            return as_plain_dict(m, each)
        if isinstance(each, list | tuple):
            return type(each)(map(plain, each))
        return each

    return {name: plain(get_attribute(m, value, name)) for name in fields_here(value)}


def fields_of(m: Machine, value: Value) -> tuple[Any, ...]:
    """``dataclasses.fields``: each with its name."""
    kind = Class("Field")
    return tuple(Instance(kind, {"name": name, "default": each.default}) for name, each in fields_here(value).items())


def is_dataclass(m: Machine, value: Value) -> bool:
    """``dataclasses.is_dataclass``."""
    return bool(fields_here(value))
