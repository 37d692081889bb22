"""The options that every command which reads a FILE has, for commands that Typer reads. What they mean: `settings`."""

from __future__ import annotations

from collections.abc import Callable
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


def with_settings(command: Callable[..., int], *, without: str = "") -> Callable[..., int]:
    """A command with the options that change a plan, behind its own; it gets them as `settings`.

    Args:
        command: a function with a parameter `settings`.
        without: the one of these options that it lacks.
    """
    names = [name for name in CHANGING_A_PLAN if name != without]

    def carried_out(**values: Any) -> int:
        asked = {name: values.pop(name) for name in names}
        return command(**values, settings=plan_settings(**asked))

    own = signature(command, eval_str=True)
    more = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=CHANGING_A_PLAN[name]) for name in names]
    parameters = [*(each for each in own.parameters.values() if each.name != "settings"), *more]
    carried_out.__doc__ = command.__doc__
    carried_out.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return carried_out
