"""Upsampling by factors that binary fractions cannot hold sees what PyTorch's gradients say. Observed in PyTorch 2.14.1."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import cnnshape

ROWS = json.loads((Path(__file__).parents[1] / "data" / "fractional_upsampling.json").read_text(encoding="utf-8"))


def lies_between(number: int, factor: float) -> bool:
    """Whether the middle of an output falls exactly between two inputs: there float32 takes either."""
    return (Fraction(2 * number + 1, 2) / Fraction(str(factor))).denominator == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['mode']}-{row['factor']}-{row['length']}")
def test_each_output_sees_what_its_gradient_says(row: dict[str, Any]) -> None:
    sizes = [row["length"]] * (2 if row["mode"] == "bicubic" else 1)
    text = f"framework: pytorch\ninput: {[1, *sizes]}\nlayers:\n  - Upsample(scale_factor={row['factor']}, mode={row['mode']!r})\n"
    (layer,) = cnnshape.plan(text=text).layers
    field, result = layer.receptive_field, layer.result
    assert field is not None
    assert result is not None
    assert result.paths is not None
    axis_map = result.paths[0][-1].map
    assert axis_map is not None
    last = row["length"] - 1
    planned = []
    for number in range(len(row["seen"])):
        turn, phase = divmod(number, axis_map.period)
        seen = axis_map.phases[phase]
        assert seen is not None
        ends = (seen.low + turn * axis_map.step, seen.high + turn * axis_map.step)
        planned.append([min(max(end, 0), last) for end in ends])
    for number, (ours, theirs) in enumerate(zip(planned, row["seen"], strict=True)):
        assert ours == theirs or (row["mode"] == "nearest-exact" and lies_between(number, row["factor"]))
    assert field.exact
    assert field.size[-1] == max(high - low + 1 for low, high in row["seen"])
    assert field.jump[-1] == pytest.approx(1 / row["factor"])
