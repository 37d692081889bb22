#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: a trainable `tf.Variable` that a layer makes and keeps is none of its weights. It is not
# counted, not in `trainable_variables`, and training leaves it as it is while a loss still hangs on it; Keras 2 tracked it, and
# nothing says that Keras 3 does not. A `keras.Variable` in its place is a weight.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
import numpy as np
import tensorflow as tf
from keras import layers

assert keras.__version__ == "3.15.1"


class Scaled(layers.Layer):
    def __init__(self, make):
        super().__init__()
        self.scale = make(np.ones(4, "float32"))

    def call(self, x):
        return x * self.scale


def trained(make):
    scaled = Scaled(make)
    model = keras.Sequential([layers.Input((4,)), scaled, layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(np.ones((8, 4)), np.full((8, 1), 5.0), epochs=2, verbose=0)
    return model.count_params(), len(scaled.trainable_variables), bool(np.all(np.asarray(scaled.scale) == 1))


seen = [trained(tf.Variable), trained(keras.Variable)]
print(seen)
assert seen == [(5, 0, True), (9, 1, False)], seen
PYTHON
