"""``dataclasses`` and named tuples: Python's make their methods of texts that they run; these run none."""

from __future__ import annotations

import copy
import operator
import typing
from collections.abc import Callable
from typing import Any

from cnnshape.readers.python.language.guard import MADE, call
from cnnshape.readers.python.language.values import Symbol, Value, named, now

ABSENT = Symbol("dataclasses.MISSING")


class Field(typing.NamedTuple):
    """One field of a data class: its default, or what makes it; whether it is an argument."""

    name: str
    default: Value = ABSENT
    default_factory: Value = ABSENT
    init: bool = True
    keyword_only: bool = False

    def told(self) -> Value:
        """Its default; `ABSENT` where it has none."""
        return self.default if self.default_factory is ABSENT else call(now(), self.default_factory, [], {})


def field(
    *,
    default: Value = ABSENT,
    default_factory: Value = ABSENT,
    init: bool = True,
    kw_only: bool = False,
    **_: Value,
) -> Field:
    """``dataclasses.field``."""
    return Field("", default, default_factory, init, kw_only)


def dataclass(
    cls: Value = None,
    *,
    init: bool = True,
    eq: bool = True,
    order: bool = False,
    frozen: bool = False,
    kw_only: bool = False,
    **_: Value,
) -> Value:
    """``@dataclass``, with or without options."""
    if cls is None:
        return lambda cls: dataclass(cls, init=init, eq=eq, order=order, frozen=frozen, kw_only=kw_only)
    fields = dict(getattr(cls, "__dataclass_fields__", {}))
    only = kw_only
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if annotation in ("KW_ONLY", "dataclasses.KW_ONLY"):
            only = True
            continue
        if annotation.startswith(("ClassVar", "typing.ClassVar")):
            continue
        told = vars(cls).get(name, ABSENT)
        made = told._replace(name=name) if isinstance(told, Field) else Field(name, told)
        fields[name] = made = made._replace(keyword_only=made.keyword_only or only)
        if made.default is not ABSENT:
            setattr(cls, name, made.default)
        elif told is not ABSENT:
            delattr(cls, name)
    cls.__dataclass_fields__ = fields
    if init and "__init__" not in vars(cls):
        cls.__init__ = starting(fields, object.__setattr__ if frozen else setattr)
    given = dict(vars(cls))
    for name in [*(("__eq__",) if eq else ()), *(ORDER if order else ())]:
        if name not in given:
            setattr(cls, name, comparing(getattr(operator, name), tuple(fields)))
    if eq and given.get("__hash__") is None:
        cls.__hash__ = (lambda self: hash(values_of(self, tuple(fields)))) if frozen else None
    if frozen:
        cls.__setattr__ = cls.__delattr__ = refuse_change
    return cls


def make_dataclass(
    cls_name: str, fields: Value, *, bases: Value = (), namespace: Value = None, **options: Value
) -> Value:
    """``dataclasses.make_dataclass``: of names, or of names with types and defaults."""
    given = [(each,) if isinstance(each, str) else tuple(each) for each in fields]
    body = {"__annotations__": {each[0]: "" for each in given}, **{each[0]: each[2] for each in given if each[2:]}}
    return dataclass(type(cls_name, tuple(bases), {**(namespace or {}), **body}), **options)


ORDER = ("__lt__", "__le__", "__gt__", "__ge__")


def values_of(value: Value, names: tuple[str, ...]) -> tuple[Value, ...]:
    """The values of an object's fields. Python itself goes on into them, however often they are met."""
    now().step()
    return tuple(getattr(value, name) for name in names)


def comparing(compare: Callable[[Any, Any], Any], names: tuple[str, ...]) -> Callable[[Any, Any], Any]:
    """A method that compares the fields of two objects of one class, in their order."""
    return lambda self, other: (
        compare(values_of(self, names), values_of(other, names)) if type(other) is type(self) else NotImplemented
    )


class FrozenInstanceError(AttributeError):
    """``dataclasses.FrozenInstanceError``."""


