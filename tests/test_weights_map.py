"""Weights carried over by the map alone give the values that they had, in code that is read again and in ONNX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import onnx.reference
import pytest

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.writers import Unwritable, write
from cnnshape.writers.weights import carry, weights_map

Array = np.ndarray[Any, Any]

KERAS = """\
name: net
framework: keras
input: [9, 9, 4]
blocks:
  unit(n, stride=1):
    - SeparableConv2D(n, 3, strides=stride, padding="same", depth_multiplier=2)
    - BatchNormalization(scale=False)
    - PReLU(shared_axes=[1, 2])
layers:
  - Conv2D(8, 3, strides=2, padding="same")
  - unit(6)
  - unit(6) * 2
  - unit(10, stride=2)
  - DepthwiseConv2D(2, depth_multiplier=3, padding="same")
  - LayerNormalization(axis=[1, 3])
  - Conv2DTranspose(5, 3, strides=2, padding="same")
  - Flatten
  - Dense(5)
  - shared = Dense(5)
  - PReLU
  - Shared(shared)
"""

PYTORCH = """\
name: net
framework: pytorch
input: [4, 9, 9]
blocks:
  unit(c, out, stride=1):
    - Conv2d(c, out, 3, stride=stride, padding=1, bias=False)
    - BatchNorm2d(out)
    - PReLU(out)
layers:
  - unit(4, 8)
  - unit(8, 8) * 2
  - unit(8, 12, stride=2)
  - Conv2d(12, 24, 3, padding=1, groups=12)
  - Conv2d(24, 6, 1, groups=3)
  - ConvTranspose2d(6, 7, 3, stride=2, padding=1)
  - GroupNorm(7, 7)
  - Flatten
  - shared = Linear(567, 567)
  - PReLU
  - Shared(shared)
"""


def drawn(plan: Plan) -> dict[str, Array]:
    """Values for the network's weights, by the names that the map has them from."""
    generator = np.random.default_rng(4)
    entries = weights_map(plan, plan.framework)["weights"]
    return {
        entry["from"]: np.asarray(generator.uniform(0.2, 1.0, entry["from_shape"]), np.float32)
        for entry in entries
        if "from" in entry
    }


def values(plan: Plan, weights: Mapping[str, Array], given: Array) -> Array:
    """What a plan gives with weights by their names; `given` has the axis order of its framework."""
    mark = "/" if plan.framework == "keras" else "."
    named = {row.name.replace("/", mark): row.name for row in plan.layers}
    by_row = {
        named[layer]: [weights[name] for name in names if "num_batches" not in name]
        for layer, names in groupby(weights, lambda name: name.rpartition(mark)[0])
        if layer in named
    }
    (name,), (output,) = plan.inputs, plan.outputs
    return cnnshape.forward(plan, {name: given}, weights=by_row)[output]


def moved(given: Array, framework: str) -> Array:
    """An input with channels last, as the framework has it."""
    return given if framework == "keras" else np.ascontiguousarray(np.moveaxis(given, -1, 1))


GIVEN = np.random.default_rng(2).normal(size=[1, 9, 9, 4]).astype(np.float32)


@pytest.mark.parametrize("to", ["keras", "pytorch"])
@pytest.mark.parametrize("text", [KERAS, PYTORCH], ids=["from keras", "from pytorch"])
def test_weights_carried_by_the_map_alone_give_equal_values(text: str, to: str, tmp_path: Path) -> None:
    """The reader of source, whose names are those of the framework, knows nothing of the map."""
    plan = cnnshape.plan(text=text)
    weights = drawn(plan)
    expected = values(plan, weights, moved(GIVEN, plan.framework))
    (tmp_path / "net.py").write_text(write(plan, to), encoding="utf-8")
    entry = "build" if to == "keras" else "Net"
    again = cnnshape.plan(f"{tmp_path / 'net.py'}:{entry}", input=None if to == "keras" else [4, 9, 9])
    carried = {entry["to"]: carry(entry, weights) for entry in weights_map(plan, to)["weights"] if "to" in entry}
    found = values(again, carried, moved(GIVEN, to))
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


