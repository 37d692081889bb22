#!/usr/bin/env bash
# PyTorch 2.14.1, ONNX 1.23.2 and ONNX Runtime 1.32.0: LpPool with norm 1, kernel 3, stride 2 and ceil_mode over the ones
# 1, 1, 1, 1. The second window hangs over the end and holds two elements. ONNX Runtime sums these: 2. PyTorch's LPPool1d takes the mean
# of the two and multiplies it by the kernel's size: 3, as if the window were full; ONNX's reference evaluator as well.
# Seen, as (PyTorch, reference evaluator, ONNX Runtime): [3.0, 3.0], [3.0, 3.0], [3.0, 2.0].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 onnx==1.23.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

ones = np.ones((1, 1, 4), "float32")
node = helper.make_node("LpPool", ["x"], ["y"], kernel_shape=[3], strides=[2], ceil_mode=1, p=1)
graph = helper.make_graph(
    [node], "pool",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
seen = (
    torch.nn.LPPool1d(1, 3, stride=2, ceil_mode=True)(torch.from_numpy(ones)).flatten().tolist(),
    ReferenceEvaluator(model).run(None, {"x": ones})[0].ravel().tolist(),
    onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": ones})[0].ravel().tolist(),
)
print(seen)
assert seen == ([3.0, 3.0], [3.0, 3.0], [3.0, 2.0]), seen
PYTHON
