"""What people use instead, and how each of them answers the question for ResNet-50."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import NamedTuple


class Peer(NamedTuple):
    """A tool that tells shapes, parameters or cost of a network.

    Attributes:
        name: how the table calls it.
        install: what makes it available.
        modules: what has to be importable.
        script: the shortest program that prints its answer for ResNet-50; ``sys.argv[1]`` is an ONNX file of it.
    """

    name: str
    install: str
    modules: tuple[str, ...]
    script: str


PEERS = (
    Peer(
        "Keras model.summary()",
        "pip install keras tensorflow-cpu",
        ("keras", "tensorflow"),
        "import keras\nkeras.applications.ResNet50(weights=None).summary()",
    ),
    Peer(
        "torchinfo",
        "pip install torchinfo torchvision",
        ("torchinfo", "torchvision"),
        "import torchinfo, torchvision\nprint(torchinfo.summary(torchvision.models.resnet50(), (1, 3, 224, 224)))",
    ),
    Peer(
        "fvcore",
        "pip install fvcore torchvision",
        ("fvcore", "torchvision"),
        "import torch, torchvision\nfrom fvcore.nn import FlopCountAnalysis, flop_count_table\n"
        "model = torchvision.models.resnet50()\n"
        "print(flop_count_table(FlopCountAnalysis(model, torch.zeros(1, 3, 224, 224))))",
    ),
    Peer(
        "ptflops",
        "pip install ptflops torchvision",
        ("ptflops", "torchvision"),
        "import ptflops, torchvision\nmodel = torchvision.models.resnet50()\n"
        "print(ptflops.get_model_complexity_info(model, (3, 224, 224)))",
    ),
    Peer(
        "onnx.shape_inference",
        "pip install onnx",
        ("onnx",),
        "import onnx, sys\nprint(len(onnx.shape_inference.infer_shapes(onnx.load(sys.argv[1])).graph.value_info))",
    ),
    Peer(
        "onnx-tool",
        "pip install onnx-tool",
        ("onnx_tool",),
        "import onnx_tool, sys\nonnx_tool.model_profile(sys.argv[1])",
    ),
)

ONNX_MODEL = """
import json, sys
import onnx
from onnx import TensorProto, helper

def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

rows = json.load(open(sys.argv[1], encoding="utf-8"))["layers"]
def weight(name, shape):
    return TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT)

nodes, weights, inputs = [], [], [value("input", [1, 3, 224, 224])]
for row in rows:
    name, kind, given = row["name"], row["type"], row["arguments"]
    read, channels = list(row["inputs"]), row["input_shapes"][0][-1]
    if kind == "Conv2D":
        kernel, filters = given["kernel_size"], given["filters"]
        weights += [weight(name + ".w", [filters, channels, *kernel]), weight(name + ".b", [filters])]
        rule = "SAME_UPPER" if given.get("padding") == "same" else "VALID"
        nodes.append(helper.make_node("Conv", [*read, name + ".w", name + ".b"], [name], kernel_shape=kernel,
                                      strides=given.get("strides", [1, 1]), auto_pad=rule))
    elif kind == "BatchNormalization":
        parts = [f"{name}.{part}" for part in ("scale", "bias", "mean", "variance")]
        weights += [weight(part, [channels]) for part in parts]
        nodes.append(helper.make_node("BatchNormalization", [*read, *parts], [name]))
    elif kind == "Activation":
        nodes.append(helper.make_node("Relu", read, [name]))
    elif kind == "Add":
        nodes.append(helper.make_node("Add", read, [name]))
    elif kind == "ZeroPadding2D":
        (top, bottom), (left, right) = row["padding"]
        pads = helper.make_tensor(name + ".p", TensorProto.INT64, [8], [0, 0, top, left, 0, 0, bottom, right])
        nodes += [helper.make_node("Constant", [], [name + ".p"], value=pads),
                  helper.make_node("Pad", [*read, name + ".p"], [name])]
    elif kind == "MaxPooling2D":
        nodes.append(helper.make_node("MaxPool", read, [name], kernel_shape=[3, 3], strides=[2, 2]))
    elif kind == "GlobalAveragePooling2D":
        nodes += [helper.make_node("GlobalAveragePool", read, [name + ".g"]),
                  helper.make_node("Flatten", [name + ".g"], [name])]
    elif kind == "Dense":
        weights += [weight(name + ".w", [channels, given["units"]]), weight(name + ".b", [given["units"]])]
        nodes += [helper.make_node("Gemm", [*read, name + ".w", name + ".b"], [name + ".l"]),
                  helper.make_node("Softmax", [name + ".l"], [name])]
    else:
        raise SystemExit(f"no node for {kind}")
graph = helper.make_graph(nodes, "resnet50", inputs, [value(rows[-1]["name"], None)], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), sys.argv[2])
"""
"""Writes the plan of zoo:keras/resnet50, as JSON, as an ONNX file: the same rows as nodes, shapes of weights without
their values (values would cost ONNX half a second, to copy 100 MB)."""

KERAS_MODEL = "import keras, sys\nkeras.applications.ResNet50(weights=None).save(sys.argv[1])"
"""Writes ResNet-50 as a `.keras`."""

LOAD_KERAS = "import keras, sys\nkeras.saving.load_model(sys.argv[1]).summary()"

WARM_ONNX = """
import onnx
model = onnx.load(sys.argv[1])
def run():
    return onnx.shape_inference.infer_shapes(model)
"""


def interpreter_with(modules: Sequence[str], pythons: Sequence[str]) -> str | None:
    """The first of the interpreters that has all modules; None where none has."""
    names = ", ".join(repr(name) for name in modules)
    test = f"import importlib.util as u, sys; sys.exit(not all(u.find_spec(name) for name in ({names},)))"
    for python in pythons:
        if subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0:
            return python
    return None
