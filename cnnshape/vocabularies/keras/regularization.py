"""Keras's layers that act in training only: at inference they pass their input on."""

from __future__ import annotations

from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Identity as IdentityOperation
from cnnshape.vocabularies.keras.values import DataFormat, NoiseShape, NotNegative, Rate, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Integer, Kept
from cnnshape.vocabularies.vocabulary import LayerType


def Identity() -> Operation:
    """Identity: the input itself."""
    return IdentityOperation()


def ActivityRegularization(l1: NotNegative = 0.0, l2: NotNegative = 0.0) -> Operation:
    """ActivityRegularization, which adds to the loss alone."""
    return IdentityOperation()


def Dropout(rate: Rate, noise_shape: NoiseShape = None, seed: Integer | None = None) -> Operation:
    """Dropout, which does nothing at inference."""
    return IdentityOperation()


def AlphaDropout(rate: Rate, noise_shape: Kept = None, seed: Integer | None = None) -> Operation:
    """AlphaDropout, which does nothing at inference."""
    return IdentityOperation()


def GaussianDropout(rate: Rate, seed: Integer | None = None) -> Operation:
    """GaussianDropout, which does nothing at inference."""
    return IdentityOperation()


def GaussianNoise(stddev: Rate, seed: Integer | None = None) -> Operation:
    """GaussianNoise, which does nothing at inference; Keras wants a standard deviation of at most 1."""
    return IdentityOperation()


def SpatialDropout1D(rate: Rate, seed: Integer | None = None) -> Operation:
    """SpatialDropout1D, which has no data_format: the input itself, which has to be a sequence."""
    return IdentityOperation(1)


def SpatialDropout(
    kind: LayerType, defaults: Defaults, rate: Rate, data_format: DataFormat = None, seed: Integer | None = None
) -> Operation:
    """SpatialDropout2D, SpatialDropout3D: the input itself, which has to be an image (or a volume)."""
    return IdentityOperation(kind.rank, layout(data_format, defaults))
