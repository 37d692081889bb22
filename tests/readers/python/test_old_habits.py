"""What code takes for granted: names of all of `typing`, `six`, docstrings, flags as numbers, what tensors have.

The figures are what PyTorch 2.14.1 measures of the same text.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

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


TENSORS = """\
import itertools
import torch
from torch import nn
from torch.distributions import Categorical, Normal

class Fast(nn.Linear):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.weight.fast = None

    def forward(self, x):
        return super().forward(x) if self.weight.fast is None else x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.mean, self.spread = Fast(6, 4), nn.Linear(4, 3), nn.Parameter(torch.zeros(3))
        self.chosen = list(itertools.combinations(range(5), 3))
        self.mse = nn.MSELoss()

    def forward(self, x):
        x = self.body(x)
        if hasattr(x, "logits"):
            x = x.logits
        mean = self.mean(x[:, self.chosen[0], :])
        actions, choices = Normal(mean, self.spread.exp()), Categorical(logits=mean)
        action, choice = actions.sample(), choices.sample()
        logs = actions.log_prob(action).sum(-1), choices.log_prob(choice), actions.entropy(), choices.entropy()
        return mean, *logs, getattr(x, "tensors", x)[:, (0, 3)], self.mse(mean, action), torch.complex(mean, action).imag
"""


def test_tensors_have_what_they_have_and_what_they_were_given(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(TENSORS, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:Net", input=[5, 6])
    assert plan.totals is not None
    assert plan.totals.params == 46
    assert list(plan.outputs.values()) == [
        *((1, 3, 3), (1, 3), (1, 3), (1, 3, 3), (1, 3), (1, 2, 4), (), (1, 3, 3)),
    ]


def test_a_margin_may_be_a_tensor_of_one_number(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(3, torch.tensor([4]).item(), 3)\n"
        "    def forward(self, x):\n        y = self.conv(x)\n"
        "        rest = torch.tensor([x.size()[2] - y.size()[2] + 1])\n"
        "        return F.pad(y, [rest // 2, rest - rest // 2])\n",
        encoding="utf-8",
    )
    assert list(cnnshape.plan(f"{path}:Net", input=[3, 8, 8]).outputs.values()) == [(1, 4, 6, 9)]


PRIVATE = """\
from torch import nn
from torch.distributions import Categorical

class Base(nn.Module):
    __width = 4
    def __init__(self):
        super().__init__()
        self.__conv = nn.Conv2d(3, self.__width, 3)
        self.head = self.__made(2)
    def __made(self, width): return nn.Linear(self.__width, width)
    def forward(self, x): return self.head(self.__conv(x).mean((2, 3)))

class Net(Base):
    def __init__(self):
        super().__init__()
        self.__conv = nn.Conv2d(3, 3, 1)
        self.last = nn.Linear(2, hasattr(self, "__conv") + 2 * hasattr(self, "_Base__conv") + 3)
    def forward(self, x):
        x = self.last(super().forward(self.__conv(x)))
        return x, Categorical(logits=x)
"""


def test_names_that_are_a_class_s_own_have_its_name_in_front(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(PRIVATE, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:Net", input=[3, 8, 8])
    assert plan.totals is not None
    assert plan.totals.params == 149
    assert [each.name for each in plan.layers if each.params] == ["_Net__conv", "_Base__conv", "head", "last"]
    assert list(plan.outputs.values()) == [(1, 5)]


def test_an_answer_of_something_that_is_not_known_is_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\nfrom torch import nn\nfrom torch.distributions.gamma import Gamma\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 3)\n"
        "    def forward(self, x):\n        x = self.fc(x)\n        return x, Gamma(x, x).mean\n",
        encoding="utf-8",
    )
    with pytest.raises(ArchitectureError, match=r"`torch\.distributions\.gamma\.Gamma`, which is not known"):
        cnnshape.plan(f"{path}:Net", input=[4])


def test_a_sum_of_what_is_not_known_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import numpy as np\nimport torch\nfrom torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.a, self.b = nn.Embedding(9, 4), nn.Embedding(9, 4)\n"
        "    def forward(self, x, y):\n"
        "        e = self.a(torch.from_numpy(np.array(x)).long())\n"
        "        e += self.b(torch.from_numpy(np.array(y)).long())\n"
        "        return e.transpose(1, 2)\n",
        encoding="utf-8",
    )
    assert list(cnnshape.plan(f"{path}:Net", input={"x": [5], "y": [5]}).outputs.values()) == [None]


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
