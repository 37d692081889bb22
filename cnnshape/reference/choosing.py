"""Elements chosen, ordered, added up or put elsewhere along axes: functions of both frameworks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.elementwise import marked, number
from cnnshape.reference.execution import Execution, Kernel

Pair = tuple[Array, Array]


def axes_of(axis: Any) -> Any:
    """A list of axes as NumPy takes it."""
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def reducing(reduce: Callable[..., Any], keras: bool) -> Kernel:
    """One number along axes, by the names that either framework has for the arguments."""

    def pytorch(execution: Execution, tensor: Array, *, dim: Any = None, keepdim: bool = False) -> Array:
        result: Array = number(reduce(tensor, axis=axes_of(dim), keepdims=keepdim))
        return result

    def of_keras(execution: Execution, tensor: Array, *, axis: Any = None, keepdims: bool = False) -> Array:
        return pytorch(execution, tensor, dim=axis, keepdim=keepdims)

    return of_keras if keras else pytorch


def log_sum(tensor: Array, axis: Any, keepdims: bool) -> Any:
    """``log(sum(exp(x)))``, about the largest of them."""
    largest = np.max(tensor, axis=axis, keepdims=True)
    sums = np.log(np.sum(np.exp(tensor - largest), axis=axis, keepdims=True)) + largest
    return sums if keepdims else np.squeeze(sums, axis)


REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "count_nonzero": np.count_nonzero,
    "logsumexp": log_sum,
    "median": np.median,
    "nanmean": lambda x, axis, keepdims: (
        np.nansum(x, axis, keepdims=keepdims) / np.sum(~np.isnan(x), axis, keepdims=keepdims)
    ),
    "nansum": np.nansum,
    "prod": np.prod,
}
ACCUMULATED: Mapping[str, Callable[..., Any]] = {
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "logcumsumexp": np.logaddexp.accumulate,
}


def accumulating(name: str) -> Kernel:
    """All elements so far along an axis, in PyTorch's words."""

    def kernel(execution: Execution, tensor: Array, *, dim: int) -> Array:
        result: Array = number(ACCUMULATED[name](tensor, axis=dim))
        return result

    return kernel


def keras_accumulating(name: str) -> Kernel:
    """Likewise in Keras's."""

    def kernel(execution: Execution, tensor: Array, *, axis: int | None = None, dtype: Any = None) -> Array:
        result: Array = number(ACCUMULATED[name](tensor, axis=axis))
        return result

    return kernel


def keras_product(
    execution: Execution, tensor: Array, *, axis: Any = None, keepdims: bool = False, dtype: Any = None
) -> Array:
    """`keras.ops.prod`."""
    result: Array = np.prod(tensor, axis=axes_of(axis), keepdims=keepdims)
    return result


def extreme_so_far(better: np.ufunc) -> Kernel:
    """`torch.cummax`, `torch.cummin`: the extreme so far, and where it was last."""

    def kernel(execution: Execution, tensor: Array, *, dim: int) -> Pair:
        values = better.accumulate(tensor, axis=dim)
        shape = [1] * tensor.ndim
        shape[dim] = -1
        places = np.arange(tensor.shape[dim]).reshape(shape)
        found = np.maximum.accumulate(np.where(tensor == values, places, 0), axis=dim)
        return number(values), number(found)

    return kernel


def order_of(tensor: Array, axis: int, descending: bool) -> Any:
    """Where each element would be taken from, equal ones in the order in which they are."""
    return np.argsort(-tensor if descending else tensor, axis, kind="stable")


def sort(
    execution: Execution, tensor: Array, *, dim: int = -1, descending: bool = False, stable: bool | None = None
) -> Pair:
    """`torch.sort`."""
    order = order_of(tensor, dim, descending)
    return np.take_along_axis(tensor, order, dim), number(order)


def argsort(
    execution: Execution, tensor: Array, *, dim: int = -1, descending: bool = False, stable: bool | None = None
) -> Array:
    """`torch.argsort`."""
    result: Array = number(order_of(tensor, dim, descending))
    return result


def keras_sort(execution: Execution, tensor: Array, *, axis: int = -1) -> Array:
    """`keras.ops.sort`."""
    return np.sort(tensor, axis)


def keras_argsort(execution: Execution, tensor: Array, *, axis: int = -1) -> Array:
    """`keras.ops.argsort`."""
    return argsort(execution, tensor, dim=axis)


