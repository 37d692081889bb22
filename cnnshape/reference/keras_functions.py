"""Functions of `keras.ops`: what they compute is in the other modules, here are their arguments and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.reference import activation, dense, pooling, reshaping
from cnnshape.reference.activation import plain
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, Kernel


def binary(operation: np.ufunc) -> Callable[..., Array]:
    """A function of two operands; a number may be given for either."""

    def kernel(execution: Execution, *tensors: Array, x1: float | None = None, x2: float | None = None) -> Array:
        numbers = [None if number is None else np.float32(number) for number in (x1, x2)]
        remaining = iter(tensors)
        left, right = (next(remaining) if number is None else number for number in numbers)
        result: Array = operation(left, right)
        return result

    return kernel


def reduction(reduce: Callable[..., Any]) -> Callable[..., Array]:
    """A function that reduces axes."""

    def kernel(execution: Execution, tensor: Array, *, axis: Any = None, keepdims: bool = False) -> Array:
        result: Array = reduce(tensor, axis=tuple_of(axis), keepdims=keepdims)
        return result

    return kernel


def tuple_of(axis: Any) -> Any:
    """A list of axes as NumPy takes it."""
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def extreme(reduce: Callable[..., Any]) -> Callable[..., Array]:
    """`keras.ops.max` or `keras.ops.min`; `initial` takes part like one more value."""

    def kernel(
        execution: Execution, tensor: Array, *, axis: Any = None, keepdims: bool = False, initial: float | None = None
    ) -> Array:
        more = {} if initial is None else {"initial": np.float32(initial)}
        result: Array = reduce(tensor, axis=tuple_of(axis), keepdims=keepdims, **more)
        return result

    return kernel


def gelu(execution: Execution, x: Array, *, approximate: bool = True) -> Array:
    """`keras.ops.gelu`: another default than the activation of that name."""
    return activation.gelu(x, approximate)


def leaky_relu(execution: Execution, x: Array, *, negative_slope: float = 0.2) -> Array:
    """`keras.ops.leaky_relu`."""
    return activation.leaky_relu(x, negative_slope)


def elu(execution: Execution, x: Array, *, alpha: float = 1.0) -> Array:
    """`keras.ops.elu`."""
    return activation.elu(x, alpha)


def celu(execution: Execution, x: Array, *, alpha: float = 1.0) -> Array:
    """`keras.ops.celu`."""
    return activation.celu(x, alpha)


def soft_shrink(execution: Execution, x: Array, *, threshold: float = 0.5) -> Array:
    """`keras.ops.soft_shrink`."""
    return activation.soft_shrink(x, threshold)


def hard_shrink(execution: Execution, x: Array, *, threshold: float = 0.5) -> Array:
    """`keras.ops.hard_shrink`."""
    return activation.hard_shrink(x, threshold)


def squareplus(execution: Execution, x: Array, *, b: float = 4) -> Array:
    """`keras.ops.squareplus`."""
    return activation.squareplus(x, b)


def threshold(execution: Execution, x: Array, *, threshold: float, default_value: float) -> Array:
    """`keras.ops.threshold`."""
    return activation.threshold(x, threshold, default_value)


def clip(execution: Execution, x: Array, *, x_min: float, x_max: float) -> Array:
    """`keras.ops.clip`."""
    return np.clip(x, np.float32(x_min), np.float32(x_max))


def softmax(execution: Execution, x: Array, *, axis: Any = -1) -> Array:
    """`keras.ops.softmax`."""
    return activation.softmax(x, axis)


def log_softmax(execution: Execution, x: Array, *, axis: Any = -1) -> Array:
    """`keras.ops.log_softmax`."""
    return activation.log_softmax(x, tuple_of(axis))


def sparsemax(execution: Execution, x: Array, *, axis: Any = -1) -> Array:
    """`keras.ops.sparsemax`."""
    return activation.sparsemax(x, axis[0] if isinstance(axis, (list, tuple)) else axis)


def glu(execution: Execution, x: Array, *, axis: int = -1) -> Array:
    """`keras.ops.glu`."""
    return activation.glu(x, axis)


def concatenate(execution: Execution, *tensors: Array, axis: int = 0) -> Array:
    """`keras.ops.concatenate`."""
    return np.concatenate(tensors, axis)


def stack(execution: Execution, *tensors: Array, axis: int = 0) -> Array:
    """`keras.ops.stack`."""
    return np.stack(tensors, axis)


def reshape(execution: Execution, tensor: Array, *, newshape: Sequence[int]) -> Array:
    """`keras.ops.reshape`: the shape has the batch first."""
    return tensor.reshape(tuple(newshape))


def transpose(execution: Execution, tensor: Array, *, axes: Sequence[int] | None = None) -> Array:
    """`keras.ops.transpose`."""
    return tensor.transpose(None if axes is None else tuple(axes))


def swap_axes(execution: Execution, tensor: Array, *, axis1: int, axis2: int) -> Array:
    """`keras.ops.swapaxes`."""
    return tensor.swapaxes(axis1, axis2)


def squeeze(execution: Execution, tensor: Array, *, axis: Any = None) -> Array:
    """`keras.ops.squeeze`; without axes the batch stays, which Keras does not know while it plans."""
    ones = tuple(each for each in range(1, tensor.ndim) if tensor.shape[each] == 1)
    return np.squeeze(tensor, ones if axis is None else tuple_of(axis))


def expand_dims(execution: Execution, tensor: Array, *, axis: int) -> Array:
    """`keras.ops.expand_dims`."""
    return np.expand_dims(tensor, axis)


def split(
    execution: Execution, tensor: Array, *, indices_or_sections: int | Sequence[int], axis: int = 0
) -> tuple[Array, ...]:
    """`keras.ops.split`: equal parts, or cut at the indices listed."""
    cuts = indices_or_sections if isinstance(indices_or_sections, int) else list(indices_or_sections)
    return tuple(np.split(tensor, cuts, axis))


def repeat(execution: Execution, tensor: Array, *, repeats: int, axis: int | None = None) -> Array:
    """`keras.ops.repeat`."""
    return np.repeat(tensor, repeats, axis)


def flip(execution: Execution, tensor: Array, *, axis: Any = None) -> Array:
    """`keras.ops.flip`."""
    return np.flip(tensor, tuple_of(axis))


def tile(execution: Execution, tensor: Array, *, repeats: Any) -> Array:
    """`keras.ops.tile`."""
    return np.tile(tensor, repeats)


def norm(execution: Execution, tensor: Array, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """`keras.ops.norm`: of vectors along one axis, of matrices (by default Frobenius's) along two."""
    return np.asarray(np.linalg.norm(tensor, ord, tuple_of(axis), keepdims), np.float32)


def normalize(
    execution: Execution, tensor: Array, *, axis: Any = -1, order: int = 2, epsilon: float | None = None
) -> Array:
    """`keras.ops.normalize`: divided by the norm, which counts as `epsilon` where it is less."""
    length = np.linalg.norm(tensor, order, tuple_of(axis), keepdims=True)
    return np.asarray(tensor / np.maximum(length, np.float32(1e-7 if epsilon is None else epsilon)), np.float32)


def pad(
    execution: Execution, tensor: Array, *, pad_width: Any, mode: str = "constant", constant_values: float | None = None
) -> Array:
    """`keras.ops.pad`."""
    filling: Any = {"constant_values": constant_values or 0} if mode == "constant" else {}
    padded: Array = np.pad(tensor, pad_width, mode, **filling)  # type: ignore[call-overload]
    return padded


def pooled(kernel: Kernel) -> Kernel:
    """`keras.ops.max_pool`, `keras.ops.average_pool`: over as many axes as the input has."""

    def run(
        execution: Execution,
        tensor: Array,
        *,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
    ) -> Array:
        words = {"pool_size": pool_size, "strides": strides, "padding": padding, "data_format": data_format}
        found: Any = kernel(execution, tensor, **words)
        return found  # type: ignore[no-any-return]

    return run


KERAS_OPERATIONS: Mapping[str, Kernel] = {
    "add": binary(np.add),
    "subtract": binary(np.subtract),
    "multiply": binary(np.multiply),
    "divide": binary(np.divide),
    "true_divide": binary(np.divide),
    "maximum": binary(np.maximum),
    "minimum": binary(np.minimum),
    **{
        name: plain(activation.KERAS_ACTIVATIONS[name])
        for name in (
            *("relu", "relu6", "selu", "silu", "swish", "sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu"),
            *("hard_swish", "tanh", "hard_tanh", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"),
            "tanh_shrink",
        )
    },
    "abs": plain(np.abs),
    "absolute": plain(np.abs),
    "negative": plain(np.negative),
    "reciprocal": plain(np.reciprocal),
    "exp": plain(np.exp),
    "log": plain(np.log),
    "sqrt": plain(np.sqrt),
    "rsqrt": plain(lambda x: np.reciprocal(np.sqrt(x))),
    "square": plain(np.square),
    "gelu": gelu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "celu": celu,
    "soft_shrink": soft_shrink,
    "hard_shrink": hard_shrink,
    "squareplus": squareplus,
    "threshold": threshold,
    "clip": clip,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sparsemax": sparsemax,
    "glu": glu,
    "concatenate": concatenate,
    "stack": stack,
    "mean": reduction(np.mean),
    "sum": reduction(np.sum),
    "max": extreme(np.max),
    "min": extreme(np.min),
    "reshape": reshape,
    "transpose": transpose,
    "swapaxes": swap_axes,
    "squeeze": squeeze,
    "expand_dims": expand_dims,
    "split": split,
    "repeat": repeat,
    "var": reduction(np.var),
    "std": reduction(np.std),
    "amax": reduction(np.max),
    "amin": reduction(np.min),
    "matmul": dense.matrix_product,
    "norm": norm,
    "normalize": normalize,
    "flip": flip,
    "tile": tile,
    "pad": pad,
    "max_pool": pooled(pooling.keras_max_pooling),
    "average_pool": pooled(pooling.keras_average_pooling),
    "unfold": reshaping.pytorch_unfold,
    "fold": reshaping.pytorch_fold,
}
"""Functions of `keras.ops` by their names."""
