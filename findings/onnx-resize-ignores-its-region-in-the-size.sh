#!/usr/bin/env bash
# ONNX 1.23.2 and ONNX Runtime 1.32.0: Resize with coordinate_transformation_mode="tf_crop_and_resize", the region from
# 0.25 to 0.75 of 16 pixels and the scale 2. The specification of the operator (opset 19) states the size as
# floor(size * (end - start) * scale), 16 here. Shape inference, the reference evaluator and the runtime all make 32:
# the region decides what is looked at, and the scale is taken of the whole axis.
# Seen, as (inferred, reference, run): (32, 32, 32).
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

stated = "floor(input_dimension * (roi_end - roi_start) * scale)"
assert stated in onnx.defs.get_schema("Resize", 19).doc
pixels = np.ones((1, 1, 16), "float32")
node = helper.make_node(
    "Resize", ["x", "region", "scales"], ["y"], mode="linear", coordinate_transformation_mode="tf_crop_and_resize"
)
graph = helper.make_graph(
    [node], "resize",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 16])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    [
        numpy_helper.from_array(np.array([0, 0, 0.25, 1, 1, 0.75], "float32"), "region"),
        numpy_helper.from_array(np.array([1, 1, 2], "float32"), "scales"),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
reference = ReferenceEvaluator(model).run(None, {"x": pixels})[0].shape[2]
run = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": pixels})[0].shape[2]
seen = (inferred, reference, run)
print(seen)
assert seen == (32, 32, 32), seen
PYTHON
