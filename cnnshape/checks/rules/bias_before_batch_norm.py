"""CS505: a bias that batch normalization takes away again."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import LINEAR, Advice, AdviceView, channel_axis_of, own_activation
from cnnshape.network.plan import Row
from cnnshape.operations.normalization import BatchNormalization


def check(view: AdviceView) -> Iterator[Advice]:
    """A linear row with a bias and no activation, read by nothing but a batch normalization."""
    for row, axis in view.once(normalized):
        if row.result is None or axis % len(row.result.output) != channel_axis_of(row):
            continue  # a mean over the channels leaves each its own bias
        count = product(row.result.weights[-1].shape)
        argument = "bias=False" if view.plan.framework == "pytorch" else "use_bias=False"
        yield Advice(
            row,
            f"{row.type}'s bias of {count:,} parameters has no effect: the batch normalization behind it "
            "subtracts the mean, and the bias with it",
            f"write {argument}",
        )


def normalized(view: AdviceView) -> Iterator[tuple[Row, int]]:
    """Such rows, and the axis that is normalized."""
    for row in view.of(*LINEAR):
        reader = view.only_reader(row)
        normalization = reader and reader.operation
        if not isinstance(normalization, BatchNormalization):
            continue
        if getattr(row.operation, "bias", False) and not own_activation(row):
            yield row, normalization.axis
