"""Functions of TensorFlow, of Keras's old backend and of ``keras.ops``, each by the arguments and defaults of its own.

The shapes are what Keras 3.15.1 on TensorFlow gave for the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

LAYER = """\
import keras
import tensorflow as tf
from keras import layers, ops
K = tf.keras.backend
class Called(layers.Layer):
    def call(self, x):
        return {}
image = keras.Input((12, 10, 6))
model = keras.Model(image, Called()(image))
"""

FUNCTIONS = [
    ("tf.split(x, [2, 4], -1)[1]", (1, 12, 10, 4)),
    ("tf.split(x, [2, -1], -1)[1]", (1, 12, 10, 4)),
    ("tf.split(value=x, num_or_size_splits=[1, 5], axis=3)[1]", (1, 12, 10, 5)),
    ("tf.argmax(x)", (12, 10, 6)),
    ("tf.cumsum(x)", (1, 12, 10, 6)),
    ("tf.math.cumsum(x)", (1, 12, 10, 6)),
    ("tf.nn.max_pool2d(x, 2, 2, 'SAME')", (1, 6, 5, 6)),
    ("tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')", (1, 6, 5, 6)),
    ("tf.nn.max_pool(x, ksize=3, strides=2, padding='SAME')", (1, 6, 5, 6)),
    ("tf.nn.avg_pool2d(x, 3, 1, 'VALID')", (1, 10, 8, 6)),
    ("tf.nn.avg_pool(x, ksize=[1, 3, 3, 1], strides=[1, 3, 3, 1], padding='SAME')", (1, 4, 4, 6)),
    ("tf.gather(x, [0, 2], axis=2)", (1, 12, 2, 6)),
    ("tf.gather(x, [0, 2, 1], axis=-1)", (1, 12, 10, 3)),
    ("tf.reverse(x, [1])", (1, 12, 10, 6)),
    ("tf.linalg.matmul(x, x, transpose_b=True)", (1, 12, 10, 10)),
    ("tf.image.crop_to_bounding_box(x, 1, 1, 5, 6)", (1, 5, 6, 6)),
    ("tf.image.flip_left_right(x)", (1, 12, 10, 6)),
    ("tf.image.pad_to_bounding_box(x, 1, 1, 20, 20)", (1, 20, 20, 6)),
    ("tf.reduce_prod(x, 1)", (1, 10, 6)),
    ("tf.reduce_logsumexp(x, 1)", (1, 10, 6)),
    ("tf.reduce_any(x > 0, 1)", (1, 10, 6)),
    ("tf.math.reduce_variance(x, 1, True)", (1, 1, 10, 6)),
    ("tf.nn.bias_add(x, tf.ones(6))", (1, 12, 10, 6)),
    ("tf.nn.conv2d(x, tf.ones((3, 3, 6, 2)), 2, 'SAME')", (1, 6, 5, 2)),
    ("tf.nn.depthwise_conv2d(x, tf.ones((3, 3, 6, 2)), [1, 1, 1, 1], 'VALID')", (1, 10, 8, 12)),
    ("tf.nn.dropout(x, 0.5)", (1, 12, 10, 6)),
    ("tf.reshape(x, tf.concat([tf.shape(x)[:1], [-1]], 0))", (1, 720)),
    ("tf.nn.max_pool_with_argmax(x, 2, 2, 'SAME')[0]", (1, 6, 5, 6)),
    ("tf.nn.conv1d(x[:, 0], tf.ones((3, 6, 2)), 1, 'VALID')", (1, 8, 2)),
    ("K.concatenate([x, x])", (1, 12, 10, 12)),
    ("K.argmax(x)", (1, 12, 10)),
    ("K.expand_dims(x)", (1, 12, 10, 6, 1)),
    ("K.repeat(x[:, 0, 0], 5)", (1, 5, 6)),
    ("K.batch_dot(x[:, 0], x[:, 1], axes=[1, 1])", (1, 6, 6)),
    ("K.batch_dot(x[:, 0], x[:, 0], axes=2)", (1, 10, 10)),
    ("K.batch_dot(x[:, 0], K.permute_dimensions(x[:, 0], (0, 2, 1)))", (1, 10, 10)),
    ("K.flatten(x)", (720,)),
    ("K.cumsum(x)", (1, 12, 10, 6)),
    ("K.resize_images(x, 2, 3, 'channels_last')", (1, 24, 30, 6)),
    ("K.resize_images(x, 2, 2, data_format='channels_last', interpolation='bilinear')", (1, 24, 20, 6)),
    ("K.pool2d(x, (2, 2), (2, 2))", (1, 6, 5, 6)),
    ("K.pool2d(x, (3, 3), strides=(1, 1), padding='same', pool_mode='avg')", (1, 12, 10, 6)),
    ("K.spatial_2d_padding(x, ((1, 1), (2, 0)))", (1, 14, 12, 6)),
    ("K.temporal_padding(x[:, 0], (1, 2))", (1, 13, 6)),
    ("K.gather(x, [0])", (1, 12, 10, 6)),
    ("K.reverse(x, 1)", (1, 12, 10, 6)),
    ("K.elu(x) + K.relu(x, max_value=6) + K.sigmoid(x) + K.hard_sigmoid(x) + K.tanh(x)", (1, 12, 10, 6)),
    ("K.conv2d(x, tf.ones((3, 3, 6, 2)), padding='same')", (1, 12, 10, 2)),
    ("K.depthwise_conv2d(x, tf.ones((3, 3, 6, 2)))", (1, 10, 8, 12)),
    ("K.ndim(x) * x", (1, 12, 10, 6)),
    ("K.switch(x > 0, x, -x)", (1, 12, 10, 6)),
    ("K.dropout(x, .5)", (1, 12, 10, 6)),
    ("K.bias_add(x, tf.ones(6))", (1, 12, 10, 6)),
    ("ops.hstack([x, x])", (1, 24, 10, 6)),
    ("ops.vstack([x, x])", (2, 12, 10, 6)),
    ("ops.ravel(x)", (720,)),
    ("ops.fori_loop(0, 3, lambda i, v: v * 2, x)", (1, 12, 10, 6)),
    ("ops.ndim(x) * x", (1, 12, 10, 6)),
    ("ops.diff(x)", (1, 12, 10, 5)),
    ("ops.diff(x, axis=1)", (1, 11, 10, 6)),
    ("ops.get_item(x, (slice(None), 0))", (1, 10, 6)),
]


@pytest.mark.parametrize(("called", "output"), FUNCTIONS)
def test_functions_give_what_they_give_in_keras(called: str, output: tuple[int, ...], tmp_path: Path) -> None:
    assert outputs(called, tmp_path) == [output]


@pytest.mark.parametrize(
    ("called", "reason"),
    [
        ("tf.split(x, [2, 3], -1)[0]", "are not the 6 elements of the axis"),
        ("tf.nn.max_pool2d(x, 2, 2, 'SAME', data_format='NCHW')", "data_format='NCHW' is not read"),
        ("tf.image.resize(x, (5, 5), preserve_aspect_ratio=True)", "preserve_aspect_ratio=True, which is not read"),
        ("tf.gather(x, [[0, 1]], axis=1, batch_dims=1)", "batch_dims of gather is not read"),
    ],
)
def test_what_is_not_read_of_functions_is_told(called: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match=reason):
        outputs(called, tmp_path)


PREPARED = """\
import keras
import tensorflow as tf
image = keras.Input((12, 10, 6))
try:
    x = tf.nn.max_pool2d(image, 2, 2, "SAME", data_format="NCHW")
