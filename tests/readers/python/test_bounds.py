"""A network of source has a bounded number of layers, whatever its loops say."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.api import examine
from cnnshape.readers.files import UnreadableError
from cnnshape.readers.python import trace

ENDLESS = """\
import torch
from torch.nn import Module
from torch.nn.functional import relu

class Net(Module):
    def forward(self, x):
        for _ in range(10**6):
            x = relu(x)
        return x

Net()(torch.randn(1, 3, 8, 8))
"""


def test_layers_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "MOST_ROWS", 100)
    file = tmp_path / "net.py"
    file.write_text(ENDLESS)
    with pytest.raises(UnreadableError, match="CS606 the network comes to more than 100 layers"):
        examine(file)


def test_modules_without_end_are_refused_as_they_are_made(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(*[nn.ReLU() for _ in range(10**6)])\n"
    )
    with pytest.raises(UnreadableError, match="CS606 the values of this come to more than"):
        examine(file, input=[3, 8, 8])
