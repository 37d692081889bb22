"""Keras's adaptive pooling layers."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class AdaptivePoolingArguments(Layer):
    """The arguments of every adaptive pooling layer."""

    kind_of_pooling: ClassVar[Literal["max", "average"]]

    output_size: Sizes
    data_format: DataFormat = None

    def lower(self, kind: LayerType, defaults: Defaults) -> AdaptivePooling:
        """As many windows as asked for."""
        return AdaptivePooling(self.kind_of_pooling, self.output_size, layout(self.data_format, defaults))


class AdaptiveMaxPooling(AdaptivePoolingArguments):
    """AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D."""

    kind_of_pooling = "max"


class AdaptiveAveragePooling(AdaptivePoolingArguments):
    """AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveAveragePooling3D."""

    kind_of_pooling = "average"
