"""``cnnshape init``: a commented first architecture file."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import FrameworkOption
from cnnshape.cli.output import write


def command(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file to write.", show_default=True)] = "model.yaml",
    like: Annotated[
        str | None, typer.Option("--like", metavar="NETWORK", help="Start from a built-in network, such as resnet50.")
    ] = None,
    framework: FrameworkOption = None,
) -> int:
    """Write a commented first architecture file. An existing file is never touched."""
    from cnnshape.studies.first_file import first_file  # reads the built-in networks

    text, hint = first_file(framework, like, path)
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise typer.BadParameter(f"{path} exists already, and is left as it is", param_hint="'PATH'") from None
    write(f"wrote {path}\ntry: cnnshape plan {path}{hint}")
    return exits.WELL
