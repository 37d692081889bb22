"""Weights of a type of their own: a quantized model counts them as parameters, and their bytes by that type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

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
