"""Keras models as people write them: names, shapes and weights are Keras's."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan

HEAD = "import keras\nfrom keras import layers, ops\nimport tensorflow as tf\n\n"
SEQUENTIAL = "model = keras.Sequential([keras.Input((8, 8, 3)), {layers}])\n"


def planned(code: str, folder: Path, model: str = "", **settings: object) -> Plan:
    """The plan of a model of this code."""
    path = folder / "net.py"
    path.write_text(HEAD + code, encoding="utf-8")
    return cnnshape.plan(f"{path}:{model}" if model else str(path), **settings)  # type: ignore[arg-type]


BLOCK = """
def block(x, filters, name=None):
    y = layers.Conv2D(filters, 3, padding="same", name=name)(x)
    y = layers.BatchNormalization()(y)
    if x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1)(x)
    return layers.Activation("relu")(layers.add([x, y]))

def build(width=4):
    inputs = layers.Input(shape=(8, 8, 3))
    x = block(inputs, width, "first")
    x = block(x, width)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)), name="small")
"""
DERIVED = """
class Scale(layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1],), name="w")

    def call(self, x):
        return x * self.w

class Net(keras.Model):
    def __init__(self, n=3):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, activation="relu")
        self.scale = Scale()
        self.out = layers.Dense(n)

    def call(self, inputs, training=False):
        x = self.scale(self.conv(inputs))
        return self.out(tf.reduce_mean(x, axis=[1, 2]))