def refuse_change(self: Value, name: str, *_: Value) -> None:
    """What a frozen data class says of another value for a field."""
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def arguments(
    name: str, order: list[str], fields: dict[str, Field], positional: Any, keywords: Any
) -> dict[str, Value]:
    """The values of fields, as they are given or by default. Raises `TypeError`."""
    if len(positional) > len(order):
        raise TypeError(f"{name}() takes {len(order)} arguments, got {len(positional)}")
    given = dict(zip(order, positional, strict=False))
    strange = next((each for each in keywords if each not in fields or each in given), None)
    if strange is not None:
        raise TypeError(f"{name}() got an unexpected keyword argument {strange!r}")
    given |= keywords
    given = {each: given[each] if each in given else fields[each].told() for each in fields}
    missing = next((each for each, value in given.items() if value is ABSENT and fields[each].init), None)
    if missing is not None:
        raise TypeError(f"{name}() is missing the argument {missing!r}")
    return {each: value for each, value in given.items() if value is not ABSENT}


def starting(fields: dict[str, Field], put: Callable[[Any, str, Value], None]) -> Callable[..., None]:
    """The ``__init__`` of a data class."""
    order = [each.name for each in fields.values() if each.init and not each.keyword_only]

    def run(self: Any, *positional: Value, **keywords: Value) -> None:
        for name, value in arguments(type(self).__name__, order, fields, positional, keywords).items():
            put(self, name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return run


def fields(value: Value) -> tuple[Field, ...]:
    """``dataclasses.fields``: each with its name."""
    return tuple(value.__dataclass_fields__.values())


def as_dict(value: Value, *, dict_factory: Value = dict) -> Value:
    """``dataclasses.asdict``: of what it holds, too."""
    if hasattr(type(value), "__dataclass_fields__"):
        pairs = [(each.name, as_dict(getattr(value, each.name), dict_factory=dict_factory)) for each in fields(value)]
        return call(now(), dict_factory, [pairs], {})
    now().step()
    if isinstance(value, dict):
        return type(value)((key, as_dict(each, dict_factory=dict_factory)) for key, each in value.items())
    if type(value) in (list, tuple):
        return type(value)(as_dict(each, dict_factory=dict_factory) for each in value)
    return copy.deepcopy(value)


def replace(value: Value, **changes: Value) -> Value:
    """``dataclasses.replace``."""
    given = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
    return call(now(), type(value), [], {**given, **changes})


def namedtuple(name: str, fields: Value, *, defaults: Value = (), module: str = "__main__", **_: Value) -> type:
    """``collections.namedtuple``."""
    names: list[str] = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
    after = len(names) - len(defaults or ())
    told = {each: Field(each, defaults[at - after] if at >= after else ABSENT) for at, each in enumerate(names)}

    def new(cls: Any, *positional: Value, **keywords: Value) -> Value:
        return tuple.__new__(cls, arguments(name, names, told, positional, keywords).values())

    def as_dict(self: Any) -> dict[str, Value]:
        return dict(zip(names, self, strict=True))

    namespace = {
        "__new__": new,
        "__init__": lambda self, *_, **__: None,
        "__module__": module,
        "_fields": tuple(names),
        "_asdict": as_dict,
        "_replace": lambda self, **changes: type(self)(**{**as_dict(self), **changes}),
    }
    made = type(name, (tuple,), namespace | {each: property(operator.itemgetter(at)) for at, each in enumerate(names)})
    MADE.add(made)
    return made


class RecordMaker(type):
    """Makes ``class X(NamedTuple)`` a named tuple of the names that its body annotates."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Value]) -> Any:
        """The named tuple, or the class that stands for all of them."""
        if not bases:
            return super().__new__(cls, name, bases, namespace)
        fields = list(namespace.get("__annotations__", ()))
        defaults = [namespace.pop(each) for each in fields if each in namespace]
        return type(name, (namedtuple(name, fields, defaults=defaults),), dict(namespace))


class NamedTuple(metaclass=RecordMaker):
    """``typing.NamedTuple``."""


MODULES: dict[str, dict[str, Value]] = {
    "dataclasses": {
        **named(dataclass, make_dataclass, field, replace, fields, FrozenInstanceError),
        "MISSING": ABSENT,
        "asdict": as_dict,
        "is_dataclass": lambda value: hasattr(value, "__dataclass_fields__"),
    },
}
