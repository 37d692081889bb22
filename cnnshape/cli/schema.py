"""``cnnshape schema``: the JSON Schema of the architecture file."""

from __future__ import annotations

from cnnshape.cli.option_parser import declared
from cnnshape.cli.output import write
from cnnshape.cli.settings import OUTPUT


@declared
def command(output: str | None = OUTPUT) -> None:
    """The JSON Schema (draft-07) of the architecture file, for editors.

    In an architecture file: # yaml-language-server: $schema=PATH
    """
    import json  # with the models of every layer: this command alone needs them

    from cnnshape.reports.schema import schema

    write(json.dumps(schema(), separators=(",", ":")), output)