ONNX = {
    "keras": KERAS.replace("  - Conv2D(8", "  - Normalization\n  - Conv2D(8").replace(
        "  - Flatten", "  - LayerScale(0.5, 5)\n  - Flatten"
    ),
    "pytorch": PYTORCH.replace("  - Flatten", "  - LayerNorm2d(7)\n  - FrozenBatchNorm2d(7)\n  - Flatten"),
}


@pytest.mark.parametrize("opset", [14, 17, 18, 22])
@pytest.mark.parametrize("framework", ONNX)
def test_given_weights_are_those_of_the_onnx_model(framework: str, opset: int) -> None:
    plan = cnnshape.plan(text=ONNX[framework])
    weights = drawn(plan)
    expected = values(plan, weights, moved(GIVEN, framework))
    model = onnx.load_from_string(write(plan, "onnx", given=weights, opset=opset))
    assert model.opset_import[0].version == opset
    (found,) = onnx.reference.ReferenceEvaluator(model).run(None, {"input": moved(GIVEN, "pytorch")})
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("framework", "to", "layer", "entries"),
    [
        (
            "keras",
            "pytorch",
            "Conv2D(8, 3, use_bias=False)",
            [{"from": "conv2d/kernel", "from_shape": [3, 3, 4, 8], "transpose": [3, 2, 0, 1], "to": "conv2d.weight", "to_shape": [8, 4, 3, 3]}],
        ),
        (
            "pytorch",
            "keras",
            "Linear(9, 5, bias=False)",
            [{"from": "linear.weight", "from_shape": [5, 9], "transpose": [1, 0], "to": "dense/kernel", "to_shape": [9, 5]}],
        ),
        (
            "keras",
            "pytorch",
            "DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)",
            [
                {
                    "from": "depthwise_conv2d/kernel", "from_shape": [3, 3, 4, 2], "reshape": [3, 3, 1, 8],
                    "transpose": [3, 2, 0, 1], "to": "depthwise_conv2d.weight", "to_shape": [8, 1, 3, 3],
                }
            ],
        ),
        (
            "pytorch",
            "keras",
            "Conv2d(4, 8, 3, groups=4, bias=False)",
            [
                {
                    "from": "conv2d.weight", "from_shape": [8, 1, 3, 3], "transpose": [2, 3, 1, 0],
                    "to": "depthwise_conv2d/kernel", "to_shape": [3, 3, 4, 2],
                }
            ],
        ),
        (
            "keras",
            "pytorch",
            "Normalization(mean=[1, 2, 3, 4], variance=[1, 4, 9, 16])",
            [
                {"to": "normalization.weight", "to_shape": [4], "fill": 1.0},
                {"to": "normalization.bias", "to_shape": [4], "fill": 0.0},
                {"to": "normalization.running_mean", "to_shape": [4], "fill": [1, 2, 3, 4]},
                {"to": "normalization.running_var", "to_shape": [4], "fill": [1, 4, 9, 16]},
            ],
        ),
    ],
)  # fmt: skip
def test_each_weight_says_how_it_carries_over(framework: str, to: str, layer: str, entries: list[Any]) -> None:
    plan = cnnshape.plan(
        {"framework": framework, "input": [9, 9, 4] if framework == "keras" else [4, 9, 9], "layers": [layer]}
    )
    assert weights_map(plan, to)["weights"] == entries


def test_a_weight_that_is_not_there_or_of_another_shape_is_refused_by_name() -> None:
    plan = cnnshape.plan({"input": [9, 9, 4], "layers": ["Conv2D(2, 3)"]})
    with pytest.raises(Unwritable, match=r"there is no weight conv2d/kernel"):
        write(plan, "onnx", given={})
    wrong = {"conv2d/kernel": np.zeros((3, 3, 4, 3)), "conv2d/bias": np.zeros(2)}
    with pytest.raises(
        Unwritable, match=re.escape("weight conv2d/kernel has shape [3, 3, 4, 3], the network needs [3, 3, 4, 2]")
    ):
        write(plan, "onnx", given=wrong)
