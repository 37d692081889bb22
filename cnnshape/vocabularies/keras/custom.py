"""Layers that are not in keras.layers but in the networks that people build with Keras."""

from __future__ import annotations

from cnnshape.operations.merging import Merge
from cnnshape.operations.operation import Operation
from cnnshape.operations.scaling import LearnedScale
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType


class LayerScale(Layer):
    """ConvNeXt's LayerScale (`keras.applications.convnext`): a trained factor per channel."""

    init_values: Number
    projection_dim: Positive

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One weight per channel of the last axis."""
        return LearnedScale(channels=self.projection_dim, argument="projection_dim")


class StochasticDepth(Layer):
    """ConvNeXt's StochasticDepth (`keras.applications.convnext`): drops whole samples in training."""

    drop_path_rate: Number

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The input itself."""
        return Identity()


class CustomScaleLayer(Layer):
    """InceptionResNetV2's CustomScaleLayer: the first input plus the second times a constant."""

    scale: Number

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A product and a sum per element."""
        return Merge("add", operands=2, constants=1)
