"""CS502: a stride that passes over elements which no window reads."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.network import Network, advice, by
from cnnshape.diagnostics import Diagnostic


def check(network: Network) -> Iterator[Diagnostic]:
    """Some residue modulo the stride is reached by no tap of the kernel, and there is more than one window."""
    for row, axes in network.windowed:
        read, gaps = 1.0, False
        for axis in axes:
            reached = len({tap * axis.dilation % axis.stride for tap in range(axis.kernel)})
            if reached < axis.stride and axis.windows > 1:
                read, gaps = read * reached / axis.stride, True
        if gaps:
            kernel, strides = by([axis.kernel for axis in axes]), by([axis.stride for axis in axes])
            yield advice(
                "CS502",
                row,
                f"{row.type} reads only {read:.0%} of its input: its kernel of {kernel} moves by {strides}",
                f"use strides of at most the kernel's size, or an average pooling of {strides} instead of the strides",
            )
