"""Faults sown into a sound network: each is found at its line, with the numbers; PyTorch 2.14.1 refuses every one."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

SOUND = """\
import torch
import torch.nn.functional as F
from torch import nn

class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.skip = nn.Conv2d(cin, cout, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.skip(x))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 7, 2, 3)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 32, 2))
        self.up = nn.ConvTranspose2d(32, 16, 2, 2)
        self.fuse = nn.Conv2d(32, 24, 3, padding=1)
        self.norm = nn.GroupNorm(4, 24)
        self.attend = nn.Linear(24, 3 * 24)
        self.fc = nn.Linear(24 * 4 * 4, 10)

    def forward(self, x):
        x = self.stem(x)
        y = self.layer1(x)
        y = torch.cat([x, self.up(y)], 1)
        y = self.norm(self.fuse(y))
        b, c, h, w = y.shape
        q, k, v = self.attend(y.flatten(2).transpose(1, 2)).chunk(3, dim=-1)
        y = (torch.softmax(q @ k.transpose(1, 2), -1) @ v).transpose(1, 2).reshape(b, c, h, w)
        y = F.adaptive_avg_pool2d(y, 4)
        return self.fc(y.view(b, -1))
"""


def planned(text: str, folder: Path) -> tuple[int | None, ...] | None:
    """The output of the network of this text."""
    path = folder / "net.py"
    path.write_text(text, encoding="utf-8")
    return next(iter(cnnshape.plan(f"{path}:Net", input=[3, 32, 32]).outputs.values()))


def test_the_network_is_sound(tmp_path: Path) -> None:
    assert planned(SOUND, tmp_path) == (1, 10)


@pytest.mark.parametrize(
    ("sound", "sown", "code", "line", "numbers"),
    [
        ("nn.Linear(24 * 4 * 4, 10)", "nn.Linear(512, 10)", "CS304", 27, ("512", "384")),
        ("self.bn1 = nn.BatchNorm2d(cout)", "self.bn1 = nn.BatchNorm2d(cin)", "CS303", 9, ("16", "32")),
        ("nn.Conv2d(cout, cout, 3, 1, 1", "nn.Conv2d(cin, cout, 3, 1, 1", "CS303", 10, ("16", "32")),
        (
            "nn.Conv2d(cin, cout, 1, stride)",
            "nn.Conv2d(cin, cout, 1)",
            "CS305",
            16,
            ("(1, 32, 8, 8)", "(1, 32, 16, 16)"),
        ),
        ("nn.ConvTranspose2d(32, 16, 2, 2)", "nn.ConvTranspose2d(32, 16, 2, 1)", "CS305", 32, ("16", "9")),
        ("nn.Conv2d(32, 24, 3, padding=1)", "nn.Conv2d(32, 24, 17)", "CS301", 24, ("17", "16")),
        ("nn.GroupNorm(4, 24)", "nn.GroupNorm(5, 24)", "CS307", 25, ("24", "5")),
        (".reshape(b, c, h, w)", ".reshape(b, c, h, w + 1)", "CS306", 36, ("6528", "6144")),
        ("k.transpose(1, 2)", "k", "CS305", 36, ("24", "256")),
        ("y.view(b, -1)", "y.permute(0, 2, 3, 1).view(b, -1)", "CS306", 38, ("do not lie together",)),
        ("nn.Linear(24, 3 * 24)", "nn.Linear(16, 3 * 24)", "CS304", 26, ("16", "24")),
    ],
)
def test_a_sown_fault_is_found_at_its_line(
    sound: str, sown: str, code: str, line: int, numbers: tuple[str, ...], tmp_path: Path
) -> None:
    assert sound in SOUND
    with pytest.raises(ArchitectureError) as caught:
        planned(SOUND.replace(sound, sown), tmp_path)
    first = next(each for each in caught.value.diagnostics if each.severity == "error")
    assert (first.code, first.span and first.span.start.row) == (code, line), first.message
    assert all(number in first.message for number in numbers), first.message


@pytest.mark.parametrize("pool", ["2, padding=3", "40"])
def test_what_follows_a_wrong_layer_is_held_to_what_is_certain(pool: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Conv2d(3, 8, 3)\n"
        f"        self.p = nn.MaxPool2d({pool})\n"
        "        self.b = nn.Conv2d(16, 4, 3)\n\n    def forward(self, x):\n        return self.b(self.p(self.a(x)))\n",
        encoding="utf-8",
    )
    with pytest.raises(ArchitectureError) as caught:
        cnnshape.plan(f"{tmp_path / 'net.py'}:Net", input=[3, 32, 32])
    found = [(each.code, each.layer) for each in caught.value.diagnostics]
    assert found == [("CS311" if "padding" in pool else "CS301", "p"), ("CS303", "b")]
