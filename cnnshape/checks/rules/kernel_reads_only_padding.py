"""CS513: parts of a kernel that never meet the input."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cnnshape.checks.advice_view import Advice, AdviceView
from cnnshape.network.windows import Axis


def check(view: AdviceView) -> Iterator[Advice]:
    """Some tap of a convolution's kernel reads padding in every window, on an axis of more than one element."""
    for number, _, axes in view.convolving:
        idle = [(axis, idle_taps(axis)) for axis in axes if axis.size > 1]
        idle = [(axis, taps) for axis, taps in idle if taps]
        if idle:
            row, (axis, taps) = view.row(number), idle[0]
            yield Advice(
                row,
                f"{taps} of the {axis.kernel} positions of {row.type}'s kernel along the {axis.name} read nothing but "
                f"padding: the input is {axis.size}, the kernel reaches over {axis.extent}",
                f"use a kernel of at most {2 * axis.size - 1}, less dilation, or an earlier layer with less stride",
            )


@lru_cache(maxsize=10_000)  # rows, and files, have few different ones
def idle_taps(axis: Axis) -> int:
    """The number of kernel positions that lie in the padding whatever the window."""
    idle = 0
    for tap in range(axis.kernel):
        place = tap * axis.dilation - axis.padding[0]
        first = max(-(place // axis.stride), 0)  # the first window that has the tap behind the low padding
        idle += first >= axis.windows or first * axis.stride + place >= axis.size
    return idle
