"""What the frameworks have and this vocabulary has not: said as it is, and not taken for a slip of the finger."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cnnshape.diagnostics import Fault

OTHERWISE = {
    "ModuleList": "write its layers one a line, or as a block",
    "ModuleDict": "write its layers one a line, or as a block",
}
"""What stands in an architecture file instead of what is no layer there."""

NO_LOSS = "a loss is computed from the outputs, and no part of the network: leave it out"
INSTEAD = "put layers in its place that give the same shape, or a block of them"


class NotKnownYet(Fault):
    """A name that is right, and no slip of the finger."""


@cache
def names_of(framework: str) -> frozenset[str]:
    """All that a framework offers to build networks from; `tests/vocabularies/record_names.py` writes the list."""
    path = Path(__file__).parent / framework / "names.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def not_known_yet(owner: str, name: str, title: str) -> NotKnownYet | None:
    """The refusal of a name of the framework `owner`, where it is one; `title` is how that writes itself."""
    if name not in names_of(owner):
        return None
    fix = OTHERWISE.get(name) or (NO_LOSS if name.endswith(("Loss", "_loss")) else INSTEAD)
    what = "function" if name.rpartition(".")[2][0].islower() else "layer"
    return NotKnownYet("CS101", f"{title}'s {what} {name} is not known here yet", fix=fix)
