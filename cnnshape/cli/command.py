"""The Typer command and group of this program: Typer's own, but fast and lazy.

Typer 0.29 sends every parameter through a pydantic adapter that it builds when the command runs, even the
absent ``--help``: a command that prints one number then takes 17 times ``python -c pass``. With this module
it takes 7.3 times, which is what Typer 0.28 takes without any help (7.3; both measured side by side).
So what a command line says is handed on as text to the declarations of `option_parser`, which read it. The one
undocumented name this leans on is the parameter's ``_runtime_param``; where a release does not have it, Typer reads
the texts itself and only start-up is slower. Tests hold both: no pydantic without need, and the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any, Literal, get_args

import typer
from typer.core import TyperCommand, TyperGroup

from cnnshape.cli.commands import Entry
from cnnshape.cli.option_parser import Declared, Option, command_at, option
from cnnshape.cli.output import keep_inputs
from cnnshape.cli.terminal import choose_color

Color = Literal["auto", "always", "never"]
HELP_NAMES = ["-h", "--help"]
CONTEXT = {"help_option_names": HELP_NAMES, "max_content_width": 100}


class AsText:
    """Hands a parameter's text on, whose `Option` reads it: what Typer calls a runtime parameter, without pydantic."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, or the values, as written."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        return tuple(value) if several else value


def read_without_pydantic(params: list[Any]) -> None:
    """Let Typer hand on what every parameter is given."""
    for param in params:
        if hasattr(param, "_runtime_param"):
            param._runtime_param = AsText()


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


class LazyCommands(Mapping[str, Any]):
    """The commands by name; looking one up imports it."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries

    def __getitem__(self, name: str) -> Any:
        return as_command(name, typer_function(command_at(self.entries[name].place)))

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


def parameter(option: Option, then: Callable[[Any], Any] = lambda value: value, **more: Any) -> Any:
    """Typer's description of the option, whose value is what `then` makes of what the declaration reads."""

    def read(value: Any) -> Any:
        try:
            if option.several:
                return None if value is None else [option.value(each) for each in value]
            return then(option.value(value) if isinstance(value, str) else value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    describe: Any = typer.Option if option.spellings else typer.Argument
    return describe(
        *option.spellings,
        help=option.help,
        metavar=option.metavar,
        envvar=option.environment or None,
        callback=read,
        show_default=bool(option.default),
        **more,
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


COLOR = option(
    "--color",
    "When to use colour: by default on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise.",
    choices=get_args(Color),
)
ColorOption = Annotated[
    Color | None,
    parameter(COLOR, lambda value: choose_color(value) if value else None, is_eager=True, expose_value=False),
]


def color_option() -> Any:
    """A fresh ``--color`` parameter."""

    def carrier(color: ColorOption = None) -> None: ...

    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command()(carrier)
    return typer.main.get_command(alone).params[0]
