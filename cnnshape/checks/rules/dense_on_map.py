"""CS521: a dense layer ends the network, and was never given a vector."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import Advice, AdviceView, activation_of, by, changes_no_value
from cnnshape.network.plan import Row
from cnnshape.operations.dense import Dense


def check(view: AdviceView) -> Iterator[Advice]:
    """A dense layer on a map of several positions whose result, activated or not, is an output of the model."""
    pool = "GlobalAveragePooling2D" if view.plan.framework == "keras" else "AdaptiveAvgPool2d(1)"
    for row in view.of(Dense):
        shape = row.output_shape
        if shape is None or len(shape) < 4 or not is_last(view, row):
            continue
        positions = [size for size in shape[1:-1] if size is not None]
        if len(positions) == len(shape) - 2 and (product(positions) or 0) > 1:
            yield Advice(
                row,
                f"{row.type} works along the last axis alone: the output has {shape[-1]} features at each of "
                f"{by(positions)} positions",
                f"put Flatten or {pool} before it, if one answer a sample is meant",
            )


def is_last(view: AdviceView, row: Row) -> bool:
    """Whether the row's result is an output, with nothing behind it but activations."""
    while not view.is_output(row):
        reader = view.only_reader(row)
        if reader is None or (activation_of(reader) is None and not changes_no_value(reader)):
            return False
        row = reader
    return True
