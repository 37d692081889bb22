"""CS509: dropout whose variance a batch normalization learns wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import LINEAR, Advice, AdviceView, by_no_size, is_dropout
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.views import Identity


@by_no_size
def check(view: AdviceView) -> Iterator[Advice]:
    """A batch normalization reads a dropout, at most one layer with weights and activations between them."""
    for row in view.of(Identity):
        if not is_dropout(row):
            continue
        layers = 0
        reader = view.only_reader(row)
        while reader is not None and isinstance(reader.operation, (*LINEAR, Activation)):
            layers += isinstance(reader.operation, LINEAR)
            reader = view.only_reader(reader) if layers <= 1 else None
        if reader is not None and isinstance(reader.operation, BatchNormalization):
            yield Advice(
                row,
                f"{row.type} stands before {reader.name} ({reader.type}): dropout changes the variance in training "
                "but not in use, so that the moving variance is wrong in use",
                "put dropout behind the last batch normalization, just before the output layer",
            )
