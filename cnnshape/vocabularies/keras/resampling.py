"""Keras's layers that pad, crop and resize images."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import resampling as operations
from cnnshape.operations.operation import CHANNELS_LAST, Operation
from cnnshape.operations.resampling import Interpolation as Mode
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.values import DataFormat, layout, lower_case
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Number, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType

MODES: dict[str, Mode] = {
    "nearest": "nearest_exact",
    "bilinear": "linear",
    "bicubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
    "area": "area",
}
"""Keras's interpolations; its ``nearest`` takes the element below the middle of the output element."""

Interpolation = Annotated[Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"], Before(lower_case)]


def UpSampling1D(size: Positive = 2) -> Operation:
    """UpSampling1D, which has no data_format and always repeats axis 1: every step repeated."""
    return operations.Upsample((size,), "repeat", CHANNELS_LAST)


def UpSampling2D(
    defaults: Defaults, size: Sizes = 2, data_format: DataFormat = None, interpolation: Interpolation = "nearest"
) -> Operation:
    """UpSampling2D: rows and columns repeated, or values interpolated."""
    mode = "repeat" if interpolation == "nearest" else MODES[interpolation]
    return operations.Upsample(size, mode, layout(data_format, defaults))


def UpSampling3D(defaults: Defaults, size: Sizes = 2, data_format: DataFormat = None) -> Operation:
    """UpSampling3D: every element repeated along three axes."""
    return operations.Upsample(size, "repeat", layout(data_format, defaults))


def Resizing(
    kind: LayerType,
    defaults: Defaults,
    height: Positive,
    width: Positive,
    interpolation: Interpolation = "bilinear",
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: Kept = "constant",
    fill_value: Number = 0.0,
    antialias: bool = False,
    data_format: DataFormat = None,
) -> Operation:
    """Resizing to a fixed height and width.

    Cropping or padding to the aspect ratio first leaves no regular map from output to input.
    """
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise Fault(
            "CS108",
            f"{kind.name} cannot both crop and pad to the aspect ratio",
            fix="keep one of crop_to_aspect_ratio and pad_to_aspect_ratio",
            argument="pad_to_aspect_ratio",
        )
    regular = not (crop_to_aspect_ratio or pad_to_aspect_ratio or antialias)
    mode = MODES[interpolation] if regular else "other"
    return operations.Resize((height, width), mode, layout(data_format, defaults))
