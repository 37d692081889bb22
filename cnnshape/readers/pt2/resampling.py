"""ATen's operators that resample: their modes, and the factors that a program states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnnshape.arithmetic.symbols import Sizes, product_of
from cnnshape.operations.operation import Operation
from cnnshape.operations.resampling import TAPS, Interpolate, Interpolation
from cnnshape.readers.exported import Meaning
from cnnshape.readers.pt2.arguments import Arguments, Rule


def for_all(numbers: Sequence[Any]) -> Any:
    """One number where every axis has the same; a factor that is whole as an integer."""
    whole = [int(each) if isinstance(each, float) and each.is_integer() else each for each in numbers]
    return whole[0] if len(set(whole)) == 1 else tuple(whole)


def interpolation(
    mode: Interpolation, shown: str, arguments: Arguments, outputs: tuple[Sizes, ...], *, antialias: bool = False
) -> Meaning:
    """Elements from their neighbours, by the factors that the program states, else to the sizes that it has."""
    corners = bool(arguments("align_corners", default=False))
    sizes, factors = outputs[0][2:], arguments("scale_factors")
    given = {"scale_factor": for_all(factors)} if factors else {"size": for_all(sizes)}
    operation: Operation | None = None
    if factors or all(isinstance(each, int) for each in sizes):
        known = "other" if antialias else mode  # a filter as wide as the factor has no fixed taps
        operation = Interpolate(given.get("size"), given.get("scale_factor"), known, corners)
    taps = TAPS.get(mode, 0)
    flops = product_of(outputs[0]) * (2 * taps ** len(sizes) - 1 if taps else 0)
    words = {"mode": shown} | ({"antialias": True} if antialias else {}) | ({"align_corners": True} if corners else {})
    return Meaning("interpolate", outputs, operation, given | words, flops=flops)


INTERPOLATIONS: dict[str, Rule] = {
    **{f"upsample_nearest{rank}d": partial(interpolation, "nearest", "nearest") for rank in (1, 2, 3)},
    **{
        f"_upsample_nearest_exact{rank}d": partial(interpolation, "nearest_exact", "nearest-exact")
        for rank in (1, 2, 3)
    },
    "upsample_linear1d": partial(interpolation, "linear", "linear"),
    "upsample_bilinear2d": partial(interpolation, "linear", "bilinear"),
    "upsample_trilinear3d": partial(interpolation, "linear", "trilinear"),
    "upsample_bicubic2d": partial(interpolation, "cubic", "bicubic"),
    "_upsample_bilinear2d_aa": partial(interpolation, "linear", "bilinear", antialias=True),
    "_upsample_bicubic2d_aa": partial(interpolation, "cubic", "bicubic", antialias=True),
}
"""By their operators; the factor of an axis is `scale_factors` where the program was not traced with a size."""
