"""Files written for the Keras before 3: its modules under the names that they had."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.readers.files import UnreadableError

SCALE = """
from keras.layers import Conv2D, Input
from keras.models import Model
{imported}

class Scale(Layer):
    def __init__(self, **given):
        self.input_spec = [InputSpec(ndim=4)]
        super().__init__(**given)

    def build(self, input_shape):
        self.input_spec = [InputSpec(shape=input_shape)]
        self.gain = self.add_weight(shape=(int(input_shape[-1]),), initializer="one", name="gain")

    def call(self, x):
        return x * self.gain

def build():
    image = Input((8, 8, 3))
    return Model(image, Scale()(Conv2D(4, 3)(image)))
"""


@pytest.mark.parametrize(
    "imported",
    [
        "from keras.engine import InputSpec, Layer",
        "from keras.engine.topology import InputSpec, Layer",
        "from keras import engine\nInputSpec, Layer = engine.InputSpec, engine.base_layer.Layer",
        "from tensorflow.python.keras.engine.base_layer import Layer\nfrom keras.engine.input_spec import InputSpec",
    ],
)
def test_the_engine_has_the_class_of_layers_and_what_describes_their_inputs(imported: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SCALE.format(imported=imported), encoding="utf-8")
    plan = cnnshape.plan(f"{path}:build")
    assert plan.totals is not None
    assert plan.totals.params == 116
    assert list(plan.outputs.values()) == [(None, 6, 6, 4)]


def test_a_layer_that_is_named_by_a_tensor_says_that_its_name_is_not_known(tmp_path: Path) -> None:
    """Keras 3.15.1 names it ``keras_tensor_1_norm``, by a count of all tensors; Keras 2 named it after the layer."""
    path = tmp_path / "net.py"
    path.write_text(
        "from keras import Input, Model, layers\n\ndef build():\n    image = Input((8,), name='image')\n"
        "    x = layers.Dense(4, name='first')(image)\n"
        "    x = layers.Dense(4, name=image.name + '_next')(x)\n"
        "    x = layers.BatchNormalization(name=x.name.split('/')[0] + '_norm')(x)\n    return Model(image, x)\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(f"{path}:build")
    assert [row.name for row in plan.rows] == ["first", "image_next", "batch_normalization"]
    assert any(
        "a layer's name depends on what the name of a tensor answers" in each.message for each in plan.diagnostics
    )


BLOCK = """
import torch
import keras
from keras import layers

class Block(layers.Layer):
    def build(self, input_shape):
        self.steps = [layers.Conv2D(6, 3), layers.Activation("relu"), layers.Lambda(lambda x: x)]
        shape = input_shape
        for step in self.steps:
            step.build(shape)
            shape = step.compute_output_shape(shape)
        self.joined = layers.Concatenate().compute_output_shape([shape, shape])
        self.match = layers.Conv2D(self.joined[-1], 1)

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return self.match(x)

def build():
    image = keras.Input((8, 8, 3))
    return keras.Model(image, Block()(image))
"""


def test_layers_are_asked_what_they_make_of_shapes(tmp_path: Path) -> None:
    """PyTorch is imported first, as what runs behind Keras."""
    path = tmp_path / "net.py"
    path.write_text(BLOCK, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:build", batch=2)
    assert plan.totals is not None
    assert plan.totals.params == 168 + 84
    assert list(plan.outputs.values()) == [(2, 6, 6, 12)]


BOTH = """
import keras

def build():
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 8, 3)
            torch.nn.init.xavier_uniform_(self.conv.weight.data)

        def forward(self, x):
            return self.conv(x)

    return Net()
"""


def test_of_a_file_that_imports_both_frameworks_the_request_says_which_is_planned(tmp_path: Path) -> None:
    """Nothing is wrong with the file."""
    path = tmp_path / "net.py"
    path.write_text(BOTH, encoding="utf-8")
    with pytest.raises(UnreadableError, match="a Conv2d of PyTorch, and the file is read as one of Keras") as refused:
        cnnshape.plan(f"{path}:build")
    assert [each.fix for each in refused.value.diagnostics] == ["add --framework pytorch to plan a network of PyTorch"]
    plan = cnnshape.plan(f"{path}:build", input=[3, 8, 8], framework="pytorch")
    assert list(plan.outputs.values()) == [(1, 8, 6, 6)]
