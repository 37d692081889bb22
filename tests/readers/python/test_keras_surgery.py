"""Keras models that are cut, cloned, made anew of their configurations, and asked for their weights.

The counts are what Keras 3.15.1 on TensorFlow gave when it ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

MODEL = """\
import keras, numpy as np
from keras import layers, Model, Sequential
def make():
    i = layers.Input((32, 32, 3), name='img')
    x = layers.Conv2D(4, 3, name='c1')(i)
    x = layers.BatchNormalization(name='bn')(x)
    x = layers.Conv2D(8, 3, strides=2, name='c2')(x)
    x = layers.GlobalAveragePooling2D(name='gap')(x)
    o = layers.Dense(5, name='fc')(x)
    return Model(i, o, name='net')
model = make()
"""
"""477 parameters, 469 of which train."""

CHANGES = [
    (
        """\
x = model.get_layer('c2').output
x = layers.Flatten()(x)
model = Model(inputs=model.inputs, outputs=[layers.Dense(2)(x), model.output])
""",
        3607,
        3599,
    ),
    (
        """\
model = Sequential(model.layers[:-1])
model.add(layers.Dense(7))
""",
        487,
        479,
    ),
    (
        """\
c = keras.models.clone_model(model)
c.trainable = False
model = Model(model.input, layers.Add()([model.output, c(model.input)]))
""",
        938,
        461,
    ),
    (
        """\
def f(l):
    if isinstance(l, layers.Conv2D):
        cfg = l.get_config(); cfg['filters'] *= 2
        return layers.Conv2D.from_config(cfg)
    return l.__class__.from_config(l.get_config())
model = keras.models.clone_model(model, clone_function=f)
""",
        1509,
        1493,
    ),
    (
        """\
model.trainable = False
model.get_layer('fc').trainable = True
""",
        469,
        0,
    ),
    (
        """\
n = sum(np.prod(w.shape) for w in model.trainable_weights)
m = len(model.weights)
k = model.get_layer('c2').kernel.shape[-1]
model = Sequential([layers.Input((int(n),)), layers.Dense(m), layers.Dense(k)])
""",
        4708,
        4708,
    ),
    (
        """\
names = [w.name for w in model.weights]
sh = [tuple(w.shape) for l in model.layers for w in l.get_weights()]
model = Sequential([layers.Input((len(names),)), layers.Dense(names.count('kernel')), layers.Dense(max(s[0] for s in sh))])
""",
        65,
        65,
    ),
    (
        """\
s = Sequential([layers.Input((32, 32, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10), layers.Dense(3)])
s.pop(); s.pop()
s.add(layers.Dense(2))
model = s
""",
        7314,
        7314,
    ),
    (
        """\
s = Sequential([layers.Input((8,)), layers.Dense(4), layers.Dense(3)])
s.layers.pop()
model = s
""",
        51,
        51,
    ),
    (
        """\
i = layers.Input((32, 32, 3))
base = make(); base.trainable = False
x = base(i, training=False)
o = layers.Dense(3)(x)
model = Model(i, o)
model.layers[1].get_layer('fc').trainable = True
""",
        487,
        63,
    ),
    (
        """\
class Scale(layers.Layer):
    def __init__(self, units=3, **kw):
        super().__init__(**kw); self.units = units
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer='zeros', name='w')
        self.b = self.add_weight(shape=(self.units,), trainable=False)
        super().build(input_shape)
    def call(self, x): return keras.ops.matmul(x, self.w) + self.b
    def get_config(self): return {**super().get_config(), 'units': self.units}
model = Sequential([layers.Input((8,)), Scale(4), Scale.from_config(Scale(6).get_config())])
""",
        66,
        56,
    ),
    (
        """\
cfg = model.get_config()
model = Model.from_config(cfg)
""",
        469,
        461,
    ),
    (
        """\
l = model.get_layer('c1')
cfg = l.get_config(); cfg['filters'] = 9; cfg['name'] = 'new'
i = layers.Input((8, 8, 3))
model = Model(i, layers.Conv2D.from_config(cfg)(i))
""",
        252,
        252,
    ),
    (
        """\
i = layers.Input((32, 32, 1)); x = layers.Conv2D(3, 1, name='to3')(i)
for l in model.layers[1:]: x = l(x)
model = Model(i, x)
for l in model.layers: l.trainable = l.name == 'fc'
""",
        475,
        45,
    ),
    (
        """\
new = make()
for a, b in zip(model.layers, new.layers): b.set_weights(a.get_weights())
new.get_layer('fc').trainable = False
model = Model(new.input, [new.output, new.get_layer('gap').output])
""",
        469,
        416,
    ),
]


@pytest.mark.parametrize(("lines", "params", "trainable"), CHANGES)
def test_a_model_is_what_keras_makes_of_it(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(MODEL + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model").totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (params, trainable)


@pytest.mark.parametrize(
    "lines",
    [
        "for weight in model.trainable_weights: weight.trainable = False\n",
        "for layer in model.layers:\n    for weight in layer.weights: weight.trainable = False\n",
        "model.get_layer('c1').kernel.trainable = False\n",
    ],
)
def test_weights_that_are_switched_one_by_one_are_refused(lines: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(MODEL + lines, encoding="utf-8")
    with pytest.raises(ArchitectureError, match="switched one by one"):
        cnnshape.plan(f"{path}:model")
