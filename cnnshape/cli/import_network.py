"""``cnnshape import``: a network, whatever it is written in, as an architecture file."""

from __future__ import annotations

from cnnshape.cli.export import written
from cnnshape.cli.options import FileArgument, OutputOption, Settings, with_settings


@with_settings
def command(settings: Settings, file: FileArgument, output: OutputOption = None) -> int:
    """The architecture file that a person would have written: names kept, repeats as blocks, loops and `* n`.

    It plans to the same rows, which is checked before it is written; what it cannot say is refused by the layer's name.
    """
    return written(file, "yaml", output, settings)
