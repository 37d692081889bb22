#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: a MultiHeadAttention takes the names of the Softmax and the Dropout that it holds, also
# with dropout=0 and although neither is a layer of the model. What is made behind it goes on counting: of three Dropouts in
# a functional model the second is `dropout_2` and the third `dropout_3`, and the only Softmax is `softmax_1`. The names are
# taken when the attention is called first, not when it is made: made before that call, the second is `dropout_1`.
# So `get_layer("dropout_1")` raises, and weights that are matched by names miss layers that look the same in the code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
from keras import layers

assert keras.__version__ == "3.15.1"


def attend(x):
    return layers.MultiHeadAttention(2, 8, dropout=0.0)(x, x)


def model(middle, *, first_made=False):
    """A Dropout, the layer in the middle, Dropout, Softmax, Dropout."""
    keras.backend.clear_session()
    given = keras.Input((8, 16))
    x = layers.Dropout(0.1)(given)
    second = layers.Dropout(0.1) if first_made else None
    x = middle(x)
    for each in (second or layers.Dropout(0.1), layers.Softmax(), layers.Dropout(0.1)):
        x = each(x)
    return keras.Model(given, x)


models = [model(layers.Dense(16)), model(attend), model(attend, first_made=True)]
seen = [[each.name for each in one.layers[1:]] for one in models]
try:
    models[1].get_layer("dropout_1")
except ValueError as error:
    seen.append(type(error).__name__)
print(seen)
assert seen == [
    ["dropout", "dense", "dropout_1", "softmax", "dropout_2"],
    ["dropout", "multi_head_attention", "dropout_2", "softmax_1", "dropout_3"],
    ["dropout", "multi_head_attention", "dropout_1", "softmax_1", "dropout_3"],
    "ValueError",
], seen
PYTHON
