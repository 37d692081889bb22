"""``cnnshape sizes``: which input sizes a network takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import declared, option
from cnnshape.cli.output import color_for, say, write_findings, write_json, write_text
from cnnshape.cli.progress import progress
from cnnshape.cli.settings import FILE, OUTPUT, SETTINGS, Settings, shown_as, whole
from cnnshape.cli.shapes import read_sizes

if TYPE_CHECKING:
    from cnnshape.arithmetic.sizes import Shape
    from cnnshape.network.extent import Extent
    from cnnshape.network.plan import Plan

LARGEST = 100_000
"""The largest size that can be asked for: all smaller ones are tried as well."""


def read_wish(text: str) -> tuple[int, ...]:
    """``670x460`` as sizes."""
    try:
        wish = read_sizes(text)
    except ValueError:
        raise ValueError(f"must be one size of at least 1, or one per axis such as 670x460, got {text!r}") from None
    if max(wish) > LARGEST:
        raise ValueError(f"must be at most {LARGEST:,}, got {max(wish):,}")
    return wish


@declared
def command(
    file: str = FILE,
    near: tuple[int, ...] | None = option("--near", "Find the valid sizes nearest to 670x460.", "SIZE", read_wish),
    up_to: int = option(
        "--up-to", f"The largest size tried, from 8 to {LARGEST:,}.", "N", whole(8, LARGEST), default="512"
    ),
    format: str = shown_as("text", "json"),
    output: str | None = OUTPUT,
    settings: Settings = SETTINGS,
) -> int:
    """The smallest valid input, sizes without leftovers, and the output size as a formula of the input.

    Exit code 1 where no size is valid.
    """
    from cnnshape.api import UsageError, examine, load  # planning, which --help does not need
    from cnnshape.diagnostics import ArchitectureError
    from cnnshape.network.extent import extent_of
    from cnnshape.readers.requests import FixedSizeError, check_settings
    from cnnshape.reports.sizes import render
    from cnnshape.studies.sizes.base import Faulty, NoSize
    from cnnshape.studies.sizes.study import study

    architecture = load(file)

    def planner(shapes: Mapping[str, Shape]) -> Plan:
        try:
            return examine(architecture, **{**settings, "input": shapes})
        except FixedSizeError as error:
            raise UsageError(f"no other size can be tried: {error.fixed}; {error.advice}") from None

    told: Callable[..., Extent] | None = getattr(architecture, "extent", None)  # what variants have in common is known

    def extent(shapes: Mapping[str, Shape]) -> Extent:
        asked = check_settings(architecture.framework, **{**settings, "input": shapes})
        return told(asked._replace(fields=False, many=True)) if told else extent_of(planner(shapes))

    try:
        with progress(f"trying sizes of {file}"):
            answer = study(planner, examine(architecture, **settings), limit=up_to, near=near, extent=extent)
    except NoSize as error:
        if not isinstance(error, Faulty):
            say(str(error))
        write_findings(error.plan.errors, error.plan.sources)
        return exits.WRONG
    except (UsageError, ArchitectureError):
        raise
    except ValueError as error:
        raise Misuse(str(error), "--near") from None
    if format == "json":
        write_json(answer.to_dict(), output)
    else:
        write_text(render(answer, color=color_for(output)), output)
    return exits.WELL if all(axis.valid for axis in answer.axes) else exits.WRONG
