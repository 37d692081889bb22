"""``--assume``: what the caller says of names that cannot be read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import UsageError

CODE = """
import json
import mmcv
from dcn_v2 import DCNv2
from torch import nn


def squashed(x):
    return mmcv.hidden(x)


class Own(nn.Module):
    def forward(self, x):
        return mmcv.native(x, self.training)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        width = json.load(open("config.json"))
        self.a = nn.Conv2d(3, 16, 3, padding=1)
        {make}

    def forward(self, x):
        x = self.a(x)
        return {run}
"""


def planned(make: str, run: str, assume: dict[str, str], folder: Path) -> Plan:
    """The plan of a network of this code."""
    path = folder / "net.py"
    path.write_text(CODE.replace("{make}", make).replace("{run}", run), encoding="utf-8")
    return cnnshape.plan(f"{path}:Net", input=[3, 8, 8], assume=assume)


@pytest.mark.parametrize(
    ("make", "run", "assume", "output", "params"),
    [
        ("self.b = DCNv2(16, 32, kernel_size=3, stride=2, padding=1, groups_of=1)", "self.b(x, x)", {"DCNv2": "Conv2d"}, (1, 32, 4, 4), 5088),
        ("self.b = DCNv2(16, 32, kernel_size=3)", "self.b(x)", {"dcn_v2.DCNv2": "conv"}, (1, 32, 6, 6), 5088),
        ("self.b = DCNv2(7)", "self.b(x)", {"DCNv2": "Conv2d(16, 5, 1)"}, (1, 5, 8, 8), 533),
        ("self.b = DCNv2(7)", "self.b(x)", {"DCNv2": "32x4x4"}, (1, 32, 4, 4), 448),
        ("self.b = DCNv2(7)", "self.b(x)", {"DCNv2": "Layer(output=[32, 4, 4], params=1000)"}, (1, 32, 4, 4), 1448),
        ("self.b = DCNv2(7)", "self.b(x)", {"DCNv2": "Identity"}, (1, 16, 8, 8), 448),
        ("self.b = Own()", "self.b(x)", {"Own": "Identity"}, (1, 16, 8, 8), 448),
        ("pass", "mmcv.ops.pooled(x, 3)", {"pooled": "[16]"}, (1, 16), 448),
        ("pass", "mmcv.ops.pooled(x, 3)", {"mmcv.ops.pooled": "16x2x2"}, (1, 16, 2, 2), 448),
        ("pass", "squashed(x)", {"squashed": "16x2x2"}, (1, 16, 2, 2), 448),
        ("self.b = nn.Conv2d(16, width, 1)", "self.b(x)", {"width": "4"}, (1, 4, 8, 8), 516),
    ],
)  # fmt: skip
def test_what_is_assumed_stands_for_what_cannot_be_read(
    make: str, run: str, assume: dict[str, str], output: tuple[int, ...], params: int, tmp_path: Path
) -> None:
    plan = planned(make, run, assume, tmp_path)
    assert plan.totals is not None
    assert (next(iter(plan.outputs.values())), plan.totals.params) == (output, params)
    assert [finding.code for finding in plan.diagnostics][:1] == ["CS608"]


@pytest.mark.parametrize(
    ("assume", "told"),
    [
        ({"DCNv3": "Conv2d"}, "--assume speaks of DCNv3, which the model does not use"),
        ({"DCNv2": "no(such"}, "--assume takes a shape, a layer or a literal for DCNv2, got 'no(such'"),
        ({"DCNv2": "Convolutional"}, "--assume takes a shape, a layer or a literal for DCNv2, got 'Convolutional'"),
    ],
)
def test_what_cannot_be_assumed_is_refused(assume: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told.replace("(", r"\(")):
        planned("self.b = DCNv2(16, 32, 3)", "self.b(x)", assume, tmp_path)


def test_a_function_that_is_assumed_holds_no_weights(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which holds none"):
        planned("pass", "mmcv.pooled(x)", {"pooled": "Conv2d(16, 4, 1)"}, tmp_path)


def test_an_unknown_layer_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError) as caught:
        planned("self.b = DCNv2(16, 32, 3)", "self.b(x)", {}, tmp_path)
    assert caught.value.diagnostics[0].fix == (
        'say what it stands for, such as --assume "DCNv2=Conv2d" or --assume "DCNv2=64x28x28"'
    )
