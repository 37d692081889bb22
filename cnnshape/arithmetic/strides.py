"""Where the elements of a tensor lie in memory: strides, and what they let a view do."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod


def contiguous(sizes: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor whose elements lie in the order of its axes, in elements."""
    return tuple(prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


def joins_apart(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether some axis of the wanted shape would run over a gap, so that no view gives it.

    Source: ``at::detail::computeStride`` in PyTorch's ``aten/src/ATen/TensorUtils.cpp``.
    """
    axis = len(wanted) - 1
    base = strides[-1] if strides else 1
    lying = viewed = 1
    for index in range(len(sizes) - 1, -1, -1):
        lying *= sizes[index]
        if index == 0 or (sizes[index - 1] != 1 and strides[index - 1] != lying * base):
            while axis >= 0 and (viewed < lying or wanted[axis] == 1):
                viewed *= wanted[axis]
                axis -= 1
            if viewed != lying:
                return True
            if index > 0:
                base, lying, viewed = strides[index - 1], 1, 1
    return axis != -1