"""


@pytest.mark.parametrize(
    ("code", "model", "output", "params"),
    [
        (SEQUENTIAL.format(layers="layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)"), "", (None, 2), 402),
        (
            "model = keras.models.Sequential()\nmodel.add(layers.Conv2D(4, 3, input_shape=(8, 8, 3)))\nmodel.add(layers.MaxPool2D())\n",
            "",
            (None, 3, 3, 4),
            112,
        ),
        (BLOCK, "build", (None, 2), 318),
        (
            SEQUENTIAL.format(layers="layers.Reshape((16, 12)), layers.TimeDistributed(layers.Dense(3))"),
            "",
            (None, 16, 3),
            39,
        ),
        (
            SEQUENTIAL.format(layers="layers.Reshape((16, 12)), layers.Bidirectional(layers.LSTM(5))"),
            "",
            (None, 10),
            720,
        ),
        (
            "from keras.layers import *\ni = Input((8, 8, 3))\nx = i\nfor _ in range(2):\n    x = Dropout(0.2)(Conv2D(4, 3)(x))\nmodel = keras.Model(i, x)\n",
            "model",
            (None, 4, 4, 4),
            260,
        ),
        (
            "from keras import backend as K\ni = keras.Input((8, 8, 3))\n"
            "x = layers.Lambda(lambda t, n: K.repeat_elements(t, n, axis=3), arguments={'n': 2})(i)\n"
            "model = keras.Model(i, layers.Conv2D(4, 3)(K.repeat_elements(x, rep=3, axis=1)))\n",
            "model",
            (None, 22, 6, 4),
            220,
        ),
        (
            "i = keras.Input((8, 8, 3))\nx = keras.ops.image.extract_patches(i, 4)\nx = layers.Reshape((4, 48))(x)\n"
            "x = x + layers.Embedding(4, 48)(keras.ops.expand_dims(keras.ops.arange(0, 4, 1), axis=0))\nmodel = keras.Model(i, x)\n",
            "model",
            (None, 4, 48),
            192,
        ),
        (
            "i = keras.Input((8, 3))\nq, k = tf.unstack(tf.transpose(tf.stack([i, i], axis=2), (2, 0, 1, 3)), num=2, axis=0)\n"
            "model = keras.Model(i, tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(3.0))\n",
            "model",
            (None, 8, 8),
            0,
        ),
        (BLOCK, "build(width=3)", (None, 2), 200),
        (
            "i = keras.Input((8, 8, 3))\nx = i + 1\nx = tf.concat([x, i * 2], axis=-1)\nx = tf.nn.relu(x)\nmodel = keras.Model(i, x)\n",
            "",
            (None, 8, 8, 6),
            0,
        ),
        (
            "i = keras.Input((8, 8, 3))\nx = layers.Lambda(lambda t: tf.image.resize(t, (4, 6)))(i)\nmodel = keras.Model(i, x)\n",
            "",
            (None, 4, 6, 3),
            0,
        ),
        (
            "b = keras.Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3)])\ni = keras.Input((8, 8, 3))\nmodel = keras.Model(i, [b(i), b(i)])\n",
            "model",
            (None, 6, 6, 4),
            112,
        ),
    ],
)
def test_models_have_the_shapes_and_weights_of_keras(
    code: str, model: str, output: tuple[int | None, ...], params: int, tmp_path: Path
) -> None:
    plan = planned(code, tmp_path, model)
    assert next(iter(plan.outputs.values())) == output
    assert plan.totals is not None
    assert plan.totals.params == params


def test_a_layer_that_is_not_known_is_not_left_out(tmp_path: Path) -> None:
    code = "from strange import base\nmodel = keras.Sequential()\nmodel.add(keras.Input((8, 8, 3)))\nmodel.add(base)\n"
    with pytest.raises(ArchitectureError, match=r"`strange\.base`"):
        planned(code, tmp_path, "model")


def test_a_derived_model_is_given_its_input(tmp_path: Path) -> None:
    plan = planned(DERIVED, tmp_path, "Net", input=[8, 8, 3])
    assert [row.name for row in plan.layers if not row.operator] == ["conv2d", "dense"]
    assert plan.totals is not None
    assert plan.totals.params == 112 + 4 + 15


def test_names_are_keras_s(tmp_path: Path) -> None:
    names = [row.name for row in planned(BLOCK, tmp_path, "build").layers]
    assert names[:4] == ["first", "batch_normalization", "conv2d", "add"]
    assert names[-2:] == ["global_average_pooling2d", "dense"]


def test_a_class_with_an_underscore_is_named_as_keras_names_it(tmp_path: Path) -> None:
    """Keras 3.15.1 calls it so: a capital and small letters are a word, whatever stands before them."""
    code = "class My_Layer(layers.Layer):\n    def call(self, x):\n        return layers.Dense(2)(x)\n\n"
    made = planned(code + "model = keras.Sequential([keras.Input((4,)), My_Layer()])\n", tmp_path)
    assert [row.name.partition("/")[0] for row in made.layers] == ["my__layer"]


IN_ORDER = """
inputs = keras.Input((8, 8, 3))
a = layers.Conv2D(4, 3, padding="same")(inputs)
left = layers.Conv2D(4, 3, padding="same")(a)
b = a * left
beside = keras.Model(inputs, layers.Dense(9)(layers.Flatten()(left)))
right = layers.Conv2D(4, 3, padding="same")(a)
c = layers.Multiply()([b, right])
broken = keras.Model(inputs, layers.Conv2D(4, 30)(a))
model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.add([c, a]))))
for layer in model.layers[:3]:
    layer.trainable = False
