"""The pages about Python source: their examples give their codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.diagnostics import CODES
from cnnshape.diagnostics.pages import page

HEAD = "import json\n\nimport torch\nfrom torch import nn\n\n\n"
TRIED = [code for code in CODES if code.startswith("CS6") and code != "CS603"]
"""CS603 needs a file elsewhere: `test_safety.py` has one."""


@pytest.mark.parametrize("code", TRIED)
def test_a_pages_example_gives_its_code(code: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", page(code).example, flags=re.DOTALL)
    path = tmp_path / "net.py"
    path.write_text(HEAD + example, encoding="utf-8")
    given = None if code in ("CS607", "CS608") else [3, 32, 32]
    try:
        findings = examine(path, input=given).diagnostics
    except cnnshape.ArchitectureError as error:
        findings = error.diagnostics
    assert code in {finding.code for finding in findings}, findings


@pytest.mark.parametrize(
    ("pictures", "suggested"),
    [
        ("datasets.CIFAR10('data', download=True)", "add --input 3x32x32, the size of CIFAR10"),
        ("transforms.Resize((64, 64))", "add --input 3x64x64, the size that Resize gives"),
        ("transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])", "add --input 3x224x224, the size"),
        ("datasets.ImageFolder('data')", "add --input 3x224x224"),
    ],
)
def test_the_input_that_is_suggested_is_what_the_files_pictures_are(
    pictures: str, suggested: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    net = (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(3, 8, 3)\n"
        "    def forward(self, x):\n        return self.conv(x)\n"
    )
    path.write_text(f"{HEAD}from torchvision import datasets, transforms\n{pictures}\n{net}", encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError) as refused:
        cnnshape.plan(path)
    assert (refused.value.diagnostics[0].fix or "").startswith(suggested)


def test_the_input_that_is_suggested_has_the_channels_of_the_layer_that_runs_first(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    layers = "        self.last = nn.Conv2d(64, 8, 3)\n        self.first = nn.Conv2d(5, 64, 3)\n"
    path.write_text(
        f"{HEAD}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{layers}\n"
        "    def forward(self, x):\n        return self.last(self.begin(x))\n"
        "    def begin(self, x):\n        return self.first(x)\n",
        encoding="utf-8",
    )
    with pytest.raises(cnnshape.ArchitectureError) as refused:
        cnnshape.plan(path)
    assert refused.value.diagnostics[0].fix == "add --input 5x224x224"


def test_the_input_that_is_suggested_is_one_of_keras_where_the_model_is(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\n\n\nclass Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.conv = keras.layers.Conv2D(4, 3)\n\n    def call(self, x):\n        return self.conv(x)\n\n\n"
        "images, labels = keras.datasets.mnist.load_data()\n",
        encoding="utf-8",
    )
    with pytest.raises(cnnshape.ArchitectureError) as refused:
        cnnshape.plan(path)
    assert refused.value.diagnostics[0].fix == "add --input 28x28x1, the size of mnist"
