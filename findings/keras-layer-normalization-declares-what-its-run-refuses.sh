#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: LayerNormalization(axis=1), built for 3 features, is applied again to maps of 27 rows.
# The symbolic call answers (None, 27, 30, 3), as if the 3 scales could serve 27 rows, and so does a functional model's
# summary; the same call on values raises. BatchNormalization(axis=1) refuses the symbolic call already: it keeps an
# input spec from its first build (rank and size of the axis), LayerNormalization keeps none.
# So a model with a shared LayerNormalization may be declared, counted and saved, and never run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
import numpy as np

assert keras.__version__ == "3.15.1"
seen = []
layer = keras.layers.LayerNormalization(axis=1)
layer(np.ones((1, 3), "float32"))
seen.append(tuple(layer(keras.Input((27, 30, 3))).shape))
try:
    layer(np.ones((1, 27, 30, 3), "float32"))
    seen.append("runs")
except Exception as error:
    seen.append(type(error).__name__)
other = keras.layers.BatchNormalization(axis=1)
other(np.ones((1, 3), "float32"))
try:
    other(keras.Input((27, 30, 3)))
    seen.append("declared")
except ValueError:
    seen.append("refused")
print(seen)
assert seen == [(None, 27, 30, 3), "InvalidArgumentError", "refused"], seen
PYTHON
