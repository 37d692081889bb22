"""Scripts that take sizes from the data sets that Keras brings: what NumPy says of those arrays."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape

HEAD = (
    "import numpy as np\nfrom tensorflow import keras\nfrom tensorflow.keras.utils import to_categorical\n"
    "(x_train, y_train), (x_test, y_test) = keras.datasets.{data}\n{lines}\n"
    "model = keras.Sequential([keras.Input(({inputs},)), keras.layers.Dense({outputs})])\n"
)


@pytest.mark.parametrize(
    ("data", "lines", "inputs", "outputs", "params"),
    [
        ("mnist.load_data()", "", 3, "len(np.unique(y_train))", 40),
        ("cifar100.load_data()", "", 3, "np.unique(y_train).shape[0]", 400),
        ("cifar100.load_data(label_mode='coarse')", "", 3, "np.max(y_test) + 1", 80),
        ("cifar10.load_data()", "y = y_train.astype('int')", 3, "y.max() - y.min() + 1", 40),
        ("fashion_mnist.load_data()", "y_train = to_categorical(y_train)", 3, "y_train.shape[1]", 40),
        ("mnist.load_data()", "x = np.reshape(x_train, [-1, 196, 4]).astype('float32') / 255", "x.shape[2]", 2, 10),
        ("cifar10.load_data()", "x_train[:, :, :, 0] = x_train[:, :, :, 0] - 123.68", "x_train.shape[3]", 2, 8),
        ("cifar10.load_data()", "x_train -= x_train.mean(axis=0)", "x_train.shape[3]", 2, 8),
    ],
)
def test_a_script_asks_its_data_for_sizes(
    data: str, lines: str, inputs: object, outputs: object, params: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(HEAD.format(data=data, lines=lines, inputs=inputs, outputs=outputs), encoding="utf-8")
    plan = cnnshape.plan(f"{path}:model")
    assert plan.totals is not None
    assert plan.totals.params == params


@pytest.mark.parametrize("asked", ["int(x_train.max())", "np.max(y_train, axis=0)[0]", "int(y_train.mean())"])
def test_a_number_that_hangs_on_other_values_is_not_known(asked: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(HEAD.format(data="cifar10.load_data()", lines="", inputs=3, outputs=asked), encoding="utf-8")
    with pytest.raises(Exception, match="not known"):
        cnnshape.plan(f"{path}:model")
