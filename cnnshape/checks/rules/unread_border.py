"""CS501: rows or columns at the border that no window reads."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.network import Network, advice, by, windowed
from cnnshape.diagnostics import Diagnostic
from cnnshape.operations.pooling import Pooling


def check(network: Network) -> Iterator[Diagnostic]:
    """A leftover above 0 on an axis whose windows leave no gaps between them (those are CS502's)."""
    for row, axes in windowed(network):
        unread = [axis for axis in axes if axis.leftover > 0 and axis.stride <= axis.extent]
        if not unread:
            continue
        parts = [f"the last {axis.leftover} of {axis.size} along the {axis.name}" for axis in unread]
        fits = [axis.size - axis.leftover if axis in unread else axis.size for axis in axes]
        more = [axis.size + axis.stride - axis.leftover if axis in unread else axis.size for axis in axes]
        rounding = "ceil_mode=True" if network.plan.framework == "pytorch" else 'padding="same"'
        remedy = f", or {rounding}" if isinstance(row.operation, Pooling) else ""
        yield advice(
            "CS501",
            row,
            f"{row.type} never reads {' and '.join(parts)}: windows of {by([axis.extent for axis in axes])} "
            f"every {by([axis.stride for axis in axes])} end before them",
            f"nothing is left over with an input of {by(fits)} or {by(more)} here{remedy}",
        )
