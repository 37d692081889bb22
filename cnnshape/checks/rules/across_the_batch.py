"""CS518: a layer that works along the axis of the batch."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView
from cnnshape.network.plan import Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import UnitNormalization


def check(view: AdviceView) -> Iterator[Advice]:
    """A softmax or a normalization to unit length over axes of which one is the first."""
    for (row,) in view.once(over_axes):
        operation, shape = row.operation, row.input_shapes[0]
        assert isinstance(operation, Activation | UnitNormalization)
        if shape is None or 0 not in operation.taken_over(shape):
            continue
        where = f", PyTorch's choice for an input of {len(shape)} axes" if operation.axes is None else ""
        channels = "axis=-1" if view.plan.framework == "keras" else "dim=1"
        yield Advice(
            row,
            f"{row.type} works along axis 0, the batch{where}: what it gives for a sample depends on the others "
            "beside it",
            f"state the axis of the channels: {channels}",
        )


def over_axes(view: AdviceView) -> Iterator[tuple[Row]]:
    """The rows that are taken over axes."""
    for row in view.of(Activation, UnitNormalization):
        assert isinstance(row.operation, Activation | UnitNormalization)
        if row.operation.axes != ():
            yield (row,)
