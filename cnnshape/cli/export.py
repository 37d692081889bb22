"""``cnnshape export``: a network as code of a framework."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import (
    AssumeOption,
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
    to: Annotated[
        Literal["keras", "pytorch", "onnx"], typer.Option("--to", help="The framework whose code is written, or ONNX.")
    ],
    output: OutputOption = None,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
    assume: AssumeOption = None,
) -> int:
    """The network as code, Keras's functional API or modules of PyTorch, or as an ONNX model with weights drawn anew.

    Where the frameworks' rules differ, the code says what it does instead; a layer without an equal is refused by name.
    """
    return written(
        file,
        to,
        output,
        plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set, assume=assume),
    )


def written(file: str, kind: str, output: str | None, settings: dict[str, Any]) -> int:
    """A network as text of that kind."""
    from cnnshape.api import examine  # planning, which --help does not need
    from cnnshape.cli.saving import save
    from cnnshape.readers.requests import UsageError
    from cnnshape.writers import Unwritable
    from cnnshape.writers import write as text_of

    if kind == "onnx" and (output is None or output == "-"):
        raise UsageError("an ONNX model is no text: say where it goes, such as -o model.onnx")
    plan = examine(file, **settings)
    if plan.errors:
        write_findings(plan.errors, plan.sources)
        return exits.WRONG
    try:
        text = text_of(plan, kind)
    except Unwritable as error:
        say(str(error))
        return exits.WRONG
    if isinstance(text, bytes):
        save(str(output), text)
    else:
        write(text.rstrip("\n"), output)
    return exits.WELL
