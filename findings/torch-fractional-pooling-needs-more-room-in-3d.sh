#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU): windows of fractional max pooling may touch: FractionalMaxPool2d(3, output_size=n) takes an input of
# n + 2. FractionalMaxPool3d with the same numbers wants n + 3: 3 windows of 3 out of 5 are refused in 3-D and run in 2-D.
# Seen, the largest output for inputs of 4, 5, 6, 7: 2-D [2, 3, 4, 5], 3-D [1, 2, 3, 4].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch

assert torch.__version__.startswith("2.14.1"), torch.__version__


def largest(layer, axes, size):
    found = 0
    for output in range(1, size):
        try:
            layer(3, output_size=output)(torch.zeros(1, 1, *[size] * axes))
        except RuntimeError:
            break
        found = output
    return found


seen = {
    2: [largest(torch.nn.FractionalMaxPool2d, 2, size) for size in (4, 5, 6, 7)],
    3: [largest(torch.nn.FractionalMaxPool3d, 3, size) for size in (4, 5, 6, 7)],
}
print(seen)
assert seen == {2: [2, 3, 4, 5], 3: [1, 2, 3, 4]}, seen
PYTHON
