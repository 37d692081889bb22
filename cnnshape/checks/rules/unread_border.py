"""CS501: rows or columns at the border that no window reads."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by, suspicion
from cnnshape.network.windows import SLIDING
from cnnshape.operations.padding import Pad
from cnnshape.operations.pooling import Pooling, WithIndices


def check(view: AdviceView) -> Iterator[Advice]:
    """A leftover above 0, where it is more than padding and the windows leave no gaps (those are CS502's)."""
    for number in view.suspects(leaves_some):
        row, axes = view.row(number), view.axes(number)
        padded = padding_before(view, number, len(axes))
        unread = [
            axis for axis, high in zip(axes, padded, strict=True) if axis.leftover > high and axis.stride <= axis.extent
        ]
        if not unread:
            continue
        parts = [f"the last {axis.leftover} of {axis.size} along the {axis.name}" for axis in unread]
        fits = [axis.size - axis.leftover if axis in unread else axis.size for axis in axes]
        more = [axis.size + axis.stride - axis.leftover if axis in unread else axis.size for axis in axes]
        rounding = "ceil_mode=True" if view.plan.framework == "pytorch" else 'padding="same"'
        remedy = f", or {rounding}" if isinstance(row.operation, Pooling | WithIndices) else ""
        yield Advice(
            row,
            f"{row.type} never reads {' and '.join(parts)}: windows of {by([axis.extent for axis in axes])} "
            f"every {by([axis.stride for axis in axes])} end before them",
            f"nothing is left over with an input of {by(fits)} or {by(more)} here{remedy}",
        )


@suspicion(*SLIDING)
def leaves_some(view: AdviceView, number: int) -> bool:
    """Whether something is left over at a border by windows without gaps."""
    return any(axis.leftover and axis.stride <= axis.extent for axis in view.axes(number))


def padding_before(view: AdviceView, number: int, rank: int) -> list[int]:
    """The elements at each axis's end that a padding layer has added: leaving those unread loses nothing."""
    sources = view.sources(number)
    operation = sources[0].operation if sources else None
    if isinstance(operation, Pad) and len(operation.pads) == rank:
        return [high for _, high in operation.pads]
    return [0] * rank
