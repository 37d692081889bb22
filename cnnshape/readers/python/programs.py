"""Where a program runs: what it tells somebody, its options, and what holds while a block of it runs."""

from __future__ import annotations

import types
from collections.abc import Callable

from cnnshape.readers.python.builtin import following, quiet
from cnnshape.readers.python.classes import is_instance
from cnnshape.readers.python.guard import call
from cnnshape.readers.python.values import MISSING, Namespace, Symbol, Value, now


def silent(name: str) -> Namespace:
    """A module whose functions only tell somebody something; ``getLogger`` answers one."""

    def member(each: str) -> Value:
        if each == "getLogger":
            return lambda *_, **__: silent(name)
        return Symbol(f"{name}.{each}") if each[:1].isupper() else quiet

    return Namespace(name, {"handlers": [], "filters": []}, member)


class ArgumentParser:
    """The options of a program: their defaults are what they are here."""

    def __init__(self, *_: Value, **__: Value) -> None:
        self.options: dict[str, Value] = {}

    def add_argument(self, *flags: str, **words: Value) -> None:
        """One option."""
        long = [flag for flag in flags if flag.startswith("--")] or list(flags)
        action, kind = words.get("action"), words.get("type")
        default = words.get("default", action == "store_false" if str(action).startswith("store_") else None)
        if isinstance(default, str) and isinstance(kind, type):
            default = call(now(), kind, [default], {})
        if default is None and "default" not in words and (words.get("required") or not flags[0].startswith("-")):
            default = now().opaque(f"the program's argument {flags[0]!r}")
        self.options[words.get("dest") or long[0].lstrip("-").replace("-", "_")] = default

    def parse_args(self, *_: Value, **__: Value) -> Value:
        """The options, with their defaults."""
        now().note("the program's options have their defaults")
        return types.SimpleNamespace(**self.options)

    def parse_known_args(self, *_: Value) -> Value:
        """As `parse_args`, with what was not known."""
        return self.parse_args(), []

    def add_argument_group(self, *_: Value, **__: Value) -> ArgumentParser:
        """More options of the same program."""
        return self

    add_mutually_exclusive_group = add_argument_group

    def set_defaults(self, **values: Value) -> None:
        """Other defaults."""
        self.options.update(values)


class Managed:
    """What a function under ``contextlib.contextmanager`` answers: it runs up to its ``yield``, the rest on leaving.

    As a decorator it changes nothing that matters here.
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self.make = make
        self.running: Value = None

    def __enter__(self) -> Value:
        self.running = self.make()
        return following(self.running)

    def __exit__(self, kind: Value, error: Value, _: Value) -> Value:
        if error is None:
            return following(self.running, None)
        try:
            self.running.throw(error)
        except StopIteration as ended:
            return ended is not error
        return False

    def __call__(self, function: Value) -> Value:
        return function


class Suppressing:
    """``contextlib.suppress``."""

    def __init__(self, *kinds: Value) -> None:
        self.kinds = kinds

    def __enter__(self) -> None:
        """Nothing is bound."""

    def __exit__(self, kind: Value, error: Value, _: Value) -> bool:
        return error is not None and is_instance(error, self.kinds)


class ExitStack:
    """``contextlib.ExitStack``."""

    def __init__(self) -> None:
        self.leaving: list[Callable[..., Value]] = []

    def enter_context(self, manager: Value) -> Value:
        """One more that is left when this is."""
        if not hasattr(type(manager), "__enter__"):
            return manager
        self.leaving.append(manager.__exit__)
        return manager.__enter__()

    def callback(self, function: Value, *given: Value, **words: Value) -> Value:
        """A function that is called when this is left."""
        self.leaving.append(lambda *_: (call(now(), function, [*given], words), None)[1])
        return function

    def __enter__(self) -> Value:
        return self

    def __exit__(self, kind: Value, error: Value, _: Value) -> Value:
        taken = False
        while self.leaving:
            if self.leaving.pop()(kind, error, None):
                kind, error, taken = None, None, True
        return taken


def contextmanager(function: Value) -> Value:
    """``contextlib.contextmanager``."""
    return lambda *given, **words: Managed(lambda: call(now(), function, [*given], words))


class Setting:
    """``contextvars.ContextVar``, in the one context that there is."""

    def __init__(self, name: Value, *, default: Value = MISSING) -> None:
        self.name = name
        self.value = default

    def get(self, *default: Value) -> Value:
        """Its value. Raises `LookupError` where it has none."""
        if self.value is MISSING and not default:
            raise LookupError(self.name)
        return default[0] if self.value is MISSING else self.value

    def set(self, value: Value) -> Value:
        """A new value; answers the old one, for `reset`."""
        self.value, token = value, self.value
        return [token]

    def reset(self, token: Value) -> None:
        """The value before."""
        (self.value,) = token