def topk(
    execution: Execution, tensor: Array, *, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Pair:
    """`torch.topk`: the largest, or the smallest, in order."""
    order = np.take(order_of(tensor, dim, largest), range(k), dim)
    return np.take_along_axis(tensor, order, dim), number(order)


def keras_top_k(execution: Execution, tensor: Array, *, k: int, sorted: bool = True) -> Pair:
    """`keras.ops.top_k`."""
    return marked(topk)(execution, tensor, k=k)  # type: ignore[return-value]


def picking(place: Callable[[Array], Any]) -> Kernel:
    """`torch.max`, `min`, `median`: an element along an axis, and where it was, which `place` says of the last axis."""

    def kernel(execution: Execution, tensor: Array, *, dim: int | None = None, keepdim: bool = False) -> Pair:
        axis = -1 if dim is None else dim
        places = np.expand_dims(place(np.moveaxis(tensor, axis, -1)), axis)
        values = np.take_along_axis(tensor, places, axis)
        return (values, number(places)) if keepdim else (np.squeeze(values, axis), number(np.squeeze(places, axis)))

    return kernel


def middle(tensor: Array) -> Any:
    """Where the median is: the lower one of two."""
    return np.argsort(tensor, -1, kind="stable")[..., (tensor.shape[-1] - 1) // 2]


def most_frequent(tensor: Array) -> Any:
    """Where the value is that occurs most, the smallest of several; its last place."""

    def place(row: Array) -> int:
        if np.isnan(row).any():
            return int(np.argmax(row))
        values, counts = np.unique(row, return_counts=True)
        return int(np.flatnonzero(row == values[np.argmax(counts)])[-1])

    return np.apply_along_axis(place, -1, tensor)


def roll(execution: Execution, tensor: Array, *, shifts: Any, dims: Any = None) -> Array:
    """`torch.roll`."""
    return np.roll(tensor, axes_of(shifts), axes_of(dims))


def keras_roll(execution: Execution, tensor: Array, *, shift: Any, axis: int | None = None) -> Array:
    """`keras.ops.roll`."""
    return np.roll(tensor, axes_of(shift), axis)


def gather(execution: Execution, tensor: Array, index: Array, *, dim: int, sparse_grad: bool = False) -> Array:
    """`torch.gather`; the index may be smaller along the other axes."""
    parts = [slice(None) if axis == dim % tensor.ndim else slice(size) for axis, size in enumerate(index.shape)]
    return np.take_along_axis(tensor[tuple(parts)], execution.indices(index, tensor.shape[dim]), dim)


def select(execution: Execution, tensor: Array, *, dim: int, index: int) -> Array:
    """`torch.select`."""
    result: Array = np.take(tensor, index, dim)
    return result


def keras_slice(execution: Execution, tensor: Array, *, start_indices: Any, shape: Any) -> Array:
    """`keras.ops.slice`; -1 is all that is left of an axis."""
    ends = [None if size == -1 else start + size for start, size in zip(start_indices, shape, strict=True)]
    return tensor[tuple(map(slice, start_indices, ends))]


def unbind(execution: Execution, tensor: Array, *, dim: int = 0) -> tuple[Array, ...]:
    """`torch.unbind`."""
    return tuple(np.moveaxis(tensor, dim, 0))


def unstack(execution: Execution, tensor: Array, *, num: int | None = None, axis: int = 0) -> tuple[Array, ...]:
    """`keras.ops.unstack`."""
    return unbind(execution, tensor, dim=axis)


def take(execution: Execution, tensor: Array, *, indices: Any, axis: int | None = None) -> Array:
    """`keras.ops.take`."""
    result: Array = np.take(tensor, indices, axis)
    return result


def move(execution: Execution, tensor: Array, *, source: Any, destination: Any) -> Array:
    """`movedim`, `moveaxis`, of both."""
    return np.moveaxis(tensor, axes_of(source), axes_of(destination))


def expand(execution: Execution, tensor: Array, *, size: Sequence[int]) -> Array:
    """`expand`, `broadcast_to`: -1 keeps an axis."""
    new = len(size) - tensor.ndim
    sizes = [tensor.shape[axis - new] if length == -1 else length for axis, length in enumerate(size)]
    return np.broadcast_to(tensor, sizes)


def keras_broadcast(execution: Execution, tensor: Array, *, shape: Sequence[int]) -> Array:
    """`keras.ops.broadcast_to`."""
    return expand(execution, tensor, size=shape)


def triangle(cut: Callable[..., Any]) -> Kernel:
    """`torch.triu`, `torch.tril`."""
    return lambda execution, tensor, *, diagonal=0: cut(tensor, diagonal)


def keras_triangle(cut: Callable[..., Any]) -> Kernel:
    """`keras.ops.triu`, `keras.ops.tril`."""
    return lambda execution, tensor, *, k=0: cut(tensor, k)


def moments(
    execution: Execution, tensor: Array, *, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> Pair:
    """`keras.ops.moments`: mean and variance."""
    along: dict[str, Any] = {"axis": axes_of(axes), "keepdims": keepdims}
    return number(np.mean(tensor, **along)), number(np.var(tensor, **along))


PYTORCH_CHOOSING: Mapping[str, Kernel] = {
    **{
        name: marked(reducing(REDUCTIONS[name], keras=False))
        for name in ("all", "any", "argmax", "argmin", "count_nonzero", "logsumexp", "nanmean", "nansum", "prod")
    },
    **{name: accumulating(name) for name in ACCUMULATED},
    "cummax": extreme_so_far(np.maximum),
    "cummin": extreme_so_far(np.minimum),
    "sort": marked(sort),
    "argsort": marked(argsort),
    "topk": marked(topk),
    "max": marked(picking(lambda x: np.argmax(x, -1))),
    "min": marked(picking(lambda x: np.argmin(x, -1))),
    "median": marked(picking(middle)),
    "mode": marked(picking(most_frequent)),
    "roll": roll,
    "gather": gather,
    "select": select,
    "index_select": select,
    "unbind": unbind,
    "movedim": move,
    "moveaxis": move,
    "expand": expand,
    "broadcast_to": expand,
    "triu": triangle(np.triu),
    "tril": triangle(np.tril),
}
KERAS_CHOOSING: Mapping[str, Kernel] = {
    **{
        name: marked(reducing(REDUCTIONS[name], keras=True))
        for name in ("all", "any", "argmax", "argmin", "logsumexp", "median")
    },
    **{name: keras_accumulating(name) for name in ("cumsum", "cumprod")},
    "prod": keras_product,
    "sort": marked(keras_sort),
    "argsort": marked(keras_argsort),
    "top_k": keras_top_k,
    "roll": keras_roll,
    "unstack": unstack,
    "take": take,
    "slice": keras_slice,
    "moveaxis": move,
    "broadcast_to": keras_broadcast,
    "triu": keras_triangle(np.triu),
    "tril": keras_triangle(np.tril),
    "moments": moments,
}
