"""Keras models that are cut, cloned, made anew of their configurations, and asked for their weights.

The counts are what Keras 3.15.1 on TensorFlow gave when it ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.files import UnreadableError

MODEL = """\
import keras, numpy as np
import tensorflow as tf
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

WITHIN = [
    (
        """\
i = layers.Input((7, 3)); l = layers.Bidirectional(layers.LSTM(4)); model = Model(i, l(i))
l.forward_layer.trainable = False
""",
        256,
        128,
    ),
    (
        """\
i = layers.Input((7, 3)); a = layers.LSTM(4); l = layers.Bidirectional(a); model = Model(i, l(i))
a.trainable = False
""",
        256,
        256,
    ),
    (
        """\
i = layers.Input((7, 3)); a = layers.LSTM(4); a.trainable = False; l = layers.Bidirectional(a); model = Model(i, l(i))
""",
        256,
        0,
    ),
    (
        """\
a = layers.Dense(4); a.trainable = False
i = layers.Input((7, 3)); l = layers.TimeDistributed(a); model = Model(i, layers.Dense(1)(l(i)))
""",
        21,
        5,
    ),
    (
        """\
a = layers.Dense(4)
i = layers.Input((7, 3)); l = layers.TimeDistributed(a); l.trainable = False; model = Model(i, layers.Dense(1)(l(i)))
a.trainable = True
""",
        21,
        21,
    ),
    (
        """\
a = layers.Dense(4)
i = layers.Input((7, 3)); l = layers.TimeDistributed(a); model = Model(i, layers.Dense(1)(l(i)))
l.trainable = False
l.trainable = True
a.trainable = False
""",
        21,
        5,
    ),
    (
        """\
i = layers.Input((5, 32, 32, 3)); b = make()
l = layers.TimeDistributed(b); model = Model(i, layers.Dense(1)(l(i)))
b.get_layer('fc').trainable = False
""",
        475,
        422,
    ),
    (
        """\
i = layers.Input((8, 8, 3)); c = layers.Conv2D(4, 3); l = layers.SpectralNormalization(c); model = Model(i, l(i))
c.trainable = False
""",
        116,
        0,
    ),
    (
        """\
c = layers.LSTMCell(4)
i = layers.Input((7, 3)); l = layers.RNN(c); model = Model(i, l(i))
c.trainable = False
""",
        128,
        0,
    ),
    (
        """\
i = layers.Input((7, 3)); l = layers.RNN([layers.GRUCell(4), layers.LSTMCell(3)]); model = Model(i, l(i))
l.cell.cells[0].trainable = False
""",
        204,
        96,
    ),
    (
        """\
i = layers.Input((7, 3)); l = layers.LSTM(4); model = Model(i, l(i))
l.cell.trainable = False
""",
        128,
        0,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.MultiHeadAttention(2, 4); model = Model(i, l(i, i))
l.query_dense.trainable = False
""",
        288,
        216,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.MultiHeadAttention(2, 4); model = Model(i, l(i, i))
for s in l._flatten_layers():
    if 'query' in s.name: s.trainable = False
""",
        288,
        216,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.MultiHeadAttention(2, 4, trainable=False); model = Model(i, l(i, i))
""",
        288,
        288,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.MultiHeadAttention(2, 4); l.trainable = False; model = Model(i, l(i, i))
""",
        288,
        288,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.MultiHeadAttention(2, 4); model = Model(i, l(i, i)); l.trainable = False
l.output_dense.trainable = True
""",
        288,
        72,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.LSTM(4, trainable=False); model = Model(i, l(i))
""",
        208,
        0,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.LSTM(4); l.trainable = False; model = Model(i, l(i))
""",
        208,
        0,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.TimeDistributed(layers.Dense(4), trainable=False); model = Model(i, l(i))
""",
        36,
        36,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.Bidirectional(layers.LSTM(4), trainable=False); model = Model(i, l(i))
""",
        416,
        416,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.Bidirectional(layers.LSTM(4, trainable=False)); model = Model(i, l(i))
l.trainable = True
""",
        416,
        0,
    ),
    (
        """\
i = layers.Input((7, 8)); l = layers.Bidirectional(layers.LSTM(4)); model = Model(i, l(i))
for x in (l, l.backward_layer): x.trainable = x is not l
""",
        416,
        208,
    ),
    (
        """\
class L(layers.Layer):
    def __init__(self, **k): super().__init__(**k); self.d = layers.Dense(3)
    def call(self, x): return self.d(x)
i = layers.Input((8,)); model = Model(i, L(trainable=False)(i))
""",
        27,
        27,
    ),
    (
        """\
class L(layers.Layer):
    def __init__(self, **k): super().__init__(**k); self.d = layers.Dense(3)
    def build(self, s): self.w = self.add_weight(shape=(s[-1],)); self.d.build(s)
    def call(self, x): return self.d(x * self.w)
i = layers.Input((8,)); l = L(); l.trainable = False; model = Model(i, l(i))
""",
        35,
        0,
    ),
    (
        """\
class L(layers.Layer):
    def build(self, s): self.w = self.add_weight(shape=(s[-1],))
    def call(self, x): return x * self.w
i = layers.Input((8,)); model = Model(i, L(trainable=False)(i))
""",
        8,
        0,
    ),
    (
        """\
class L(layers.Layer):
    def build(self, s): self.d = layers.Dense(3)
    def call(self, x): return self.d(x)
i = layers.Input((8,)); l = L(); l.trainable = False; model = Model(i, l(i))
""",
        27,
        27,
    ),
    (
        """\
i = layers.Input((32, 32, 3))
x = keras.applications.mobilenet_v2.preprocess_input(i)
x = make()(x)
model = Model(i, x)
""",
        469,
        461,
    ),
    (
        """\
from keras.applications.vgg16 import preprocess_input, VGG16
i = layers.Input((32, 32, 3))
model = Model(i, make()(preprocess_input(i)))
""",
        469,
        461,
    ),
    (
        """\
s = Sequential(name='outer')
s.add(layers.Input((32, 32, 3)))
s.add(model)
s.add(layers.Dense(2, use_bias=False))
s.layers[0].trainable = False
s.layers[0].layers[-1].trainable = True
model = s
""",
        479,
        55,
    ),
    (
        """\
l = layers.Dense(4, use_bias=False, activation='relu')
d = layers.Dense(**{**l.get_config(), 'units': 9, 'name': 'q'})
i = layers.Input((6,)); model = Model(i, d(i))
""",
        54,
        54,
    ),
    (
        """\
b = layers.BatchNormalization(scale=False, name='b')
i = layers.Input((6,)); model = Model(i, b.from_config(b.get_config())(i))
""",
        18,
        6,
    ),
    (
        """\
class Enc(layers.Layer):
    def __init__(self, d): super().__init__(); self.d1 = layers.Dense(d); self.n = layers.LayerNormalization()
    def call(self, x): return self.n(self.d1(x))
class Net(keras.Model):
    def __init__(self): super().__init__(); self.e = [Enc(4), Enc(6)]; self.out = layers.Dense(1)
    def call(self, x):
        for e in self.e: x = e(x)
        return self.out(x)
n = Net(); n.build((None, 8))
i = layers.Input((8,)); model = Model(i, n(i))
n.e[0].trainable = False
n.e[0].n.trainable = True
""",
        93,
        57,
    ),
    (
        """\
i = layers.Input((5, 8, 8, 3))
x = layers.TimeDistributed(layers.Conv2D(4, 3))(i)
x = layers.TimeDistributed(layers.Flatten())(x)
x = layers.LSTM(6, return_state=True)(x)[0]
model = Model(i, layers.Dense(2)(x))
model.layers[1].layer.trainable = False
""",
        3750,
        3638,
    ),
    (
        """\
class Wrap(layers.Layer):
    def __init__(self, inner, **k): super().__init__(**k); self.inner = inner; self.norm = layers.LayerNormalization()
    def build(self, s): self.inner.build(s); self.norm.build(s)
    def call(self, x): return x + self.inner(self.norm(x))
i = layers.Input((4, 8)); x = Wrap(layers.Dense(8))(i); model = Model(i, Wrap(layers.MultiHeadAttention(2, 4))(x)) if False else Model(i, x)
model.layers[1].inner.trainable = False
""",
        88,
        16,
    ),
]
"""Layers within others, which are frozen one by one: with what is built later than it is frozen, nothing is."""


