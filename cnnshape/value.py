"""Frozen values with named fields, defined fast.

`value` makes of a class what ``dataclass(frozen=True, slots=True)`` makes of it. A dataclass writes, compiles and
runs the source of its methods each time a program starts, about a millisecond a class; with some fifty operations
that was a seventh of a whole ``cnnshape plan``. Here the methods are closures over the names of the fields.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")

_set = object.__setattr__


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """The class with its annotations as fields: positional or by name, with their defaults, slots, never changed.

    Two values are equal when they are of one class and their fields are equal. Annotations that begin with
    ``ClassVar`` are no fields. Values of values (subclasses with more fields) are not supported.
    """
    stated = cls.__annotations__
    names = tuple(name for name, annotation in stated.items() if not str(annotation).startswith("ClassVar"))
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    body = {name: each for name, each in cls.__dict__.items() if name not in {*names, "__dict__", "__weakref__"}}
    body |= {
        "__qualname__": cls.__qualname__,
        "__slots__": names,
        "__match_args__": names,
        "__init__": initializer(cls.__name__, names, defaults),
        "__setattr__": refuse_change,
        "__delattr__": refuse_change,
        "__reduce__": reduced(names),
        "__repr__": shown(names),
        **compared(names),
    }
    made: type[T] = type(cls.__name__, cls.__bases__, body)
    return made


def initializer(what: str, names: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., None]:
    """``__init__``: every field is given once, or has a default."""
    known = frozenset(names)
    required = known - defaults.keys()

    def __init__(self: object, *positional: Any, **named: Any) -> None:  # noqa: N807
        given = dict(zip(names, positional, strict=False))
        if len(positional) > len(names) or not named.keys() <= known - given.keys():
            raise TypeError(f"{what} takes {', '.join(names)}, each once; got {positional} and {named}")
        given |= named
        if not required <= given.keys():
            raise TypeError(f"{what} also needs {', '.join(name for name in names if name in required - given.keys())}")
        for name in names:
            _set(self, name, given[name] if name in given else defaults[name])

    return __init__


def compared(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """``__eq__`` and ``__hash__`` by all fields."""
    fields: Callable[[object], Any] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if type(self) is not type(other):
            return NotImplemented
        return bool(fields(self) == fields(other))

    def __hash__(self: object) -> int:  # noqa: N807
        return hash((type(self), fields(self)))

    return {"__eq__": __eq__, "__hash__": __hash__}


def shown(names: tuple[str, ...]) -> Callable[[object], str]:
    """``__repr__``: as the value is written."""

    def __repr__(self: object) -> str:  # noqa: N807
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def reduced(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    """``__reduce__``: to copy or pickle is to make it again from its fields."""

    def __reduce__(self: object) -> tuple[Any, ...]:  # noqa: N807
        return type(self), tuple(getattr(self, name) for name in names)

    return __reduce__


def refuse_change(self: object, name: str, *_: object) -> None:
    """``__setattr__`` and ``__delattr__``: a value never changes."""
    raise AttributeError(f"{type(self).__name__} never changes: {name} stays as it is")
