"""Upsampling: by repetition both frameworks agree, and linearly where corners are not kept in place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cnnshape.arithmetic.sizes import Dim
from cnnshape.operations.resampling import LINEAR, Resize, Upsample
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import call, short
from cnnshape.translation.padding import keras

REPEATS = frozenset({"repeat", "nearest", "nearest_exact"})
"""Modes that repeat every element where factors are whole numbers."""


def upsampling(operation: Upsample | Resize, request: Request) -> Counterpart | None:
    """Upsampling by whole factors."""
    factors = factors_of(operation, request)
    if request.layer == "Resizing":
        return resized_there(operation, request)
    if factors is None or operation.mode not in (*REPEATS, "linear"):
        return resized(operation, request) if request.other == "keras" else None
    rank, linear = len(factors), operation.mode == "linear"
    if request.other == "pytorch":
        return request.answer(call("Upsample", scale_factor=short(factors), mode=LINEAR[rank] if linear else None))
    if linear and rank != 2:
        return request.nothing(f"Keras has no linear UpSampling{rank}D")
    layer = call(f"UpSampling{rank}D", short(factors), interpolation="bilinear" if linear else None)
    if operation.corners and max(factors) > 1:
        return request.answer(layer, verdict="other values", note="Keras does not keep the corners in place")
    return request.answer(layer)


def resized_there(operation: Upsample | Resize, request: Request) -> Counterpart | None:
    """Keras's Resizing, whose elements lie where PyTorch's do that keep no corners in place."""
    modes = {"linear": "bilinear", "nearest_exact": "nearest-exact"}
    given = any(map(request.argument, ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")))
    sizes = operation.layout.spatial(request.result.output)
    if given or operation.mode not in modes or None in sizes:
        return None
    return request.answer(call("Upsample", size=short(sizes), mode=modes[operation.mode]))


LARGEST_REPEAT = 8
"""Of elements that are repeated only to take some of them."""


def resized(operation: Upsample | Resize, request: Request) -> Counterpart | None:
    """PyTorch's resampling by factors that are no whole numbers, at known sizes."""
    before = operation.layout.spatial(request.inputs[0])
    after = operation.layout.spatial(request.result.output)
    if None in (*before, *after) or operation.corners:
        return None
    stated = operation.factors if isinstance(operation, Upsample) else [None] * len(after)
    ratios = [Fraction(new or 1, old or 1) for new, old in zip(after, before, strict=True)]
    factors = [
        Fraction(factor).limit_denominator(LARGEST_REPEAT) if factor else ratio
        for factor, ratio in zip(stated, ratios, strict=True)
    ]
    if operation.mode == "linear" and len(after) == 2 and factors == ratios:
        return request.answer(call("Resizing", *after))
    if operation.mode != "nearest" or any(each.numerator > LARGEST_REPEAT for each in factors):
        return None
    rank = len(after)
    counts = [-(-(old or 1) * each.numerator // each.denominator) for old, each in zip(before, factors, strict=True)]
    crops = tuple((0, count - (new or 1)) for count, new in zip(counts, after, strict=True))
    layers = [
        call(f"UpSampling{rank}D", short([each.numerator for each in factors])),
        call(f"MaxPooling{rank}D", 1, strides=short([each.denominator for each in factors])),
        *([keras("Cropping", crops)] if any(map(any, crops)) else []),
    ]
    return request.answer(*layers, note="PyTorch's nearest element: all are repeated, then every so manieth is taken")


def factors_of(operation: Upsample | Resize, request: Request) -> tuple[int, ...] | None:
    """How often every element is repeated along each axis; None where that is no whole number, or not known."""
    if isinstance(operation, Upsample):
        return whole(operation.factors)
    sizes = operation.layout.spatial(request.inputs[0])
    return whole([ratio(target, size) for target, size in zip(operation.sizes, sizes, strict=True)])


def ratio(target: int, size: Dim) -> float:
    """How much larger the target is; 0 where that is not known."""
    return target / size if size else 0


def whole(factors: Sequence[float]) -> tuple[int, ...] | None:
    """The factors as whole numbers from 1 on, if all are."""
    return tuple(map(int, factors)) if all(each >= 1 and each == int(each) for each in factors) else None
