"""CS504: an even kernel under ``same`` moves its output by half an element."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with an even effective kernel, a stride of 1 and the rule ``same``."""
    for number, operation, axes in view.convolving:
        if getattr(operation, "padding", None) not in ("same", "same_unstrided"):
            continue
        even = [axis for axis in axes if axis.extent % 2 == 0 and axis.stride == 1]
        if even:
            row, axis = view.row(number), even[0]
            low, high = axis.padding
            yield Advice(
                row,
                f'{row.type} with an even kernel of {axis.extent} and padding="same" pads {low} before and {high} '
                f"after the {axis.name}: its output lies half an element beside its input",
                f"use an odd kernel: {axis.extent - 1} or {axis.extent + 1}",
            )
