"""What counts as a parameter of a model in ONNX, and weights of a type of their own, whose bytes are by that type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

import cnnshape


def quantized(path: Path) -> str:
    """A dequantized int8 kernel of 4 x 3 x 3 x 3, and a bias of 4 in float32."""
    kernel = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.int8), "kernel")
    bias = numpy_helper.from_array(np.arange(4, dtype=np.float32), "bias")
    scale = numpy_helper.from_array(np.array(0.1, np.float32), "scale")
    nodes = [
        helper.make_node("DequantizeLinear", ["kernel", "scale"], ["w"]),
        helper.make_node("Conv", ["x", "w", "bias"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 6, 6])],
        [kernel, bias, scale],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return str(path)


def test_int8_weights_take_a_byte_each(tmp_path: Path) -> None:
    totals = cnnshape.plan(quantized(tmp_path / "q.onnx")).totals
    assert totals is not None
    assert totals.params == 4 * 27 + 4
    assert totals.weight_bytes == 4 * 27 + 4 * 4


def test_a_tensor_of_a_type_that_nobody_knows_is_no_traceback(tmp_path: Path) -> None:
    path = quantized(tmp_path / "q.onnx")
    model = onnx.load(path)
    model.graph.initializer[2].data_type = 122
    onnx.save(model, path)
    plan = cnnshape.plan(path)
    assert plan.outputs == {"y": (1, 4, 6, 6)}


def model(nodes: list[NodeProto], *tensors: TensorProto, shape: tuple[int, ...] = (1, 3, 8, 8)) -> ModelProto:
    """A model of these operators, whose first reads x."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def floats(name: str, *shape: int) -> TensorProto:
    """A tensor whose elements differ."""
    return numpy_helper.from_array(np.arange(1, np.prod(shape, dtype=int) + 1, dtype=np.float32).reshape(shape), name)


def constant(name: str, *shape: int) -> NodeProto:
    """A Constant whose elements differ."""
    return helper.make_node("Constant", [], [name], value=floats(name, *shape))


def node(type: str, inputs: str, output: str, **attributes: object) -> NodeProto:
    """An operator whose inputs are named in one text."""
    return helper.make_node(type, [each.strip("-") for each in inputs.split()], [output], **attributes)


def recurrent(given: TensorProto, *before: NodeProto) -> ModelProto:
    """An RNN of 6 numbers to 4 that begins with a state `h`, which is given or made before."""
    run = helper.make_node("RNN", ["x", "w", "r", "", "", "h"], ["y"], hidden_size=4)
    return model([*before, run], floats("w", 1, 4, 6), floats("r", 1, 4, 4), given, shape=(5, 2, 6))


COUNTED = {
    "a few weights in another form": (
        model([node("Clip", "w - high", "s"), node("Mul", "x s", "y")], floats("w", 3, 1, 1), floats("high")),
        3,
    ),
    "factors of a resampling, computed": (
        model([node("Mul", "f f", "g"), node("Resize", "x - g", "y")], floats("f", 4)),
        0,
    ),
    "a kernel and a bias that are Constants": (
        model([constant("w", 4, 3, 3, 3), constant("b", 4), node("Conv", "x w b", "y")]),
        4 * 27 + 4,
    ),
    "a bias after a product": (
        model([constant("w", 8, 5), constant("b", 5), node("MatMul", "x w", "a"), node("Add", "a b", "y")]),
        8 * 5 + 5,
    ),
    "a mask that is a Constant": (model([constant("m", 1, 1, 8, 8), node("Add", "x m", "y")]), 0),
    "a mask that is an initializer": (model([node("Add", "x m", "y")], floats("m", 1, 1, 8, 8)), 64),
    "a table that a weight reads": (
        model([constant("t", 1, 8, 8), node("MatMul", "t w", "b"), node("Add", "x b", "y")], floats("w", 8, 8)),
        64,
    ),
    "what a recurrence begins with": (
        recurrent(helper.make_tensor("size", TensorProto.INT64, [3], [1, 2, 4]), node("ConstantOfShape", "size", "h")),
        4 * 6 + 4 * 4,
    ),
    "zeros that the exporter has folded, with which a recurrence begins": (
        recurrent(helper.make_tensor("h", TensorProto.FLOAT, [1, 2, 4], [0.0] * 8)),
        4 * 6 + 4 * 4,
    ),
    "a first state that was learned": (
        recurrent(helper.make_tensor("h", TensorProto.FLOAT, [1, 2, 4], [0.5] * 8)),
        4 * 6 + 4 * 4 + 8,
    ),
}


@pytest.mark.parametrize("what", COUNTED)
def test_parameters_are_what_operators_read_as_weights(what: str, tmp_path: Path) -> None:
    """Floating and quantized initializers, and Constants where a weight stands; not what says how."""
    counted, params = COUNTED[what]
    onnx.save(counted, tmp_path / "m.onnx")
    totals = cnnshape.plan(str(tmp_path / "m.onnx")).totals
    assert totals is not None
    assert totals.params == params


def test_a_bias_in_int32_is_a_weight_of_its_convolution(tmp_path: Path) -> None:
    path = quantized(tmp_path / "q.onnx")
    read = onnx.load(path)
    read.graph.initializer[1].CopyFrom(numpy_helper.from_array(np.arange(4, dtype=np.int32), "bias"))
    read.graph.node.insert(0, helper.make_node("DequantizeLinear", ["bias", "scale"], ["b"]))
    read.graph.node[2].input[2] = "b"
    onnx.save(read, path)
    totals = cnnshape.plan(path).totals
    assert totals is not None
    assert (totals.params, totals.weight_bytes) == (4 * 27 + 4, 4 * 27 + 4 * 4)


def test_an_operator_that_shares_its_name_with_another_domains_is_unknown(tmp_path: Path) -> None:
    foreign = helper.make_node("Attention", ["x", "w", "b"], ["y"], domain="com.microsoft", num_heads=2)
    onnx.save(model([foreign], floats("w", 8, 24), floats("b", 24), shape=(1, 4, 8)), tmp_path / "m.onnx")
    plan = cnnshape.plan(str(tmp_path / "m.onnx"))
    assert plan.outputs == {"y": None}
    assert "(of the domain com.microsoft)" in plan.diagnostics[0].message
