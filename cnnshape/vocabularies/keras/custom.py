"""Layers that are not in keras.layers but in the networks that people build with Keras."""

from __future__ import annotations

from cnnshape.operations.merging import Merge
from cnnshape.operations.operation import Operation
from cnnshape.operations.scaling import LearnedScale
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.values import Number, Positive


def LayerScale(init_values: Number, projection_dim: Positive) -> Operation:
    """ConvNeXt's LayerScale (`keras.applications.convnext`): a trained factor per channel.

    One weight per channel of the last axis.
    """
    return LearnedScale(channels=projection_dim)


def StochasticDepth(drop_path_rate: Number) -> Operation:
    """ConvNeXt's StochasticDepth (`keras.applications.convnext`): drops whole samples in training. The input itself."""
    return Identity()


def CustomScaleLayer(scale: Number) -> Operation:
    """InceptionResNetV2's CustomScaleLayer: the first input plus the second times a constant.

    A product and a sum per element.
    """
    return Merge("add", operands=2, constants=1)
