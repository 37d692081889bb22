"""``cnnshape export``: a network as code of a framework."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import (
    BatchOption,
    FileArgument,
    FrameworkOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    plan_settings,
)
from cnnshape.cli.output import say, write, write_findings


def command(
    file: FileArgument,
    to: Annotated[Literal["keras", "pytorch"], typer.Option("--to", help="The framework whose code is written.")],
    output: OutputOption = None,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
) -> int:
    """The network as code: Keras's functional API, or a module of PyTorch.

    Where the frameworks' rules differ, the code says what it does instead; a layer without an equal is refused by name.
    """
    return written(
        file, to, output, plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set)
    )


def written(file: str, kind: str, output: str | None, settings: dict[str, Any]) -> int:
    """A network as text of that kind."""
    from cnnshape.api import examine  # planning, which --help does not need
    from cnnshape.writers import Unwritable
    from cnnshape.writers import write as text_of

    plan = examine(file, **settings)
    if plan.errors:
        write_findings(plan.errors, plan.sources)
        return exits.WRONG
    try:
        text = text_of(plan, kind)
    except Unwritable as error:
        say(str(error))
        return exits.WRONG
    write(text.rstrip("\n"), output)
    return exits.WELL