"""


@pytest.mark.parametrize(
    ("model", "names", "trainable"),
    [
        (
            "model",
            ["conv2d", "conv2d_1", "conv2d_2", "multiply_1", "add", "flatten_1", "dense_1"],
            662,
        ),
        ("beside", ["conv2d", "conv2d_1", "flatten", "dense"], 2313),
    ],
)
def test_layers_are_numbered_as_the_file_makes_them(
    model: str, names: list[str], trainable: int, tmp_path: Path
) -> None:
    code = IN_ORDER.replace("broken", "# broken") if model == "beside" else IN_ORDER
    plan = planned(code, tmp_path, model)
    assert [row.name for row in plan.layers if not row.operator] == names
    assert plan.totals is not None
    assert plan.totals.trainable_params == trainable


@pytest.mark.parametrize(
    "beside",
    [
        "while True:\n    other = keras.Sequential([layers.Dense(3)])",
        "other = keras.Sequential([layers.Dense(3) for _ in range(10 ** 9)])",
        "other = keras.Sequential([layers.Dense(unheard_of)])",
        "def more(n):\n    return more(n + 1) or layers.Dense(n)\nother = more(0)",
    ],
)
def test_what_stands_beside_the_model_does_not_matter(beside: str, tmp_path: Path) -> None:
    code = SEQUENTIAL.format(layers="layers.Conv2D(4, 3)")
    totals = planned(f"{beside}\n{code}", tmp_path, "model").totals
    assert totals is not None
    assert totals.params == 112


DATA = """
from keras.datasets import cifar10, mnist
from keras.utils import to_categorical
import numpy as np
(x, y), (x_test, y_test) = {data}.load_data()
{prepared}
model = keras.Sequential([keras.Input(x.shape[1:]), layers.Flatten(), layers.Dense({classes})])
"""


@pytest.mark.parametrize(
    ("data", "prepared", "classes", "params"),
    [
        ("mnist", "", "10", 7_850),
        ("mnist", "x = np.expand_dims(x.astype('float32') / 255, -1)\ny = to_categorical(y, 10)", "y.shape[1]", 7_850),
        ("cifar10", "x = x.reshape(len(x), 16, 64, 3)\ny = to_categorical(y, num_classes=10)", "y.shape[-1]", 30_730),
        ("keras.datasets.fashion_mnist", "x = x[..., np.newaxis]", "5", 3_925),
    ],
)
def test_the_data_sets_of_keras_have_their_shapes(
    data: str, prepared: str, classes: str, params: int, tmp_path: Path
) -> None:
    totals = planned(DATA.format(data=data, prepared=prepared, classes=classes), tmp_path, "model").totals
    assert totals is not None
    assert totals.params == params


FROZEN = SEQUENTIAL.format(layers="layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)")


@pytest.mark.parametrize(
    ("code", "trainable"),
    [
        ("model.trainable = False", 0),
        ("model.layers[0].trainable = False", 290),
        ("for layer in model.layers[:-1]:\n    layer.trainable = False", 290),
        ("model.layers[-1].trainable = False", 112),
    ],
)
def test_what_is_frozen_does_not_train(code: str, trainable: int, tmp_path: Path) -> None:
    totals = planned(f"{FROZEN}{code}\n", tmp_path, "model").totals
    assert totals is not None
    assert (totals.trainable_params, totals.params) == (trainable, 402)


def test_a_wrong_layer_that_no_line_applies_is_shown_once_where_it_is_made(tmp_path: Path) -> None:
    code = "import keras\nmodel = keras.Sequential([keras.Input((8,)),\n    keras.layers.Dense(0)])\n"
    with pytest.raises(ArchitectureError) as raised:
        planned(code, tmp_path)
    (finding,) = raised.value.diagnostics
    assert (finding.code, finding.layer, finding.used_at) == ("CS105", "dense", ())


def test_a_weight_as_an_operand_costs_as_much_where_the_batch_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\n\n\nclass Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.scale = self.add_weight(shape=(3,))\n\n    def call(self, x):\n        return x * self.scale\n\n\n"
        "net = Net()\nnet.build((None, 8, 8, 3))\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(path)
    assert (plan.inputs["x"], plan.totals and plan.totals.flops) == ((None, 8, 8, 3), 192)


def test_what_needs_the_batch_says_how_to_state_it(tmp_path: Path) -> None:
    code = (
        "from keras import layers, ops\n\nclass Halves(layers.Layer):\n    def call(self, x):\n"
        "        return ops.reshape(x, (x.shape[0] // 2, 2, -1))\n\n"
        "inputs = keras.Input((16, 16, 3))\nmodel = keras.Model(inputs, Halves()(inputs))\n"
    )
    with pytest.raises(ArchitectureError) as caught:
        planned(code, tmp_path, "")
    assert caught.value.diagnostics[0].fix == "the size of the batch is None here: --batch 1 states it"


@pytest.mark.parametrize("packages", [("nets", "nets/small"), ("nets",)], ids=["packages", "a folder that is none"])
def test_a_file_imports_from_the_package_that_it_lies_in(packages: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "nets" / "small").mkdir(parents=True)
    for package in packages:
        tmp_path.joinpath(package, "__init__.py").write_text("WIDTH = 3\n", encoding="utf-8")
    code = "from nets import WIDTH\nmodel = keras.Sequential([keras.Input((8,)), layers.Dense(WIDTH)])\n"
    assert planned(code, tmp_path / "nets" / "small").totals.params == 27  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "params", "output"),
    [
        (
            "cnn = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()])\n"
            "inputs = keras.Input((5, 8, 8, 3))\n"
            "model = keras.Model(inputs, layers.LSTM(3)(layers.TimeDistributed(cnn)(inputs)))",
            208,
            (None, 3),
        ),
        (
            "inner = keras.Input((4,))\ncore = keras.Model(inner, layers.Dense(2)(inner))\n"
            "inputs = keras.Input((5, 4))\nmodel = keras.Model(inputs, layers.TimeDistributed(core)(inputs))",
            10,
            (None, 5, 2),
        ),
        (
            "class Position(layers.Layer):\n"
            "    def __init__(self, n, d):\n"
            "        super().__init__()\n"
            "        self.n, self.embed = n, layers.Embedding(input_dim=n, output_dim=d)\n\n"
            "    def call(self, x):\n"
            "        return x + self.embed(ops.expand_dims(ops.arange(0, self.n), 0))\n"
            "inputs = keras.Input((6, 4))\nmodel = keras.Model(inputs, Position(6, 4)(inputs))",
            24,
            (None, 6, 4),
        ),
        (
            "class Twice(layers.Layer):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.dense = layers.Dense(4)\n\n"
            "    def build(self, shape):\n"
            "        self.w = self.add_weight(shape=(shape[-1], 4))\n"
            "        self.dense.build(shape)\n"
            "        super().build(shape)\n\n"
            "    def call(self, x):\n"
            "        return ops.matmul(x, self.w) + self.dense(x)\n"
            "inputs = keras.Input((5,))\nmodel = keras.Model(inputs, Twice()(inputs))",
            44,
            (None, 4),
        ),
    ],
    ids=["steps of a stack", "steps of a graph", "input_dim of an embedding", "a layer built by hand"],
)
def test_layers_within_layers(code: str, params: int, output: tuple[int | None, ...], tmp_path: Path) -> None:
    plan = planned(code, tmp_path, "model")
    assert plan.totals is not None
    assert (plan.totals.params, list(plan.outputs.values())) == (params, [output])


def test_numbers_and_powers_of_operators_are_kept_in_their_places(tmp_path: Path) -> None:
    code = "import keras\nfrom keras import ops\n\ndef build():\n    x = keras.Input((4, 4, 3))\n    return keras.Model(x, "
    (tmp_path / "net.py").write_text(f"{code}ops.floor(2.0 / (1.0 - x) ** 3))\n", encoding="utf-8")
    found = cnnshape.plan(f"{tmp_path / 'net.py'}:build").layers
    assert [
        (row.type, {name: value for name, value in row.arguments.items() if value is not None}) for row in found
    ] == [
        ("ops.subtract", {"x1": 1.0}),
        ("ops.power", {"x2": 3}),
        ("ops.divide", {"x1": 2.0}),
        ("ops.floor", {}),
    ]


LINEAR = """
class Linear(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units))
        self.b = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        return {product} + self.b

