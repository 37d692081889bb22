"""A file whose model is one layer of the library."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

LAYERS = [
    ("from torch import nn\nmodel = nn.Conv2d(3, 8, 3)\n", [3, 8, 8], "Conv2d", (1, 8, 6, 6), 224),
    ("from torch import nn\nwidth = 5\nhead = nn.Linear(4, width)\nprint(head)\n", [4], "Linear", (1, 5), 25),
    ("import keras\nmodel = keras.layers.Dense(5)\n", [4], "dense", (None, 5), 25),
    ("from keras import layers\nlayer = layers.LSTM(5)\n", [7, 4], "lstm", (None, 5), 200),
]


@pytest.mark.parametrize(("text", "given", "name", "output", "params"), LAYERS)
def test_a_layer_by_itself_is_a_network_of_one(
    text: str, given: list[int], name: str, output: tuple[int | None, ...], params: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    (row,) = cnnshape.plan(path, input=given).layers
    assert (row.name, row.output_shape, row.params) == (name, output, params)


def test_a_layer_is_no_model_of_a_file_that_has_one(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\npool = nn.MaxPool2d(2)\nnet = nn.Sequential(nn.Linear(4, 5))\n")
    assert cnnshape.plan(path, input=[4]).totals.params == 25  # type: ignore[union-attr]


def test_of_several_layers_one_has_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\nfirst = nn.Linear(4, 5)\nsecond = nn.Linear(5, 6)\n")
    with pytest.raises(ArchitectureError, match="several models"):
        cnnshape.plan(path, input=[4])
