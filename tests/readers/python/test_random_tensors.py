"""Tensors of random numbers: their shapes are PyTorch's."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter({made})

    def forward(self, x):
        return x * self.weight
"""


@pytest.mark.parametrize(
    "made",
    [
        "torch.normal(0.0, 0.02, size=(4, 1, 8))",
        "torch.normal(mean=torch.zeros(4, 1, 8), std=0.1)",
        "torch.normal(0.0, torch.ones(4, 1, 8))",
        "torch.randint(7, (4, 1, 8)).float()",
        "torch.randint(1, 7, size=(4, 1, 8)).float()",
        "torch.randint_like(torch.zeros(4, 1, 8), 3, 5)",
    ],
)
def test_a_tensor_of_random_numbers_has_the_shape_that_is_asked(made: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(NET.format(made=made), encoding="utf-8")
    plan = cnnshape.plan(f"{path}:Net", input=[4, 5, 8])
    assert plan.totals is not None
    assert plan.totals.params == 32
    assert list(plan.outputs.values()) == [(1, 4, 5, 8)]
