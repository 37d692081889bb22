"""PyTorch's modules that read numbers of things."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations.lookup import Lookup
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.values import Integer, Number, Positive


def Embedding(
    num_embeddings: Positive,
    embedding_dim: Positive,
    padding_idx: Integer | None = None,
    max_norm: Number | None = None,
    norm_type: Number = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Operation:
    """Embedding."""
    return Lookup(num_embeddings, embedding_dim)


def EmbeddingBag(
    num_embeddings: Positive,
    embedding_dim: Positive,
    max_norm: Number | None = None,
    norm_type: Number = 2.0,
    scale_grad_by_freq: bool = False,
    mode: Literal["sum", "mean", "max"] = "mean",
    sparse: bool = False,
    include_last_offset: bool = False,
    padding_idx: Integer | None = None,
) -> Operation:
    """EmbeddingBag."""
    return Lookup(num_embeddings, embedding_dim, bag=True)
