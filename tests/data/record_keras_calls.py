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


def of(*shapes: tuple[int, ...], kind: str = "float32") -> Any:
    """Inputs, which a decorated function makes outputs of."""

    def graph(function: Any) -> Any:
        def make() -> Graph:
            inputs = [keras.Input(shape, dtype=kind) for shape in shapes]
            return inputs, function(*inputs)

        return make

    return graph


TEXT, OTHER, IMAGE = (10, 16), (7, 16), (6, 5, 16)


def heads(*tensors: Any, scores: bool = True, called: Any = None, **more: Any) -> Any:
    """Two heads of attention, with their scores."""
    return layers.MultiHeadAttention(2, 8, **more)(*tensors, return_attention_scores=scores, **(called or {}))


def there_and_back(numbers: Any, **more: Any) -> Any:
    """Scores of numbers that are embedded."""
    embedding = layers.ReversibleEmbedding(50, 8, **more)
    return embedding(embedding(numbers), reverse=True)


def cells(*kinds: str, **more: Any) -> Any:
    """A layer of several cells."""
    return layers.RNN([getattr(layers, f"{kind}Cell")(3 + number) for number, kind in enumerate(kinds)], **more)


def flat(outputs: Any) -> Any:
    """Outputs without lists in lists."""
    return keras.tree.flatten(outputs)


CALLS = {
    "heads with an output of two axes": of(TEXT)(lambda x: heads(x, x, scores=False, output_shape=(4, 5))),
    "heads with an output of two axes, gated": of(TEXT, OTHER)(
        lambda x, y: heads(x, y, output_shape=(4, 5), use_gate=True, use_bias=False, value_dim=3)
    ),
    "heads with an output of one": of(TEXT)(lambda x: heads(x, x, scores=False, output_shape=7)),
    "heads over all positions": of(IMAGE)(lambda x: heads(x, x)),
    "heads over axis 1": of(IMAGE, (7, 5, 16))(lambda x, y: heads(x, y, attention_axes=1)),
    "heads over axis 2": of(IMAGE, (6, 7, 16))(lambda x, y: heads(x, y, attention_axes=(-2,), output_shape=(3, 2))),
    "heads over axes 3 and 1": of((2, 3, 4, 8), (5, 3, 6, 8))(lambda x, y: heads(x, y, y, attention_axes=(3, 1))),
    "heads with a mask of weights": of(TEXT)(
        lambda x: heads(x, x, scores=False, called={"attention_mask": layers.Dense(10)(x) > 0, "use_causal_mask": True})
    ),
    "heads with masks of positions": of(TEXT, OTHER, (10,), (7,))(
        lambda x, y, one, two: heads(x, y, called={"query_mask": one > 0, "value_mask": two > 0, "key_mask": two > 0})
    ),
    "grouped heads": of(TEXT, OTHER)(
        lambda x, y: layers.GroupQueryAttention(4, 4, 2)(x, y, return_attention_scores=True, use_causal_mask=True)
    ),
    **{
        f"{kind} {what}": of(*shapes)(
            lambda *tensors, kind=kind: getattr(layers, kind)()(list(tensors), return_attention_scores=True)
        )
        for kind in ("Attention", "AdditiveAttention")
        for what, shapes in (
            ("of two", ((10, 8), (7, 8))),
            ("of three", ((10, 8), (7, 5), (7, 8))),
            ("of images", ((3, 10, 8), (3, 7, 8))),
        )
    },
    "Attention with masks": of((6, 8), (7, 8), (6,), (7,))(
        lambda q, v, one, two: layers.Attention()([q, v], mask=[one > 0, two > 0])
    ),
    "embedding and back": of((10,), kind="int32")(there_and_back),
    "embedding and back, untied and capped": of((10,), kind="int32")(
        lambda numbers: there_and_back(numbers, tie_weights=False, logit_soft_cap=3.0)
    ),
    "embedding back alone": of((4, 10, 8))(lambda x: layers.ReversibleEmbedding(50, 8)(x, reverse=True)),
    "embedding not back": of((10,), kind="int32")(lambda x: layers.ReversibleEmbedding(50, 8)(x, reverse=False)),
    "states of two cells": of((12, 5))(lambda x: flat(cells("LSTM", "GRU", return_state=True)(x))),
    "states of three cells, all steps": of((12, 5))(
        lambda x: flat(cells("GRU", "LSTM", "LSTM", return_state=True, return_sequences=True)(x))
    ),
    "states of two cells both ways": of((12, 5))(
        lambda x: flat(layers.Bidirectional(cells("LSTM", "SimpleRNN", return_state=True))(x))
    ),
    "a mask and a state": of((6, 8), (6,), (5,))(
        lambda x, mask, state: layers.GRU(5)(x, mask=layers.Dense(6)(mask) > 0, initial_state=state, training=True)
    ),
    "states both ways": of((6, 8), *[(5,)] * 4)(
        lambda x, *states: layers.Bidirectional(layers.LSTM(5))(x, initial_state=list(states))
    ),
    "a cell": of((8,), (5,), (5,))(lambda x, *states: flat(layers.LSTMCell(5)(x, list(states)))),
    "counts with weights": of((3,), (3,))(
        lambda x, w: layers.CategoryEncoding(7, output_mode="count")(x, count_weights=w)
    ),
    "a mask of Softmax": of((3, 4), (3, 4))(lambda x, mask: layers.Softmax()(x, mask=mask > 0)),
    "a mask of what is averaged": of((3, 4), (3,))(lambda x, mask: layers.GlobalAveragePooling1D()(x, mask=mask > 0)),
    "training": of((8, 8, 3))(
        lambda x: layers.BatchNormalization()(
            layers.Dropout(0.1)(layers.RandomFlip()(x, training=False)), training=True
        )
    ),
}
"""Calls of layers with more than their inputs."""

MODELS = {
    **{f"within {name}": make for name, make in WITHIN.items()},
    **{f"called: {name}": make for name, make in CALLS.items()},
}


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
