"""CS511: layers whose input already sees all of the image."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by


def check(view: AdviceView) -> Iterator[Advice]:
    """A convolution with a kernel above 1 reads features whose receptive field exceeds the input on all axes.

    Where branches meet, the one that sees least counts: behind a skip connection there are features that see little,
    and a convolution of them does add context.
    """
    rows = []
    total = 0
    for row, axes in view.convolving:
        if {axis.kernel for axis in axes} == {1}:
            continue
        total += 1
        sources = view.sources(row)
        field = sources[0].receptive_field if sources else None
        if field is None or not field.exact:
            continue
        sizes = view.input_sizes(field.of, len(field.size))
        if not sizes or any(seen <= size for seen, size in zip(field.size, sizes, strict=True)):
            continue
        narrowest = view.narrowest_field(row.inputs[0])
        if narrowest is not None and all(seen > size for seen, size in zip(narrowest.size, sizes, strict=True)):
            rows.append((row, narrowest.size, sizes))
    if rows:
        row, seen, sizes = rows[0]
        others = f" (and so do {len(rows) - 1} more of {total})" if len(rows) > 1 else ""
        yield Advice(
            row,
            f"{row.type} reads features that already see {by(seen)}, more than the input's {by(sizes)}{others}: "
            "it can add no context",
            "fewer layers or strides may do as well, or a larger input may use them",
        )
