"""Files as other authors write them: parameters, MACs and shapes are what PyTorch 2.14.1 measures of the same text."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.network.plan import Plan

HEAD = (
    "import sys\nfrom functools import partial\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"
)


def planned(code: str, folder: Path) -> Plan:
    """The plan of what `Net` makes in this code."""
    path = folder / "net.py"
    path.write_text(HEAD + code, encoding="utf-8")
    return cnnshape.plan(f"{path}:Net", input=[3, 32, 32])


def net(make: str, run: str) -> str:
    """A module with these statements in ``__init__`` and in ``forward``."""
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {make}\n\n"
        f"    def forward(self, x):\n        {run}\n"
    )


@pytest.mark.parametrize(
    ("code", "params", "macs", "outputs"),
    [
        (net("self.v = nn.Parameter(torch.ones(32))", "return x @ self.v"), 32, 3072, [(1, 3, 32)]),
        (net("self.v = nn.Parameter(torch.ones(32))", "return torch.matmul(self.v, x)"), 32, 3072, [(1, 3, 32)]),
        (
            net(
                "self.v, self.c = nn.Parameter(torch.ones(3)), 2",
                "return x * (self.v @ self.v) + self.v.matmul(self.v)",
            ),
            3,
            0,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "part = lambda: nn.ParameterList([nn.Parameter(torch.ones(32)), torch.ones(32)]); "
                "self.p = nn.ParameterList([part(), part()])",
                "return x * self.p[0][1] + [b for a, b in self.p][1]",
            ),
            128,
            0,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "self.l, self.at = nn.Linear(32, 32), nn.Linear(32, 40, bias=False)",
                "return self.l(x) + self.at.weight[torch.arange(x.shape[2])]",
            ),
            2336,
            98304,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "self.at = nn.Embedding(9, 5); self.register_buffer('i', torch.arange(32))",
                "return x.mean((1, 2))[..., None] + self.at(self.i)",
            ),
            45,
            0,
            [(1, 32, 5)],
        ),
        (
            "def made(width): return nn.Conv2d(3, width, 1)\n\ndef Net(): pass\n\nthis = sys.modules[__name__]\n"
            "for name, width in [('Net', 8), ('Wide', 16)]:\n    setattr(this, name, partial(made, width=width))\n",
            32,
            24576,
            [(1, 8, 32, 32)],
        ),
        (
            "def made(width): return nn.Conv2d(3, width, 1)\n\nfor width in (4, 8):\n"
            "    globals()[{4: 'Net', 8: 'Wide'}[width]] = partial(made, width)\n",
            16,
            12288,
            [(1, 4, 32, 32)],
        ),
        (
            "from timm.models.layers import DropPath, to_2tuple, trunc_normal_\n"
            + net(
                "self.c, self.d = nn.Conv2d(3, 4, to_2tuple(2), to_2tuple((4, 2))), DropPath(0.1); "
                "trunc_normal_(self.c.weight, std=0.02)",
                "return self.d(self.c(x))",
            ),
            52,
            6144,
            [(1, 4, 8, 16)],
        ),
    ],
)
def test_a_file_has_the_numbers_of_pytorch(
    code: str, params: int, macs: int, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    plan = planned(code, tmp_path)
    assert plan.totals is not None
    assert list(plan.outputs.values()) == outputs
    assert (plan.totals.params, plan.totals.macs) == (params, macs)
    assert plan.totals.training is not None
