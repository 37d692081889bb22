"""CS511: layers whose input already sees all of the image."""

from __future__ import annotations

from collections.abc import Iterator
from operator import gt

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.plan import ReceptiveField


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with a kernel above 1 reads features whose receptive field exceeds the input on all axes.

    Where branches meet, the one that sees least counts: behind a skip connection there are features that see little,
    and a convolution of them does add context.
    """
    rows = []
    total = 0
    for number, _, axes in view.convolving:
        if {axis.kernel for axis in axes} == {1}:
            continue
        total += 1
        narrowest = view.narrowest_read(number)
        if narrowest is None or not exceeds(narrowest, view):
            continue
        field = view.sources(number)[0].receptive_field
        if field is not None and field.exact and exceeds(field, view):
            rows.append((number, narrowest))
    if rows:
        number, narrowest = rows[0]
        row, sizes = view.row(number), view.input_sizes(narrowest.of, len(narrowest.size)) or ()
        others = f" (and so do {len(rows) - 1} more of {total})" if len(rows) > 1 else ""
        yield Advice(
            row,
            f"{row.type} reads features that already see {by(narrowest.size)}, more than the input's {by(sizes)}"
            f"{others}: it can add no context",
            "fewer layers or strides may do as well, or a larger input may use them",
        )


def exceeds(field: ReceptiveField, view: AdviceView) -> bool:
    """Whether a receptive field is larger than the input that it is about, on all axes."""
    sizes = view.input_sizes(field.of, len(field.size))
    return bool(sizes) and all(map(gt, field.size, sizes or ()))
