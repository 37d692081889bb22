"""Records graphs of functions that treat the batch as they treat other axes: ``python tests/data/record_keras_batches.py``.

Run with Keras 3.15. It writes `keras_batches.json.gz` beside this file: by name a model's configuration, and the shapes
of its outputs for two samples.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import ops

BATCH = 2
MAP = (8, 8, 2)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "transpose of the batch": (lambda x: ops.transpose(x, (1, 0, 2)), ((3, 4),)),
    "transpose of all": (ops.transpose, ((3, 4),)),
    "swapaxes": (lambda x: ops.swapaxes(x, 0, 1), ((3, 4),)),
    "moveaxis": (lambda x: ops.moveaxis(x, 0, -1), ((3, 4),)),
    "reshape into samples": (lambda x: ops.reshape(x, (-1, 4)), ((3, 4),)),
    "reshape into a row": (lambda x: ops.reshape(x, (-1,)), ((3, 4),)),
    **{
        f"{name} over {axis}": (lambda x, name=name, axis=axis: getattr(ops, name)(x, axis=axis), ((3, 4),))
        for name in ("sum", "mean", "var", "argmax", "logsumexp", "norm", "flip", "softmax", "sort", "cumsum")
        for axis in (0, 1)
    },
    "argmax of all": (ops.argmax, ((3, 4),)),
    "norm of all": (ops.norm, ((3,),)),
    "flip of all": (ops.flip, ((3, 4),)),
    "moments": (lambda x: ops.moments(x, axes=[0]), ((3, 4),)),
    "count_nonzero": (lambda x: ops.count_nonzero(x, axis=0), ((3, 4),)),
    "concatenate": (lambda x, y: ops.concatenate([x, y], axis=0), ((3, 4), (3, 4))),
    "stack": (lambda x, y: ops.stack([x, y], axis=0), ((3, 4), (3, 4))),
    "expand_dims": (lambda x: ops.expand_dims(x, (0, 1)), ((3, 4),)),
    "split": (lambda x: ops.split(x, 2, axis=0), ((3, 4),)),
    "unstack": (lambda x: ops.unstack(x, axis=0), ((3, 4),)),
    "take": (lambda x: ops.take(x, [0, 1], axis=0), ((3, 4),)),
    "take of places in a tensor": (lambda x, i: ops.take(x, ops.cast(i, "int32"), axis=1), ((3, 4), (2,))),
    "tile": (lambda x: ops.tile(x, (2, 1, 1, 1)), ((3, 4),)),
    "repeat": (lambda x: ops.repeat(x, 2), ((3, 4),)),
    "one_hot": (lambda x: ops.one_hot(ops.cast(x, "int32"), 5, axis=0), ((3,),)),
    "broadcast_to": (lambda x: ops.broadcast_to(x, (5, 2, 3, 4)), ((3, 4),)),
    "pad": (lambda x: ops.pad(x, 1), ((3, 4),)),
    "einsum": (lambda x, y: ops.einsum("bij,bkj->ik", x, y), ((3, 4), (5, 4))),
    "matmul of samples": (lambda x: ops.matmul(x, ops.transpose(x)), ((4,),)),
    "matmul with a constant": (lambda x: ops.matmul(x, np.ones((4, 5))), ((3, 4),)),
    "dot with a constant": (lambda x: ops.dot(x, np.ones((4, 5))), ((3, 4),)),
    "conv with a constant": (lambda x: ops.conv(x, np.ones((3, 3, 2, 7)), strides=2, padding="same"), (MAP,)),
    "add of a constant": (lambda x: ops.add(x, np.ones((5, 1, 1, 1))), ((3, 4),)),
    "where of a constant": (lambda x: ops.where(x > 0, x, np.zeros((3, 4))), ((3, 4),)),
    "conjugate": (ops.conj, ((3, 4),)),
    "glu": (lambda x: ops.glu(x, axis=1), ((4, 4),)),
    "top_k": (lambda x: ops.top_k(x, 2), ((3, 4),)),
    "resize": (lambda x: ops.image.resize(x, (5, 7)), (MAP,)),
    "extract_patches": (lambda x: ops.image.extract_patches(x, 3, strides=2, padding="same"), (MAP,)),
    "average_pool": (lambda x: ops.average_pool(x, 3, strides=2, padding="same"), (MAP,)),
    "attention": (lambda q, k: ops.dot_product_attention(q, k, k), ((5, 2, 8), (6, 2, 8))),
    "one sample": (lambda x: x[0], ((3, 4),)),
}


def main() -> None:
    """Write the file."""
    found = {}
    for name, (function, shapes) in FUNCTIONS.items():
        inputs = [keras.Input(batch_shape=(BATCH, *shape)) for shape in shapes]
        made = function(*inputs)
        outputs = list(made) if isinstance(made, list | tuple) else [made]
        config = json.loads(keras.Model(inputs, outputs).to_json())
        found[name] = {"config": config, "outputs": [list(each.shape) for each in outputs]}
    path = Path(__file__).with_name("keras_batches.json.gz")
    path.write_bytes(gzip.compress(json.dumps(found).encode(), mtime=0))


if __name__ == "__main__":
    main()
