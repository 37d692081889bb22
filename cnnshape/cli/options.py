"""The options that every command which reads a FILE has, for commands that Typer reads. What they mean: `settings`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cnnshape.cli.option_parser import Option
from cnnshape.cli.settings import ASSUME, BATCH, FILES, FRAMEWORK, INPUT, OUTPUT, PRESET, SET, plan_settings


def option(declared: Option, least: int | None = None) -> Any:
    """Typer's description of a declared option, whose number is at least `least`."""
    return typer.Option(*declared.spellings, help=declared.help, metavar=declared.metavar, min=least)


FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A path, - for standard input, or zoo:NAME.", show_default=False)
]
FilesArgument = Annotated[list[str], typer.Argument(metavar=FILES.metavar, help=FILES.help, show_default=False)]
InputOption = Annotated[list[str] | None, option(INPUT)]
BatchOption = Annotated[int | None, option(BATCH, least=1)]
FrameworkOption = Annotated[Literal["keras", "pytorch"] | None, option(FRAMEWORK)]
PresetOption = Annotated[str | None, option(PRESET)]
SetOption = Annotated[list[str] | None, option(SET)]
AssumeOption = Annotated[list[str] | None, option(ASSUME)]
OutputOption = Annotated[str | None, option(OUTPUT)]

__all__ = [
    "AssumeOption",
    "BatchOption",
    "FileArgument",
    "FilesArgument",
    "FrameworkOption",
    "InputOption",
    "OutputOption",
    "PresetOption",
    "SetOption",
    "plan_settings",
]
