"""CS521: a dense layer ends the network, and was never given a vector."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import Advice, AdviceView, activation_of, changes_no_value, suspicion
from cnnshape.network.plan import Row
from cnnshape.operations.dense import Dense


def check(view: AdviceView) -> Iterator[Advice]:
    """A dense layer on a map of several positions whose result, activated or not, is an output of the model."""
    pool = "GlobalAveragePooling2D" if view.plan.framework == "keras" else "AdaptiveAvgPool2d(1)"
    for row in map(view.row, view.suspects(keeps_positions)):
        shape = row.output_shape
        if shape is not None and is_last(view, row):
            yield Advice(
                row,
                f"{row.type} works along the last axis alone: the output has {shape[-1]} features at each of "
                f"{'x'.join(map(str, shape[1:-1]))} positions",
                f"put Flatten or {pool} before it, if one answer a sample is meant",
            )


@suspicion(Dense)
def keeps_positions(view: AdviceView, number: int) -> bool:
    """Whether a dense layer gives a map of several positions, all known."""
    shape = view.result(number).output
    return len(shape) >= 4 and (product(shape[1:-1]) or 0) > 1


def is_last(view: AdviceView, row: Row) -> bool:
    """Whether the row's result is an output, with nothing behind it but activations."""
    while not view.is_output(row):
        reader = view.only_reader(row)
        if reader is None or (activation_of(reader) is None and not changes_no_value(reader)):
            return False
        row = reader
    return True
