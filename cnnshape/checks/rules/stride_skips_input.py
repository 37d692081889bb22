"""CS502: a stride that passes over elements which no window reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from cnnshape.checks.advice_view import Advice, AdviceView, by, suspicion
from cnnshape.network.windows import SLIDING, Axis


def check(view: AdviceView) -> Iterator[Advice]:
    """Some residue modulo the stride is reached by no tap of the kernel, nor by another layer that reads the same."""
    gaps = view.suspects(skips)
    for number in gaps:
        # What it passes over is read by another layer, as beside the projection of a residual block.
        if all(reader in gaps for source in view.reads(number) for reader in view.read_by(source)):
            row, axes = view.row(number), view.axes(number)
            kernel, strides = by([axis.kernel for axis in axes]), by([axis.stride for axis in axes])
            yield Advice(
                row,
                f"{row.type} reads only {share_read(axes):.0%} of its input: its kernel of {kernel} moves by {strides}",
                f"use strides of at most the kernel's size, or an average pooling of {strides} instead of the strides",
            )


@suspicion(*SLIDING)
def skips(view: AdviceView, number: int) -> bool:
    """Whether windows pass over elements."""
    return share_read(view.axes(number)) < 1


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
