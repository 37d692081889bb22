"""The Typer command and group of this program: Typer's own, but fast and lazy.

Typer 0.29 sends every parameter through a pydantic adapter that it builds when the command runs, even the
absent ``--help``: a command that prints one number then takes 17 times ``python -c pass``. With this module
it takes 7.3 times, which is what Typer 0.28 takes without any help (7.3; both measured side by side).
So the values that a command
line really has (text, whole numbers, numbers, choices and lists of them) are read here, with messages that
state the value, and everything else is left to Typer. The one undocumented name this leans on is the
parameter's ``_runtime_param``; where a release does not have it, Typer reads the values itself and only
start-up is slower. Tests hold both: no pydantic without need, and the same answers as Typer's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

from cnnshape.cli.option_parser import Declared, Option, command_at
from cnnshape.cli.output import keep_inputs
from cnnshape.cli.terminal import choose_color
from cnnshape.value import NamedTuple

Color = Literal["auto", "always", "never"]
HELP_NAMES = ["-h", "--help"]
CONTEXT = {"help_option_names": HELP_NAMES, "max_content_width": 100}


class Reader:
    """Reads one parameter's text: what Typer calls a runtime parameter, without pydantic."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value (or values) read; refuses with the text that was written."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return tuple(self.read(each) for each in value) if several else self.read(value)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None


def whole_number(text: Any) -> int:
    """A whole number as Python writes it."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"must be a whole number, got {text!r}") from None


def number(text: Any) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"must be a number, got {text!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number, got {text!r}")
    return value


def within(read: Callable[[Any], Any], least: float | None, most: float | None) -> Callable[[Any], Any]:
    """`read`, refusing what lies outside the bounds."""

    def bounded(text: Any) -> Any:
        value = read(text)
        if least is not None and value < least:
            raise ValueError(f"must be at least {least}, got {value}")
        if most is not None and value > most:
            raise ValueError(f"must be at most {most}, got {value}")
        return value

    return bounded


def one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    """One of these words, exactly."""

    def chosen(text: Any) -> str:
        if text in choices:
            return str(text)
        raise ValueError(f"must be one of {', '.join(choices)}, got {text!r}")

    return chosen


def boolean(value: Any) -> bool:
    """What a flag's environment variable may say."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in {"1", "true", "t", "yes", "y", "on"}:
        return True
    if word in {"0", "false", "f", "no", "n", "off", ""}:
        return False
    raise ValueError(f"must be true or false, got {value!r}")


def reader_for(annotation: Any, information: Any) -> Reader | None:
    """The reader for an annotation; None where Typer has to do it."""
    if getattr(information, "parser", None) is not None:
        return None
    if get_origin(annotation) is list:
        (annotation,) = get_args(annotation)
    if get_origin(annotation) is Literal:
        return Reader(one_of(get_args(annotation)))
    if annotation in (int, float):
        read = whole_number if annotation is int else number
        return Reader(within(read, information.min, information.max))
    return {str: Reader(str), bool: Reader(boolean)}.get(annotation)


def read_without_pydantic(params: list[Any]) -> None:
    """Give every parameter that has one its `Reader`."""
    for param in params:
        descriptor = getattr(param, "type_descriptor", None)
        if descriptor is not None and hasattr(param, "_runtime_param"):
            param._runtime_param = reader_for(descriptor.annotation, descriptor.parameter_info)


class FastHelp:
    """The help option of a command or a group, which Typer would read with pydantic even where it is absent."""

    def get_help_option_names(self, ctx: Any) -> list[str]:
        """The help option's names, always in the same order."""
        return sorted(super().get_help_option_names(ctx), key=len)  # type: ignore[misc]  # Typer's, behind this one

    def get_help_option(self, ctx: Any) -> Any:
        """The help option with a default that needs no reading."""
        option: Any = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default = False
        return option


def usage_piece(param: Any) -> str:
    """An argument in the line of usage: ``FILE``, ``[PATH...]``."""
    name = param.metavar or param.name.upper()
    several = "..." if param.nargs != 1 and not name.endswith("...") else ""
    return f"{name}{several}" if param.required else f"[{name}{several}]"


class Command(FastHelp, TyperCommand):
    """A command whose values are read without pydantic, and that has ``--color``."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The arguments as manuals write them."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        return ["[OPTIONS]", *(usage_piece(param) for param in arguments)]

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        params: list[Any] = self.params
        for param in params:
            if param.param_type_name == "argument":
                param.display_type_rich = lambda ctx: ""  # its name and help say more than its Python type
        self.params.append(color_option())
        read_without_pydantic(self.params)

    def invoke(self, ctx: Any) -> Any:
        """Run it, unless it would lose a file."""
        keep_inputs(ctx.params)
        return super().invoke(ctx)


class Entry(NamedTuple):
    """A command not imported yet: where it is, its line of help, its section."""

    place: str
    help: str
    section: str


class LazyCommands(Mapping[str, Any]):
    """The commands by name; looking one up imports it."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries

    def __getitem__(self, name: str) -> Any:
        command = command_at(self.entries[name].place)
        return as_command(name, typer_function(command) if isinstance(command, Declared) else command)

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def as_command(name: str, function: Callable[..., Any]) -> Any:
    """The Typer command of a function."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, cls=Command, context_settings=dict(CONTEXT))(function)
    return typer.main.get_command(alone)


def typer_function(command: Declared) -> Callable[..., int]:
    """A function whose signature tells Typer what the declaration says."""

    def function(**values: Any) -> int:
        return command.run(**values)

    function.__doc__ = command.help
    function.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                option.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if option.required else option.default,
                annotation=Annotated[annotation(option), parameter(option)],
            )
            for option in command.options
        ]
    )
    return function


def annotation(option: Option) -> Any:
    """The type that Typer is told; the declaration's own reader runs after Typer's."""
    if option.is_flag:
        return bool | None if option.default is None else bool
    kind: Any = Literal[option.choices] if option.choices else str
    kind = list[kind] if option.several else kind
    return kind if option.required else kind | None


def parameter(option: Option) -> Any:
    """Typer's description of the option."""

    def read(value: Any) -> Any:
        try:
            if option.several:
                return None if value is None else [option.value(each) for each in value]
            return option.value(value) if isinstance(value, str) else value
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    if not option.spellings:
        return typer.Argument(help=option.help, metavar=option.metavar, callback=read, show_default=False)
    return typer.Option(
        *option.spellings,
        help=option.help,
        metavar=option.metavar,
        envvar=option.environment or None,
        callback=read,
        show_default=bool(option.choices and option.default),
    )


class LazyGroup(FastHelp, TyperGroup):
    """A group that lists its commands without importing them. Subclasses state the `entries`."""

    entries: dict[str, Entry]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = LazyCommands(self.entries)
        read_without_pydantic(self.params)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(self.entries)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The sections of the table, from the table alone."""
        for section in dict.fromkeys(entry.section for entry in self.entries.values()):
            with formatter.section(section):
                formatter.write_dl(
                    [(name, entry.help) for name, entry in self.entries.items() if entry.section == section]
                )


ColorOption = Annotated[
    Color | None,
    typer.Option(
        "--color",
        help="When to use colour: by default on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise.",
        is_eager=True,
        expose_value=False,
        callback=lambda value: choose_color(value) if value else None,
    ),
]


def color_option() -> Any:
    """A fresh ``--color`` parameter."""

    def carrier(color: ColorOption = None) -> None: ...

    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command()(carrier)
    return typer.main.get_command(alone).params[0]
