"""What is looked up by an index that layers make hangs on them: codebooks, as PyTorch 2.14.1 runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.codes = nn.Embedding(16, 8)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.conv(x)
        i = x.permute(0, 2, 3, 1).reshape(-1, 8).argmin(dim=1)
        y = {looked_up}
        return self.act(y.view_as(x))
"""


@pytest.mark.parametrize(
    "looked_up",
    ["torch.index_select(self.codes.weight, 0, i)", "self.codes.weight[i]", "self.codes.weight.index_select(0, i)"],
)
def test_a_codebook_is_looked_up_by_what_the_convolution_gives(looked_up: str, tmp_path: Path) -> None:
    """The convolution counts: 224 parameters beside the codes' 128, and 216 products at each of 64 places."""
    path = tmp_path / "net.py"
    path.write_text(NET.format(looked_up=looked_up), encoding="utf-8")
    plan = cnnshape.plan(str(path), input=[3, 8, 8])
    assert not plan.errors
    assert [row.name for row in plan.layers if not row.live] == []
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.macs) == (352, 216 * 64)
    assert plan.outputs == {"act": (1, 8, 8, 8)}
    assert plan.totals.training.total is not None


def test_a_layer_may_work_in_place_on_what_the_model_holds(tmp_path: Path) -> None:
    """A buffer is no activation: 256 parameters, and 216 and 24 products at each of 64 places."""
    text = NET.format(looked_up="").partition("    def forward")[0].replace("nn.Embedding(16, 8)", "nn.Conv2d(3, 8, 1)")
    held = 'self.register_buffer("grid", torch.zeros(1, 3, 8, 8))'
    run = "def forward(self, x):\n        return self.conv(x) + self.codes(self.act(self.grid))"
    path = tmp_path / "net.py"
    path.write_text(f"{text}        {held}\n\n    {run}\n", encoding="utf-8")
    totals = cnnshape.plan(str(path), input=[3, 8, 8]).totals
    assert totals is not None
    assert (totals.params, totals.macs) == (256, 240 * 64)
    assert totals.peak_activation_bytes == 768 + 3 * 2048
    assert totals.training.total is not None
