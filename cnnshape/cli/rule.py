"""``cnnshape rule``: what a finding means, why it matters, how to fix it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.options import OutputOption
from cnnshape.cli.output import color_for, write
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
    from cnnshape.diagnostics.pages import find_codes
    from cnnshape.reports.book import as_json, as_markdown, as_text, contents

    if code is None and not all and format == "text":
        write(contents(), output)
        return exits.WELL
    codes = list(CODES) if code is None or all else find_codes(code)
    if not codes:
        names = [*CODES, *(name for name, _ in CODES.values())]
        close = nearest(str(code), names) or nearest(str(code).upper(), names)
        hint = f"; did you mean {close}?" if close else "; `cnnshape rule` lists them all"
        raise Misuse(f"no rule has the code or name {code!r}{hint}")
    if format == "text":
        write(as_text(codes, color=color_for(output)), output)
    else:
        write(as_json(codes) if format == "json" else as_markdown(codes), output)
    return exits.WELL
