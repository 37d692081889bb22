"""Generators stand still where they yield, and what is entered is left: what a script alters is what Python does.

The counts are what torchvision 0.29.1 gave when it ran the same lines.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from tests.readers.python.altered import IMAGE, counts, scripts


@pytest.mark.parametrize(("script", "known"), scripts("generators"))
def test_a_body_runs_as_far_as_somebody_asks(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path, IMAGE) == known


def test_a_generator_that_outlives_the_reading_ends_without_a_word(tmp_path: Path) -> None:
    """A ring of references holds it, so that Python closes it later, in the middle of whatever runs then."""
    path = tmp_path / "script.py"
    path.write_text(
        "from torch import nn\n\n\ndef each(m):\n    try:\n        yield from m.parameters()\n    finally:\n"
        "        m.requires_grad_(False)\n\n\nclass Holder:\n    pass\n\n\nmodel = nn.Conv2d(3, 4, 3)\n"
        "holder = Holder()\nholder.ring, holder.each = holder, each(model)\nnext(holder.each)\n",
        encoding="utf-8",
    )
    said: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, said.append
    try:
        totals = cnnshape.plan(f"{path}:model", input=[3, 8, 8]).totals
        gc.collect()
    finally:
        sys.unraisablehook = before
    assert totals is not None
    assert (totals.params, totals.trainable_params, said) == (112, 112, [])
