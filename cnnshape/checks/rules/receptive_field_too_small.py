"""CS510: features that see only a part of the input when they are pooled for the head."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.plan import Row
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.pooling import GlobalPooling


def check(view: AdviceView) -> Iterator[Advice]:
    """The receptive field of the map that the head pools is smaller than the input on some axis."""
    for number, source in view.once(heads):
        field = view.field(source)
        if field is None or field.is_global or not field.exact:
            continue
        sizes = view.input_sizes(field.of, len(field.size))
        if sizes is None or all(seen >= size for seen, size in zip(field.size, sizes, strict=True)):
            continue
        row = view.row(number)
        yield Advice(
            row,
            f"{row.type} pools features that each see at most {by(field.size)} of the input's {by(sizes)}: "
            "no feature can combine what lies further apart",
            "add layers, larger kernels, dilation or strides before it, or use a smaller input",
        )


def heads(view: AdviceView) -> list[tuple[int, int]]:
    """The poolings to a single position that an output reads through dense layers and the like, with what they read."""
    waiting = [number for number, row in enumerate(view) if view.is_output(row)]
    found, seen = set(), set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        if pools_everything(view.row(number)):
            found.add(number)
        else:
            waiting.extend(view.reads(number))
    return [(number, sources[0]) for number in sorted(found) if (sources := view.reads(number))]


def pools_everything(row: Row) -> bool:
    """Whether one position is left of the map."""
    operation = row.operation
    if isinstance(operation, AdaptivePooling):
        return set(operation.sizes) == {1}
    return isinstance(operation, GlobalPooling)
