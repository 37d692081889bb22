"""How layers declare their arguments, and the binder of what is plainly right.

A declaration is a class whose annotations are the constructor's arguments, in its order, with its defaults. Two read
it: pydantic (`cnnshape.vocabularies.validation`), the authority, whose refusals are shown, and `bind_plainly`, which
takes what is plainly right (an int where an int belongs, a tuple of ints, a word of a choice) without importing
pydantic. What the binder does not take at once is pydantic's to judge.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, cast, get_args, get_origin

from cnnshape.diagnostics import Fault
from cnnshape.value import NamedTuple

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "REQUIRED"})()
"""The default of an argument that has none."""


class Info(NamedTuple):
    """What the check of an argument may ask for: its name, and the layer's rank and kind.

    pydantic's own `ValidationInfo` has these attributes too.
    """

    field_name: str | None
    context: Any


class Before(NamedTuple):
    """In an annotation: `check` turns what was written into what the annotated type holds, or refuses it.

    It gets the value, and an `Info` if it takes two arguments; it raises `Fault`, or ValueError with the end of a
    sentence. `schema` is what a file may write.
    """

    check: Callable[..., Any]
    schema: Any = REQUIRED

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """What pydantic makes of it."""
        from pydantic import BeforeValidator  # only where pydantic is already at work

        stated = {} if self.schema is REQUIRED else {"json_schema_input_type": self.schema}
        return BeforeValidator(self.check, **stated).__get_pydantic_core_schema__(source, handler)

    def plainly(self, value: Any, info: Info) -> Any:
        """The value as the check leaves it."""
        return self.check(value, info) if self.check.__code__.co_argcount == 2 else self.check(value)


def optional(check: Callable[[Any, Info], Any]) -> Callable[[Any, Info], Any]:
    """The check of what may also be None."""
    return lambda value, info: None if value is None else check(value, info)


class SchemaOf:
    """In an annotation: the JSON schema of what a file may write."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """This one, whatever the type is."""
        return dict(self.schema)


class Inferred:
    """In an annotation: left out, the argument follows from the input. Its default is None, which nobody can write."""


def is_marked(annotation: Any, mark: type) -> bool:
    """Whether an annotation carries a mark."""
    return mark in getattr(annotation, "__metadata__", ())


class Argument(NamedTuple):
    """One argument of a layer: its type and its default."""

    annotation: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is REQUIRED

    @property
    def inferred(self) -> bool:
        """Whether it may be left out, and follows from the input then."""
        return is_marked(self.annotation, Inferred)


Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """`functools.cache` of a function of classes, which mypy does not take for hashable."""
    return cast(Function, cache(function))


@remembered
def declared(model: type) -> Mapping[str, Argument]:
    """The arguments that a class declares, by name: those of its bases come first, from last to first."""
    return {
        name: Argument(annotation, getattr(model, name, None if is_marked(annotation, Inferred) else REQUIRED))
        for name, annotation in hints(model).items()
        if ClassVar not in (annotation, get_origin(annotation))
    }


def hints(model: type) -> Mapping[str, Any]:
    """The types that a class and its bases state, as `typing.get_type_hints` finds them, which takes much longer."""
    found: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        for field, written in getattr(base, "__annotations__", {}).items():
            found[field] = meant(base.__module__, written) if isinstance(written, str) else written
    return found


@cache
def meant(module: str, written: str) -> Any:
    """The type that is written in a module."""
    names = vars(sys.modules[module])
    return names[written] if written in names else eval(written, names)  # of this program's own text


class NotPlainError(Exception):
    """A value that is not plainly right."""


def bind_plainly(model: type, given: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attributes of a layer from arguments by name; None where one is missing or not plainly right."""
    values: dict[str, Any] = {}
    try:
        for name, argument in declared(model).items():
            if name not in given and argument.required:
                return None
            value = given.get(name, argument.default)
            if name in given or not argument.inferred:
                value = read(argument.annotation)(value, Info(name, context))
            values[name] = value
    except (NotPlainError, Fault, ValueError):
        return None
    return values


@cache
def read(annotation: Any) -> Callable[[Any, Info], Any]:
    """What takes a value of this type, or raises."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return checked(read(parts[0]), tuple(each for each in parts[:0:-1] if isinstance(each, Before)))
    if origin is Literal:
        return lambda value, info: one_of(parts, value)
    if origin in (Union, UnionType):
        return either(tuple(map(read, parts)))
    if origin is tuple and parts[1:] == (...,):
        member = read(parts[0])
        return lambda value, info: tuple([member(each, info) for each in tuple_of(value)])
    if origin is tuple:
        return lambda value, info: tuple(
            [read(part)(each, info) for part, each in zip(parts, tuple_of(value), strict=True)]
        )
    return PLAIN.get(annotation, refuse)


def checked(inner: Callable[[Any, Info], Any], checks: tuple[Before, ...]) -> Callable[[Any, Info], Any]:
    """The checks, outermost first, and then the type itself."""

    def take(value: Any, info: Info) -> Any:
        for check in checks:
            value = check.plainly(value, info)
        return inner(value, info)

    return take


def one_of(choices: tuple[Any, ...], value: Any) -> Any:
    """One of these words, as it is."""
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return value
    raise NotPlainError


def either(members: tuple[Callable[[Any, Info], Any], ...]) -> Callable[[Any, Info], Any]:
    """The type that takes the value and leaves it as it is, else the first that takes it."""

    def take(value: Any, info: Info) -> Any:
        found = []
        for member in members:
            try:
                taken = member(value, info)
            except (NotPlainError, ValueError):
                continue
            if type(taken) is type(value):
                return taken
            found.append(taken)
        if not found:
            raise NotPlainError
        return found[0]

    return take


def tuple_of(value: Any) -> tuple[Any, ...]:
    """A tuple, and no list: a check makes tuples of those where they are right."""
    if type(value) is not tuple:
        raise NotPlainError
    return value


def exactly(kind: type) -> Callable[[Any, Info], Any]:
    """A value of this type, and of none that derives from it."""

    def take(value: Any, info: Info) -> Any:
        if type(value) is not kind:
            raise NotPlainError
        return value

    return take


def real(value: Any, info: Info) -> float:
    """A float, also written without a point."""
    if type(value) not in (int, float):
        raise NotPlainError
    return float(value)


def refuse(value: Any, info: Info) -> Any:
    """A type that pydantic alone knows."""
    raise NotPlainError


PLAIN: dict[Any, Callable[[Any, Info], Any]] = {
    Any: lambda value, info: value,
    int: exactly(int),
    bool: exactly(bool),
    str: exactly(str),
    NoneType: exactly(NoneType),
    None: exactly(NoneType),
    float: real,
}