inputs = keras.Input((5,))
model = keras.Model(inputs, Linear(4)(inputs))
"""


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("product", ["tf.matmul(inputs, self.w)", "ops.matmul(inputs, self.w)", "inputs @ self.w"])
def test_a_product_with_a_weight_costs_the_same_for_every_sample(
    product: str, batch: int | None, tmp_path: Path
) -> None:
    totals = planned(LINEAR.format(product=product), tmp_path, batch=batch).totals
    assert totals is not None
    assert (totals.params, totals.macs, totals.flops) == (24, 20, 44)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (
            "a = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n"
            "b = keras.Sequential([keras.Input((3,)), layers.Dense(4)])\n"
            "x = keras.Input((4,))\ny = a(x)\nboth = keras.Model(x, b(y))\n",
            "both",
        ),
        (
            "base = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n"
            "net = keras.Sequential([keras.Input((4,))])\nnet.add(base)\nnet.add(layers.Dense(2))\n"
            "base.trainable = False\nnet.compile(optimizer='adam')\n",
            "net",
        ),
    ],
)
def test_the_model_that_others_are_part_of_is_meant(code: str, name: str, tmp_path: Path) -> None:
    assert planned(code, tmp_path).name == name


def test_a_transpose_without_axes_turns_all_of_them(tmp_path: Path) -> None:
    plan = planned("x = keras.Input((3, 4))\nmodel = keras.Model(x, ops.transpose(x))\n", tmp_path, "model")
    assert list(plan.outputs.values()) == [(4, 3, None)]


def test_a_function_of_weights_is_refused_by_its_name(tmp_path: Path) -> None:
    code = "x = keras.Input((3, 4, 5))\nmodel = keras.Model(x, ops.rms_normalization(x, ops.ones((3,)), axis=1))\n"
    with pytest.raises(ArchitectureError, match=r"ops\.rms_normalization's scale has 3, but the last axis of .* has 5"):
        planned(code, tmp_path, "model")


UNREAD = """
class Scale(layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],))
        self.count = self.add_weight(shape=(3,), trainable=False)

    def call(self, x):
        return x * self.gamma

