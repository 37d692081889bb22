#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: `model.trainable = True` does nothing where the model's own flag is True already. The
# tracking of TensorFlow passes over an attribute that is set to what it is, so the setter that would go through the layers
# is never reached: a backbone that was frozen, or layers that were, stay frozen, and nothing is said. Set to False first,
# and then to True, all of it trains. With PyTorch behind Keras the first line suffices.
# And a model whose own flag is False has no weights that train, whatever its layers were told afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import math

import keras
from keras import layers

assert keras.__version__ == "3.15.1"


def weights(model):
    return sum(math.prod(each.shape) for each in model.trainable_weights)


body = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
body.trainable = False
model = keras.Sequential([keras.Input((4,)), body, layers.Dense(2)])
seen = [weights(model)]
model.trainable = True
seen.append(weights(model))
model.trainable = False
model.trainable = True
seen.append(weights(model))
model.trainable = False
for layer in model.layers:
    layer.trainable = True
seen.append(weights(model))
print(seen)
assert seen == [8, 8, 23, 0], seen
PYTHON
