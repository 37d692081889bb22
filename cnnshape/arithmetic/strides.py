"""Where the elements of a tensor lie in memory: strides, and what they let a view do."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod


def contiguous(sizes: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor whose elements lie in the order of its axes, in elements."""
    return tuple(prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


def dense(sizes: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """The strides of what is made element by element of a tensor: its axes in the same order, without gaps."""
    order = sorted(range(len(sizes)), key=lambda axis: (strides[axis], -axis))
    found = [1] * len(sizes)
    step = 1
    for axis in order:
        found[axis] = step
        step *= sizes[axis]
    return tuple(found)


def joins_apart(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether some axis of the wanted shape would run over a gap, so that no view gives it."""
    return viewed(sizes, strides, wanted) is None


def viewed(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...] | None:
    """The strides of a view of the wanted shape; None where some axis would run over a gap, so that there is none.

    Source: ``at::detail::computeStride`` in PyTorch's ``aten/src/ATen/TensorUtils.cpp``.
    """
    axis = len(wanted) - 1
    base = strides[-1] if strides else 1
    found = [1] * len(wanted)
    lying = seen = 1
    for index in range(len(sizes) - 1, -1, -1):
        lying *= sizes[index]
        if index == 0 or (sizes[index - 1] != 1 and strides[index - 1] != lying * base):
            while axis >= 0 and (seen < lying or wanted[axis] == 1):
                found[axis] = seen * base
                seen *= wanted[axis]
                axis -= 1
            if seen != lying:
                return None
            if index > 0:
                base, lying, seen = strides[index - 1], 1, 1
    return tuple(found) if axis == -1 else None
