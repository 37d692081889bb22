#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU): CrossMapLRN2d slides a window over the channels and never takes the first channel out again: its
# square counts in every later window. And an even size reads one channel less than it divides by. LocalResponseNorm of
# the same numbers does neither, so the two differ although the documentation calls them the same normalization.
# Seen, how often channel 0 counts in windows of 3 over 6 channels: CrossMapLRN2d in 6, LocalResponseNorm in 2.
# Seen, the channels that the middle of 9 reads for sizes 1 to 6: [1, 1, 3, 3, 5, 5].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch

assert torch.__version__.startswith("2.14.1"), torch.__version__


def windows(kind, size, channels, loud):
    """The channels whose windows read the one that is loud."""
    image = torch.full((1, channels, 1, 1), 1e-3, dtype=torch.float64)
    image[0, loud] = 1
    output = kind(size, alpha=1.0, beta=1.0, k=1.0)(image)
    return int((((image / output - 1) * size) > 0.5).sum())


first = [windows(kind, 3, 6, 0) for kind in (torch.nn.CrossMapLRN2d, torch.nn.LocalResponseNorm)]
middle = [windows(torch.nn.CrossMapLRN2d, size, 9, 4) for size in range(1, 7)]
print(first, middle)
assert first == [6, 2], first
assert middle == [1, 1, 3, 3, 5, 5], middle
PYTHON
