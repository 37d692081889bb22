"""CS511: layers whose input already sees all of the image."""

from __future__ import annotations

from collections.abc import Iterator
from operator import gt

from cnnshape.checks.advice_view import Advice, AdviceView, by, suspicion
from cnnshape.network.plan import ReceptiveField
from cnnshape.operations.convolution import Convolution


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with a kernel above 1 reads features whose receptive field exceeds the input on all axes.

    Where branches meet, the one that sees least counts: behind a skip connection there are features that see little,
    and a convolution of them does add context.
    """
    rows = []
    adding = view.suspects(adds_context)
    for number in adding:
        narrowest = view.narrowest_read(number)
        if narrowest is None or not exceeds(narrowest, view):
            continue
        field = view.field(view.reads(number)[0])
        if field is not None and field.exact and exceeds(field, view):
            rows.append((number, narrowest))
    if rows:
        number, narrowest = rows[0]
        row, sizes = view.row(number), view.input_sizes(narrowest.of, len(narrowest.size)) or ()
        others = f" (and so do {len(rows) - 1} more of {len(adding)})" if len(rows) > 1 else ""
        yield Advice(
            row,
            f"{row.type} reads features that already see {by(narrowest.size)}, more than the input's {by(sizes)}"
            f"{others}: it can add no context",
            "fewer layers or strides may do as well, or a larger input may use them",
        )


@suspicion(Convolution)
def adds_context(view: AdviceView, number: int) -> bool:
    """Whether a convolution has a kernel above 1."""
    return any(axis.kernel > 1 for axis in view.axes(number))


def exceeds(field: ReceptiveField, view: AdviceView) -> bool:
    """Whether a receptive field is larger than the input that it is about, on all axes."""
    sizes = view.input_sizes(field.of, len(field.size))
    return bool(sizes) and all(map(gt, field.size, sizes or ()))
