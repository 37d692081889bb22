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


def of_onnx(nodes: list[Any], weights: Mapping[str, Array], path: Path) -> onnx.ModelProto:
    """A model from `x`, of (2, 4, 6, 6), to `y`."""
    held = [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()]
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [2, 4, 6, 6])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph(nodes, "net", [x], [y], held)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
    return model


MEAN = onnx.helper.make_node("GlobalAveragePool", ["x"], ["pooled"])
FLAT = onnx.helper.make_node("Flatten", ["pooled"], ["flat"])
TURNED = onnx.helper.make_node("Transpose", ["W"], ["turned"], perm=[1, 0])
SQUARE = {"W": (4, 4)}
"""A matrix of which no shape tells which axis is which."""

FILES: dict[str, tuple[list[Any], dict[str, tuple[int, ...]]]] = {
    "a matrix of (in, out)": ([MEAN, FLAT, onnx.helper.make_node("Gemm", ["flat", "W"], ["y"])], SQUARE),
    "a matrix of (out, in)": ([MEAN, FLAT, onnx.helper.make_node("Gemm", ["flat", "W"], ["y"], transB=1)], SQUARE),
    "a product": ([MEAN, FLAT, onnx.helper.make_node("MatMul", ["flat", "W"], ["y"])], SQUARE),
    "a product with a turned matrix": (
        [MEAN, FLAT, TURNED, onnx.helper.make_node("MatMul", ["flat", "turned"], ["y"])],
        SQUARE,
    ),
    "a convolution, its statistics and slopes": (
        [
            onnx.helper.make_node("Conv", ["x", "kernel", "b"], ["c"], pads=[1, 1, 1, 1]),
            onnx.helper.make_node("BatchNormalization", ["c", "s", "o", "m", "v"], ["n"]),
            onnx.helper.make_node("PRelu", ["n", "slopes"], ["y"]),
        ],
        {"kernel": (5, 4, 3, 3), "b": (5,), "s": (5,), "o": (5,), "m": (5,), "v": (5,), "slopes": (5, 1, 1)},
    ),
}


@pytest.mark.parametrize(
    ("case", "to"),
    [(case, to) for case in FILES for to in ("onnx", "pytorch", "keras") if "product" not in case or to == "onnx"],
)
def test_the_map_names_the_weights_as_the_file_does(case: str, to: str, tmp_path: Path) -> None:
    nodes, shapes = FILES[case]
    weights = {
        name: np.random.default_rng(4).uniform(0.5, 1, shape).astype("float32") for name, shape in shapes.items()
    }
    given = np.random.default_rng(5).normal(size=[2, 4, 6, 6]).astype("float32")
    model = of_onnx(nodes, weights, tmp_path / "net.onnx")
    (expected,) = onnx.reference.ReferenceEvaluator(model).run(None, {"x": given})
    plan = cnnshape.plan(str(tmp_path / "net.onnx"))
    if to == "onnx":
        written = onnx.load_from_string(write(plan, "onnx", given=weights))
        (found,) = onnx.reference.ReferenceEvaluator(written).run(None, {"x": given})
    else:
        (tmp_path / "code.py").write_text(write(plan, to), encoding="utf-8")
        carried = {each["to"]: carry(each, weights) for each in weights_map(plan, to)["weights"] if "to" in each}
        if to == "pytorch":
            again = cnnshape.plan(f"{tmp_path / 'code.py'}:Net", input=[4, 6, 6], batch=2)
            found = values(again, carried, given)
        else:
            again = cnnshape.plan(f"{tmp_path / 'code.py'}:build", batch=2)
            found = np.moveaxis(values(again, carried, np.moveaxis(given, 1, -1)), -1, 1)
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def test_a_matrix_that_is_turned_before_a_product_is_held_as_it_is_read(tmp_path: Path) -> None:
    product = onnx.helper.make_node("MatMul", ["flat", "turned"], ["y"])
    of_onnx([MEAN, FLAT, TURNED, product], {"W": np.ones((3, 4), "float32")}, tmp_path / "net.onnx")
    assert weights_map(cnnshape.plan(str(tmp_path / "net.onnx")), "keras")["weights"] == [
        {"from": "W", "from_shape": [3, 4], "transpose": [1, 0], "to": "parameter/weight", "to_shape": [4, 3]}
    ]


def test_a_weight_that_an_operator_makes_anew_is_refused_by_name(tmp_path: Path) -> None:
    gemm = onnx.helper.make_node("Gemm", ["flat", "turned"], ["y"])
    of_onnx([MEAN, FLAT, TURNED, gemm], {"W": np.ones((4, 4), "float32")}, tmp_path / "net.onnx")
    with pytest.raises(Unwritable, match=r"y: Linear reads what Transpose makes of W, not W itself"):
        weights_map(cnnshape.plan(str(tmp_path / "net.onnx")), "pytorch")


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("(x @ self.v) @ self.v.t()", r"matmul_1: it reads v with its axes exchanged, or another layer does"),
        ("self.l(x) @ self.l.weight", r"matmul: matmul reads l.weight, which is the weight of another layer, too"),
        ("self.l(x) @ self.l.weight.t()", r"matmul: matmul reads l.weight, which is the weight of another layer, too"),
    ],
)
def test_a_weight_that_would_be_held_twice_is_refused_by_name(run: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.l, self.v = nn.Linear(7, 7), nn.Parameter(torch.ones(7, 7))\n\n"
        f"    def forward(self, x):\n        return {run}\n",
        encoding="utf-8",
    )
    with pytest.raises(Unwritable, match=message):
        write(cnnshape.plan(f"{tmp_path / 'net.py'}:Net", input=[7]), "pytorch")


CALLED_AGAIN = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 3, 3, padding=1), nn.MaxPool2d(2)

    def forward(self, x):
        return self.conv(self.pool(self.conv(x)))
"""


@pytest.mark.parametrize(
    ("to", "names"), [("pytorch", ["conv.weight", "conv.bias"]), ("keras", ["conv2d/kernel", "conv2d/bias"])]
)
def test_a_module_that_is_called_again_has_its_weights_once(to: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(CALLED_AGAIN, encoding="utf-8")
    plan = cnnshape.plan(f"{tmp_path}/net.py:Net", input=[3, 16, 16])
    assert [entry["to"] for entry in weights_map(plan, to)["weights"]] == names
