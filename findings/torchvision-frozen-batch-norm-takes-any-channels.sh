#!/usr/bin/env bash
# torchvision 0.29.1 with PyTorch 2.14.1: FrozenBatchNorm2d(1), made for one channel, takes a map of 8 and answers: its
# four buffers are views of (1, C, 1, 1) that broadcast. BatchNorm2d(1) refuses the same map (it should contain 8 elements not 1).
# So freezing a network for detection can hide a wrong num_features. Seen: (1, 8, 2, 2), and 'refused'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 torchvision==0.29.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
import torchvision

assert torchvision.__version__.startswith("0.29.1"), torchvision.__version__
features = torch.zeros(1, 8, 2, 2)
seen = [tuple(torchvision.ops.FrozenBatchNorm2d(1)(features).shape)]
try:
    seen.append(tuple(torch.nn.BatchNorm2d(1).eval()(features).shape))
except RuntimeError as error:
    assert "should contain 8 elements not 1" in str(error), error
    seen.append("refused")
print(seen)
assert seen == [(1, 8, 2, 2), "refused"], seen
PYTHON
