"""Records graphs that Keras 2 writes, with what it says of them: ``python tests/data/record_keras2.py``.

Run with TensorFlow 2.15, the last one with Keras 2 inside. It writes `keras2_graphs.json` beside this file; the entry
"operators of Keras 2.4" is of TensorFlow 2.3, which wrote operators instead of functions, and stays.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf

layers = tf.keras.layers


def functions() -> Any:
    """Functions of TensorFlow between layers."""
    image = tf.keras.Input((16, 16, 4))
    x = tf.concat([tf.nn.relu(image) * 2.0 + 1.0, image], -1)
    x = tf.reduce_mean(x[:, 2:10, ::2], [1, 2], keepdims=True)
    x = tf.squeeze(tf.transpose(tf.expand_dims(tf.reshape(x, (-1, 8)), 1), [0, 2, 1]), -1)
    z = 1.0 - tf.pad(tf.nn.softmax(tf.matmul(x, tf.ones((8, 3)))), [[0, 0], [1, 1]])
    first, second = tf.split(z, [2, 3], axis=1)
    clipped = tf.clip_by_value(tf.sqrt(tf.abs(x)), 0.0, 1.0)
    small = tf.image.resize(image, (8, 8))
    return tf.keras.Model(image, [first, tf.tile(second, [1, 2]), small, clipped])


def cells() -> Any:
    """Lists of cells."""
    steps = tf.keras.Input((6, 4))
    x = layers.RNN([layers.LSTMCell(5), layers.GRUCell(3)], return_sequences=True)(steps)
    x = layers.RNN(layers.StackedRNNCells([layers.LSTMCell(5), layers.SimpleRNNCell(3)]))(x)
    return tf.keras.Model(steps, x)


def main() -> None:
    """Write the file."""
    path = Path(__file__).with_name("keras2_graphs.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    for make in (functions, cells):
        model = make()
        outputs = [output.shape.as_list() for output in model.outputs]
        found[make.__name__] = {
            "config": json.loads(model.to_json()),
            "outputs": outputs,
            "params": model.count_params(),
        }
    text = json.dumps(found, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
