"""Records what layers within layers train, and what calls give: ``python tests/data/record_keras_calls.py``.

Run with Keras 3.15. It writes `keras_calls.json.gz` beside this file: by name a model's configuration, the shapes that
its outputs have in a run, and the elements of its weights, of all and of those that train.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import layers

Graph = tuple[Any, Any]
"""Inputs and outputs of a model."""


def within(layer: Any, frozen: str = "", shape: tuple[int, ...] = (6, 8)) -> Graph:
    """A layer around others; `frozen` is the one within that is told so once it is built."""
    tensor = keras.Input(shape)
    made = layer(tensor)
    if frozen:
        getattr(layer, frozen).trainable = False
    return tensor, made


def still(kind: str, *arguments: Any, **more: Any) -> Any:
    """A layer that is made to not train."""
    return getattr(layers, kind)(*arguments, **more, trainable=False)


def whole(layer: Any) -> Graph:
    """A layer around others that is told to not train once it is built, as are those within."""
    tensor, made = within(layer)
    layer.trainable = False
    return tensor, made


def sequence(*layers_of: Any, **more: Any) -> Any:
    """A model for each step."""
    return keras.Sequential([keras.Input((8,)), *layers_of], **more)


WITHIN = {
    "TimeDistributed": lambda: within(layers.TimeDistributed(still("Dense", 4))),
    "TimeDistributed itself": lambda: within(still("TimeDistributed", layers.Dense(4))),
    "TimeDistributed, all of it": lambda: whole(layers.TimeDistributed(layers.Dense(4))),
    "TimeDistributed of BatchNormalization": lambda: within(layers.TimeDistributed(still("BatchNormalization"))),
    "TimeDistributed twice": lambda: within(
        layers.TimeDistributed(layers.TimeDistributed(still("Dense", 3))), shape=(5, 6, 8)
    ),
    "TimeDistributed of Bidirectional": lambda: within(
        layers.TimeDistributed(layers.Bidirectional(still("LSTM", 3))), shape=(5, 6, 8)
    ),
    "TimeDistributed of a model with one": lambda: within(
        layers.TimeDistributed(sequence(still("Dense", 4), layers.Dense(3)))
    ),
    "TimeDistributed of a model": lambda: within(layers.TimeDistributed(sequence(layers.Dense(4), trainable=False))),
    "Bidirectional": lambda: within(layers.Bidirectional(still("LSTM", 4))),
    "Bidirectional itself": lambda: within(still("Bidirectional", layers.LSTM(4))),
    "Bidirectional forwards": lambda: within(layers.Bidirectional(layers.LSTM(4)), "forward_layer"),
    "Bidirectional backwards": lambda: within(layers.Bidirectional(layers.LSTM(4)), "backward_layer"),
    "Bidirectional of RNN": lambda: within(layers.Bidirectional(layers.RNN(still("GRUCell", 3)))),
    "SpectralNormalization": lambda: within(layers.SpectralNormalization(still("Dense", 3))),
    "SpectralNormalization itself": lambda: within(still("SpectralNormalization", layers.Dense(3))),
    "RNN": lambda: within(layers.RNN(still("GRUCell", 3))),
    "RNN itself": lambda: within(still("RNN", layers.GRUCell(3))),
    "RNN, the first of two": lambda: within(layers.RNN([still("GRUCell", 3), layers.LSTMCell(2)])),
    "RNN, the second of a kind": lambda: within(layers.RNN([layers.GRUCell(3), still("GRUCell", 2)])),
    "RNN of a stack": lambda: within(layers.RNN(layers.StackedRNNCells([still("GRUCell", 3), layers.GRUCell(2)]))),
    "Pipeline": lambda: within(layers.Pipeline([still("Dense", 3), layers.Dense(2)]), shape=(8,)),
}
"""Layers that hold others, of which some do not train."""

MODELS = {f"within {name}": make for name, make in WITHIN.items()}


def elements(weights: Any) -> int:
    """How many numbers there are in weights."""
    return sum(int(np.prod(each.shape)) for each in weights)


def main() -> None:
    """Write the file."""
    found = {}
    for name, make in MODELS.items():
        keras.backend.clear_session()
        model = keras.Model(*make())
        drawn = [np.zeros((1, *each.shape[1:]), each.dtype) for each in model.inputs]
        config = json.loads(model.to_json())
        found[name] = {
            "config": config,
            "outputs": [list(each.shape) for each in keras.tree.flatten(model(drawn))],
            "params": elements(model.weights),
            "trainable": elements(model.trainable_weights),
        }
        again = keras.models.model_from_json(json.dumps(config))
        assert elements(again.trainable_weights) == found[name]["trainable"], name
    path = Path(__file__).with_name("keras_calls.json.gz")
    path.write_bytes(gzip.compress(json.dumps(found).encode(), mtime=0))


if __name__ == "__main__":
    main()
