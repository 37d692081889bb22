"""Keras's Dense."""

from __future__ import annotations

from cnnshape.operations.dense import Dense as DenseOperation
from cnnshape.vocabularies.keras.kernels import KernelAndBias
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Positive
from cnnshape.vocabularies.vocabulary import LayerType


class Units(Layer):
    """The beginning of Dense."""

    units: Positive


class Dense(KernelAndBias, Units):
    """Dense, over the last axis, wherever the channels lie."""

    def lower(self, kind: LayerType, defaults: Defaults) -> DenseOperation:
        """Keras insists on a known last axis."""
        return DenseOperation(self.units, self.use_bias, self.activation, known_features=True)
