"""CS514: a map of one position that windows still slide over."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, suspicion
from cnnshape.operations.convolution import Convolution


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with a kernel above 1 reads a map with one position."""
    rows = [*map(view.row, view.suspects(meets_one))]
    if rows:
        others = f" (and so do {len(rows) - 1} more convolutions)" if len(rows) > 1 else ""
        size = "x".join(["1"] * len(rows[0].operation.kernel))  # type: ignore[union-attr]
        yield Advice(
            rows[0],
            f"{rows[0].type} reads a map of {size}, which only one position of its kernel meets{others}",
            "pool or stride less before it, or use a larger input",
        )


@suspicion(Convolution)
def meets_one(view: AdviceView, number: int) -> bool:
    """Whether a kernel above 1 meets one position."""
    axes = view.axes(number)
    return bool(axes) and all(axis.size == 1 for axis in axes) and max(axis.kernel for axis in axes) > 1
