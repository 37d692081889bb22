#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: a layer that tells its `compute_output_shape` is not run where a functional model is made
# of it. So the layers that it makes in its `build` are not built: the model is complete, and its summary counts 0
# parameters; once it has run on data it has 84. The same layer without the method has them from the first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
import numpy as np
from keras import layers

assert keras.__version__ == "3.15.1"


class Block(layers.Layer):
    def build(self, shape):
        self.conv = layers.Conv2D(3, 3, padding="same")

    def call(self, x):
        return x + self.conv(x)


class Telling(Block):
    def compute_output_shape(self, shape):
        return shape


def counts(block):
    image = layers.Input((8, 8, 3))
    model = keras.Model(image, block(image))
    before = model.count_params()
    model(np.zeros((1, 8, 8, 3)))
    return before, model.count_params()


seen = [counts(Block()), counts(Telling())]
print(seen)
assert seen == [(84, 84), (0, 84)], seen
PYTHON
