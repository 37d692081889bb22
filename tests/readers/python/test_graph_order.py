"""``model.layers`` of a graph: in Keras's order, by which people freeze, cut and look into models."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

GRAPHS = '''
import keras
from keras import layers, ops

class Twice(layers.Layer):
    def call(self, x):
        return ops.relu(x * 2 + 1)

def late():
    """A second input joins late."""
    a, b = keras.Input((8, 8, 3), name="a"), keras.Input((8, 8, 4), name="b")
    x = layers.Conv2D(4, 3, padding="same", name="c1")(a)
    x = layers.Conv2D(4, 3, padding="same", name="c2")(x)
    return keras.Model([a, b], layers.Add(name="sum")([x, b]))

def branches():
    """Branches of one length are met from the sum on, and not as they were made."""
    a = keras.Input((8, 8, 3), name="a")
    first = layers.Conv2D(4, 1, name="first")(a)
    second = layers.Conv2D(4, 1, name="second")(a)
    return keras.Model(a, layers.Add(name="sum")([second, first]))

def shared():
    """A layer used at two depths lies at the deeper."""
    a = keras.Input((8, 8, 4), name="a")
    same = layers.Conv2D(4, 1, name="same")
    x = layers.ReLU(name="r1")(same(a))
    y = layers.Conv2D(4, 1, name="other")(a)
    return keras.Model(a, layers.Add(name="sum")([layers.ReLU(name="r2")(same(x)), y]))

def own():
    """A layer of several operations is one step."""
    a = keras.Input((8, 8, 4), name="a")
    x = Twice(name="twice")(a)
    y = layers.ReLU(name="r2")(layers.ReLU(name="r1")(a))
    return keras.Model(a, layers.Add(name="sum")([x, y]))

def operators():
    """Operators beside all layers are steps."""
    a = keras.Input((8, 8, 4), name="a")
    x = layers.ReLU(name="r1")(a)
    y = layers.ReLU(name="r2")(a * 2 + 1)
    return keras.Model(a, layers.Add(name="sum")([x, y]))

def unused():
    """An input that is not read is there all the same."""
    a, b = keras.Input((8, 8, 4), name="a"), keras.Input((2,), name="b")
    return keras.Model([a, b], layers.ReLU(name="r")(a))

def nested():
    """A model within is one layer."""
    a = keras.Input((8, 8, 4), name="a")
    inner = keras.Sequential([layers.Conv2D(4, 1), layers.ReLU(), layers.Conv2D(4, 1)], name="inner")
    x = layers.Add(name="sum")([inner(a), layers.ReLU(name="r2")(layers.ReLU(name="r1")(a))])
    return keras.Model(a, x)

def outputs():
    """Several outputs are looked at in their order."""
    a = keras.Input((8, 8, 4), name="a")
    x = layers.ReLU(name="r1")(a)
    y = layers.ReLU(name="r2")(x)
    return keras.Model(a, [layers.ReLU(name="last")(x), y])

def names(graph):
    raise ValueError("-".join(layer.name for layer in globals()[graph]().layers))

def trained(count):
    net = keras.applications.Xception(input_shape=(96, 96, 3), weights=None, include_top=False)
    for layer in net.layers[:count]:
        layer.trainable = False
    return net
'''
"""What the docstrings say is what Keras 3.15.1 does; so are the orders and the counts below."""


@pytest.mark.parametrize(
    ("graph", "order"),
    [
        ("late", "a-c1-c2-b-sum"),
        ("branches", "a-second-first-sum"),
        ("shared", "a-same-r1-r2-other-sum"),
        ("own", "a-r1-twice-r2-sum"),
        ("operators", "a-r1-r2-sum"),
        ("unused", "a-b-r"),
        ("nested", "a-r1-inner-r2-sum"),
        ("outputs", "a-r1-last-r2"),
    ],
)
def test_layers_come_by_how_many_lie_behind_them_and_then_as_met_from_the_outputs(
    graph: str, order: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(GRAPHS, encoding="utf-8")
    with pytest.raises(ArchitectureError, match=f"ValueError: {order}$"):
        cnnshape.plan(f"{path}:names(graph={graph!r})")


@pytest.mark.parametrize(
    ("count", "trains"), [(12, 20760648), (13, 20752456), (15, 20752200), (22, 20649416), (35, 19700192)]
)
def test_the_first_layers_that_are_frozen_are_keras_first(count: int, trains: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(GRAPHS, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:trained(count={count})")
    assert plan.totals is not None
    assert plan.totals.trainable_params == trains


def test_a_model_that_is_asked_for_its_shapes_has_no_batch_whatever_is_planned(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\n\ndef build():\n    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])\n"
        "    assert model.output_shape == (None, 3) and model.input_shape == (None, 8)\n    return model\n",
        encoding="utf-8",
    )
    assert list(cnnshape.plan(f"{path}:build", batch=4).outputs.values()) == [(4, 3)]


def test_the_layer_of_an_input_has_it_as_what_it_takes_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\n\ndef build():\n    net = keras.applications.VGG19(weights=None, include_top=False)\n"
        "    outputs = dict([(layer.name, layer.output) for layer in net.layers])\n"
        "    assert net.layers[0].input is net.layers[0].output\n    return keras.Model(net.inputs, outputs['block1_pool'])\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(f"{path}:build")
    assert list(plan.outputs.values()) == [(None, None, None, 64)]
