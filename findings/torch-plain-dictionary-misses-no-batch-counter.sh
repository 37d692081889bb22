#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU): whether `load_state_dict` misses the counter of batches of a batch norm hangs on what kind of dictionary
# it gets. One that `state_dict()` made carries the versions of all modules with it: without the counter, loading fails.
# The same entries as a plain dictionary, as a comprehension makes it when keys are renamed or filtered, are of no version, which
# is taken for one from before counters existed: nothing is missing, and the counter keeps its value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.3.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import copy

import torch
from torch import nn

assert torch.__version__.startswith("2.14.1"), torch.__version__
norm = nn.BatchNorm2d(4)
told = norm.state_dict()
del told["num_batches_tracked"]
seen = {
    name: norm.load_state_dict(state, strict=False).missing_keys
    for name, state in {"state_dict": told, "copy.copy": copy.copy(told), "dict": dict(told), ".copy()": told.copy()}.items()
}
print(seen)
counter = ["num_batches_tracked"]
assert seen == {"state_dict": counter, "copy.copy": counter, "dict": [], ".copy()": []}, seen
norm.num_batches_tracked += 7
norm.load_state_dict(dict(told))  # strictly
assert norm.num_batches_tracked == 7
try:
    norm.load_state_dict(told)
except RuntimeError as error:
    print(str(error).splitlines()[-1].strip())
else:
    raise AssertionError("the counter was not missed")
PYTHON