inputs = keras.Input((4,))
model = keras.Model(inputs, Scale()(inputs))
"""


def test_weights_that_a_layer_makes_and_does_not_read_count(tmp_path: Path) -> None:
    totals = planned(UNREAD, tmp_path).totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (7, 4)


STACK = SEQUENTIAL.format(
    layers="layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(6, name='features'), layers.Dense(2)"
)


@pytest.mark.parametrize(
    ("made", "params"),
    [
        ("keras.Model(model.inputs, model.layers[-2].output)", 112 + 870),
        ("keras.Model(model.input, model.get_layer('features').output)", 112 + 870),
        ("keras.Model(inputs=model.inputs, outputs=model.outputs)", 112 + 870 + 14),
        (
            "keras.Sequential([keras.Input((8, 8, 3)), *model.layers[:2], layers.Lambda(lambda x, k: x * k, arguments={'k': 2})])",
            112,
        ),
    ],
)
def test_a_part_of_a_stack_is_a_model(made: str, params: int, tmp_path: Path) -> None:
    totals = planned(f"{STACK}part = {made}\n", tmp_path, "part").totals
    assert totals is not None
    assert totals.params == params


TOKEN = """
class Token(layers.Layer):
    def build(self, shape):
        self.token = self.add_weight(shape=(1, 1, shape[-1]))

    def call(self, x):
        return tf.concat([{token}, x], axis=1)

inputs = keras.Input((16, 8))
model = keras.Model(inputs, Token()(inputs))
"""


@pytest.mark.parametrize(
    "token",
    [
        "tf.broadcast_to(self.token, [tf.shape(x)[0], 1, x.shape[-1]])",
        "tf.tile(self.token, [tf.shape(x)[0], 1, 1])",
        "ops.repeat(self.token, ops.shape(x)[0], axis=0)",
    ],
)
def test_a_weight_is_laid_before_every_sample(token: str, tmp_path: Path) -> None:
    plan = planned(TOKEN.format(token=token), tmp_path)
    assert plan.totals is not None
    assert (plan.totals.params, list(plan.outputs.values())) == (8, [(None, 17, 8)])


def test_a_model_tells_the_shapes_of_its_inputs_and_outputs(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\nfrom keras import layers\nstart = keras.Input((8, 6, 3))\n"
        "body = keras.Model(start, layers.Conv2D(4, 3)(start))\n"
        "net = keras.Model(start, layers.Dense(body.output_shape[1] * body.input_shape[2])(body.output))\n",
        encoding="utf-8",
    )
    assert list(cnnshape.plan(f"{path}:net").outputs.values()) == [(None, 6, 4, 36)]


def test_what_attention_makes_inside_takes_names(tmp_path: Path) -> None:
    code = (
        "start = x = keras.Input((16, 32))\n"
        "for _ in range(2):\n"
        "    x = layers.Dropout(0.1)(x)\n"
        "    x = layers.MultiHeadAttention(num_heads=2, key_dim=16)(x, x)\n"
        "x = layers.Dropout(0.1)(layers.Softmax()(x))\n"
        "net = keras.Model(start, layers.GroupQueryAttention(16, 4, 2)(x, x))\n"
    )
    assert [row.name for row in planned(code, tmp_path, "net").layers] == [
        "dropout",
        "multi_head_attention",
        "dropout_2",
        "multi_head_attention_1",
        "softmax_2",
        "dropout_4",
        "grouped_query_attention",
    ]
