"""CS512: one dense layer with most of the network's parameters."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import CONVOLUTIONS, Advice, AdviceView, changes_no_value
from cnnshape.network.plan import Row
from cnnshape.operations.dense import Dense

SHARE = 0.5
FEWEST = 1_000_000
"""Below this many parameters in all, it does not matter where they are."""


def check(view: AdviceView) -> Iterator[Advice]:
    """A dense layer in a convolutional network holds more than half of at least a million parameters."""
    totals = view.plan.totals
    if totals is None or totals.params is None or totals.params < FEWEST:
        return
    if not view.numbers(*CONVOLUTIONS):
        return
    for row in view.of(Dense):
        assert isinstance(row.operation, Dense)
        if row.params is not None and row.params > SHARE * totals.params:
            shape = row.input_shapes[0]
            yield Advice(
                row,
                f"{row.type} holds {row.params:,} of the network's {totals.params:,} parameters "
                f"({row.params / totals.params:.0%}), since it reads {shape[-1] if shape else '?':,} features"
                f"{'' if flattens(view, row) else f' and gives {row.operation.units:,}'}",
                "pool the feature map before it (GlobalAveragePooling2D, AdaptiveAvgPool2d) instead of flattening it"
                if flattens(view, row)
                else "let it read fewer features (of a narrower layer before it), or give fewer",
            )


def flattens(view: AdviceView, row: Row) -> bool:
    """Whether the row reads a feature map of more than one position as a vector."""
    sources = view.sources(row)
    while len(sources) == 1 and changes_no_value(sources[0]):
        shape, output = sources[0].input_shapes[0], sources[0].output_shape
        if shape and output and len(shape) > len(output):
            return sum(size != 1 for size in shape[1:]) > 1
        sources = view.sources(sources[0])
    return False
