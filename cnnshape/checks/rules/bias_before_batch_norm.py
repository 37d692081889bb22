"""CS505: a bias that batch normalization takes away again."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import LINEAR, Advice, AdviceView, channel_axis_of, own_activation
from cnnshape.operations.normalization import BatchNormalization


def check(view: AdviceView) -> Iterator[Advice]:
    """A linear row with a bias and no activation, read by nothing but a batch normalization."""
    for row in view.of(*LINEAR):
        if not getattr(row.operation, "bias", False) or own_activation(row):
            continue
        reader = view.only_reader(row)
        if reader is None or not isinstance(reader.operation, BatchNormalization) or row.result is None:
            continue
        if reader.operation.axis % len(row.result.output) != channel_axis_of(row):
            continue  # a mean over the channels leaves each its own bias
        count = product(row.result.weights[-1].shape)
        argument = "bias=False" if view.plan.framework == "pytorch" else "use_bias=False"
        yield Advice(
            row,
            f"{row.type}'s bias of {count:,} parameters has no effect: the batch normalization behind it "
            "subtracts the mean, and the bias with it",
            f"write {argument}",
        )
