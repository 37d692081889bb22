"""Resampling of ONNX. ONNX Runtime's behaviour is the truth."""

from __future__ import annotations

from array import array
from math import floor
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes, named, product_of
from cnnshape.operations.resampling import Interpolate, Interpolation
from cnnshape.readers.exported import Meaning
from cnnshape.readers.onnx.operator import Operator, UnknownSizeError, whole

TAPS = {"nearest": 1, "linear": 2, "bilinear": 2, "cubic": 4}

PYTORCHS = {
    "linear": {1: "linear", 2: "bilinear", 3: "trilinear"},
    "bilinear": {2: "bilinear"},
    "cubic": {2: "bicubic"},
}
"""What PyTorch calls a mode over so many spatial axes."""


def resize(operator: Operator) -> Meaning:
    """To sizes, or by factors: ``floor(size * factor)``, whatever the coordinate mode.

    The specification gives `tf_crop_and_resize` the size of its region of interest; ONNX Runtime 1.32, the reference
    evaluator and the shape inference of ONNX 1.23.2 take the factor of the whole axis there as well.
    """
    shape = operator.sizes(0)
    scales = {1: None, 2: 1}.get(len(operator.inputs), 2 if operator.opset >= 11 else 1)
    sizes_at = 3
    axes = operator.attribute("axes") or range(len(shape))
    axes = t.axes_of(axes, len(shape))
    output = list(shape)
    factors: Any = None
    if operator.has(sizes_at) and operator.given[sizes_at] != (0,):
        wanted = operator.elements(sizes_at)
        output = kept_proportions(operator, shape, axes, wanted)
    else:
        factors = operator.attribute("scales") or (operator.elements(scales) if scales is not None else None)
        if not factors:
            raise ValueError(f"{operator.type} has neither sizes nor scales")
        for axis, factor in zip(axes, factors, strict=True):
            output[axis] = scaled(shape[axis], factor)
    mode = str(operator.attribute("mode", "nearest"))
    taps = TAPS.get(mode, 1) ** max(sum(one != other for one, other in zip(shape, output, strict=True)), 1)
    flops = product_of(output) * (2 * taps - 1 if taps > 1 else 0)
    called = PYTORCHS.get(mode, {}).get(len(output) - 2, mode)
    spread = tuple(float(each) for each in factors[2:]) if factors and len(axes) == len(shape) else None
    operation = interpolation(operator, shape, output, spread) if shape[:2] == tuple(output[:2]) else None
    return Meaning("interpolate", (tuple(output),), operation, {"size": tuple(output[2:]), "mode": called}, flops=flops)


PLACES: dict[tuple[str, str], tuple[Interpolation, bool]] = {
    ("nearest", "asymmetric"): ("nearest", False),
    ("nearest", "half_pixel"): ("nearest_exact", False),
    ("linear", "half_pixel"): ("linear", False),
    ("linear", "pytorch_half_pixel"): ("linear", False),
    ("linear", "align_corners"): ("linear", True),
    ("cubic", "half_pixel"): ("cubic", False),
    ("cubic", "pytorch_half_pixel"): ("cubic", False),
    ("cubic", "align_corners"): ("cubic", True),
}
"""Where PyTorch looks as ONNX does in a mode with these coordinates, and whether corners are aligned."""


def interpolation(
    operator: Operator, shape: Sizes, output: list[Size], factors: tuple[float, ...] | None
) -> Interpolate | None:
    """What PyTorch's interpolation it is; None where elements are found in another way."""
    old = operator.opset < 11
    mode = str(operator.attribute("mode", "nearest")).removeprefix("bi")
    places = "asymmetric" if old else str(operator.attribute("coordinate_transformation_mode", "half_pixel"))
    rounded = "floor" if old else str(operator.attribute("nearest_mode", "round_prefer_floor"))
    known = PLACES.get((mode, places))
    sizes = [size for size in output[2:] if isinstance(size, int)]
    if known is None or operator.attribute("antialias") or len(sizes) < len(output) - 2:
        return None
    whole_factors = all(isinstance(size, int) and made % size == 0 for size, made in zip(shape[2:], sizes, strict=True))
    if mode == "nearest" and (rounded != "floor" if places == "asymmetric" else not whole_factors):
        return None  # of two elements as near ONNX takes the lower one; whole factors know no such places
    return Interpolate(None if factors else tuple(sizes), factors, *known)


def scaled(size: Size, factor: Any) -> Size:
    """``floor(size * factor)``, of which ONNX Runtime rounds the product to float32 first: 10 by 0.7 are 7."""
    if isinstance(factor, Polynomial) or factor is None:
        raise UnknownSizeError
    number = float(factor)
    if isinstance(size, int):
        return int(array("f", (size * number,))[0])
    return size * int(number) if number.is_integer() else named(f"floor({size}*{number})")


def kept_proportions(operator: Operator, shape: Sizes, axes: tuple[int, ...], wanted: list[Any]) -> list[Size]:
    """The stated sizes; with `keep_aspect_ratio_policy` those of the one factor that fits inside, or outside."""
    policy = operator.attribute("keep_aspect_ratio_policy", "stretch")
    output = list(shape)
    if policy == "stretch":
        for axis, size in zip(axes, wanted, strict=True):
            output[axis] = size
        return output
    known = [whole(shape[axis]) for axis in axes]
    factors = [int(size) / each for size, each in zip(wanted, known, strict=True)]
    factor = min(factors) if policy == "not_larger" else max(factors)
    for axis, size in zip(axes, known, strict=True):
        output[axis] = floor(size * factor + 0.5)
    return output
