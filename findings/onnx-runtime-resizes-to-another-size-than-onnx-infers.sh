#!/usr/bin/env bash
# ONNX 1.23.2 and ONNX Runtime 1.32.0: Resize of an axis of 10 by 0.7 is inferred as 6 and runs as 7. The specification
# says floor(size * scale). A scale of 0.7 is stored as 0.69999998807 (float32): shape inference and the reference
# evaluator multiply it in float64 (6.9999998807, floor 6), the runtime in float32, where the product rounds to 7.
# Seen, as (inferred, reference, run): {0.7: (6, 6, 7), 0.9: (8, 8, 9), 1.3: (12, 12, 13), 2.3: (22, 22, 23), 0.6: (6, 6, 6)}.
# So a model that stores inferred shapes contradicts its own run, by one pixel, at the roundest of factors.
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
from onnx.reference import ReferenceEvaluator

quiet = onnxruntime.SessionOptions()
quiet.log_severity_level = 4
pixels = np.ones((1, 1, 10), "float32")
seen = {}
for scale in (0.7, 0.9, 1.3, 2.3, 0.6):
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest")
    graph = helper.make_graph(
        [node], "resize",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 10])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array([1, 1, scale], "float32"), "scales")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
    reference = ReferenceEvaluator(model).run(None, {"x": pixels})[0].shape[2]
    run = onnxruntime.InferenceSession(model.SerializeToString(), quiet).run(None, {"x": pixels})[0].shape[2]
    seen[scale] = (inferred, reference, run)
print(seen)
assert seen == {0.7: (6, 6, 7), 0.9: (8, 8, 9), 1.3: (12, 12, 13), 2.3: (22, 22, 23), 0.6: (6, 6, 6)}, seen
PYTHON
