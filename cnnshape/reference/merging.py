"""Layers and functions that merge several tensors into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution


def aligned(tensors: Sequence[Array]) -> list[Array]:
    """Tensors of fewer axes with axes of length 1 after the batch, as Keras's merging layers broadcast."""
    rank = max(tensor.ndim for tensor in tensors)
    return [tensor.reshape(tensor.shape[0], *(1,) * (rank - tensor.ndim), *tensor.shape[1:]) for tensor in tensors]


def fold(operation: np.ufunc, tensors: Sequence[Array], overwrite: bool = False) -> Array:
    """The operation applied from the first tensor to the last, into the first where it may be overwritten."""
    result, *others = tensors
    if others and not (overwrite and not any(np.may_share_memory(result, other) for other in others)):
        result, *others = operation(result, others[0]), *others[1:]
    for other in others:
        if np.broadcast_shapes(result.shape, other.shape) == result.shape:
            operation(result, other, out=result)
        else:
            result = operation(result, other)
    return result


def keras_add(execution: Execution, *tensors: Array) -> Array:
    """Add."""
    return fold(np.add, aligned(tensors), execution.disposable)


def keras_subtract(execution: Execution, *tensors: Array) -> Array:
    """Subtract."""
    return fold(np.subtract, aligned(tensors), execution.disposable)


def keras_multiply(execution: Execution, *tensors: Array) -> Array:
    """Multiply."""
    return fold(np.multiply, aligned(tensors), execution.disposable)


def keras_average(execution: Execution, *tensors: Array) -> Array:
    """Average."""
    return fold(np.add, aligned(tensors), execution.disposable) / np.float32(len(tensors))


def keras_maximum(execution: Execution, *tensors: Array) -> Array:
    """Maximum."""
    return fold(np.maximum, aligned(tensors), execution.disposable)


def keras_minimum(execution: Execution, *tensors: Array) -> Array:
    """Minimum."""
    return fold(np.minimum, aligned(tensors), execution.disposable)


def keras_concatenate(execution: Execution, *tensors: Array, axis: int = -1) -> Array:
    """Concatenate."""
    return np.concatenate(tensors, axis)


def keras_custom_scale(execution: Execution, shortcut: Array, residual: Array, *, scale: float) -> Array:
    """CustomScaleLayer, of Keras's InceptionResNetV2: the residual scaled and added to the shortcut."""
    return shortcut + residual * np.float32(scale)
