"""Keras's adaptive pooling layers."""

from __future__ import annotations

from cnnshape.operations.adaptive import AdaptivePooling as Adaptive
from cnnshape.vocabularies.keras.pooling import pooled
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Sizes
from cnnshape.vocabularies.vocabulary import LayerType


def AdaptivePooling(
    kind: LayerType, defaults: Defaults, output_size: Sizes, data_format: DataFormat = None
) -> Adaptive:
    """As many windows as asked for: the largest value of each, or the mean."""
    return Adaptive(pooled(kind), output_size, layout(data_format, defaults))
