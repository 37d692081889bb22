"""Elements chosen, ordered, added up or put elsewhere along axes: functions of both frameworks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.elementwise import marked, number
from cnnshape.reference.execution import NEEDED, Execution, Kernel, plain

Pair = tuple[Array, Array]


KERAS_AXES: Mapping[str, Any] = {"axis": None, "keepdims": False}
PYTORCH_AXES: Mapping[str, Any] = {"dim": None, "keepdim": False}
"""What either framework calls the axes that are reduced, and whether they are kept."""


def reducing(reduce: Callable[..., Any], named: Mapping[str, Any]) -> Kernel:
    """One number along axes."""
    return plain(lambda tensor, axes, keep: number(reduce(tensor, axis=axes_of(axes), keepdims=keep)), **named)


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


def accumulating(name: str, **axis: Any) -> Kernel:
    """All elements so far along an axis."""
    return plain(lambda tensor, axis: number(ACCUMULATED[name](tensor, axis=axis)), **axis)


def extreme_so_far(better: np.ufunc, execution: Execution, tensor: Array, *, dim: int) -> Pair:
    """`torch.cummax`, `torch.cummin`: the extreme so far, and where it was last."""
    values = better.accumulate(tensor, axis=dim)
    shape = [1] * tensor.ndim
    shape[dim] = -1
    places = np.arange(tensor.shape[dim]).reshape(shape)
    found = np.maximum.accumulate(np.where(tensor == values, places, 0), axis=dim)
    return number(values), number(found)


def order_of(tensor: Array, axis: int, descending: bool = False) -> Any:
    """Where each element would be taken from, equal ones in the order in which they are."""
    return np.argsort(-tensor if descending else tensor, axis, kind="stable")


def sort(execution: Execution, tensor: Array, *, dim: int = -1, descending: bool = False) -> Pair:
    """`torch.sort`."""
    order = order_of(tensor, dim, descending)
    return np.take_along_axis(tensor, order, dim), number(order)


def topk(
    execution: Execution, tensor: Array, *, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Pair:
    """`torch.topk`: the largest, or the smallest, in order."""
    order = np.take(order_of(tensor, dim, largest), range(k), dim)
    return np.take_along_axis(tensor, order, dim), number(order)


def picking(
    place: Callable[[Array], Any], execution: Execution, tensor: Array, *, dim: int | None = None, keepdim: bool = False
) -> Pair:
    """`torch.max`, `min`, `median`: an element along an axis, and where it was, which `place` says of the last axis."""
    axis = -1 if dim is None else dim
    places = np.expand_dims(place(np.moveaxis(tensor, axis, -1)), axis)
    values = np.take_along_axis(tensor, places, axis)
    return (values, number(places)) if keepdim else (np.squeeze(values, axis), number(np.squeeze(places, axis)))


def most_frequent(tensor: Array) -> Any:
    """Where the value is that occurs most, the smallest of several; its last place."""

    def place(row: Array) -> int:
        if np.isnan(row).any():
            return int(np.argmax(row))
        values, counts = np.unique(row, return_counts=True)
        return int(np.flatnonzero(row == values[np.argmax(counts)])[-1])

    return np.apply_along_axis(place, -1, tensor)


def gather(execution: Execution, tensor: Array, index: Array, *, dim: int) -> Array:
    """`torch.gather`; the index may be smaller along the other axes."""
    parts = [slice(None) if axis == dim % tensor.ndim else slice(size) for axis, size in enumerate(index.shape)]
    return np.take_along_axis(tensor[tuple(parts)], execution.indices(index, tensor.shape[dim]), dim)


def keras_slice(execution: Execution, tensor: Array, *, start_indices: Any, shape: Any) -> Array:
    """`keras.ops.slice`; -1 is all that is left of an axis."""
    ends = [None if size == -1 else start + size for start, size in zip(start_indices, shape, strict=True)]
    return tensor[tuple(map(slice, start_indices, ends))]


def apart(tensor: Array, axis: int) -> tuple[Array, ...]:
    """The parts of an axis, each without it."""
    return tuple(np.moveaxis(tensor, axis, 0))


def expand(tensor: Array, size: Sequence[int]) -> Array:
    """`expand`, `broadcast_to`: -1 keeps an axis."""
    new = len(size) - tensor.ndim
    sizes = [tensor.shape[axis - new] if length == -1 else length for axis, length in enumerate(size)]
    return np.broadcast_to(tensor, sizes)


def moments(tensor: Array, axes: Any, keepdims: bool) -> Pair:
    """`keras.ops.moments`: mean and variance."""
    along: dict[str, Any] = {"axis": axes_of(axes), "keepdims": keepdims}
    return number(np.mean(tensor, **along)), number(np.var(tensor, **along))


SELECTED = plain(lambda x, axis, index: np.take(x, index, axis), dim=NEEDED, index=NEEDED)
MOVE = plain(np.moveaxis, source=NEEDED, destination=NEEDED)

PYTORCH_CHOOSING: Mapping[str, Kernel] = {
    **{
        name: marked(reducing(REDUCTIONS[name], PYTORCH_AXES))
        for name in ("all", "any", "argmax", "argmin", "count_nonzero", "logsumexp", "nanmean", "nansum", "prod")
    },
    **{name: accumulating(name, dim=NEEDED) for name in ACCUMULATED},
    "cummax": partial(extreme_so_far, np.maximum),
    "cummin": partial(extreme_so_far, np.minimum),
    "sort": marked(sort),
    "argsort": marked(plain(lambda *given: number(order_of(*given)), dim=-1, descending=False)),
    "topk": marked(topk),
    "max": marked(partial(picking, lambda x: np.argmax(x, -1))),
    "min": marked(partial(picking, lambda x: np.argmin(x, -1))),
    "median": marked(partial(picking, lambda x: np.argsort(x, -1, kind="stable")[..., (x.shape[-1] - 1) // 2])),
    "mode": marked(partial(picking, most_frequent)),
    "roll": plain(np.roll, shifts=NEEDED, dims=None),
    "gather": gather,
    **dict.fromkeys(("select", "index_select"), SELECTED),
    "unbind": plain(apart, dim=0),
    **dict.fromkeys(("movedim", "moveaxis"), MOVE),
    **dict.fromkeys(("expand", "broadcast_to"), plain(expand, size=NEEDED)),
    "triu": plain(np.triu, diagonal=0),
    "tril": plain(np.tril, diagonal=0),
}
KERAS_CHOOSING: Mapping[str, Kernel] = {
    **{
        name: marked(reducing(REDUCTIONS[name], KERAS_AXES))
        for name in ("all", "any", "argmax", "argmin", "logsumexp", "median")
    },
    **{name: accumulating(name, axis=None) for name in ("cumsum", "cumprod")},
    "prod": reducing(np.prod, KERAS_AXES),
    "sort": marked(plain(np.sort, axis=-1)),
    "argsort": marked(plain(lambda tensor, axis: number(order_of(tensor, axis)), axis=-1)),
    "top_k": marked(topk),
    "roll": plain(np.roll, shift=NEEDED, axis=None),
    "unstack": plain(lambda x, _, axis: apart(x, axis), num=None, axis=0),
    "take": plain(np.take, indices=NEEDED, axis=None),
    "slice": keras_slice,
    "moveaxis": MOVE,
    "broadcast_to": plain(expand, shape=NEEDED),
    "triu": plain(np.triu, k=0),
    "tril": plain(np.tril, k=0),
    "moments": plain(moments, axes=NEEDED, keepdims=False),
}
