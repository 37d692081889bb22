#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: a pooling or convolution with padding="same" whose stride is larger than its
# kernel leaves elements out, and which ones depends in 3-D on the processor: with oneDNN (where it suits, the default)
# windows begin at the first element; TensorFlow's own kernel centres them. 9 elements, kernel 1, stride 3:
# Seen, as (oneDNN, own): 3-D [0, 3, 6] and [1, 4, 7]; the same in 2-D [0, 3, 6] both times.
# A trained 3-D network gives other values on another processor, with equal shapes and without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
cat > "$folder/windows.py" <<'PYTHON'
import keras
import numpy as np

row = np.arange(9, dtype="float32")
flat = keras.layers.MaxPooling2D((1, 1), strides=3, padding="same")(row.reshape(1, 1, 9, 1))
deep = keras.layers.MaxPooling3D((1, 1, 1), strides=3, padding="same")(row.reshape(1, 1, 1, 9, 1))
print([np.asarray(of).ravel().astype(int).tolist() for of in (deep, flat)])
PYTHON
run() { TF_ENABLE_ONEDNN_OPTS=$1 TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore "$folder/windows.py" 2>/dev/null; }
with=$(run 1)
without=$(run 0)
echo "oneDNN $with, own $without"
[ "$with" = "[[0, 3, 6], [0, 3, 6]]" ]
[ "$without" = "[[1, 4, 7], [0, 3, 6]]" ]
