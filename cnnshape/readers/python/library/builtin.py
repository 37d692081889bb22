"""Python's built-in functions and classes: its own, but for those that call back, run without end or reach outside."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cnnshape.readers.python.language.classes import is_instance, is_subclass, type_of
from cnnshape.readers.python.language.formatting import as_text, formatted
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import CONVERTED, binary, call, get_attribute, ordered, set_attribute
from cnnshape.readers.python.language.values import (
    BINARY,
    MISSING,
    Namespace,
    Opaque,
    Symbol,
    Tensor,
    Value,
    now,
    words,
)

ADD, MULTIPLY = BINARY[ast.Add], BINARY[ast.Mult]


def quiet(*_: Value, **__: Value) -> None:
    """A function that only tells somebody something."""


def same(value: Value = None, *_: Value, **__: Value) -> Value:
    """A function that changes nothing that matters here."""
    return value


def decorator(value: Value = None, *_: Value, **__: Value) -> Value:
    """A decorator that changes nothing that matters here, and may be called with options first."""
    return value if callable(value) and not isinstance(value, Opaque) else same


def answers(value: Value) -> Callable[..., Value]:
    """A function whose answer is always the same."""
    return lambda *_, **__: value


def forbidden(name: str) -> Callable[..., Value]:
    """A function that runs text, opens a file or asks somebody: its answer is unknown."""
    return lambda *_, **__: now().opaque(f"the result of `{name}(...)`")


def silent(name: str) -> Namespace:
    """A module whose functions only tell somebody something; ``getLogger`` answers one."""

    def member(each: str) -> Value:
        if each == "getLogger":
            return lambda *_, **__: silent(name)
        return Symbol(f"{name}.{each}") if each[:1].isupper() else quiet

    return Namespace(name, {"handlers": [], "filters": []}, member)


def length(value: Value) -> Value:
    """``len(value)``."""
    if isinstance(value, Opaque):
        return value
    return now().framework.size(value, 0) if isinstance(value, Tensor) else len(value)


def zipped(*values: Value, strict: bool = False) -> Iterator[Value]:
    """``zip``."""
    return now().metered(zip(*values))  # noqa: B905 - as the source has it


def following(value: Value, default: Value = MISSING) -> Value:
    """``next``."""
    if isinstance(value, Opaque):
        return value
    return next(value) if default is MISSING else next(value, default)


def extreme(greatest: bool) -> Callable[..., Value]:
    """``min`` and ``max``."""

    def run(*values: Value, key: Value = None, default: Value = MISSING) -> Value:
        m = now()
        candidates = m.listed(values[0]) if len(values) == 1 else list(values)
        measures = candidates if key is None else [call(m, key, [each], {}) for each in candidates]
        unknown = next((each for each in measures if isinstance(each, Opaque)), None)
        if unknown is not None:
            return unknown
        if not candidates and default is not MISSING:
            return default
        m.unfold(measures)
        choose: Any = max if greatest else min
        return candidates[choose(range(len(candidates)), key=measures.__getitem__)]

    return run


def summed(values: Value, start: Value = 0) -> Value:
    """``sum``."""
    m = now()
    for each in m.metered(values):
        start = binary(m, ADD, start, each)
    return start


def got(value: Value, name: str, default: Value = MISSING) -> Value:
    """``getattr``."""
    try:
        return default if default is not MISSING and is_lacking(value, name) else get_attribute(value, name)
    except AttributeError:
        if default is MISSING:
            raise
        return default


def is_lacking(value: Value, name: str) -> bool:
    """Whether a tensor does not have what it is asked for."""
    return isinstance(value, Tensor) and name.isidentifier() and bool(now().framework.lacks(value, name))


def has(value: Value, name: str) -> Value:
    """``hasattr``; of something unknown it is unknown."""
    if isinstance(value, Opaque):
        return value
    try:
        found = MISSING if is_lacking(value, name) else get_attribute(value, name)
    except AttributeError:
        return False
    return found is not MISSING and not (isinstance(value, Namespace) and isinstance(found, Opaque))


OWN = words(
    "all any callable chr enumerate id iter ord property classmethod staticmethod divmod abs round delattr "
    "int bool float complex str list tuple set frozenset dict range slice object type NotImplemented Ellipsis "
    "BaseException"
)
"""What the source has as Python has it."""
BUILTINS: dict[str, Value] = {
    **{name: getattr(builtins, name) for name in OWN},
    **{name: each for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, Exception)},
    "__debug__": False,
    **{name: forbidden(name) for name in words("open eval exec compile input __import__ breakpoint bytes bytearray")},
    **dict.fromkeys(  # of an object or a module of the source; one that is told here is asked itself
        ("dir", "vars"), lambda value: value if isinstance(value, Namespace) else get_attribute(value, "__dict__")
    ),
    "filter": lambda function, values: (
        each for each in values if (each if function is None else call(now(), function, [each], {}))
    ),
    "format": formatted,
    "getattr": got,
    "hasattr": has,
    "hash": lambda value: hash(now().unfold(value)),
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "len": length,
    "map": lambda function, *values: (call(now(), function, list(row), {}) for row in zipped(*values)),
    "max": extreme(True),
    "min": extreme(False),
    "next": following,
    "pow": lambda base, exponent: binary(now(), pow, base, exponent),
    "print": quiet,
    "reversed": lambda values: values if isinstance(values, Opaque) else now().metered(reversed(values)),
    "repr": partial(as_text, quoted=True),
    "setattr": set_attribute,
    "sorted": ordered,
    "sum": summed,
    "zip": zipped,
}
CONVERTED |= {
    bool: lambda value=False: value if isinstance(value, Opaque) else bool(value),
    str: lambda value="", *_: value if isinstance(value, Opaque) else as_text(value),
    type: type_of,
    Function: forbidden("types.FunctionType"),
}
