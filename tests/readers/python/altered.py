"""Scripts that alter a model, each with what it then has: files of `tests/data/scripts`.

A file begins with the lines that all of its scripts begin with; before the rest of each one stands what is known of it.
"""

from __future__ import annotations

import re
from pathlib import Path

import cnnshape
from cnnshape.arithmetic.sizes import Dim

SCRIPTS = Path(__file__).parents[2] / "data" / "scripts"

IMAGE = [3, 64, 64]


def head(name: str) -> str:
    """The lines that all scripts of a file begin with."""
    return (SCRIPTS / f"{name}.txt").read_text(encoding="utf-8").partition("\n#: ")[0]


def scripts(name: str) -> list[tuple[str, tuple[int, ...]]]:
    """The scripts of a file, with the numbers that stand before each."""
    _, *cases = (SCRIPTS / f"{name}.txt").read_text(encoding="utf-8").split("\n#: ")
    parts = [case.partition("\n") for case in cases]
    return [(head(name) + lines, tuple(map(int, re.findall(r"\d+", known)))) for known, _, lines in parts]


def counts(text: str, folder: Path, shape: list[int] | None = None) -> tuple[Dim, Dim]:
    """The parameters of a script's model, and those that train."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=shape).totals
    assert totals is not None
    return totals.params, totals.trainable_params
