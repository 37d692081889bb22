"""``cnnshape import``: a network, whatever it is written in, as an architecture file."""

from __future__ import annotations

from cnnshape.cli.export import written
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


def command(
    file: FileArgument,
    output: OutputOption = None,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
    assume: AssumeOption = None,
) -> int:
    """The architecture file that a person would have written: names kept, repeats as blocks, loops and `* n`.

    It plans to the same rows, which is checked before it is written; what it cannot say is refused by the layer's name.
    """
    return written(
        file,
        "yaml",
        output,
        plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set, assume=assume),
    )
