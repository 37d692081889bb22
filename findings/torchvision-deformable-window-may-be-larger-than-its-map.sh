#!/usr/bin/env bash
# torchvision 0.29.1 with PyTorch 2.14.1: DeformConv2d with a kernel of 3 and a stride of 2 on a map of 2 x 2 gives 1 x 1.
# (2 - 3) / 2 + 1 is rounded towards zero, as C++ divides, so that -0.5 counts as 0; Conv2d of the same numbers is refused
# (kernel size can't be greater than actual input size). With a stride of 1 the division leaves nothing to round and both refuse.
# Seen, for the strides 2 and 1, as (DeformConv2d, Conv2d): ((1, 1), 'refused'), ('refused', 'refused').
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 torchvision==0.29.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
import torchvision


def answered(layer, *inputs):
    try:
        return tuple(layer(*inputs).shape[2:])
    except RuntimeError:
        return "refused"


features, seen = torch.zeros(1, 1, 2, 2), []
for stride in (2, 1):
    deformable = torchvision.ops.DeformConv2d(1, 1, 3, stride=stride)
    seen.append(
        (answered(deformable, features, torch.zeros(1, 18, 1, 1)), answered(torch.nn.Conv2d(1, 1, 3, stride), features))
    )
print(seen)
assert seen == [((1, 1), "refused"), ("refused", "refused")], seen
PYTHON
