"""CS502: a stride that passes over elements which no window reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.windows import Axis


def check(view: AdviceView) -> Iterator[Advice]:
    """Some residue modulo the stride is reached by no tap of the kernel, nor by another layer that reads the same."""
    gaps = [(view.row(number), axes, share) for number, _, axes in view.windowed if (share := share_read(axes)) < 1]
    names = {row.name for row, _, _ in gaps}
    for row, axes, share in gaps:
        # What it passes over is read by another layer, as beside the projection of a residual block.
        if all(reader.name in names for source in view.sources(row) for reader in view.readers(source)):
            kernel, strides = by([axis.kernel for axis in axes]), by([axis.stride for axis in axes])
            yield Advice(
                row,
                f"{row.type} reads only {share:.0%} of its input: its kernel of {kernel} moves by {strides}",
                f"use strides of at most the kernel's size, or an average pooling of {strides} instead of the strides",
            )


def share_read(axes: tuple[Axis, ...]) -> float:
    """The share of the input that some window reads; 1 along an axis with a single window."""
    share = 1.0
    for axis in axes:
        if axis.stride == 1:
            continue
        reached = min(axis.kernel, axis.stride // gcd(axis.dilation, axis.stride))  # residues that taps fall on
        if reached < axis.stride and axis.windows > 1:
            share *= reached / axis.stride
    return share
