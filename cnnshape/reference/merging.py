"""Layers and functions that merge several tensors into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, Kernel, plain


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


def folded(operation: np.ufunc, execution: Execution, *tensors: Array, mean: bool = False) -> Array:
    """Add, Subtract, Multiply, Maximum, Minimum, and (`mean`) Average."""
    result = fold(operation, aligned(tensors), execution.disposable)
    return result / np.float32(len(tensors)) if mean else result


def listed(function: Callable[..., Any], **axis: int) -> Kernel:
    """A function of a list of tensors, and of an axis, as a kernel."""
    return plain(lambda *given: function(given[:-1], given[-1]), **axis)
