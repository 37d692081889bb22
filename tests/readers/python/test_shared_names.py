"""What a script does to a part of a model under another name is done to the model.

The counts are what torchvision 0.29.1 and Keras 3.15.1 gave when they ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from tests.readers.python.altered import IMAGE, counts, head, scripts


@pytest.mark.parametrize(("script", "known"), scripts("parts"))
def test_what_is_done_to_a_part_of_a_model_is_done_to_it(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path, IMAGE) == known


@pytest.mark.parametrize(("script", "known"), scripts("held"))
def test_what_is_done_to_a_model_is_done_to_what_holds_it(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path, IMAGE) == known


@pytest.mark.parametrize(("script", "known"), scripts("reached"))
def test_parts_are_changed_however_they_are_reached(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path, IMAGE) == known


TRAINING = """\
import torch, torchvision
from torch import optim
class Meter:
    avg = 0
def train(model, loader, optimizer, meter):
    for g in optimizer.param_groups:
        g['lr'] = 0.1
    for x, y in loader:
        for p in model.parameters():
            p.grad = None
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        meter.avg = loss.item()
    return meter.avg
model = torchvision.models.resnet18(num_classes=10)
loader = torch.utils.data.DataLoader(torchvision.datasets.CIFAR10('x'))
opt = optim.SGD(model.parameters(), lr=0.1)
m = Meter()
history = train(model, loader, opt, m)
"""


def test_a_function_that_trains_a_model_changes_nothing_of_it(tmp_path: Path) -> None:
    assert counts(TRAINING, tmp_path, IMAGE) == (11181642, 11181642)


@pytest.mark.parametrize(("script", "known"), scripts("keras_layers"))
def test_layers_of_keras_are_frozen_under_any_name(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path)[1:] == known


def test_what_another_name_puts_into_a_collection_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\nfrom torch import nn\n"
        "widths = [8, 16]\nalias = widths\nalias.append(32)\n"
        "options = {'k': 3}\nsame = options\nsame['k'] = 5\n"
        "pairs = [[4, 4]]\nfirst = pairs[0]\nfirst[1] = 6\n"
        "late = widths\nwidths.append(64)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.parts = nn.ModuleList([nn.Conv2d(3, each, options['k']) for each in late])\n"
        "        self.last = nn.Conv2d(120, pairs[0][1], 1)\n"
        "    def forward(self, x):\n        return self.last(torch.cat([each(x) for each in self.parts], 1))\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(f"{path}:Net", input=[3, 32, 32])
    stated = [(row.arguments["out_channels"], row.arguments["kernel_size"][0]) for row in plan.layers if row.params]
    assert stated == [(8, 5), (16, 5), (32, 5), (64, 5), (6, 1)]


def test_a_bias_of_a_network_whose_source_is_not_installed_is_a_weight(tmp_path: Path) -> None:
    lines = (
        "for m in model.modules():\n    if isinstance(m, nn.Conv2d) and m.bias is not None: m.bias.x = 1\n"
        "    if isinstance(m, nn.BatchNorm2d): m.bias.requires_grad = False\nmodel.fc.bias.requires_grad = False\n"
    )
    assert counts(head("parts") + lines, tmp_path, IMAGE) == (11181642, 11176832)
