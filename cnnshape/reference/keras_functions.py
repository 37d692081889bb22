"""Functions of `keras.ops`: what they compute is in the other modules, here are their arguments and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from cnnshape.reference import activation, dense, merging, pooling, reshaping
from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.choosing import KERAS_AXES, reducing
from cnnshape.reference.elementwise import EVERYWHERE, keras_together, number
from cnnshape.reference.execution import NEEDED, Execution, Kernel, plain


def extreme(
    reduce: Callable[..., Any],
    execution: Execution,
    tensor: Array,
    *,
    axis: Any = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> Array:
    """`keras.ops.max` or `keras.ops.min`; `initial` takes part like one more value."""
    more = {} if initial is None else {"initial": np.float32(initial)}
    result: Array = reduce(tensor, axis=axes_of(axis), keepdims=keepdims, **more)
    return result


def squeeze(execution: Execution, tensor: Array, *, axis: Any = None) -> Array:
    """`keras.ops.squeeze`; without axes the batch stays, which Keras does not know while it plans."""
    ones = tuple(each for each in range(1, tensor.ndim) if tensor.shape[each] == 1)
    return np.squeeze(tensor, ones if axis is None else axes_of(axis))


def normalize(
    execution: Execution, tensor: Array, *, axis: Any = -1, order: int = 2, epsilon: float | None = None
) -> Array:
    """`keras.ops.normalize`: divided by the norm, which counts as `epsilon` where it is less."""
    length = np.linalg.norm(tensor, order, axes_of(axis), keepdims=True)
    return np.asarray(tensor / np.maximum(length, np.float32(1e-7 if epsilon is None else epsilon)), np.float32)


def pad(
    execution: Execution, tensor: Array, *, pad_width: Any, mode: str = "constant", constant_values: float | None = None
) -> Array:
    """`keras.ops.pad`."""
    filling: Any = {"constant_values": constant_values or 0} if mode == "constant" else {}
    padded: Array = np.pad(tensor, pad_width, mode, **filling)  # type: ignore[call-overload]
    return padded


KERAS_OPERATIONS: Mapping[str, Kernel] = {
    **{
        name: partial(keras_together, getattr(np, name))
        for name in ("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum")
    },
    **EVERYWHERE,
    **{
        name: plain(activation.KERAS_ACTIVATIONS[name])
        for name in (
            *("relu", "relu6", "selu", "silu", "swish", "sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu"),
            *("hard_swish", "tanh", "hard_tanh", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"),
            "tanh_shrink",
        )
    },
    "absolute": plain(np.abs),
    "negative": plain(np.negative),
    "reciprocal": plain(np.reciprocal),
    "gelu": plain(activation.gelu, approximate=True),
    "leaky_relu": plain(activation.leaky_relu, negative_slope=0.2),
    "elu": plain(activation.elu, alpha=1.0),
    "celu": plain(activation.celu, alpha=1.0),
    "soft_shrink": plain(activation.soft_shrink, threshold=0.5),
    "hard_shrink": plain(activation.hard_shrink, threshold=0.5),
    "squareplus": plain(activation.KERAS_ACTIVATIONS["squareplus"], b=4),
    "threshold": plain(activation.threshold, threshold=NEEDED, default_value=NEEDED),
    "clip": plain(activation.hard_tanh, x_min=NEEDED, x_max=NEEDED),
    "softmax": plain(activation.softmax, axis=-1),
    "log_softmax": plain(activation.log_softmax, axis=-1),
    "sparsemax": plain(activation.sparsemax, axis=-1),
    "glu": plain(activation.glu, axis=-1),
    "concatenate": merging.listed(np.concatenate, axis=0),
    "stack": merging.listed(np.stack, axis=0),
    "mean": reducing(np.mean, KERAS_AXES),
    "sum": reducing(np.sum, KERAS_AXES),
    "max": partial(extreme, np.max),
    "min": partial(extreme, np.min),
    "reshape": plain(np.reshape, newshape=NEEDED),
    "transpose": plain(np.transpose, axes=None),
    "swapaxes": plain(np.swapaxes, axis1=NEEDED, axis2=NEEDED),
    "squeeze": squeeze,
    "expand_dims": plain(np.expand_dims, axis=NEEDED),
    "split": plain(lambda x, cuts, axis: tuple(np.split(x, cuts, axis)), indices_or_sections=NEEDED, axis=0),
    "repeat": plain(np.repeat, repeats=NEEDED, axis=None),
    "var": reducing(np.var, KERAS_AXES),
    "std": reducing(np.std, KERAS_AXES),
    "amax": reducing(np.max, KERAS_AXES),
    "amin": reducing(np.min, KERAS_AXES),
    "matmul": dense.matrix_product,
    "norm": plain(
        lambda x, order, axes, keep: number(np.linalg.norm(x, order, axes_of(axes), keep)),
        ord=None,
        axis=None,
        keepdims=False,
    ),
    "normalize": normalize,
    "flip": plain(np.flip, axis=None),
    "tile": plain(np.tile, repeats=NEEDED),
    "pad": pad,
    "max_pool": partial(pooling.keras_pooling, "max"),
    "average_pool": partial(pooling.keras_pooling, "average"),
    "unfold": reshaping.pytorch_unfold,
    "fold": reshaping.pytorch_fold,
}
"""Functions of `keras.ops` by their names."""
