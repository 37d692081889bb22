"""PyTorch's modules that read numbers of things."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations.lookup import Lookup
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Integer, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType


class Table(Layer):
    """The vectors, one for each number."""

    num_embeddings: Positive
    embedding_dim: Positive


class Embedding(Table):
    """Embedding."""

    padding_idx: Integer | None = None
    max_norm: Number | None = None
    norm_type: Number = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A vector for each number."""
        return Lookup(self.num_embeddings, self.embedding_dim)


class EmbeddingBag(Table):
    """EmbeddingBag."""

    max_norm: Number | None = None
    norm_type: Number = 2.0
    scale_grad_by_freq: bool = False
    mode: Literal["sum", "mean", "max"] = "mean"
    sparse: bool = False
    include_last_offset: bool = False
    padding_idx: Integer | None = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A vector for all numbers of a sample."""
        return Lookup(self.num_embeddings, self.embedding_dim, bag=True)
