"""CS508: many layers in a row without a normalization between them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import LINEAR, NORMALIZATIONS, Advice, AdviceView, by_no_size

MOST = 11
"""VGG with 11 weight layers trained from random weights; the deeper ones had to begin from its weights."""


@by_no_size
def check(view: AdviceView) -> Iterator[Advice]:
    """More than `MOST` layers with weights on the shortest path without normalization (SELU normalizes itself).

    Where paths join, the shortest counts: past a shortcut gradients need no normalization, as in U-Net.
    """
    depth: list[int] = []
    first = None
    normalized, linear = ({*view.numbers(*kinds)} for kinds in (NORMALIZATIONS, LINEAR))
    normalized.update(view.number(row) for row, activation in view.activated if activation == "selu")
    for number, row in enumerate(view):
        if number in normalized:
            depth.append(0)
            continue
        deep = min([depth[source] for source in view.reads(number)], default=0) + (number in linear)
        depth.append(deep)
        if deep > MOST and first is None:
            first = row
    if first is not None:
        yield Advice(
            first,
            f"{max(depth)} layers with weights follow each other without a normalization (this one is "
            f"number {MOST + 1}); more than {MOST} are hard to train from random weights",
            "put batch (or group, layer) normalization behind the convolutions, or begin from pretrained weights",
        )
