"""A network of source has a bounded number of layers, whatever its loops say."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.readers.files import UnreadableError
from cnnshape.readers.python.language import importing
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.rows import trace

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


@pytest.mark.parametrize(
    ("limit", "size", "message"),
    [
        ("LARGEST_FILE", 2048, r"CS606 .*net\.py is larger than can be read, 2 KiB a file"),
        ("LARGEST_SUM", 4096, r"CS606 with .*blocks\.py the sources are larger than can be read, 4 KiB in all"),
    ],
)
def test_sources_that_are_too_large_say_which_limit_they_pass(
    limit: str, size: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = "# filled\n" * 300
    (tmp_path / "blocks.py").write_text(f"from torch.nn import ReLU\n{filled}")
    (tmp_path / "net.py").write_text(
        f"from torch import nn\nfrom blocks import ReLU\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        f"        super().__init__(ReLU())\n{filled}"
    )
    monkeypatch.setattr(importing, limit, size)
    with pytest.raises(UnreadableError, match=message):
        examine(tmp_path / "net.py", input=[3, 8, 8])


def test_modules_without_end_are_refused_as_they_are_made(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(*[nn.ReLU() for _ in range(10**6)])\n"
    )
    with pytest.raises(UnreadableError, match="CS606 the values of this come to more than"):
        examine(file, input=[3, 8, 8])


def test_names_of_names_of_names_take_steps(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    chain = "".join(f"a{number} = [a{number - 1}]\na{number}.append(1)\n" for number in range(1, 3000))
    file.write_text(f"from torch import nn\na0 = []\n{chain}model = nn.Sequential(nn.ReLU())\n")
    with pytest.raises(UnreadableError, match="CS606 reading this takes more than 2,000,000 steps"):
        examine(f"{file}:model", input=[3, 8, 8])


def test_nothing_of_a_reading_stays_when_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "from torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.c = nn.Conv2d(3, 8, 3)\n\n    def forward(self, x):\n        self.last = self.c(x)\n"
        "        return self.last + 1\n"
    )
    cnnshape.plan(f"{path}:Net", input=[3, 32, 32])
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is Machine]
