#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU): `fuse_conv_bn_eval` hands on to the fused bias whether the convolution's own bias trains. Before a batch
# norm convolutions mostly have none, and then zeros stand for it, which train not: the fused layer's weight trains and its
# bias, which is the batch norm's, stays as it is in every further training. Nothing is said. The batch norm's own flags
# count for nothing. `fuse_linear_bn_eval` does the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

assert torch.__version__.startswith("2.14.1"), torch.__version__


def trains(fused):
    return fused.weight.requires_grad, fused.bias.requires_grad


frozen = nn.BatchNorm2d(4).eval().requires_grad_(False)
seen = [
    trains(fuse_conv_bn_eval(nn.Conv2d(3, 4, 3, bias=False).eval(), nn.BatchNorm2d(4).eval())),
    trains(fuse_conv_bn_eval(nn.Conv2d(3, 4, 3).eval(), frozen)),
    trains(fuse_linear_bn_eval(nn.Linear(3, 4, bias=False).eval(), nn.BatchNorm1d(4).eval())),
]
print(seen)
assert seen == [(True, False), (True, True), (True, False)], seen
PYTHON
