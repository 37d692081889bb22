"""``cnnshape import``: a network, whatever it is written in, as an architecture file."""

from __future__ import annotations

from cnnshape.cli.export import written
from cnnshape.cli.option_parser import declared
from cnnshape.cli.settings import FILE, OUTPUT, SETTINGS, Settings


@declared
def command(file: str = FILE, output: str | None = OUTPUT, settings: Settings = SETTINGS) -> int:
    """The architecture file that a person would have written: names kept, repeats as blocks, loops and `* n`.

    It plans to the same rows, which is checked before it is written; what it cannot say is refused by the layer's name.
    """
    return written(file, "yaml", output, settings)
