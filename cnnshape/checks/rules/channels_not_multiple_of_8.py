"""CS515: numbers of channels that tensor cores and vector units cannot fill."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by_no_size
from cnnshape.operations.convolution import Convolution

MULTIPLE = 8


@by_no_size
def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution of more than 8 filters, not a multiple of 8, that is not an output."""
    for row in view.of(Convolution):
        assert isinstance(row.operation, Convolution)
        if view.is_output(row):
            continue
        filters = row.operation.filters
        if filters is not None and filters > MULTIPLE and filters % MULTIPLE:
            lower = filters // MULTIPLE * MULTIPLE
            yield Advice(
                row,
                f"{row.type} has {filters} filters, which is no multiple of {MULTIPLE}: tensor cores and vector "
                f"units compute as much as for {lower + MULTIPLE}",
                f"use {lower} or {lower + MULTIPLE} filters",
            )
