"""What every argument means, in one sentence: the schema shows it in editors, the documentation prints it.

`glossary.txt` has the frameworks' names with what they mean. Where one name means different things, that of a layer
stands behind the layer's: ``Rescaling.scale``; ``_initializer`` is the end of a name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def meanings() -> dict[str, str]:
    """The meaning of every name."""
    lines = Path(__file__).with_name("glossary.txt").read_text(encoding="utf-8").splitlines()
    told = (line.partition(": ") for line in lines)
    return {name: meaning for names, _, meaning in told for name in names.split()}


def meaning(layer: str, argument: str) -> str:
    """What an argument of a layer means. Raises `KeyError` for one that nobody has described."""
    subject, _, kind = argument.rpartition("_")
    found = meanings().get(f"{layer}.{argument}") or meanings().get(f"_{kind}") or meanings()[argument]
    return found.format(subject.replace("_", " "))
