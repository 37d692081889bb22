"""CS522: channels that lie at the other end than the layer, or the input, seems to say."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import CONVOLUTIONS, Advice, AdviceView
from cnnshape.network.plan import Row
from cnnshape.operations.normalization import BatchNormalization

CHANNELS_OF_IMAGES = (1, 3, 4)
"""Grey, RGB, RGBA."""
SMALLEST_IMAGE = 16
"""Elements along a side, from which a size is no number of channels that a file has."""


def check(view: AdviceView) -> Iterator[Advice]:
    """An image whose channels stand at the other end, and a batch normalization of columns."""
    for (number,) in view.once(first_convolutions):
        yield from other_order(view, number)
    if view.plan.framework == "keras" and not view.plan.layout.channels_last:
        for row in view.of(BatchNormalization):
            yield from columns_normalized(row)


def first_convolutions(view: AdviceView) -> Iterator[tuple[int]]:
    """The numbers of the convolutions that read an input of the model."""
    return ((number,) for number in view.numbers(*CONVOLUTIONS) if not view.reads(number))


def other_order(view: AdviceView, number: int) -> Iterator[Advice]:
    """``input: [3, 224, 224]`` where channels come last; ``[224, 224, 3]`` where they come first."""
    shape = view.read(number)[0]
    sizes = [size for size in shape[1:] if size is not None] if shape else []
    if shape is None or len(sizes) != 3:
        return
    last = view.plan.layout.channels_last
    channels, *sides = sizes if last else [sizes[-1], *sizes[:-1]]
    if channels in CHANNELS_OF_IMAGES and min(sides) >= SMALLEST_IMAGE:
        ordered = [*sides, channels] if last else [channels, *sides]
        row, end = view.row(number), "last" if last else "first"
        yield Advice(
            row,
            f"{row.type} reads {sizes[-1 if last else 0]} channels and maps of "
            f"{'x'.join(map(str, sizes[:-1] if last else sizes[1:]))}: channels come {end} here",
            f"if {channels} is the number of channels, write `input: {ordered}`",
        )


def columns_normalized(row: Row) -> Iterator[Advice]:
    """Keras's BatchNormalization goes by its axis, and not by the file's `data_format`."""
    shape = row.input_shapes[0]
    operation = row.operation
    assert isinstance(operation, BatchNormalization)
    if shape is None or len(shape) < 3:
        return
    if operation.axis % len(shape) == len(shape) - 1:
        yield Advice(
            row,
            f"{row.type} normalizes axis {operation.axis}, which is the width here: {shape[-1]} columns, and not "
            f"{shape[1]} channels",
            f"write `{row.type}(axis=1)`: it does not go by `data_format`",
        )
