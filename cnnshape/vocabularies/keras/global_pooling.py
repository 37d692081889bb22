"""Keras's global pooling layers."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.operations.pooling import GlobalPooling
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.vocabulary import LayerType


class GlobalPoolingArguments(Layer):
    """The arguments of every global pooling layer."""

    kind_of_pooling: ClassVar[Literal["max", "average"]]

    data_format: DataFormat = None
    keepdims: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> GlobalPooling:
        """One value per channel."""
        rank = kind.rank or 2
        return GlobalPooling(self.kind_of_pooling, rank, self.keepdims, layout(self.data_format, defaults))


class GlobalMaxPooling(GlobalPoolingArguments):
    """GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D."""

    kind_of_pooling = "max"


class GlobalAveragePooling(GlobalPoolingArguments):
    """GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D."""

    kind_of_pooling = "average"
