"""Records models whose layers are called in ways of their own: ``python tests/data/record_exported_calls.py``.

It needs keras, and writes `exported_calls.json.gz` beside this file: per model its configuration as a `.keras` has it, and
of the model that Keras loads from that file the shapes of its outputs and the path and shape of each weight.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops
from keras.src.applications.convnext import ConvNeXt

Input = keras.Input


def steps_of(within: Any) -> Any:
    """A model at every step."""
    inputs = Input((5, 6, 7))
    return keras.Model(inputs, layers.TimeDistributed(within)(inputs))


def timed() -> Any:
    """Layers of which each sees one step."""
    return steps_of(keras.Sequential([layers.Flatten(), layers.Dense(4)]))


def timed_images() -> Any:
    """Convolution and pooling at every step."""
    inputs = Input((5, 16, 16, 3))
    within = keras.Sequential([layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()])
    return keras.Model(inputs, layers.Dense(3)(layers.TimeDistributed(within)(inputs)))


def timed_twice() -> Any:
    """Steps of steps."""
    inputs = Input((4, 5, 6, 7))
    within = keras.Sequential([layers.TimeDistributed(keras.Sequential([layers.Flatten(), layers.Dense(4)]))])
    return keras.Model(inputs, layers.TimeDistributed(within)(inputs))


def timed_functions() -> Any:
    """A function at every step."""
    inputs = Input((6, 7))
    return steps_of(keras.Model(inputs, ops.mean(layers.Dense(3)(inputs), axis=1)))


def timed_joining() -> Any:
    """Two tensors joined at every step."""
    inputs = Input((6, 7))
    both = [layers.GlobalAveragePooling1D()(inputs), layers.GlobalMaxPooling1D()(inputs)]
    return steps_of(keras.Model(inputs, layers.Concatenate()(both)))


def quantized() -> Any:
    """Kernels of int8, each with its scale."""
    model = keras.Sequential([Input((32,)), layers.Dense(16), layers.Dense(3)])
    model.quantize("int8")
    return model


def adapted() -> Any:
    """Kernels to which a product of low rank is added."""
    model = keras.Sequential([Input((8, 8, 4)), layers.Conv2D(8, 3), layers.Dense(16)])
    for layer, rank in zip(model.layers, (3, 2), strict=True):
        layer.enable_lora(rank)
    return model


def states() -> Any:
    """Translation of sequences: the states of one layer are those that another begins with."""
    first, second = Input((None, 7)), Input((None, 9))
    _, h, c = layers.LSTM(16, return_state=True)(first)
    made, _, _ = layers.LSTM(16, return_sequences=True, return_state=True)(second, initial_state=[h, c])
    return keras.Model([first, second], layers.Dense(9)(made))


def states_of_many() -> Any:
    """Layers that begin with one state, two, and those of both directions."""
    steps, images = Input((5, 3)), Input((4, 6, 6, 3))
    h, c, maps = Input((4,)), Input((4,)), Input((6, 6, 2))
    shared = layers.LSTM(4)
    outputs = [
        layers.GRU(4)(steps, initial_state=h),
        layers.RNN(layers.LSTMCell(4))(steps, initial_state=[h, c]),
        layers.Bidirectional(layers.LSTM(4))(steps, initial_state=[h, c, h, c]),
        layers.ConvLSTM2D(2, 3, padding="same")(images, initial_state=[maps, maps]),
        shared(steps, initial_state=[h, c]),
        shared(steps, initial_state=[c, h]),
    ]
    return keras.Model([steps, images, h, c, maps], outputs)


def masked() -> Any:
    """Steps that are left out, by a mask that is given."""
    steps, mask = Input((6, 8)), Input((6,), dtype="bool")
    h = Input((5,))
    outputs = [layers.GRU(5)(steps, mask=mask, initial_state=h), layers.Bidirectional(layers.GRU(5))(steps, mask=mask)]
    return keras.Model([steps, mask, h], outputs)


def masked_by_embedding() -> Any:
    """Steps that are left out, by the layer before."""
    tokens = Input((6,), dtype="int32")
    x = layers.LSTM(5, return_sequences=True)(layers.Embedding(9, 8, mask_zero=True)(tokens))
    return keras.Model(tokens, layers.Bidirectional(layers.LSTM(3))(x))


def masked_by_function() -> Any:
    """Steps that are left out, by a mask that is computed."""
    steps, numbers = Input((6, 8)), Input((6,))
    return keras.Model([steps, numbers], layers.GRU(5)(steps, mask=numbers > 0))


def attention_mask() -> Any:
    """Pairs of steps that are left out."""
    steps, mask = Input((6, 8)), Input((6, 6), dtype="bool")
    return keras.Model([steps, mask], layers.MultiHeadAttention(2, 4)(steps, steps, attention_mask=mask))


def scores() -> Any:
    """Attention with its scores."""
    query, value = Input((10, 32)), Input((7, 24))
    outputs = layers.MultiHeadAttention(3, 5, value_dim=9, output_shape=11)(query, value, return_attention_scores=True)
    return keras.Model([query, value], list(outputs))


def causal() -> Any:
    """Attention to what came before."""
    steps = Input((6, 8))
    return keras.Model(steps, layers.MultiHeadAttention(2, 4)(steps, steps, use_causal_mask=True))


def dropping() -> Any:
    """Elements that are left out in inference, too."""
    steps = Input((6, 8))
    return keras.Model(steps, layers.BatchNormalization()(layers.Dropout(0.5)(steps, training=True), training=False))


def code() -> Any:
    """A function of the user's."""
    inputs = Input((16, 16, 3))
    return keras.Model(inputs, layers.Lambda(lambda x: x * 2, output_shape=(16, 16, 3))(inputs))


