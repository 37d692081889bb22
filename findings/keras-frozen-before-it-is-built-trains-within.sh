#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: `trainable=False` holds for the layers that a layer has when it is set, not for those that
# it makes where it is built. `MultiHeadAttention(2, 4, trainable=False)`, or one that is frozen before its first call, says
# that it does not train, has no trainable weights of its own, and yet all 288 of its weights are trainable weights of the
# model, and training changes them. `TimeDistributed(Dense(4), trainable=False)` trains as well: the layer within was made
# before. An LSTM of the same argument does not train, for it hands it to its cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import math

import keras
import numpy as np
from keras import layers

assert keras.__version__ == "3.15.1"


def trained(layer, *, attention=False):
    image = layers.Input((7, 8))
    answer = layer(image, image) if attention else layer(image)
    model = keras.Model(image, answer)
    model.compile("sgd", "mse")
    before = [each.copy() for each in model.get_weights()]
    model.fit(np.ones((4, 7, 8)), np.ones((4, *answer.shape[1:])), verbose=0)
    changed = any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    own = sum(math.prod(each.shape) for each in layer.trainable_weights)
    return layer.trainable, own, sum(math.prod(each.shape) for each in model.trainable_weights), changed


late = layers.MultiHeadAttention(2, 4)
late.trainable = False
seen = [
    trained(layers.MultiHeadAttention(2, 4, trainable=False), attention=True),
    trained(late, attention=True),
    trained(layers.TimeDistributed(layers.Dense(4), trainable=False)),
    trained(layers.LSTM(4, trainable=False)),
]
print(seen)
assert seen == [(False, 0, 288, True), (False, 0, 288, True), (False, 0, 36, True), (False, 0, 0, False)], seen
PYTHON
