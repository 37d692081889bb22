"""The tutorial's example, through every door: file, standard input, the one-offs, `calc`, Python.

A batch of ten 16-wide, 8-high RGB images, (10, 8, 16, 3), through Conv2D(5, 3, strides=(2, 2), padding="valid") gives
(10, 3, 7, 5), then MaxPooling2D(2, 2, padding="same") gives (10, 2, 4, 5).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cnnshape

EXAMPLE = Path(__file__).parent.parent / "examples" / "tutorial.yaml"
CONV = 'Conv2D(5, 3, strides=(2, 2), padding="valid")'
POOL = 'MaxPooling2D(2, 2, padding="same")'


def run(*arguments: str, text: str | None = None) -> str:
    command = [sys.executable, "-m", "cnnshape", *arguments]
    result = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("by", ["file", "standard input"])
def test_plan(by: str) -> None:
    if by == "file":
        output = run("plan", str(EXAMPLE), "--format", "json")
    else:
        output = run("plan", "-", "--format", "json", text=EXAMPLE.read_text(encoding="utf-8"))
    plan = json.loads(output)
    assert [layer["output_shape"] for layer in plan["layers"]] == [[10, 3, 7, 5], [10, 2, 4, 5]]
    assert plan["totals"]["params"] == 5 * (3 * 3 * 3 + 1)


def test_calc() -> None:
    output = run("calc", "10x8x16x3", CONV, POOL, "--format", "json")
    assert [layer["output_shape"] for layer in json.loads(output)["layers"]] == [[10, 3, 7, 5], [10, 2, 4, 5]]


def test_the_one_offs() -> None:
    conv = run("conv", "10x8x16x3", "--filters", "5", "--kernel-size", "3", "--strides", "2", "--padding", "valid")
    pool = run("pool", "10x3x7x5", "--pool-size", "2", "--strides", "2", "--padding", "same")
    assert "10x3x7x5" in conv
    assert "10x2x4x5" in pool
    assert run("conv", "8x16", "-k", "3", "-s", "2") == "3x7\n"
    assert run("pool", "3x7", "-k", "2", "-s", "2", "-p", "same") == "2x4\n"


def test_python() -> None:
    plan = cnnshape.plan({"input": [8, 16, 3], "batch": 10, "layers": [CONV, POOL]})
    assert [row.output_shape for row in plan.layers] == [(10, 3, 7, 5), (10, 2, 4, 5)]
