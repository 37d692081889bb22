"""What of Keras's own objects source asks for: activations of layers, initializers, stacks in stacks.

The figures are what Keras 3.15.1 on TensorFlow gave for the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

IMPORTS = """\
import keras
import tensorflow as tf
from keras import layers, ops
K = tf.keras.backend
"""

MODELS = [
    (
        "i = keras.Input((8, 8, 3)); x = layers.Activation('relu')(layers.Conv2D(4, 3)(i)); m = keras.Model(i, layers.Dense(2, activation='relu')(x))\n"
        "def with_slopes(layer):\n"
        "    is_relu = isinstance(layer, layers.Activation) and layer.activation == keras.activations.relu\n"
        "    return layers.PReLU(shared_axes=[1, 2]) if is_relu else layer.__class__.from_config(layer.get_config())\n"
        "model = keras.models.clone_model(m, clone_function=with_slopes)\n",
        126,
        [(1, 6, 6, 2)],
    ),
    (
        "i = keras.Input((8, 8, 3)); c = layers.Conv2D(4, 3, activation='swish'); d = layers.Dense(2); x = c.activation(c(i))\n"
        "model = keras.Model(i, layers.Dense(len(c.activation.__name__) + 2 * (d.activation is keras.activations.linear) + 4 * (c.get_config()['activation'] == 'silu'))(d(x)))\n",
        152,
        [(1, 6, 6, 10)],
    ),
    (
        "i = keras.Input((8, 8, 3)); x = layers.Conv2D(4, 3, activation=layers.LeakyReLU(0.2))(i); x = layers.Activation(layers.ReLU(6.0))(x); x = layers.Dense(5, layers.Activation('tanh'))(x); model = keras.Model(i, x)\n",
        137,
        [(1, 6, 6, 5)],
    ),
    (
        "class Zeros(keras.initializers.Initializer):\n"
        "    def __call__(self, shape, dtype=None): return ops.zeros(shape)\n"
        "class Least(keras.constraints.Constraint):\n"
        "    def __call__(self, w): return w\n"
        "class Place(layers.Layer):\n"
        "    def __init__(self): super().__init__(); self.w = self.add_weight(shape=(4,), initializer=Zeros()); self.p = keras.initializers.GlorotNormal()(shape=(1, 6, 4))\n"
        "    def call(self, x): return x * self.w + self.p\n"
        "i = keras.Input((6, 3)); model = keras.Model(i, Place()(layers.Dense(4, kernel_initializer=Zeros(), kernel_constraint=Least())(i)))\n",
        20,
        [(1, 6, 4)],
    ),
    (
        "s = keras.Sequential(); s.add(layers.Conv2D(4, 3, input_shape=(8, 8, 3))); s.add(layers.ReLU()); model = keras.Sequential([s, layers.Dense(2)])\n",
        122,
        [(1, 6, 6, 2)],
    ),
    (
        "def groups(x): shape = K.shape(x); return K.reshape(x, K.stack([shape[0], 2, 4, 3]))\n"
        "i = keras.Input((8, 3)); model = keras.Model(i, layers.Dense(2)(layers.Lambda(groups, output_shape=(2, 4, 3))(i) * K.constant(2.0)))\n",
        8,
        [(1, 2, 4, 2)],
    ),
]


@pytest.mark.parametrize(("text", "params", "outputs"), MODELS)
def test_models_are_what_keras_makes_of_them(
    text: str, params: int, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(IMPORTS + text, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:model", batch=1)
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (params, params)
    assert list(plan.outputs.values()) == outputs


def test_weights_that_an_activation_gets_where_it_first_runs_are_not_known(tmp_path: Path) -> None:
    # Keras counts 112 weights until the model runs on values, and 256 from then on.
    path = tmp_path / "net.py"
    text = "i = keras.Input((8, 8, 3)); model = keras.Model(i, layers.Conv2D(4, 3, activation=layers.PReLU())(i))\n"
    path.write_text(IMPORTS + text, encoding="utf-8")
    with pytest.raises(ArchitectureError, match="when the weights of a PReLU that is an activation are made"):
        cnnshape.plan(f"{path}:model", batch=1)


def test_an_initializer_that_a_layer_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    text = "model = keras.Sequential([keras.Input((8, 8, 3)), layers.DepthwiseConv2D(3, kernel_initializer='zeros')])\n"
    path.write_text(IMPORTS + text, encoding="utf-8")
    with pytest.raises(ArchitectureError, match="DepthwiseConv2D has no argument 'kernel_initializer'"):
        cnnshape.plan(f"{path}:model", batch=1)
