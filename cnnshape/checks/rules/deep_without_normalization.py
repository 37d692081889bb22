"""CS508: many layers in a row without a normalization between them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import LINEAR, NORMALIZATIONS, Advice, AdviceView, activation_of

MOST = 11
"""VGG with 11 weight layers trained from random weights; the deeper ones had to begin from its weights."""


def check(view: AdviceView) -> Iterator[Advice]:
    """More than `MOST` layers with weights on the shortest path without normalization (SELU normalizes itself).

    Where paths join, the shortest counts: past a shortcut gradients need no normalization, as in U-Net.
    """
    depth: dict[str, int] = {}
    first = None
    normalized, linear = ({row.name for row in view.of(*kinds)} for kinds in (NORMALIZATIONS, LINEAR))
    for row in view.rows:
        if row.name in normalized or activation_of(row) == "selu":
            depth[row.name] = 0
            continue
        before = min([depth[source.name] for source in view.sources(row)], default=0)
        depth[row.name] = before + (row.name in linear)
        if depth[row.name] > MOST and first is None:
            first = row
    if first is not None:
        yield Advice(
            first,
            f"{max(depth.values())} layers with weights follow each other without a normalization (this one is "
            f"number {MOST + 1}); more than {MOST} are hard to train from random weights",
            "put batch (or group, layer) normalization behind the convolutions, or begin from pretrained weights",
        )
