"""Weights that a row has from elsewhere, on patches that lie in the batch: MACs are what PyTorch 2.14.1 measures."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape

HEAD = "import torch\nfrom torch import nn\n\n"
NORMED = """
class Normed(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module, weight = module, module.weight
        del module._parameters["weight"]
        module.register_parameter("weight_bar", nn.Parameter(weight.data))

    def forward(self, *args):
        setattr(self.module, "weight", self.module.weight_bar / self.module.weight_bar.sum())
        return self.module.forward(*args)

"""


@pytest.mark.parametrize(
    ("make", "run", "params", "macs"),
    [
        (
            "self.a, self.b = nn.Linear(32, 16, bias=False), nn.Linear(32, 16)\nself.b.weight = self.a.weight",
            "y = x.view(-1, 32); return self.a(y) + self.b(y) + self.a(y)",
            528,
            147456,
        ),
        (
            "self.a, self.b = nn.Conv2d(1, 4, 3), nn.Conv2d(1, 4, 3)\nself.b.weight = self.a.weight",
            "y = x.view(-1, 1, 32, 32); return self.a(y) + self.b(y)",
            44,
            194400,
        ),
        (
            "self.a, self.b = nn.Conv2d(1, 4, 3), nn.Conv2d(1, 4, 3)\nself.b.weight = self.a.weight",
            "y = x.view(-1, 1, 32, 32); return self.a(y), self.b(y), self.b(y), self.b(x[:, :1])",
            44,
            324000,
        ),
        ("self.a = Normed(nn.Linear(512, 1))", "return self.a(x.view(-1, 512))", 513, 3072),
    ],
)
def test_patches_are_counted_once(make: str, run: str, params: int, macs: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {each}" for each in make.splitlines()]
    path.write_text("\n".join([HEAD, NORMED, *lines, "    def forward(self, x):", f"        {run}"]), encoding="utf-8")
    totals = cnnshape.plan(f"{path}:Net", input=[3, 32, 32]).totals
    assert totals is not None
    assert (totals.params, totals.macs) == (params, macs)
