"""CS502: a stride that passes over elements which no window reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.windows import Axis


def check(view: AdviceView) -> Iterator[Advice]:
    """Some residue modulo the stride is reached by no tap of the kernel, nor by another layer that reads the same."""
    gaps = {number: (axes, share) for number, _, axes in view.windowed if (share := share_read(axes)) < 1}
    for number, (axes, share) in gaps.items():
        # What it passes over is read by another layer, as beside the projection of a residual block.
        if all(reader in gaps for source in view.reads(number) for reader in view.read_by(source)):
            row = view.row(number)
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
