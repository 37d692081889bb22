#!/usr/bin/env bash
# ONNX 1.23.2 and ONNX Runtime 1.32.0: MaxPool, AveragePool and LpPool with auto_pad=SAME_UPPER, kernel 3 and dilation 2
# over 10 elements. SAME means ceil(10 / stride), 10, and shape inference says so. The runtime pads as if there were no
# dilation (1 + 1), lays the window of 5 over it, and gives 8, in silence. Conv with the same attributes is refused when it runs.
# Seen, as (inferred, run): {'MaxPool': (10, 8), 'AveragePool': (10, 8), 'LpPool': (10, 8), 'Conv': (10, 'refused')}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

quiet = onnxruntime.SessionOptions()
quiet.log_severity_level = 4
seen = {}
for operator in ("MaxPool", "AveragePool", "LpPool", "Conv"):
    weights = [numpy_helper.from_array(np.ones((1, 1, 3), "float32"), "w")] if operator == "Conv" else []
    node = helper.make_node(
        operator, ["x", *(weight.name for weight in weights)], ["y"],
        auto_pad="SAME_UPPER", kernel_shape=[3], dilations=[2], strides=[1],
    )
    graph = helper.make_graph(
        [node], "same",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 10])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
    session = onnxruntime.InferenceSession(model.SerializeToString(), quiet)
    try:
        run = session.run(None, {"x": np.ones((1, 1, 10), "float32")})[0].shape[2]
    except Exception as error:
        assert "Dilation not supported for AutoPadType::SAME_UPPER" in str(error)
        run = "refused"
    seen[operator] = (inferred, run)
print(seen)
assert seen == {"MaxPool": (10, 8), "AveragePool": (10, 8), "LpPool": (10, 8), "Conv": (10, "refused")}, seen
PYTHON
