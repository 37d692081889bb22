"""Where the elements of a tensor lie: what `view` may do after axes were exchanged, and what PyTorch refuses."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cnnshape.arithmetic.sizes import show
from cnnshape.arithmetic.strides import contiguous, joins_apart
from cnnshape.diagnostics import Fault
from cnnshape.readers.python.values import Tensor, Value

Order = Callable[[int, list[Value], dict[str, Value]], list[int]]
"""The order of the axes after a function, of their number and its arguments."""


def strides_of(tensor: Tensor) -> tuple[int, ...] | None:
    """How far elements lie apart; None where a size is not known."""
    if tensor.shape is None or None in tensor.shape:
        return None
    sizes = [size or 0 for size in tensor.shape]
    return tensor.strides or contiguous(sizes)


def reordered(before: Tensor, after: Value, order: list[int]) -> None:
    """Note where the elements lie after axes were brought into another order."""
    strides = strides_of(before)
    if isinstance(after, Tensor) and strides is not None and len(strides) == len(order):
        after.strides = tuple(strides[axis] for axis in order)


def require_viewable(tensor: Tensor, shape: tuple[int, ...]) -> Fault | None:
    """The refusal of a view whose axes would join what does not lie together."""
    if tensor.strides is None or tensor.shape is None or None in tensor.shape:
        return None
    sizes = [size or 0 for size in tensor.shape]
    wanted = list(shape)
    if -1 in wanted:
        known = prod(size for size in wanted if size != -1)
        wanted[wanted.index(-1)] = prod(sizes) // known if known else 0
    if prod(wanted) != prod(sizes) or joins_apart(sizes, tensor.strides, wanted):
        if prod(wanted) != prod(sizes):
            return None
        return Fault(
            "CS306",
            f"view to {show(tuple(wanted))} would join axes of {show(tensor.shape)} that do not lie together in "
            "memory, since axes were exchanged",
            fix="use reshape, or contiguous() first",
        )
    return None


def permutation(rank: int, rest: list[Any], keywords: dict[str, Any]) -> list[int]:
    """The axes of ``permute``."""
    return [axis % rank for axis in (rest[0] if rest else keywords["dims"])]


def exchange(rank: int, rest: list[Any], keywords: dict[str, Any]) -> list[int]:
    """The axes of ``transpose``."""
    order = list(range(rank))
    one, other = [axis % rank for axis in (*rest, *keywords.values())][:2]
    order[one], order[other] = other, one
    return order


EXCHANGES: dict[str, Order] = {
    "permute": permutation,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), exchange),
}


def lying_in_order(tensor: Tensor) -> Tensor:
    """The same tensor, copied so that its elements lie in their order."""
    result = Tensor(tensor.shape, tensor.row, tensor.output, dtype=tensor.dtype, parameters=tensor.parameters)
    result.unknown, result.data = tensor.unknown, tensor.data
    return result
