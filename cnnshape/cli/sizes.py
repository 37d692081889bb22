"""``cnnshape sizes``: which input sizes a network takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.options import FileArgument, OutputOption, Settings, with_settings
from cnnshape.cli.output import color_for, say, write_findings, write_json, write_text
from cnnshape.cli.progress import progress
from cnnshape.cli.shapes import read_sizes

if TYPE_CHECKING:
    from cnnshape.arithmetic.sizes import Shape
    from cnnshape.network.plan import Plan

LARGEST = 100_000
"""The largest size that can be asked for: all smaller ones are tried as well."""


@with_settings
def command(
    settings: Settings,
    file: FileArgument,
    near: Annotated[
        str | None, typer.Option("--near", metavar="SIZE", help="Find the valid sizes nearest to 670x460.")
    ] = None,
    up_to: Annotated[
        int, typer.Option("--up-to", min=8, max=LARGEST, metavar="N", help="The largest size tried.")
    ] = 512,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How to show it.")] = "text",
    output: OutputOption = None,
) -> int:
    """The smallest valid input, sizes without leftovers, and the output size as a formula of the input.

    Exit code 1 where no size is valid.
    """
    from cnnshape.api import UsageError, examine, load  # planning, which --help does not need
    from cnnshape.readers.requests import FixedSizeError
    from cnnshape.reports.sizes import render
    from cnnshape.studies.sizes.base import Faulty, NoSize
    from cnnshape.studies.sizes.study import study

    wish = read_wish(near)
    architecture = load(file)

    def planner(shapes: Mapping[str, Shape]) -> Plan:
        try:
            return examine(architecture, **{**settings, "input": shapes})
        except FixedSizeError as error:
            raise UsageError(f"no other size can be tried: {error.fixed}; {error.advice}") from None

    try:
        with progress(f"trying sizes of {file}"):
            answer = study(planner, examine(architecture, **settings), limit=up_to, near=wish)
    except NoSize as error:
        if not isinstance(error, Faulty):
            say(str(error))
        write_findings(error.plan.errors, error.plan.sources)
        return exits.WRONG
    except UsageError:
        raise
    except ValueError as error:
        raise Misuse(str(error), "--near") from None
    if format == "json":
        write_json(answer.to_dict(), output)
    else:
        write_text(render(answer, color=color_for(output)), output)
    return exits.WELL if all(axis.valid for axis in answer.axes) else exits.WRONG


def read_wish(text: str | None) -> tuple[int, ...] | None:
    """``670x460`` as sizes. Raises a usage error."""
    if text is None:
        return None
    try:
        wish = read_sizes(text)
    except ValueError:
        message = f"must be one size of at least 1, or one per axis such as 670x460, got {text!r}"
        raise Misuse(message, "--near") from None
    if max(wish) > LARGEST:
        raise Misuse(f"must be at most {LARGEST:,}, got {max(wish):,}", "--near")
    return wish
