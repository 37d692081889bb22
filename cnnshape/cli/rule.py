"""``cnnshape rule``: what a finding means, why it matters, how to fix it."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import OutputOption
from cnnshape.cli.output import write
from cnnshape.cli.terminal import use_color
from cnnshape.spelling import nearest


def command(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A code (CS301), a family (CS3) or a name.", show_default=False),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Every page.")] = False,
    format: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--format", "--output-format", help="How to show it.")
    ] = "text",
    output: OutputOption = None,
) -> int:
    """The page of the code book for CODE; without one, the list of all codes."""
    from cnnshape.diagnostics import CODES  # the book is read by this command alone
    from cnnshape.reports.book import as_json, as_markdown, as_text, contents

    if code is None and not all and format == "text":
        write(contents(), output)
        return exits.WELL
    codes = list(CODES) if code is None or all else find(code)
    if format == "text":
        write(as_text(codes, color=output is None and use_color(sys.stdout)), output)
    else:
        write(as_json(codes) if format == "json" else as_markdown(codes), output)
    return exits.WELL


def find(written: str) -> list[str]:
    """The codes that somebody means. Raises a usage error with the nearest."""

    from cnnshape.diagnostics import CODES
    from cnnshape.diagnostics.pages import find_codes

    codes = find_codes(written)
    if not codes:
        names = [*CODES, *(name for name, _ in CODES.values())]
        close = nearest(written, names) or nearest(written.upper(), names)
        hint = f"; did you mean {close}?" if close else "; `cnnshape rule` lists them all"
        raise typer.BadParameter(f"no rule has the code or name {written!r}{hint}", param_hint="'CODE'")
    return codes
