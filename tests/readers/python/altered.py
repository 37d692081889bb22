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

NET = """\
import torch, math, copy
import numpy as np
from torch import nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self, w=4):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, w, 3, padding=1), nn.BatchNorm2d(w), nn.ReLU(), nn.Conv2d(w, 2 * w, 3), nn.BatchNorm2d(2 * w), nn.ReLU())
        self.q = nn.Linear(2 * w, 16)
        self.v = nn.Linear(16, 16)
        self.fc = nn.Linear(16, 5)
    def forward(self, x):
        return self.head(self.fc(F.relu(self.v(F.relu(self.q(self.body(x).mean((2, 3))))))))
    def head(self, y): return y
model = Net()
"""
"""933 parameters, all of which train."""


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