def stateful() -> Any:
    """States that the next batch begins with."""
    inputs = Input(batch_shape=(2, 5, 3))
    return keras.Model(inputs, layers.GRU(4, stateful=True, return_sequences=True)(inputs))


def fixed_batch() -> Any:
    """So many samples, and no others."""
    inputs = Input(batch_shape=(4, 8, 8, 3))
    return keras.Model(inputs, layers.Reshape((-1, 3))(layers.Conv2D(3, 1)(inputs)))


def tokens() -> Any:
    """Numbers of things."""
    inputs = Input((7,), dtype="int32")
    return keras.Model(inputs, layers.Dense(4)(layers.Embedding(30, 16)(inputs)))


def nested() -> Any:
    """Models within models: functional ones and sequential ones."""
    inputs = Input((12, 12, 3))
    x = keras.Sequential([Input((12, 12, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()], name="inner")(inputs)
    deep = keras.Sequential([layers.Conv2D(5, 3), keras.Sequential([layers.Conv2D(6, 3, name="last")], name="in")])
    within = Input((10, 10, 4))
    x = keras.Model(within, layers.Dense(4)(layers.Conv2D(4, 1)(within)), name="graph")(x)
    return keras.Model(inputs, layers.Dense(2)(deep(x)))


def named_alike() -> Any:
    """Two layers of one name, in models of their own."""
    inputs = Input((8,))
    first, second = (keras.Sequential([Input((8,)), layers.Dense(8, name="dense")], name=name) for name in "ab")
    return keras.Model(inputs, second(first(inputs)))


def convnext() -> Any:
    """Layers whose weights have no names, in a network of keras.applications, made small."""
    sizes: dict[str, Any] = {"depths": (2, 1, 1, 1), "projection_dims": (4, 4, 6, 6), "input_shape": (32, 32, 3)}
    return ConvNeXt(**sizes, weights=None, classes=3, name="convnext")


def chosen() -> Any:
    """Numbers in the places of tensors."""
    inputs = Input((8, 8, 4))
    outputs = [ops.where(inputs > 0, inputs, 0), ops.where(inputs > 0, 1.0, inputs), ops.where(inputs > 0, 1.0, 0.0)]
    return keras.Model(inputs, outputs)


def constant() -> Any:
    """A convolution with a constant."""
    inputs = Input((8, 8, 4))
    return keras.Model(inputs, ops.conv(inputs, ops.ones((3, 3, 4, 6)), strides=2, padding="same"))


MODELS: tuple[Callable[[], Any], ...] = (
    *(timed, timed_images, timed_twice, timed_functions, timed_joining, quantized, adapted, states, states_of_many),
    *(masked, masked_by_embedding, masked_by_function, attention_mask, scores, causal, dropping, code, stateful),
    *(fixed_batch, tokens, nested, named_alike, convnext, chosen, constant),
)


def recorded(make: Callable[[], Any]) -> dict[str, Any]:
    """What a file of the model has, and what the model is that Keras loads from it."""
    keras.backend.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        make().save(path)
        config = json.loads(zipfile.ZipFile(path).read("config.json"))
        keras.backend.clear_session()
        model = keras.models.load_model(path, safe_mode=False)
    shapes = [list(each.shape) for each in model.outputs]
    weights = [[each.path, list(each.shape)] for each in model.weights]
    return {"config": config, "outputs": shapes, "weights": weights}


def main() -> None:
    """Write the file."""
    found = {make.__name__: recorded(make) for make in MODELS}
    text = json.dumps(found, separators=(",", ":"))
    path = Path(__file__).with_name("exported_calls.json.gz")
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
