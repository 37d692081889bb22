"""Layers of Keras as scripts write them: called with names, holding others in dictionaries, reading weights of others.

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
        "i = keras.Input((5, 4)); x = layers.GRU(3, return_sequences=True)(i); x = layers.LSTM(3, return_sequences=True)(x); x = layers.AdditiveAttention()([x, x]); model = keras.Model(i, layers.Dense(2)(x))\n"
        "for l in model.layers:\n"
        "    if isinstance(l, layers.RNN) or isinstance(l, layers.Attention): l.trainable = False\n",
        176,
        8,
        [(1, 5, 2)],
    ),
    (
        "model = keras.Sequential([layers.Dense(2), layers.Dense(3)]); before = model.built; model.build((None, 4))\n"
        "if model.built and not before: model.layers[0].trainable = False\n",
        19,
        9,
        [(1, 3)],
    ),
    (
        "i = keras.Input((5, 4)); x = layers.GRU(3, return_sequences=True, activation='relu')(i); x = layers.RNN(layers.GRUCell(2))(x); model = keras.Model(i, x); model.layers[1].trainable = not issubclass(layers.GRU, layers.RNN)\n",
        123,
        42,
        [(1, 2)],
    ),
    (
        "e = keras.Input((9, 4)); _, h, c = layers.LSTM(6, return_state=True)(e); d = keras.Input((5, 3)); y = layers.LSTM(6, return_sequences=True)(d, initial_state=[h, c]); model = keras.Model([e, d], layers.TimeDistributed(layers.Dense(8))(y))\n",
        560,
        560,
        [(1, 5, 8)],
    ),
    (
        "e = keras.Input((9, 4)); x, h = layers.GRU(6, return_state=True, return_sequences=True)(e); d = keras.Input((5, 3)); y, h = layers.GRU(6, return_sequences=True, return_state=True)(d, initial_state=h); a = layers.Attention()([y, x]); model = keras.Model([e, d], layers.Dense(8)(layers.Concatenate()([y, a])))\n",
        518,
        518,
        [(1, 5, 8)],
    ),
    (
        "e = keras.Input((9, 4)); y, h, c, h2, c2 = layers.Bidirectional(layers.LSTM(6, return_state=True))(e); d = keras.Input((5, 3)); y = layers.LSTM(12)(d, initial_state=[layers.Concatenate()([h, h2]), layers.Concatenate()([c, c2])]); model = keras.Model([e, d], y)\n",
        1296,
        1296,
        [(1, 12)],
    ),
    (
        "i = keras.Input((10, 16)); x = layers.MultiHeadAttention(4, 8, value_dim=6, output_shape=12)(i, i); y = layers.Dense(16)(x); y = layers.MultiHeadAttention(2, 4, use_bias=False)(query=y, value=i, key=i); y = layers.Attention()([y, i]); y = layers.AdditiveAttention()([y, i]); model = keras.Model(i, y)\n",
        2532,
        2532,
        [(1, 10, 16)],
    ),
    (
        "i = keras.Input((10, 16)); q = keras.Input((7, 8)); x = layers.MultiHeadAttention(num_heads=4, key_dim=8)(value=i, query=q); model = keras.Model([i, q], x)\n",
        1640,
        1640,
        [(1, 7, 8)],
    ),
    (
        "i = keras.Input((10, 16)); x = layers.MultiHeadAttention(num_heads=4, key_dim=8)(i, i, use_causal_mask=True); model = keras.Model(i, x)\n",
        2160,
        2160,
        [(1, 10, 16)],
    ),
    (
        "i = keras.Input((10, 16)); x, s = layers.MultiHeadAttention(num_heads=4, key_dim=8)(i, i, return_attention_scores=True); model = keras.Model(i, [x, s])\n",
        2160,
        2160,
        [(1, 10, 16), (1, 4, 10, 10)],
    ),
    (
        "i = keras.Input((10, 16)); m = ops.tril(ops.ones((1, 10, 10))); x = layers.MultiHeadAttention(num_heads=4, key_dim=8)(i, i, attention_mask=m); model = keras.Model(i, x)\n",
        2160,
        2160,
        [(1, 10, 16)],
    ),
    (
        "class Block(layers.Layer):\n"
        "    def __init__(self, d, h):\n"
        "        super().__init__(); self.a = layers.MultiHeadAttention(h, d // h); self.n = layers.LayerNormalization(); self.f = keras.Sequential([layers.Dense(2 * d, activation='relu'), layers.Dense(d)])\n"
        "    def call(self, q, kv=None, training=None):\n"
        "        kv = q if kv is None else kv\n"
        "        return self.n(q + self.f(self.a(query=q, key=kv, value=kv, training=training)))\n"
        "i = keras.Input((10, 16)); model = keras.Model(i, Block(16, 4)(Block(16, 2)(i), i))\n",
        4384,
        4384,
        [(1, 10, 16)],
    ),
    (
        "class M(layers.Layer):\n"
        "    def __init__(self): super().__init__(); self.d = {'a': layers.Dense(3), 'b': [layers.Dense(4)]}\n"
        "    def call(self, x): return ops.concatenate([self.d['a'](x), self.d[\"b\"][0](x)], -1)\n"
        "l = M(); i = keras.Input((5,)); model = keras.Model(i, layers.Dense(2)(l(i))); l.trainable = False\n",
        58,
        16,
        [(1, 2)],
    ),
    (
        "class M(keras.Model):\n"
        "    def __init__(self): super().__init__(); self.d = {'a': layers.Dense(3), 'b': layers.Dense(4)}\n"
        "    def call(self, x): return ops.concatenate([self.d['a'](x), self.d[\"b\"](x)], -1)\n"
        "l = M(); i = keras.Input((5,)); model = keras.Model(i, layers.Dense(2)(l(i)))\n"
        "for each in l.layers: each.trainable = False\n",
        58,
        16,
        [(1, 2)],
    ),
    (
        "class M(keras.Model):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        for n in 'ab': setattr(self, f'fc_{n}', layers.Dense(3))\n"
        "        self.tail = layers.Dense(2)\n"
        "    def call(self, x): return self.tail(self.fc_a(x) + self.fc_b(x))\n"
        "l = M(); i = keras.Input((5,)); model = keras.Model(i, l(i)); l.fc_a.trainable = False; model.get_layer(l.name).tail.trainable = False\n",
        44,
        18,
        [(1, 2)],
    ),
    (
        "class Half(layers.Layer):\n"
        "    def call(self, x): return x[:, ::2, 1::2]\n"
        "    def compute_output_shape(self, s): return (s[0], (s[1] + 1) // 2, s[2] // 2, s[3])\n"
        "i = keras.Input((17, 15, 3)); x = Half()(i); model = keras.Model(i, layers.Dense(2)(layers.Flatten()(x)))\n",
        380,
        380,
        [(1, 2)],
    ),
    (
        "i = keras.Input((17, 15, 3)); x = layers.Lambda(lambda t: t[:, 1:, :, 0], output_shape=(16, 15))(i); model = keras.Model(i, layers.Dense(2)(layers.Flatten()(x)))\n",
        482,
        482,
        [(1, 2)],
    ),
    (
        "emb = layers.Embedding(20, 6); i = keras.Input((5,)); x = emb(i); x = layers.Dense(6)(x)\n"
        "class Tied(layers.Layer):\n"
        "    def __init__(self, e): super().__init__(); self.e = e\n"
        "    def call(self, x): return ops.matmul(x, ops.transpose(self.e.embeddings))\n"
        "model = keras.Model(i, Tied(emb)(x))\n",
        162,
        162,
        [(1, 5, 20)],
    ),
    (
        "m = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])\n"
        "model = keras.models.model_from_json(m.to_json()); model.layers[0].trainable = False\n",
        402,
        290,
        [(1, 2)],
    ),
    (
        "class L(layers.Layer):\n"
        "    def build(self, s): self.g = keras.Variable(ops.ones((s[-1],)), trainable=True, name='g'); self.h = keras.Variable(shape=(3,), initializer='zeros', trainable=False)\n"
        "    def call(self, x): return x * self.g + self.h\n"
        "i = keras.Input((8, 3)); model = keras.Model(i, L()(i))\n",
        6,
        3,
        [(1, 8, 3)],
    ),
    (
        "class W(layers.Wrapper):\n"
        "    def __init__(self, layer, n=2, **kw): super().__init__(layer, **kw); self.n = n\n"
        "    def call(self, x):\n"
        "        for _ in range(self.n): x = self.layer(x)\n"
        "        return x\n"
        "i = keras.Input((8, 3)); model = keras.Model(i, W(layers.Dense(3))(i))\n",
        12,
        12,
        [(1, 8, 3)],
    ),
    (
        "class L(layers.Layer):\n"
        "    def call(self, x):\n"
        "        a, b = x\n"
        "        return K.batch_dot(a, b, axes=(2, 2)) + K.batch_dot(a, K.permute_dimensions(b, (0, 2, 1)))\n"
        "a = keras.Input((5, 4)); b = keras.Input((6, 4)); model = keras.Model([a, b], L()([a, b]))\n",
        0,
        0,
        [(1, 5, 6)],
    ),
]


@pytest.mark.parametrize(("text", "params", "trainable", "outputs"), MODELS)
def test_models_are_what_keras_makes_of_them(
    text: str, params: int, trainable: int, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(IMPORTS + text, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:model", batch=1)
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (params, trainable)
    assert sorted(map(str, plan.outputs.values())) == sorted(map(str, outputs))


HALF = """\
class Half(layers.Layer):
    def call(self, x): return x[:, ::2]
    def compute_output_shape(self, shape): return (shape[0], shape[1] // 2, shape[2])
image = keras.Input((17, 3))
"""


def test_a_layer_that_states_another_shape_than_it_makes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(IMPORTS + HALF + "model = keras.Model(image, layers.Flatten()(Half()(image)))\n")
    with pytest.raises(ArchitectureError, match=r"Half answers \(\?, 9, 3\), where it states \(\?, 8, 3\)"):
        cnnshape.plan(path)
    path.write_text(
        IMPORTS + HALF.replace("17", "16") + "model = keras.Model(image, layers.Flatten()(Half()(image)))\n"
    )
    assert list(cnnshape.plan(path, batch=1).outputs.values()) == [(1, 24)]


HANDING_ON = """\
class Augment(layers.Layer):
    def call(self, x, training=False):
        return x * 2 if training else x
def net():
    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3)(Augment()(image))
    x = layers.BatchNormalization()(layers.Lambda(lambda t: t)(x))
    x = layers.Conv2D(6, 1)(Augment(name="drop")(x))
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    return keras.Model(image, layers.Dense(3)(x))
"""

PLACED = [
    (
        "model = net()\nfor l in model.layers[:4]: l.trainable = False\n",
        1043,
        923,
        [(1, 3)],
    ),
    (
        "model = net()\nfor l in model.layers[-5:]: l.trainable = False\n",
        1043,
        120,
        [(1, 3)],
    ),
    (
        "m = net(); model = keras.Model(m.input, m.layers[5].output)\n",
        128,
        120,
        [(1, 14, 14, 4)],
    ),
    (
        "m = net(); model = keras.Model(m.input, m.get_layer('drop').output)\n",
        128,
        120,
        [(1, 14, 14, 4)],
    ),
    (
        "s = keras.Sequential([keras.Input((8, 8, 3)), Augment(), layers.Conv2D(2, 3), Augment(), layers.Dense(2)]); s.layers[1].trainable = False; model = s\n",
        62,
        6,
        [(1, 6, 6, 2)],
    ),
    (
        "m = net(); i = keras.Input((16, 16, 3)); model = keras.Model(i, layers.Dense(2)(m(Augment()(i)))); model.layers[2].layers[2].trainable = False\n",
        1051,
        931,
        [(1, 2)],
    ),
    (
        "model = net()\n"
        "for l in model.layers:\n"
        "    if isinstance(l, layers.Conv2D) and l.kernel_size == (1, 1): l.trainable = False\n"
        "    if getattr(l, 'pool_size', None) == (2, 2) and l.strides == (2, 2): model.layers[2].trainable = False\n",
        1043,
        893,
        [(1, 3)],
    ),
    (
        "m = net(); n = len([w for w in m.weights if 'gamma' in w.name or 'moving' in w.name]); b = m.layers[4]; model = keras.Sequential([keras.Input((n,)), layers.Dense(b.gamma.shape[0] + b.moving_mean.shape[0])])\n",
        32,
        32,
        [(1, 8)],
    ),
    (
        "a = net(); i = keras.Input((16, 16, 3)); m = keras.Model(i, a(i)); m.get_layer('functional').trainable = False; model = m\n",
        1043,
        0,
        [(1, 3)],
    ),
    (
        "m = net(); model = m\n"
        "if type(m).__name__ == 'Functional' and m.name == 'functional': m.layers[2].trainable = False\n",
        1043,
        923,
        [(1, 3)],
    ),
    (
        "m = net(); c = m.layers[2].get_config(); c['name'] = 'new'; c['activation'] = 'relu' if c['activation'] == 'linear' else None; c['filters'] *= 2; i = keras.Input((8, 8, 3)); model = keras.Model(i, layers.Conv2D.from_config(c)(i))\n",
        224,
        224,
        [(1, 6, 6, 8)],
    ),
    (
        "s = keras.Sequential([keras.Input((4,)), layers.Dense(3)]); t = keras.Sequential([layers.Dense(3)]); model = s\n"
        "if s.built and not t.built: s.add(layers.Dense(2))\n",
        23,
        23,
        [(1, 2)],
    ),
    (
        "class Noop(layers.Layer):\n"
        "    def __init__(self): super().__init__(); self.d = layers.Dense(4)\n"
        "    def call(self, x): return x\n"
        "i = keras.Input((4,)); x = layers.Dense(3)(i); x = Noop()(x); model = keras.Model(i, layers.Dense(2)(x))\n",
        23,
        23,
        [(1, 2)],
    ),
    (
        "class Outer(keras.Model):\n"
        "    def __init__(self): super().__init__(); self.a = Augment(); self.d = layers.Dense(2)\n"
        "    def call(self, x, training=False): return self.d(self.a(x, training=training))\n"
        "i = keras.Input((4,)); model = keras.Model(i, Outer()(i))\n",
        10,
        10,
        [(1, 2)],
    ),
]


@pytest.mark.parametrize(("text", "params", "trainable", "outputs"), PLACED)
def test_layers_have_the_places_names_and_sizes_of_keras(
    text: str, params: int, trainable: int, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    test_models_are_what_keras_makes_of_them(HANDING_ON + text, params, trainable, outputs, tmp_path)


BATCHES = [  # as `model.output_shape` has it
    ("i = keras.Input((4, 1), batch_size=1); model = keras.Model(i, ops.squeeze(i))", (4,)),
    ("i = keras.Input(batch_shape=(1, 4, 1)); model = keras.Model(i, ops.squeeze(i, 0))", (4, 1)),
    ("i = keras.Input((4, 1)); model = keras.Model(i, ops.squeeze(i))", (None, 4)),
    ("i = keras.Input((4, 1), batch_size=2); model = keras.Model(i, ops.reshape(i, (2, -1)))", (2, 4)),
    ("model = keras.Sequential([keras.Input((5, 4), batch_size=8), layers.LSTM(3, stateful=True)])", (8, 3)),
    ("model = keras.Sequential([layers.InputLayer(batch_shape=(8, 5, 4)), layers.LSTM(3, stateful=True)])", (8, 3)),
]


@pytest.mark.parametrize(("lines", "output"), BATCHES)
def test_an_input_may_state_how_many_samples_there_are(lines: str, output: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    other = "j = keras.Input((3,)); other = keras.Model(j, layers.Dense(2)(j))"
    path.write_text(f"{IMPORTS}{lines}\n{other}\n".replace("; ", "\n"), encoding="utf-8")
    plan = cnnshape.plan(f"{path}:model")
    assert list(plan.outputs.values()) == [output]
    assert plan.totals is not None
    assert plan.totals.macs is not None
    assert list(cnnshape.plan(f"{path}:other").outputs.values()) == [(None, 2)]
