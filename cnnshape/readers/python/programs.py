"""Where a program runs: what it tells somebody, its options, and what holds while a block of it runs."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable

from cnnshape.readers.python.builtin import quiet
from cnnshape.readers.python.functions import Function
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

    One that yields within an ``if`` or a ``with`` runs as a whole where it is entered. As a decorator it changes
    nothing that matters here.
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self.make = make
        self.leave: Callable[[], Value] = quiet

    def __enter__(self) -> Value:
        made = self.make()
        if not isinstance(made, tuple):
            return next(made, None)
        value, self.leave = made
        return value

    def __exit__(self, *_: Value) -> None:
        self.leave()

    def __call__(self, function: Value) -> Value:
        return function


Halves = tuple[list[ast.stmt], ast.expr | None, list[ast.stmt]]


def halves(body: list[ast.stmt]) -> Halves | None:
    """What a function does before its ``yield``, what that gives, and what it does behind it."""
    for number, each in enumerate(body):
        value = getattr(each, "value", None)
        found: Halves | None = ([], value.value, []) if isinstance(value, ast.Yield) else None
        if isinstance(each, ast.Try) and (inner := halves(each.body)):
            found = inner[0], inner[1], [*inner[2], *each.orelse, *each.finalbody]
        if found:
            return [*body[:number], *found[0]], found[1], [*found[2], *body[number + 1 :]]
    return None


NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def in_two(function: Function) -> Function:
    """The function that does the first half, and answers what it yields with a function that does the second."""
    found = halves(function.node.body)
    if found is None:
        return function
    before, value, after = found
    leave = ast.FunctionDef("leave", NO_ARGUMENTS, [*after, ast.Pass()], [])
    answer = ast.Return(ast.Tuple([value or ast.Constant(None), ast.Name("leave", ast.Load())], ast.Load()))
    node = ast.FunctionDef(function.node.name, function.node.args, [*before, leave, answer], [])
    ast.fix_missing_locations(ast.copy_location(node, function.node))
    return Function(function.__name__, node, function.closure, function.defaults, function.keyword_defaults)


class ExitStack:
    """``contextlib.ExitStack``."""

    def __init__(self) -> None:
        self.entered: list[Value] = []

    def enter_context(self, manager: Value) -> Value:
        """One more that is left when this is."""
        if not hasattr(type(manager), "__enter__"):
            return manager
        self.entered.append(manager)
        return manager.__enter__()

    def __enter__(self) -> Value:
        return self

    def __exit__(self, *_: Value) -> None:
        while self.entered:
            self.entered.pop().__exit__(None, None, None)


def contextmanager(function: Value) -> Value:
    """``contextlib.contextmanager``."""
    run = in_two(function) if isinstance(function, Function) else function

    def manage(*given: Value, **words: Value) -> Managed:
        if isinstance(run, Function):
            run.owner = function.owner
        return Managed(lambda: call(now(), run, [*given], words))

    return manage


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
