"""The options that every command which reads a FILE has, for commands that Typer reads. What they mean: `settings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Annotated, Any, Literal

import typer

from cnnshape.cli.option_parser import Option
from cnnshape.cli.settings import ASSUME, BATCH, FRAMEWORK, INPUT, OUTPUT, PRESET, SET, plan_settings


def option(declared: Option, least: int | None = None) -> Any:
    """Typer's description of a declared option, whose number is at least `least`."""
    return typer.Option(*declared.spellings, help=declared.help, metavar=declared.metavar, min=least)


FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A path, - for standard input, or zoo:NAME.", show_default=False)
]
FrameworkOption = Annotated[Literal["keras", "pytorch"] | None, option(FRAMEWORK)]
OutputOption = Annotated[str | None, option(OUTPUT)]
Settings = dict[str, Any]
"""What `cnnshape.plan` is given: what the options say that change a plan."""

CHANGING_A_PLAN: dict[str, Any] = {
    "input": Annotated[list[str] | None, option(INPUT)],
    "batch": Annotated[int | None, option(BATCH, least=1)],
    "framework": FrameworkOption,
    "preset": Annotated[str | None, option(PRESET)],
    "set": Annotated[list[str] | None, option(SET)],
    "assume": Annotated[list[str] | None, option(ASSUME)],
}


def text(spelling: str, metavar: str, help: str, *, several: bool = False) -> Any:
    """An option with a text, or with several, as a table of options has it."""
    described = typer.Option(spelling, metavar=metavar, help=help)
    return Annotated[list[str] | None, described] if several else Annotated[str | None, described]


def with_options(
    name: str, options: Mapping[str, Any], read: Callable[..., Any], *, last: bool = False
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command a group of options: where its parameter `name` stands, which gets what `read` makes of them.

    Args:
        options: their types with their descriptions, by the names that `read` knows them by.
        last: whether they come behind all others instead.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        def carried_out(**values: Any) -> int:
            asked = {each: values.pop(each) for each in options}
            return command(**values, **{name: read(**asked)})

        own = signature(command, eval_str=True)
        parameters = [
            each.replace(kind=Parameter.KEYWORD_ONLY) for each in own.parameters.values() if each.name != name
        ]
        place = len(parameters) if last else list(own.parameters).index(name)
        parameters[place:place] = [
            Parameter(each, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for each, kind in options.items()
        ]
        carried_out.__doc__ = command.__doc__
        carried_out.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return carried_out

    return decorate


with_settings = with_options("settings", CHANGING_A_PLAN, plan_settings, last=True)
"""A command with the options that change a plan behind its own; it gets them as `settings`."""
