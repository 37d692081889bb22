#!/usr/bin/env bash
# Keras 3.15.1: `model.layers` of a functional model is not the order in which its layers were made, nor that of `summary`
# in one's head: layers come by how many lie behind them on the way to the outputs, and among equals as they are met from
# the outputs on, the first argument of a sum first. So `for layer in model.layers[:n]: layer.trainable = False` freezes
# others than were written first: in Xception the shortcut's convolution comes behind five layers of the main branch,
# although the source makes it before them. A layer of one's own is one step, however many operations it runs; an input
# that joins late comes late, and one that nothing reads comes before the last layer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import keras
from keras import layers

assert keras.__version__ == "3.15.1"


def order(inputs, outputs):
    return " ".join(layer.name for layer in keras.Model(inputs, outputs).layers)


a, b = keras.Input((8, 8, 4), name="a"), keras.Input((8, 8, 4), name="b")
first, second = layers.Conv2D(4, 1, name="first")(a), layers.Conv2D(4, 1, name="second")(a)
deep = layers.ReLU(name="deep")(first)
seen = [
    order(a, layers.Add(name="sum")([second, first])),
    order([a, b], layers.Add(name="sum")([deep, b])),
    order([a, b], layers.ReLU(name="only")(a)),
]
print(seen)
assert seen == ["a second first sum", "a first deep b sum", "a b only"], seen
xception = keras.applications.Xception(weights=None, include_top=False, input_shape=(96, 96, 3))
names = [layer.name for layer in xception.layers]
print(names[7:14])
assert names[7:14] == [
    "block2_sepconv1", "block2_sepconv1_bn", "block2_sepconv2_act", "block2_sepconv2", "block2_sepconv2_bn", "conv2d",
    "block2_pool",
]
PYTHON
