"""``cnnshape explain``: how each number of a plan came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, declared
from cnnshape.cli.output import color_for, width_for, write, write_findings, write_json
from cnnshape.cli.settings import FILE, OUTPUT, SETTINGS, Settings, shown_as

if TYPE_CHECKING:
    from cnnshape.studies.explain import Explanation


@declared
def command(
    file: str = FILE,
    layer: str | None = argument("LAYER", "One layer, or a block; by default all.", required=False),
    format: str = shown_as("text", "markdown", "svg", "json", help="How to show it; svg draws the windows."),
    output: str | None = OUTPUT,
    settings: Settings = SETTINGS,
) -> int:
    """How each number came about: formulas with the numbers in them, term by term.

    Sizes per axis, where padding falls, what is never read, parameters, MACs, the receptive field's growth, and
    what the other framework would give.
    """
    from cnnshape.api import examine  # planning, which --help does not need
    from cnnshape.studies.explain import UnknownLayer, explain

    plan = examine(file, **settings)
    with Refusing("", UnknownLayer):
        explanations = explain(plan, layer)
    show(explanations, format, output)
    if plan.errors:
        write_findings(plan.errors, plan.sources)
        return exits.WRONG
    return exits.WELL


def show(explanations: Sequence[Explanation], format: str, output: str | None) -> None:
    """The explanations in this format."""
    from cnnshape.reports.explanations.layers import markdown, text

    if format == "json":
        write_json([explanation.to_dict() for explanation in explanations], output)
    elif format == "svg":
        write(picture(explanations), output)
    elif format == "markdown":
        write(markdown(explanations), output)
    else:
        write(text(explanations, color=color_for(output), width=width_for(output)), output)


def picture(explanations: Sequence[Explanation]) -> str:
    """The windows of the one layer that has some. Raises a usage error where there is not exactly one."""
    from cnnshape.reports.windows_svg import render

    drawable = [each for each in explanations if each.windows or each.written]
    if len(drawable) != 1:
        names = ", ".join(each.name for each in drawable[:3])
        which = f"name one of them: {names}" if drawable else "none of these layers has windows"
        raise Misuse(f"a picture shows the windows of one layer; {which}")
    (one,) = drawable
    try:
        return render(one.windows or one.written, f"{one.name}: {one.call}", writes=bool(one.written))
    except ValueError as error:
        raise Misuse(f"cannot draw {one.name}: {error}", "--format") from None
