"""What older code takes for granted: names of all of `typing`, `six`, docstrings, flags as numbers, weights in place.

The figures are what PyTorch 2.14.1 measures of the same text.
"""

from __future__ import annotations

from pathlib import Path

import cnnshape

OLD = '''\
import string
import six
import torch
from six.moves import xrange
from torch import nn
from typing import *

def block(width):
    """Two convolutions."""
    return nn.Sequential(*[nn.Conv2d(3, 3, 3) for _ in xrange(sum(width))])

block.__doc__ = block.__doc__ + "Each of three filters."

class Net(nn.Module):
    """Of blocks."""
    def __init__(self):
        super().__init__()
        self.body = block(range(3))
        for name, size in six.iteritems({"a": 4, "b": len(string.digits)}):
            self.add_module(name, nn.Conv2d(3, size, 1))
        self.norm, self.act = nn.BatchNorm2d(4, False), nn.LeakyReLU(True)
        with torch.no_grad():
            self.a.bias *= 0
            self.b.weight *= 2 / self.b.weight.norm(dim=1, keepdim=True)
        self.fc = nn.Linear(4, len(block.__doc__) + len(self.__doc__))

    def forward(self, x):
        x = self.body(x)
        if torch._C._get_tracing_state():
            return x
        return self.fc(self.act(self.norm(self.a(x))).mean((2, 3))), self.b(x)
'''


def test_old_habits_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(OLD, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:Net", input=[3, 32, 32])
    assert plan.totals is not None
    assert plan.totals.params == 561
    assert list(plan.outputs.values()) == [(1, 49), (1, 10, 26, 26)]


def test_an_accelerator_hands_on_the_model_that_it_prepares(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\nfrom accelerate import Accelerator\nfrom torch import nn\n"
        "from torchvision import datasets\n"
        "accelerator = Accelerator(mixed_precision='fp16')\n"
        "model = nn.Linear(4, 3)\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1 * accelerator.num_processes)\n"
        "model, optimizer, data = accelerator.prepare(model, optimizer, datasets.ImageFolder('train'))\n"
        "model = accelerator.unwrap_model(model)\n",
        encoding="utf-8",
    )
    totals = cnnshape.plan(f"{path}:model", input=[4]).totals
    assert totals is not None
    assert totals.params == 15
