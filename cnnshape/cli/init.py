"""``cnnshape init``: a commented first architecture file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import argument, declared, option
from cnnshape.cli.output import write
from cnnshape.cli.settings import FRAMEWORK

if TYPE_CHECKING:
    from cnnshape.vocabularies.vocabulary import Framework

DEFAULT = "model.yaml"


@declared
def command(
    path: str = argument("PATH", "The file to write; - for standard output.", required=False, default=DEFAULT),
    like: str | None = option("--like", "Start from a built-in network, such as resnet50.", "NETWORK"),
    framework: Framework | None = FRAMEWORK,
) -> None:
    """Write a commented first architecture file. An existing file is never touched."""
    from cnnshape.cli.saving import save_new
    from cnnshape.reports.diagnostics.text import harmless
    from cnnshape.studies.first_file import first_file  # reads the built-in networks

    shown = harmless(path)
    text, hint = first_file(framework, like, DEFAULT if path == "-" else shown)
    if path == "-":
        write(text)
        return
    try:
        save_new(path, text)
    except FileExistsError:
        raise Misuse(f"{path} exists already, and is left as it is") from None
    write(f"wrote {shown}\ntry: cnnshape plan {shown}{hint}")
