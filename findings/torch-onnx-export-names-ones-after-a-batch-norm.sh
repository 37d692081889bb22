#!/usr/bin/env bash
# PyTorch 2.14.1 with onnxscript 0.7.2: `torch.onnx.export` of LayerNorm(elementwise_affine=False) beside a new BatchNorm1d. ONNX's
# LayerNormalization has to have a scale, and the exporter makes one of ones; then it merges tensors of equal values, and
# the LayerNormalization reads `b.running_var`, the statistics of another layer. Who loads trained statistics under the
# names of the state dict changes the LayerNorm as well: its output is then multiplied by that variance.
# Seen: LayerNormalization reads ['x', 'b.running_var']; with a variance of 4 what it gives is 4.0 times as large.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - "$folder/net.onnx" <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.n, self.b = nn.LayerNorm(3, elementwise_affine=False), nn.BatchNorm1d(3, affine=False)

    def forward(self, x):
        normal = self.n(x)
        return normal, self.b(normal)


torch.onnx.export(Net().eval(), (torch.tensor([[1.0, 2.0, 6.0]]),), sys.argv[1], verbose=False)
model = onnx.load(sys.argv[1])
(norm,) = [node for node in model.graph.node if node.op_type == "LayerNormalization"]


def normalized():
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": np.array([[1, 2, 6]], "float32")})[0]


before = normalized()
for tensor in model.graph.initializer:
    if tensor.name == "b.running_var":
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.full(3, 4, "float32"), tensor.name))
seen = list(norm.input), round(float((normalized() / before).mean()), 3)
print(seen)
assert seen == (["x", "b.running_var"], 4.0), seen
PYTHON
