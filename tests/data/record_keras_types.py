"""Records in which types the tensors of Keras models under dtype policies are: `keras_types.jsonl.gz` beside this file.

``python tests/data/record_keras_types.py`` (needs keras). Per model its configuration, and by the name of each
layer and operator the types of its outputs and of its weights, as [elements, type].
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64", "float32")


def network() -> keras.Model:
    """Layers and functions of many kinds, some with a type of their own."""
    image = keras.Input((16, 16, 3))
    tokens = keras.Input((5,), dtype="int32")
    x = layers.Conv2D(4, 3)(layers.Rescaling(1 / 255)(image))
    x = layers.ReLU()(layers.BatchNormalization()(x))
    pooled = ops.mean(x, axis=(1, 2))
    flat = layers.Flatten()(x)
    logits = layers.Dense(3, dtype="float32")(flat)
    probabilities = layers.Softmax(dtype="float32")(logits)
    double = layers.Dense(2, dtype="float64")(pooled)
    bright = x > 0.5
    chosen = ops.where(bright, x, x + 1.0)
    outputs = [
        probabilities,
        double,
        layers.Embedding(10, 4)(tokens),
        ops.argmax(probabilities, axis=-1),
        layers.Flatten(dtype="float32")(x),
        layers.Add()([flat, layers.Flatten()(chosen)]),
        ops.cast(x, "float32") * x,
        layers.LSTM(3, recurrent_initializer="zeros")(ops.reshape(x, (-1, 14, 56))),
        ops.isnan(pooled),
        ops.one_hot(tokens, 4),
        ops.power(x, 2),
        layers.LayerNormalization()(pooled),
        ops.concatenate([pooled, ops.cast(tokens, "float16")], axis=1),
    ]
    return keras.Model([image, tokens], outputs)


def record(policy: str) -> dict[str, Any]:
    """The model under a policy."""
    keras.backend.clear_session()
    keras.config.set_dtype_policy(policy)
    model = network()
    types = {
        each.name: [[tensor.dtype for tensor in keras.tree.flatten(each.output)], weights(each)]
        for each in model.operations
    }
    return {"policy": policy, "config": json.loads(model.to_json()), "types": types}


def weights(operation: Any) -> list[Any]:
    """The sizes and types of the weights, but for seeds."""
    return [[int(ops.size(each)), each.dtype] for each in getattr(operation, "weights", ())]


if __name__ == "__main__":
    with gzip.GzipFile(Path(__file__).with_name("keras_types.jsonl.gz"), "wb", mtime=0) as file:
        for policy in POLICIES:
            file.write((json.dumps(record(policy), separators=(",", ":")) + "\n").encode())
