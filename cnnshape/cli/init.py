"""``cnnshape init``: a commented first architecture file."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.options import FrameworkOption
from cnnshape.cli.output import write

DEFAULT = "model.yaml"


def command(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="The file to write; - for standard output.", show_default=True)
    ] = DEFAULT,
    like: Annotated[
        str | None, typer.Option("--like", metavar="NETWORK", help="Start from a built-in network, such as resnet50.")
    ] = None,
    framework: FrameworkOption = None,
) -> int:
    """Write a commented first architecture file. An existing file is never touched."""
    from cnnshape.cli.saving import save_new
    from cnnshape.reports.diagnostics.text import harmless
    from cnnshape.studies.first_file import first_file  # reads the built-in networks

    shown = harmless(path)
    text, hint = first_file(framework, like, DEFAULT if path == "-" else shown)
    if path == "-":
        write(text)
        return exits.WELL
    try:
        save_new(path, text)
    except FileExistsError:
        raise Misuse(f"{path} exists already, and is left as it is") from None
    write(f"wrote {shown}\ntry: cnnshape plan {shown}{hint}")
    return exits.WELL
