"""Keras 3's layers: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from cnnshape.vocabularies.vocabulary import build

LAYERS = {
    "convolution": {
        "Conv": ("Conv1D", "Conv2D", "Conv3D"),
    },
}
"""Layer classes: ``{module: {model: names}}``."""

OPERATORS: dict[str, dict[str, tuple[str, ...]]] = {}
"""Functions of `keras.ops`, which make operator rows."""

ALIASES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
}
"""Keras's own second names."""

PREFIXES = ("tf.keras.layers.", "tensorflow.keras.layers.", "keras.layers.", "layers.")

VOCABULARY = build("keras", LAYERS, OPERATORS, ALIASES, PREFIXES)
