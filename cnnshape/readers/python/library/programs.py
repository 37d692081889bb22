"""Where a program runs: what it tells somebody, its options, and what holds while a block of it runs."""

from __future__ import annotations

import math
import re
import types
import typing
from collections import deque
from collections.abc import Callable

from cnnshape.readers.python.language.classes import is_instance
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.values import MISSING, Unset, Value, changing, named, now
from cnnshape.readers.python.library.builtin import following, same
from cnnshape.readers.python.noting.traced import plain
from cnnshape.readers.requests import UsageError

DEFAULTS = "the program's options have their defaults"
OTHERS = "the program's options have their defaults, but for those that are set"


class Option(typing.NamedTuple):
    """One option of a program: where its value goes, what makes it of a text, of how many, and which there are."""

    name: str
    kind: Value
    action: Value
    count: Value
    choices: Value

    def bounds(self) -> tuple[float, float]:
        """The fewest and the most values that it takes."""
        if isinstance(self.count, int):
            return self.count, self.count
        if self.count not in (None, *"?*+"):
            raise changing(f"options that take {self.count!r} values are not read")
        return self.count != "*", math.inf if self.count in ("*", "+") else 1

    def taking(self, value: Value) -> Value:
        """The value that it has of one that the caller gives it, as a command line would. Raises `UsageError`."""
        value = plain(value)
        if self.action not in (None, "store") or value is None:
            return value
        if self.count in (None, "?"):
            return self.made(value)
        return [self.made(each) for each in (value if isinstance(value, list) else [value])]

    def made(self, value: Value) -> Value:
        """One value of its text."""
        try:
            made = str(value) if self.kind is None else call(now(), self.kind, [str(value)], {})
        except (TypeError, ValueError) as error:
            raise UsageError(f"--set {self.name}: {value!r} is none of its values: {error}") from None
        if isinstance(self.choices, list | tuple) and made not in self.choices:
            raise UsageError(f"--set {self.name} is one of {', '.join(map(str, self.choices[:20]))}, got {value!r}")
        return made


class ArgumentParser:
    """The options of a program: their defaults are what they are here, but for those that the source itself gives."""

    def __init__(self, *_: Value, **__: Value) -> None:
        self.options: dict[str, Value] = {}
        self.flags: dict[str, Option] = {}
        self.named: dict[str, Option] = {}

    def add_argument(self, *flags: str, **words: Value) -> None:
        """One option."""
        long = [flag for flag in flags if flag.startswith("--")] or list(flags)
        action, kind = words.get("action"), words.get("type")
        name = words.get("dest") or long[0].lstrip("-").replace("-", "_")
        default = words.get("default", action == "store_false" if str(action).startswith("store_") else None)
        if isinstance(default, str) and kind is not None:
            default = call(now(), kind, [default], {})
        if default is None and "default" not in words and (words.get("required") or not flags[0].startswith("-")):
            default = Unset(f"the program's argument {flags[0]!r}", now().place(), f"add --set {name}=...")
        self.options[name] = default
        option = Option(name, kind, action, words.get("nargs"), words.get("choices"))
        self.flags.update(dict.fromkeys(flags, option))
        self.named.setdefault(name, option)
        now().options.add(name)

    def parse_args(self, args: Value = None, namespace: Value = None) -> Value:
        """The options, with their defaults or what a list of the source says."""
        found = types.SimpleNamespace() if namespace is None else namespace
        typed = deque(now().listed(now().importer.dotted("sys").names["argv"][1:] if args is None else args))
        if type(found) is not types.SimpleNamespace or not all(isinstance(each, str) for each in typed):
            raise changing("options are read from texts alone, into a `Namespace`")
        values = {**self.options, **vars(found)}
        while typed:
            now().step()
            written = typed.popleft()
            flag, equals, text = written.partition("=")
            option = self.flags.get(flag) if flag.startswith("-") else None
            switch = option is not None and option.action in ("store_true", "store_false")
            if option is None or not (switch or option.action in (None, "store")) or (switch and equals):
                raise changing(f"the argument {written!r}, which the program gives itself, is not read")
            if switch:
                values[option.name] = option.action == "store_true"
                continue
            least, most = option.bounds()
            texts = [text] if equals else []
            while not equals and typed and len(texts) < most and (typed[0][:1] != "-" or self.is_number(typed[0])):
                texts.append(typed.popleft())
            if not least <= len(texts) <= most:
                raise changing(f"the argument {written!r} has fewer or more values than are read")
            made = [each if option.kind is None else call(now(), option.kind, [each], {}) for each in texts]
            values[option.name] = made[0] if option.count in (None, "?") else made
        given = now().settings
        taken = {name: option.taking(given[name]) for name, option in self.named.items() if name in given}
        values |= taken
        now().note(OTHERS if taken else DEFAULTS)
        vars(found).update(values)
        return found

    def is_number(self, text: str) -> bool:
        """Whether what begins with a minus is a value, as no option looks like that."""
        negative = re.compile(r"-(\d+(\.\d*)?|\.\d+)")
        return negative.fullmatch(text) is not None and not any(map(negative.fullmatch, self.flags))

    def parse_known_args(self, args: Value = None, namespace: Value = None) -> Value:
        """As `parse_args`, with what was not known."""
        return self.parse_args(args, namespace), []

    def add_argument_group(self, *_: Value, **__: Value) -> ArgumentParser:
        """More options of the same program."""
        return self

    add_mutually_exclusive_group = add_argument_group

    def set_defaults(self, **values: Value) -> None:
        """Other defaults."""
        self.options.update(values)


def options_of(args: Value, *_: Value) -> Value:
    """``getopt.getopt``: nobody gives a program options here."""
    now().note(DEFAULTS)
    return ([], []) if args == [] else now().opaque("the program's options")


class Managed:
    """What a function under ``contextlib.contextmanager`` answers: it runs up to its ``yield``, the rest on leaving."""

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
        """As a decorator: entered anew whenever the function is called."""

        def run(*given: Value, **words: Value) -> Value:
            with Managed(self.make):
                return call(now(), function, [*given], words)

        return run


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


MODULES: dict[str, dict[str, Value]] = {
    "argparse": {**named(ArgumentParser), "Namespace": types.SimpleNamespace},
    "contextlib": {
        **named(ExitStack, contextmanager),
        "suppress": Suppressing,
        **dict.fromkeys(("nullcontext", "redirect_stdout"), same),
    },
    "contextvars": {"ContextVar": Setting},
    "getopt": dict.fromkeys(("getopt", "gnu_getopt"), options_of),
}
