#!/usr/bin/env bash
# PyTorch 2.13.0 (CPU): upsampling by 1.35 with mode="nearest-exact" puts the middle of output 40 exactly on the border
# between the inputs 29 and 30: (40 + 0.5) / 1.35 = 30. In exact arithmetic floor(30) takes input 30; the kernel works
# with 1 / 1.35 in float32, comes out just below 30, and takes input 29. Outputs 13 and 67 lie on such borders as well
# (10 and 50). Seen: {13: 10, 40: 29, 67: 50}: of three outputs that lie alike, one goes the other way.
# Whoever derives the read pixel from the factor as a fraction is off by one there, and only there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch

assert torch.__version__.startswith("2.13.0"), torch.__version__
pixels = torch.arange(57, dtype=torch.float32).reshape(1, 1, 57)
output = torch.nn.functional.interpolate(pixels, scale_factor=1.35, mode="nearest-exact")[0, 0]
seen = {number: int(output[number]) for number in (13, 40, 67)}
print(seen)
assert seen == {13: 10, 40: 29, 67: 50}, seen
PYTHON
