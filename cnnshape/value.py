"""Values and records with named fields, defined fast.

`value` makes of a class what ``dataclass(frozen=True, slots=True)`` makes of it, and `record` what
``dataclass(slots=True, eq=False)`` does. A dataclass writes, compiles and runs the source of its methods each time a
program starts, about a millisecond a class, and importing `dataclasses` takes ten more; with some seventy classes that
was a third of a whole ``cnnshape plan``. Here the methods are closures over the names of the fields. So they are in
`NamedTuple`, which is `typing.NamedTuple` without the source that it writes a class and a field; a program starts 8 %
faster for it.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]  # with which `namedtuple` reads a field
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, dataclass_transform

T = TypeVar("T")
Key = TypeVar("Key")

MOST_REMEMBERED = 50_000
"""Entries of a memo; a memo that has grown to that is emptied, so that a long sweep does not fill the memory."""


def remember(memo: dict[Key, T], key: Key, value: T) -> T:
    """Put a value into a memo of bounded size, and return it."""
    if len(memo) >= MOST_REMEMBERED:
        memo.clear()
    memo[key] = value
    return value


class Memo(dict[Any, Any]):
    """What was found out about a value, beside it: it is no part of what the value is, and any other is as good."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Memo)

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Memo, ()


class Deferred(Generic[T]):
    """What is worked out when somebody asks for it, once. It is equal to another that gives the same."""

    __slots__ = ("_given", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make

    @property
    def given(self) -> T:
        """What it is."""
        if self._make is not None:
            self._given, self._make = self._make(), None
        return self._given

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deferred) and bool(self.given == other.given)

    def __hash__(self) -> int:
        return hash(self.given)

    def __repr__(self) -> str:
        return f"Deferred({self.given!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return now, (self.given,)


def now(given: T) -> Deferred[T]:
    """What was worked out already."""
    made = Deferred(lambda: given)
    assert made.given == given
    return made


class _Field:
    """What `field` returns: how the default is made."""

    __slots__ = ("factory",)

    def __init__(self, factory: Callable[[], Any]) -> None:
        self.factory = factory


def field(*, factory: Callable[[], Any]) -> Any:
    """The default of a field that is made anew for every value, such as a dictionary."""
    return _Field(factory)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """The class with its annotations as fields: positional or by name, with their defaults, slots, never changed.

    Two values are equal when they are of one class and their fields are equal. Annotations that begin with
    ``ClassVar`` are no fields. Values of values (subclasses with more fields) are not supported. A method
    ``__post_init__`` looks at every new value, and changes one with ``object.__setattr__`` alone.
    """
    names = fields_of(cls)
    return slotted(cls, {"__setattr__": refuse_change, "__delattr__": refuse_change, **compared(names)})


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """The class with its annotations as fields, as `value`, but its objects may change and equal but themselves."""
    return slotted(cls, {})


def replace(original: T, **changes: Any) -> T:
    """A value (or record) with other fields."""
    names: tuple[str, ...] = type(original).__slots__  # type: ignore[attr-defined]
    entries = [changes.pop(name) if name in changes else getattr(original, name) for name in names]
    return type(original)(*entries, **changes)


def fields_of(cls: type) -> tuple[str, ...]:
    """The names of a class's fields, in the order of the text."""
    stated = cls.__annotations__
    return tuple(name for name, annotation in stated.items() if not str(annotation).startswith("ClassVar"))


def slotted(cls: type[T], methods: dict[str, Any]) -> type[T]:
    """The class made again, with a slot a field, a way to begin, and these methods."""
    names = fields_of(cls)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    body = {name: each for name, each in cls.__dict__.items() if name not in {*names, "__dict__", "__weakref__"}}
    body = {"__repr__": shown(names), **body} | {
        "__qualname__": cls.__qualname__,
        "__slots__": names,
        "__match_args__": names,
        "__reduce__": reduced(names),
        **methods,
    }
    made: Any = type(cls.__name__, cls.__bases__, body)
    made.__init__ = initializer(made, names, defaults)
    return made  # type: ignore[no-any-return]


