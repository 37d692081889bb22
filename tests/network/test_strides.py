"""What PyTorch 2.14.1 refuses when it runs, because axes were exchanged before: observed, batch 2 unless it is stated."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine

RUNS = [
    ("[3, 4]", "transpose(1, 2)"),
    ("[3, 4, 5]", "transpose(2, 3)"),
    ("[3, 4, 5]", "transpose(1, 2)"),
    ("[3, 4, 5, 6]", "permute([0, 2, 1, 3, 4])"),
    ("[3, 4, 5, 6]", "permute([0, 4, 1, 2, 3])"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); MaxPool3d(1)"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); LazyConv3d(4, 1)"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); LazyBatchNorm3d()"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); Softmax(dim=1)"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); LazyLinear(4)"),
    ("[3, 4, 5, 6]", "x = permute([0, 1, 2, 4, 3]); cat(dim=1)(x, x)"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); permute([0, 1, 2, 4, 3])"),
]
REFUSED = [
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3])"),
    ("[3, 4, 5, 6]", "permute([0, 1, 3, 2, 4])"),
    ("[3, 4, 5, 6]", "permute([0, 2, 3, 4, 1])"),
    ("[3, 4, 5, 6]", "permute([0, 1, 4, 3, 2])"),
    ("[3, 4, 5, 6, 7]", "permute([0, 4, 1, 2, 3, 5])"),
    ("[3, 4, 5, 6, 7]", "permute([0, 1, 2, 4, 3, 5])"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); ReLU()"),
    ("[3, 4, 5, 6]", "permute([0, 1, 2, 4, 3]); Dropout()"),
    ("[3, 4, 5, 6]", "x = permute([0, 1, 2, 4, 3]); add()(x, x)"),
]


def findings(shape: str, layers: str) -> list[str]:
    entries = "".join(f"  - {layer}\n" for layer in [*layers.split("; "), "LocalResponseNorm(3)"])
    text = f"framework: pytorch\nbatch: 2\ninput: {shape}\nlayers:\n{entries}"
    return [f"{finding.code} {finding.message}" for finding in examine(text=text).diagnostics]


@pytest.mark.parametrize(("shape", "layers"), RUNS)
def test_what_runs_is_planned(shape: str, layers: str) -> None:
    assert findings(shape, layers) == []


@pytest.mark.parametrize(("shape", "layers"), REFUSED)
def test_a_view_that_its_run_refuses_is_an_error(shape: str, layers: str) -> None:
    (finding,) = findings(shape, layers)
    assert finding.startswith("CS306 LocalResponseNorm views (2, ")


def test_an_activation_lies_as_its_input_does_so_that_what_would_be_a_view_copies() -> None:
    text = "framework: pytorch\ninput: [16, 16, 64]\nlayers:\n  - permute([0, 2, 3, 1])\n  - ReLU(inplace=True)\n  - flatten(1)\n"
    plan = cnnshape.plan(text=text)
    assert plan.totals is not None
    assert (plan.totals.peak_activation_bytes, plan.totals.peak_layer) == (131072, "flatten")
