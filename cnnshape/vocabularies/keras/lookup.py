"""Keras's layers that read numbers of things, and masks. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.lookup import Categories, Lookup
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Extended, Kept, Nested, Positive
from cnnshape.vocabularies.vocabulary import LayerType


class Embedding(Layer):
    """Embedding."""

    input_dim: Positive
    output_dim: Positive
    embeddings_initializer: Kept = "uniform"
    embeddings_regularizer: Kept = None
    embeddings_constraint: Kept = None
    mask_zero: bool = False
    weights: Kept = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A vector for each number."""
        return Lookup(self.input_dim, self.output_dim)


class Masking(Layer):
    """Masking."""

    mask_value: Extended = 0.0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The input itself, with the masked steps zeroed."""
        return Identity()


OutputMode = Literal["int", "one_hot", "multi_hot", "count"]


class CategoryEncoding(Layer):
    """CategoryEncoding."""

    num_tokens: Positive
    output_mode: OutputMode = "multi_hot"
    sparse: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One vector for all numbers of the last axis, or one for each (``one_hot``)."""
        return Categories(self.num_tokens, self.output_mode == "one_hot")


class Discretization(Layer):
    """Discretization: the number of the bin that a value lies in."""

    bin_boundaries: Nested = None
    num_bins: Positive | None = None
    epsilon: Extended = 0.01
    output_mode: OutputMode = "int"
    sparse: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Numbers keep the shape; other modes are vectors over the bins."""
        if self.output_mode == "int":
            return Identity()
        bins = len(self.bin_boundaries) + 1 if self.bin_boundaries is not None else self.num_bins
        if bins is None:
            raise Fault("CS104", f"{kind.name} needs bin_boundaries or num_bins", argument="num_bins")
        return Categories(bins, self.output_mode == "one_hot", first=True)
