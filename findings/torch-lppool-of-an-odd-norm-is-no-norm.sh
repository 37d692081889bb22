#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU): LPPool1d is documented as the p-norm of each window. It sums x ** p as it is, without magnitudes:
# for p = 1 the window (-1, 1) gives 0, where the norm is 2; for p = 3 the window (-1, -1) gives nan. ONNX's LpPool takes
# magnitudes, so an exported model changes its values wherever inputs are negative. Seen: 0.0, nan; for p = 2 1.4142135.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math

import torch

assert torch.__version__.startswith("2.14.1"), torch.__version__


def pooled(norm, window):
    return float(torch.nn.LPPool1d(norm, 2)(torch.tensor([[window]]))[0, 0, 0])


seen = [pooled(1, [-1.0, 1.0]), pooled(3, [-1.0, -1.0]), pooled(2, [-1.0, -1.0])]
print(seen)
assert seen[0] == 0.0, seen
assert math.isnan(seen[1]), seen
assert abs(seen[2] - math.sqrt(2)) < 1e-6, seen
PYTHON
