"""Keras's layers that pad, crop and resize images."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import resampling as operations
from cnnshape.operations.operation import CHANNELS_LAST, Operation
from cnnshape.operations.resampling import Interpolation as Mode
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.values import DataFormat, layout, lower_case
from cnnshape.vocabularies.layer import Defaults, Layer
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


class UpSampling1D(Layer):
    """UpSampling1D, which has no data_format and always repeats axis 1."""

    size: Positive = 2

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Every step repeated."""
        return operations.Upsample((self.size,), "repeat", CHANNELS_LAST)


class UpSampling2D(Layer):
    """UpSampling2D."""

    size: Sizes = 2  # type: ignore[assignment]
    data_format: DataFormat = None
    interpolation: Interpolation = "nearest"

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Rows and columns repeated, or values interpolated."""
        mode = "repeat" if self.interpolation == "nearest" else MODES[self.interpolation]
        return operations.Upsample(self.size, mode, layout(self.data_format, defaults))


class UpSampling3D(Layer):
    """UpSampling3D."""

    size: Sizes = 2  # type: ignore[assignment]
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Every element repeated along three axes."""
        return operations.Upsample(self.size, "repeat", layout(self.data_format, defaults))


class Resizing(Layer):
    """Resizing to a fixed height and width."""

    height: Positive
    width: Positive
    interpolation: Interpolation = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Kept = "constant"
    fill_value: Number = 0.0
    antialias: bool = False
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Cropping or padding to the aspect ratio first leaves no regular map from output to input."""
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise Fault(
                "CS108",
                f"{kind.name} cannot both crop and pad to the aspect ratio",
                fix="keep one of crop_to_aspect_ratio and pad_to_aspect_ratio",
                argument="pad_to_aspect_ratio",
            )
        regular = not (self.crop_to_aspect_ratio or self.pad_to_aspect_ratio or self.antialias)
        mode = MODES[self.interpolation] if regular else "other"
        return operations.Resize((self.height, self.width), mode, layout(self.data_format, defaults))