@pytest.mark.parametrize(("lines", "params", "trainable"), CHANGES + WITHIN)
def test_a_model_is_what_keras_makes_of_it(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(MODEL + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model").totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (params, trainable)


DENSE = """\
from keras import layers, Model
image = layers.Input((7, 8))
layer = layers.Dense(3)
answer = layer(image)
model = Model(image, answer)
"""


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("for weight in model.trainable_weights: weight.trainable = False\n", "switched one by one"),
        ("for weight in layer.weights: weight.trainable = False\n", "switched one by one"),
        ("layer.kernel.trainable = False\n", "switched one by one"),
        (
            "kernels = [each for each in layer.weights if 'kernel' in each.path]\n"
            "for weight in kernels: weight.trainable = False\n",
            "`path` of a weight",
        ),
        ("layer._trainable_variables[0].trainable = False\n", "`_trainable_variables` of a layer"),
        ("for weight in layer.variables: weight.trainable = False\n", "`variables` of a layer"),
        ("layer.enable_lora(2)\n", "LoRA"),
    ],
)
def test_what_may_change_a_model_under_any_name_is_refused(lines: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(DENSE + lines, encoding="utf-8")
    with pytest.raises((ArchitectureError, UnreadableError), match=reason):
        cnnshape.plan(f"{path}:model")


def test_cells_of_one_kind_of_which_some_train_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "from keras import layers, Model\n"
        "image = layers.Input((7, 3))\n"
        "layer = layers.RNN([layers.GRUCell(4), layers.GRUCell(3)])\n"
        "model = Model(image, layer(image))\n"
        "layer.cell.cells[0].trainable = False\n",
        encoding="utf-8",
    )
    with pytest.raises((ArchitectureError, UnreadableError), match="cells of one kind"):
        cnnshape.plan(f"{path}:model")
