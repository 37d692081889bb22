"""CS513: parts of a kernel that never meet the input."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, suspicion
from cnnshape.network.windows import Axis
from cnnshape.operations.convolution import Convolution


def check(view: AdviceView) -> Iterator[Advice]:
    """Some tap of a convolution's kernel reads padding in every window, on an axis of more than one element."""
    for number in view.suspects(pads_alone):
        row, axis = view.row(number), idle_axes(view, number)[0]
        yield Advice(
            row,
            f"{idle_taps(axis)} of the {axis.kernel} positions of {row.type}'s kernel along the {axis.name} read "
            f"nothing but padding: the input is {axis.size}, the kernel reaches over {axis.extent}",
            f"use a kernel of at most {2 * axis.size - 1}, less dilation, or an earlier layer with less stride",
        )


@suspicion(Convolution)
def pads_alone(view: AdviceView, number: int) -> bool:
    """Whether there is such an axis."""
    return bool(idle_axes(view, number))


def idle_axes(view: AdviceView, number: int) -> list[Axis]:
    """The axes of a convolution along which some tap reads nothing but padding."""
    return [axis for axis in view.axes(number) if axis.size > 1 and idle_taps(axis)]


def idle_taps(axis: Axis) -> int:
    """The number of kernel positions that lie in the padding whatever the window."""
    idle = 0
    for tap in range(axis.kernel):
        place = tap * axis.dilation - axis.padding[0]
        first = max(-(place // axis.stride), 0)  # the first window that has the tap behind the low padding
        idle += first >= axis.windows or first * axis.stride + place >= axis.size
    return idle
