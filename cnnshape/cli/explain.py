"""``cnnshape explain``: how each number of a plan came about."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import (
    AssumeOption,
    BatchOption,
    FileArgument,
    FrameworkOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    plan_settings,
)
from cnnshape.cli.output import write, write_findings, write_json
from cnnshape.cli.terminal import is_terminal, use_color, width

if TYPE_CHECKING:
    from cnnshape.studies.explain import Explanation

Format = Literal["text", "markdown", "svg", "json"]


def command(
    file: FileArgument,
    layer: Annotated[
        str | None,
        typer.Argument(metavar="LAYER", help="One layer, or a block; by default all.", show_default=False),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How to show it; svg draws the windows.")] = "text",
    output: OutputOption = None,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
    assume: AssumeOption = None,
) -> int:
    """How each number came about: formulas with the numbers in them, term by term.

    Sizes per axis, where padding falls, what is never read, parameters, MACs, the receptive field's growth, and
    what the other framework would give.
    """
    from cnnshape.api import examine  # planning, which --help does not need
    from cnnshape.studies.explain import UnknownLayer, explain

    settings = plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set, assume=assume)
    plan = examine(file, **settings)
    try:
        explanations = explain(plan, layer)
    except UnknownLayer as error:
        raise typer.BadParameter(str(error), param_hint="'LAYER'") from None
    show(explanations, format, output)
    if plan.errors:
        write_findings(plan.errors, plan.sources)
        return exits.WRONG
    return exits.WELL


def show(explanations: Sequence[Explanation], format: Format, output: str | None) -> None:
    """The explanations in this format."""
    from cnnshape.reports.explanations.layers import markdown, text

    if format == "json":
        write_json([explanation.to_dict() for explanation in explanations], output)
    elif format == "svg":
        write(picture(explanations), output)
    elif format == "markdown":
        write(markdown(explanations), output)
    else:
        seen = output is None and is_terminal(sys.stdout)
        color = output is None and use_color(sys.stdout)
        write(text(explanations, color=color, width=width() if seen else None), output)


def picture(explanations: Sequence[Explanation]) -> str:
    """The windows of the one layer that has some. Raises a usage error where there is not exactly one."""
    from cnnshape.reports.windows_svg import render

    drawable = [each for each in explanations if each.windows or each.written]
    if len(drawable) != 1:
        names = ", ".join(each.name for each in drawable[:3])
        which = f"name one of them: {names}" if drawable else "none of these layers has windows"
        raise typer.BadParameter(f"a picture shows the windows of one layer; {which}", param_hint="'LAYER'")
    (one,) = drawable
    try:
        return render(one.windows or one.written, f"{one.name}: {one.call}", writes=bool(one.written))
    except ValueError as error:
        raise typer.BadParameter(f"cannot draw {one.name}: {error}", param_hint="'--format'") from None
