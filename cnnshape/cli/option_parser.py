"""Commands declared as data: their options once, read by Typer or by the quick reader.

Importing Typer takes longer than most commands do: it is for help, for refusals, and for what is written in an odd way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cnnshape.cli import exits
from cnnshape.value import NamedTuple


class Option(NamedTuple):
    """An option, or a positional argument (which has no spellings).

    Attributes:
        name: the keyword under which `run` gets it.
        spellings: such as ``("-k", "--kernel-size")``; a flag with a negative has it as ``"--bias/--no-bias"``.
        read: the text to a value, raising ValueError; None for a flag.
        default: what stands for an absent option, written as on the command line; or a value that is no text.
        choices: the only texts allowed, where there are only a few.
        several: whether it may be given more than once; its value is then a list.
        environment: the environment variable that stands for it where it is absent.
    """

    name: str
    spellings: tuple[str, ...]
    help: str
    read: Callable[[str], Any] | None = None
    metavar: str | None = None
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False
    several: bool = False
    environment: str = ""

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return self.read is None and not self.choices

    @property
    def absent(self) -> Any:
        """The value where it is not given. Raises ValueError where the environment variable has none."""
        stated = os.environ.get(self.environment) if self.environment else None
        if stated:
            return self.value(stated)
        return self.value(self.default) if isinstance(self.default, str) else self.default

    def value(self, text: str) -> Any:
        """The value of a text. Raises ValueError."""
        if self.choices and text not in self.choices:
            raise ValueError(f"must be one of {', '.join(self.choices)}, got {text!r}")
        return self.read(text) if self.read else text


class Group(NamedTuple):
    """Options that come together; the command gets what `read` makes of their values, by their names."""

    options: tuple[Option, ...]
    read: Callable[..., Any]


class Declared(NamedTuple):
    """A command: its help, its options, and the function that runs it and returns an exit code."""

    help: str
    options: tuple[Option, ...]
    run: Callable[..., int]


def option(
    spellings: str,
    help: str,
    metavar: str | None = None,
    read: Callable[[str], Any] | None = str,
    *,
    default: Any = None,
    choices: tuple[str, ...] = (),
    required: bool = False,
    several: bool = False,
    environment: str = "",
) -> Any:
    """An `Option` as the default of the parameter that gets its value; its spellings with spaces between them."""
    words = tuple(spellings.split())
    return Option("", words, help, read, metavar, default, choices, required, several, environment)


def flag(spellings: str, help: str, *, default: bool = False) -> Any:
    """An option without a value."""
    return option(spellings, help, read=None, default=default)


def argument(metavar: str, help: str, read: Callable[[str], Any] = str, *, required: bool = True, **more: Any) -> Any:
    """A positional argument."""
    return option("", help, metavar, read, required=required, **more)


def group(read: Callable[..., Any], **options: Any) -> Any:
    """A `Group` as the default of the parameter that gets what `read` makes of its options."""
    return Group(tuple(each._replace(name=name) for name, each in options.items()), read)


def declared(function: Any) -> Declared:
    """The command that a function is: an option, or a group of them, is the default of each of its parameters."""
    parameters = dict(zip(function.__code__.co_varnames, function.__defaults__ or (), strict=False))
    options: list[Option] = []
    for name, each in parameters.items():
        options += each.options if isinstance(each, Group) else [each._replace(name=name)]

    def run(**values: Any) -> int:
        for name, each in parameters.items():
            if isinstance(each, Group):
                values[name] = each.read(**{option.name: values.pop(option.name) for option in each.options})
        return function(**values) or exits.WELL

    return Declared(function.__doc__, tuple(options), run)


def command_at(place: str) -> Declared:
    """The command of a module beside this, imported now: its `command`, or what it has by the name behind a colon."""
    module, _, name = place.partition(":")
    command: Declared = getattr(import_module(f"cnnshape.cli.{module}"), name or "command")
    return command


def read_quickly(command: Declared, arguments: list[str]) -> dict[str, Any] | None:
    """The values of a plain, faultless command line; None for everything that Typer should judge.

    Plain are complete spellings with their value in the next word or after ``=``, and positional arguments.
    """
    known = {spelling: (option, True) for option in command.options for spelling in positive(option)}
    known |= {spelling: (option, False) for option in command.options for spelling in negative(option)}
    try:
        values: dict[str, Any] = {option.name: option.absent for option in command.options}
    except ValueError:
        return None
    positional = [option for option in command.options if not option.spellings]
    given: set[str] = set()
    words = iter(arguments)
    for word in words:
        spelling, equals, text = word.partition("=")
        if word == "-" or not word.startswith("-"):
            if not positional:
                return None
            option, is_positive = positional[0], True
            spelling, equals, text = option.name, "=", word
            if not option.several:
                positional = positional[1:]
        elif spelling in known and (equals == "" or spelling.startswith("--")):
            option, is_positive = known[spelling]
        else:
            return None
        if option.is_flag:
            if equals:
                return None
            values[option.name] = is_positive
        else:
            value = text if equals else next(words, None)
            if value is None:
                return None
            try:
                read = option.value(value)
            except ValueError:
                return None
            values[option.name] = [*(values[option.name] or ()), read] if option.several else read
        given.add(option.name)
    missing = [each for each in command.options if each.required and each.name not in given]
    return None if missing else values


def positive(option: Option) -> list[str]:
    """The spellings that give or switch on the option."""
    return [spelling.partition("/")[0] for spelling in option.spellings]


def negative(option: Option) -> list[str]:
    """The spellings that switch it off."""
    return [off for spelling in option.spellings if (off := spelling.partition("/")[2])]
