"""CS504: an even kernel under ``same`` moves its output by half an element."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, suspicion
from cnnshape.network.windows import Axis
from cnnshape.operations.convolution import Convolution


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with an even effective kernel, a stride of 1 and the rule ``same``."""
    for number in view.suspects(is_moved):
        row, axis = view.row(number), moved(view, number)[0]
        low, high = axis.padding
        yield Advice(
            row,
            f'{row.type} with an even kernel of {axis.extent} and padding="same" pads {low} before and {high} '
            f"after the {axis.name}: its output lies half an element beside its input",
            f"use an odd kernel: {axis.extent - 1} or {axis.extent + 1}",
        )


@suspicion(Convolution)
def is_moved(view: AdviceView, number: int) -> bool:
    """Whether there is such an axis."""
    return bool(moved(view, number))


def moved(view: AdviceView, number: int) -> list[Axis]:
    """The axes along which a convolution moves what it reads by half an element."""
    if getattr(view.operation(number), "padding", None) not in ("same", "same_unstrided"):
        return []
    return [axis for axis in view.axes(number) if axis.extent % 2 == 0 and axis.stride == 1]
