#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: the `path` of a weight, by which weights are matched, is no property of the model. It begins
# with the models that were being built when the weight was made: nested models in the script, but each part on its own
# where a file is loaded. Save a model and load it again, and its weights have other paths, with equal names of all layers:
# Seen: sequential/inner/conv/kernel in the script, conv/kernel once loaded (a Sequential in a Sequential),
#       inner/conv/kernel and conv/kernel (a Sequential in a functional model).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - "$folder/model.keras" 2>/dev/null <<'PYTHON'
import sys

import keras
from keras import layers

assert keras.__version__ == "3.15.1", keras.__version__


def stacked():
    inner = keras.Sequential([layers.Conv2D(4, 3, name="conv")], name="inner")
    return keras.Sequential([layers.Input((8, 8, 3)), inner, layers.Flatten(), layers.Dense(2, name="head")], name="outer")


def called():
    inner = keras.Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3, name="conv")], name="inner")
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.Dense(2, name="head")(layers.Flatten()(inner(image))), name="outer")


for make, expected in (
    (stacked, ["outer/inner/conv/kernel", "outer/head/kernel"]),
    (called, ["inner/conv/kernel", "head/kernel"]),
):
    model = make()
    model.save(sys.argv[1])
    seen = [[each.path for each in loaded.weights if "kernel" in each.path] for loaded in (model, keras.models.load_model(sys.argv[1]))]
    print(make.__name__, *seen)
    assert seen == [expected, ["conv/kernel", "head/kernel"]], seen
PYTHON
