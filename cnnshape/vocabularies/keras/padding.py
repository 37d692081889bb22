"""Keras's layers that pad and crop."""

from __future__ import annotations

from cnnshape.operations import padding as operations
from cnnshape.operations.operation import CHANNELS_LAST, Operation
from cnnshape.vocabularies.keras.values import DataFormat, Pairs, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Positive
from cnnshape.vocabularies.vocabulary import LayerType


class ZeroPadding(Layer):
    """ZeroPadding1D, ZeroPadding2D, ZeroPadding3D."""

    padding: Pairs = 1  # type: ignore[assignment]
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Zeros before and after each spatial axis."""
        return operations.Pad(self.padding, layout(self.data_format, defaults))


class Cropping1D(Layer):
    """Cropping1D, which has no data_format and always crops axis 1."""

    cropping: Pairs = 1  # type: ignore[assignment]

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Elements cut off before and after."""
        return operations.Crop(self.cropping, CHANNELS_LAST)


class Cropping2D(Layer):
    """Cropping2D, which crops nothing where nothing is said."""

    cropping: Pairs = 0  # type: ignore[assignment]
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Rows and columns cut off at the four sides."""
        return operations.Crop(self.cropping, layout(self.data_format, defaults))


class Cropping3D(Layer):
    """Cropping3D."""

    cropping: Pairs = 1  # type: ignore[assignment]
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Elements cut off at the six sides."""
        return operations.Crop(self.cropping, layout(self.data_format, defaults))


class CenterCrop(Layer):
    """CenterCrop."""

    height: Positive
    width: Positive
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The middle of the image."""
        return operations.CenterCrop((self.height, self.width), layout(self.data_format, defaults))