except Exception:
    x = image
model = keras.Model(image, x)
"""


def test_what_is_not_read_is_no_exception_that_a_file_may_be_prepared_for(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(PREPARED, encoding="utf-8")
    with pytest.raises(ArchitectureError, match="data_format='NCHW' is not read") as caught:
        cnnshape.plan(f"{path}:model", batch=1)
    assert caught.value.diagnostics[0].code == "CS601"


def outputs(called: str, folder: Path) -> list[object]:
    """What a function of a tensor of 12x10x6 answers, one sample."""
    path = folder / "net.py"
    path.write_text(LAYER.format(called), encoding="utf-8")
    return list(cnnshape.plan(f"{path}:model", batch=1).outputs.values())


NUMBERS = [  # as Keras 3.15.1 on TensorFlow has them
    ("n = tf.Variable(7); n.assign(9)", "n.numpy()", 9),
    ("n = tf.Variable(7); n.assign_add(2); n.assign_sub(1)", "n", 8),
    ("n = tf.constant([3, 7])", "n[1]", 7),
    ("n = tf.constant([3, 7])", "tf.reduce_sum(n)", 10),
    ("n = tf.constant(3)", "n + 4", 7),
    ("n = tf.cast(tf.constant(3.7), tf.int32)", "n * 2", 6),
    ("n = tf.range(9)", "n[3]", 3),
    ("n = tf.zeros((3, 4))", "tf.size(n)", 12),
]


@pytest.mark.parametrize(("lines", "read", "value"), NUMBERS)
def test_values_of_variables_and_constants_may_be_sizes(lines: str, read: str, value: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    model = f"model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(int({read}))])"
    path.write_text(f"import keras\nimport tensorflow as tf\n{lines}\n{model}\n", encoding="utf-8")
    assert list(cnnshape.plan(f"{path}:model").outputs.values()) == [(None, value)]


def test_a_variable_of_which_an_element_is_changed_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError):
        test_values_of_variables_and_constants_may_be_sizes(
            "n = tf.Variable([3, 7]); n[0].assign(5)", "n[0]", 5, tmp_path
        )
