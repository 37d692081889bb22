"""CS502: a stride that passes over elements which no window reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from cnnshape.checks.advice_view import AdviceView, advice, by
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.plan import Row
from cnnshape.network.windows import Axis


def check(view: AdviceView) -> Iterator[Diagnostic]:
    """Some residue modulo the stride is reached by no tap of the kernel, nor by another layer that reads the same."""
    gaps = {row.name: share for row, axes in view.windowed if (share := share_read(axes)) < 1}
    for row, axes in view.windowed:
        if row.name in gaps and not is_read_elsewhere(view, row, gaps):
            kernel, strides = by([axis.kernel for axis in axes]), by([axis.stride for axis in axes])
            yield advice(
                "CS502",
                row,
                f"{row.type} reads only {gaps[row.name]:.0%} of its input: its kernel of {kernel} moves by {strides}",
                f"use strides of at most the kernel's size, or an average pooling of {strides} instead of the strides",
            )


def share_read(axes: tuple[Axis, ...]) -> float:
    """The share of the input that some window reads; 1 along an axis with a single window."""
    share = 1.0
    for axis in axes:
        reached = min(axis.kernel, axis.stride // gcd(axis.dilation, axis.stride))  # residues that taps fall on
        if reached < axis.stride and axis.windows > 1:
            share *= reached / axis.stride
    return share


def is_read_elsewhere(view: AdviceView, row: Row, gaps: dict[str, float]) -> bool:
    """Whether what `row` passes over is read by another layer, as beside the projection of a residual block."""
    return any(reader.name not in gaps for source in view.sources(row) for reader in view.readers(source))
