"""Upsampling: by repetition both frameworks agree, and linearly where corners are not kept in place."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim
from cnnshape.operations.resampling import Resize, Upsample
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import call, short

REPEATS = frozenset({"repeat", "nearest", "nearest_exact"})
"""Modes that repeat every element where factors are whole numbers."""

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""PyTorch's names of linear interpolation."""


def upsampling(operation: Upsample | Resize, request: Request) -> Counterpart | None:
    """Upsampling by whole factors."""
    factors = factors_of(operation, request)
    if factors is None or operation.mode not in (*REPEATS, "linear"):
        return None
    rank, linear = len(factors), operation.mode == "linear"
    if request.other == "pytorch":
        return request.answer(call("Upsample", scale_factor=short(factors), mode=LINEAR[rank] if linear else None))
    if linear and rank != 2:
        return request.nothing(f"Keras has no linear UpSampling{rank}D")
    layer = call(f"UpSampling{rank}D", short(factors), interpolation="bilinear" if linear else None)
    if operation.corners and max(factors) > 1:
        return request.answer(layer, verdict="other values", note="Keras does not keep the corners in place")
    return request.answer(layer)


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
