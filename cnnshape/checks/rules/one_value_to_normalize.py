"""CS523: a batch normalization with one value a channel and sample."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import Advice, AdviceView, suspicion
from cnnshape.operations.normalization import BatchNormalization


def check(view: AdviceView) -> Iterator[Advice]:
    """A batch normalization of a map of 1x1: its statistics are those of the batch alone."""
    refused = ", and PyTorch refuses to train with a batch of 1" if view.plan.framework == "pytorch" else ""
    for row in map(view.row, view.suspects(normalizes_one)):
        yield Advice(
            row,
            f"{row.type} has one value a channel and sample: it normalizes over the batch alone{refused}",
            "leave it out, or put it before the pooling",
        )


@suspicion(BatchNormalization)
def normalizes_one(view: AdviceView, number: int) -> bool:
    """Whether a batch normalization reads a map of one position."""
    (shape,) = view.read(number)
    return shape is not None and len(shape) >= 4 and product(view.plan.layout.spatial(shape)) == 1