def initializer(made: type, names: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., None]:
    """``__init__``: every field is given once, or has a default."""
    puts = tuple(made.__dict__[name].__set__ for name in names)
    after = made.__dict__.get("__post_init__")

    def __init__(self: object, *positional: Any, **named: Any) -> None:  # noqa: N807
        for put, each in zip(puts, positional, strict=False):
            put(self, each)
        count = len(positional)
        if named or count != len(names):
            used = 0
            for name, put in zip(names[count:], puts[count:], strict=True):
                if name in named:
                    put(self, named[name])
                    used += 1
                elif name in defaults:
                    default = defaults[name]
                    put(self, default.factory() if type(default) is _Field else default)
                else:
                    raise TypeError(misfit(made.__name__, names, defaults, positional, named))
            if used != len(named) or count > len(names):
                raise TypeError(misfit(made.__name__, names, defaults, positional, named))
        if after is not None:
            after(self)

    return __init__


def misfit(
    what: str, names: tuple[str, ...], defaults: dict[str, Any], positional: tuple[Any, ...], named: dict[str, Any]
) -> str:
    """What is wrong with what a value was to be made of."""
    given = names[: len(positional)]
    if len(positional) > len(names) or not named.keys() <= set(names) - set(given):
        return f"{what} takes {', '.join(names)}, each once; got {positional} and {named}"
    return f"{what} also needs {', '.join(name for name in names if name not in {*defaults, *given, *named})}"


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


def maker(names: tuple[str, ...], stated: dict[str, Any]) -> Callable[..., Any]:
    """``__new__`` of a `NamedTuple` with fields of these names, some of which have a default."""
    make, count, defaults = tuple.__new__, len(names), tuple(stated.values())
    fewest = count - len(defaults)

    def __new__(cls: Any, *entries: Any, **named: Any) -> Any:  # noqa: N807
        given = len(entries)
        if given == count and not named:
            return make(cls, entries)
        if named or not fewest <= given <= count:
            rest = names[given:]
            found = [named[name] if name in named else stated[name] for name in rest if name in named or name in stated]
            if given + len(found) != count or not named.keys() <= set(rest):
                raise TypeError(misfit(cls.__name__, names, stated, entries, named))
            return make(cls, entries + tuple(found))
        return make(cls, entries + defaults[given - count :])

    return __new__


if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class Fields(type):
        """The metaclass of `NamedTuple`: the annotations of a class that derives from that are its fields."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """The class, whose attributes read the tuple; one that derives from such a class is like any other."""
            if not any(base.__bases__ == (tuple,) for base in bases):
                return type.__new__(cls, name, bases, body)
            names = tuple(body.get("__annotations__", ()))
            stated = {name: body[name] for name in names if name in body}
            getters = {name: _tuplegetter(number, None) for number, name in enumerate(names)}
            about = {"__slots__": (), "__match_args__": names, "_fields": names, "_field_defaults": stated}
            return type.__new__(cls, name, bases, {"__new__": maker(names, stated), **body, **getters, **about})

    class NamedTuple(tuple, metaclass=Fields):
        """A tuple whose entries are named as the annotations of a class, with its attributes as defaults."""

        __slots__ = ()

        _make = classmethod(tuple.__new__)
        """One of these entries, as many as there are fields; it takes a quarter of the time of a call of the class."""

        def _replace(self, **changes: Any) -> Any:
            """The same with other entries."""
            if wrong := [name for name in changes if name not in self._fields]:
                raise ValueError(f"{type(self).__name__} has no {', '.join(wrong)}")
            entries = [*self]
            for name, each in changes.items():
                entries[self._fields.index(name)] = each
            return tuple.__new__(type(self), entries)

        def _asdict(self) -> dict[str, Any]:
            """The entries by their names."""
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            """What a copy is made of."""
            return tuple(self)

        def __repr__(self) -> str:
            """As it is written."""
            return f"{type(self).__name__}({', '.join(f'{name}={each!r}' for name, each in self._asdict().items())})"
