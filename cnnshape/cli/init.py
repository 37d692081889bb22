"""``cnnshape init``: a commented first architecture file."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import FrameworkOption
from cnnshape.cli.output import create_file, write


def command(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file to write.", show_default=True)] = "model.yaml",
    like: Annotated[
        str | None, typer.Option("--like", metavar="NETWORK", help="Start from a built-in network, such as resnet50.")
    ] = None,
    framework: FrameworkOption = None,
) -> int:
    """Write a commented first architecture file. An existing file is never touched."""
    from cnnshape.reports.diagnostics.text import visible
    from cnnshape.studies.first_file import first_file  # reads the built-in networks

    text, hint = first_file(framework, like, path)
    if path == "-":
        write(text)
        return exits.WELL
    try:
        create_file(path, text)
    except FileExistsError:
        raise typer.BadParameter(f"{path} exists already, and is left as it is", param_hint="'PATH'") from None
    write(f"wrote {visible(path)}\ntry: cnnshape plan {visible(path)}{hint}")
    return exits.WELL
