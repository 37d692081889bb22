#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: ops.rms_normalization(x, scale, axis=1) normalizes along axis 1, and lays its scale along
# the last axis: of (2, 3, 4, 3) the channels last are multiplied by 1, 2, 3. ops.layer_normalization with the same
# arguments lays gamma along axis 1. Where axis 1 and the last axis have the same size, both run and nothing tells; where
# they have not, a scale of the size of axis 1 is refused by the one and taken by the other.
# So code that goes from layer to RMS normalization with channels first trains another network, or stops.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
import numpy as np

assert keras.__version__ == "3.15.1"
scale = np.array([1, 2, 3], "float32")


def factors(function, **weights):
    """What the scale multiplies by: along axis 1, and along the last axis."""
    x = np.random.default_rng(0).random((2, 3, 4, 3), "float32")
    by = np.asarray(function(x, axis=1, **weights)) / np.asarray(function(x, axis=1))
    return by[0, :, 0, 0].round(3).tolist(), by[0, 0, 0, :].round(3).tolist()


seen = [factors(keras.ops.rms_normalization, scale=scale), factors(keras.ops.layer_normalization, gamma=scale)]
for function, name in ((keras.ops.rms_normalization, "scale"), (keras.ops.layer_normalization, "gamma")):
    try:
        seen.append(tuple(function(np.ones((2, 3, 4, 5), "float32"), axis=1, **{name: scale}).shape))
    except Exception as error:
        seen.append(type(error).__name__)
print(seen)
assert seen == [
    ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
    ([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]),
    "InvalidArgumentError",
    (2, 3, 4, 5),
], seen
PYTHON
