"""``cnnshape rule``: what a finding means, why it matters, how to fix it."""

from __future__ import annotations

from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import argument, declared, flag
from cnnshape.cli.output import color_for, write
from cnnshape.cli.settings import BOTH_SPELLINGS, OUTPUT, shown_as
from cnnshape.spelling import nearest


@declared
def command(
    code: str | None = argument("[CODE]", "A code (CS301), a family (CS3) or a name.", required=False),
    all: bool = flag("--all", "Every page."),
    format: str = shown_as("text", "json", "markdown", spellings=BOTH_SPELLINGS),
    output: str | None = OUTPUT,
) -> None:
    """The page of the code book for CODE; without one, the list of all codes."""
    from cnnshape.diagnostics import CODES  # the book is read by this command alone
    from cnnshape.diagnostics.codes import find_codes
    from cnnshape.reports.book import as_json, as_markdown, as_text, contents

    if code is None and not all and format == "text":
        write(contents(), output)
        return
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
