#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: `keras.ops.image.gaussian_blur(kernel_size=, sigma=)` takes two numbers each, by its documentation those
# "along height and width". The kernel's size is taken so; the deviations the other way round: sigma=(0.5, 3.0) on one white
# pixel spreads it over 11 rows and 3 columns. A kernel of (3, 11) is 3 rows high.
# Seen, as (rows, columns) above 0.001: (11, 3) for sigma=(0.5, 3.0), (3, 11) for kernel_size=(3, 11).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
KERAS_BACKEND=tensorflow "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import keras
import numpy as np

pixel = np.zeros((1, 21, 21, 1), "float32")
pixel[0, 10, 10, 0] = 1


def spread(**given):
    seen = np.asarray(keras.ops.image.gaussian_blur(pixel, **given))[0, :, :, 0]
    return tuple(int((seen.sum(axis) > 1e-3).sum()) for axis in (1, 0))


seen = spread(kernel_size=(11, 11), sigma=(0.5, 3.0)), spread(kernel_size=(3, 11), sigma=(5.0, 5.0))
print(seen)
assert seen == ((11, 3), (3, 11)), seen
PYTHON
