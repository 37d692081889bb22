"""CS510: features that see only a part of the input when they are pooled for the head."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.plan import Row
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.pooling import GlobalPooling


def check(view: AdviceView) -> Iterator[Advice]:
    """The receptive field of the map that the head pools is smaller than the input on some axis."""
    for row, source in view.once(heads):
        field = source.receptive_field
        if field is None or field.is_global or not field.exact:
            continue
        sizes = view.input_sizes(field.of, len(field.size))
        if sizes is None or all(seen >= size for seen, size in zip(field.size, sizes, strict=True)):
            continue
        yield Advice(
            row,
            f"{row.type} pools features that each see at most {by(field.size)} of the input's {by(sizes)}: "
            "no feature can combine what lies further apart",
            "add layers, larger kernels, dilation or strides before it, or use a smaller input",
        )


def heads(view: AdviceView) -> list[tuple[Row, Row]]:
    """The poolings to a single position that an output reads through dense layers and the like, with what they read."""
    found: dict[str, Row] = {}
    waiting = [row for row in view if view.is_output(row)]
    seen = set()
    while waiting:
        row = waiting.pop()
        if row.name in seen:
            continue
        seen.add(row.name)
        if pools_everything(row):
            found[row.name] = row
        else:
            waiting.extend(view.sources(row))
    return [(row, sources[0]) for row in view if row.name in found and (sources := view.sources(row))]


def pools_everything(row: Row) -> bool:
    """Whether one position is left of the map."""
    operation = row.operation
    if isinstance(operation, AdaptivePooling):
        return set(operation.sizes) == {1}
    return isinstance(operation, GlobalPooling)
