"""``cnnshape diff``: what changed between two architectures."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import (
    BatchOption,
    FrameworkOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    plan_settings,
)
from cnnshape.cli.output import say, write, write_error
from cnnshape.cli.terminal import use_color

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan


def command(
    files: Annotated[
        list[str],
        typer.Argument(metavar="OLD NEW", help="Two FILEs; with --git, one.", show_default=False),
    ],
    git: Annotated[
        str | None, typer.Option("--git", metavar="REV", help="Compare FILE with what it was at this revision.")
    ] = None,
    format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", "--output-format", help="How to show it.")
    ] = "table",
    output: OutputOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where they differ.")] = False,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
) -> int:
    """Layers added, removed and changed, and the difference of every total.

    The options that change a plan (--input, --preset, ...) hold for both. A file that --git REV does not have is new:
    all its layers are added.
    """
    from cnnshape.studies.diff import compare  # with it comes the planner
    from cnnshape.studies.revisions import NotAtRevisionError, RevisionError, file_at

    if len(files) != (1 if git else 2):
        needed = "one FILE beside --git REV" if git else "two FILEs, or one and --git REV"
        raise typer.BadParameter(f"needs {needed}, got {len(files)}", param_hint="'OLD NEW'")
    settings = plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set)
    old_name = f"{git}:{files[0]}" if git else files[0]
    old, is_new = None, False
    try:
        with file_at(git, files[0]) if git else nullcontext(files[0]) as old_file:
            old = read(old_file, old_name, settings)
    except RevisionError as error:
        is_new = isinstance(error, NotAtRevisionError) and Path(files[0]).is_file()
        if not is_new:
            raise typer.BadParameter(str(error), param_hint="'--git'") from None
    new = read(files[-1], files[-1], settings)
    if new is None or (old is None and not is_new):
        return exits.WRONG
    difference = compare(old, new)
    renderer = import_module(f"cnnshape.reports.diffs.{format}")
    write(renderer.render(difference, color=output is None and use_color(sys.stdout)), output)
    return exits.WRONG if exit_code and not difference.identical else exits.WELL


def read(file: str, name: str, settings: dict[str, Any]) -> Plan | None:
    """The plan of a FILE under a name; None where it is wrong, with its findings on standard error.

    A broken promise is no obstacle: by how much it is broken is what the difference tells.
    """
    from cnnshape.api import examine
    from cnnshape.reports.diagnostics import renderer

    plan = examine(file, filename=None if file == name else name, **settings)
    errors = [finding for finding in plan.errors if not finding.code.startswith("CS4")]
    if errors:
        text = renderer("full")(errors, plan.sources, color=use_color(sys.stderr))
        write_error(text)
        say("", f"{name}: only sound architectures can be compared")
        return None
    return replace(plan, filename=name)
