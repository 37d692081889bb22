"""CS503: ``padding="same"`` with a stride pads one more element after than before, among evenly padded ones."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView
from cnnshape.network.windows import SLIDING
from cnnshape.operations.padding import Pad
from cnnshape.operations.pooling import Pooling


def check(view: AdviceView) -> Iterator[Advice]:
    """The rule is ``same``, a stride is above 1, low and high padding differ, and other windows are padded evenly.

    By itself such a layer is as Keras has it. Padding layers in front of other windows tell that the network follows
    one of PyTorch, where this layer would compute something else.
    """
    if not view.numbers(Pad):
        return
    windowed = [number for number in view.numbers(*SLIDING) if view.axes(number)]
    evenly_padded = next((view.row(number) for number in windowed if reads_even_padding(view, number)), None)
    if evenly_padded is None:
        return
    for number in windowed:
        if getattr(view.operation(number), "padding", None) != "same":
            continue
        row = view.row(number)
        uneven = [axis for axis in view.axes(number) if axis.stride > 1 and axis.padding[0] != axis.padding[1]]
        if uneven:
            axis = uneven[0]
            low, high = axis.padding
            highest = isinstance(row.operation, Pooling) and row.operation.kind == "max"
            condition = " where no value is negative, as behind a ReLU: PyTorch's pooling pads with -inf, not with 0"
            yield Advice(
                row,
                f'{row.type} with padding="same" and a stride of {axis.stride} pads {low} before and {high} after '
                f"the {axis.name} of {axis.size}; PyTorch pads both sides alike, as is done here for "
                f"{evenly_padded.name}, and gives other values",
                f"where weights come from PyTorch, pad {high} on both sides with a padding layer "
                f'and use padding="valid"{condition if highest else ""}',
            )


def reads_even_padding(view: AdviceView, number: int) -> bool:
    """Whether a padding layer puts as much before a row's input as after it."""
    return any(
        isinstance(source.operation, Pad) and all(low == high > 0 for low, high in source.operation.pads)
        for source in view.sources(number)
    )
