"""Keras's layers that pad and crop."""

from __future__ import annotations

from cnnshape.operations import padding as operations
from cnnshape.operations.operation import CHANNELS_LAST, Operation
from cnnshape.vocabularies.keras.values import DataFormat, Pairs, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Positive


def ZeroPadding(defaults: Defaults, padding: Pairs = 1, data_format: DataFormat = None) -> Operation:
    """ZeroPadding1D, ZeroPadding2D, ZeroPadding3D: zeros before and after each spatial axis."""
    return operations.Pad(padding, layout(data_format, defaults))


def Cropping1D(cropping: Pairs = 1) -> Operation:
    """Cropping1D, which has no data_format and always crops axis 1: elements cut off before and after."""
    return operations.Crop(cropping, CHANNELS_LAST)


def Cropping2D(defaults: Defaults, cropping: Pairs = 0, data_format: DataFormat = None) -> Operation:
    """Cropping2D, which crops nothing where nothing is said: rows and columns cut off at the four sides."""
    return operations.Crop(cropping, layout(data_format, defaults))


def Cropping3D(defaults: Defaults, cropping: Pairs = 1, data_format: DataFormat = None) -> Operation:
    """Cropping3D: elements cut off at the six sides."""
    return operations.Crop(cropping, layout(data_format, defaults))


def CenterCrop(defaults: Defaults, height: Positive, width: Positive, data_format: DataFormat = None) -> Operation:
    """CenterCrop: the middle of the image."""
    return operations.CenterCrop((height, width), layout(data_format, defaults))
