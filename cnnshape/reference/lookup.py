"""Layers that read numbers of things: embeddings, categories, bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.dense import project
from cnnshape.reference.execution import NEEDED, Execution, Kernel, NotRunError, plain


def rows_of(execution: Execution, table: Array, tensor: Array) -> Array:
    """A row of a table for each number; what is not a number has none."""
    found: Array = table[execution.indices(np.nan_to_num(tensor), len(table))]
    found[np.isnan(tensor)] = np.nan
    return found


def keras_embedding(
    execution: Execution,
    tensor: Array,
    *,
    input_dim: int,
    output_dim: int,
    weights: Any = None,
) -> Array:
    """Embedding. Weights: embeddings (entries, features)."""
    return rows_of(execution, execution.parameter("embeddings", (input_dim, output_dim), -1, 1), tensor)


def keras_reversible_embedding(
    execution: Execution,
    tensor: Array,
    *,
    input_dim: int,
    output_dim: int,
    tie_weights: bool = True,
    reverse_dtype: Any = None,
    logit_soft_cap: float | None = None,
) -> Array:
    """ReversibleEmbedding, back where no axis is added. Weights: embeddings, and those of the way back if not tied."""
    table = execution.parameter("embeddings", (input_dim, output_dim), -1, 1)
    back = table if tie_weights else execution.parameter("reverse_embeddings", (output_dim, input_dim), -1, 1).T
    if tensor.ndim not in (execution.asked or ()):
        return rows_of(execution, table, tensor)
    scores = project(execution, tensor, np.ascontiguousarray(back), None)
    if logit_soft_cap is None:
        return scores
    cap = np.float32(logit_soft_cap)
    capped: Array = cap * np.tanh(scores / cap)
    return capped


def pytorch_embedding(
    execution: Execution,
    tensor: Array,
    *,
    num_embeddings: int,
    embedding_dim: int,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> Array:
    """Embedding; vectors longer than `max_norm` are shortened. Weights: weight (entries, features)."""
    table = execution.parameter("weight", (num_embeddings, embedding_dim), -1, 1)
    return shortened(rows_of(execution, table, tensor), max_norm, norm_type)


def shortened(vectors: Array, longest: float | None, order: float) -> Array:
    """Vectors that are longer than `longest`, by a norm, as long as that."""
    if longest is None:
        return vectors
    lengths = np.linalg.norm(vectors, order, -1, keepdims=True)
    scaled: Array = np.where(lengths > longest, vectors * (longest / (lengths + 1e-7)), vectors).astype(np.float32)
    return scaled


def pytorch_embedding_bag(
    execution: Execution,
    tensor: Array,
    *,
    num_embeddings: int,
    embedding_dim: int,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    mode: str = "mean",
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Array:
    """EmbeddingBag of (batch, numbers); the vector of `padding_idx` does not take part. Weights: weight."""
    table = execution.parameter("weight", (num_embeddings, embedding_dim), -1, 1)
    vectors = shortened(rows_of(execution, table, tensor), max_norm, norm_type)
    counts = np.ones(tensor.shape, bool)
    if padding_idx is not None:
        counts = execution.indices(np.nan_to_num(tensor), num_embeddings) != padding_idx % num_embeddings
    taken = counts[..., None]
    if mode == "max":
        result: Array = np.max(np.where(taken, vectors, -np.inf), axis=1)
        return np.where(np.isneginf(result), np.float32(0), result)
    result = np.sum(np.where(taken, vectors, np.float32(0)), axis=1)
    return result / np.maximum(np.sum(taken, axis=1), 1).astype(np.float32) if mode == "mean" else result


def hot(execution: Execution, numbers: Array, num_classes: int) -> Array:
    """`torch.nn.functional.one_hot`: a vector for each number that is 1 at its place."""
    return rows_of(execution, np.eye(num_classes, dtype=np.float32), numbers)


def encoded(vectors: Array, tensor: Array, mode: str, axis: int) -> Array:
    """Vectors of numbers as an output mode has them: each by itself, or all along an axis as one."""
    if mode == "one_hot":
        return vectors[..., 0, :] if tensor.ndim > 1 and tensor.shape[-1] == 1 else vectors
    if tensor.ndim == 1:
        return vectors
    result: Array = vectors.sum(axis) if mode in ("count", "int") else vectors.max(axis)
    return result


def keras_category_encoding(
    execution: Execution, tensor: Array, *, num_tokens: int, output_mode: str = "multi_hot"
) -> Array:
    """CategoryEncoding."""
    return encoded(hot(execution, tensor, num_tokens), tensor, output_mode, -2)


def keras_discretization(
    execution: Execution,
    tensor: Array,
    *,
    bin_boundaries: Any = None,
    num_bins: int | None = None,
    epsilon: float = 0.01,
    output_mode: str = "int",
) -> Array:
    """Discretization: the number of the bin, or its vector, or one vector for all of axis 1."""
    if bin_boundaries is None:
        raise NotRunError(f"`{execution.layer}` learns its bins from data: only bin_boundaries can be run")
    bins = np.asarray(np.digitize(tensor, bin_boundaries), np.float32)
    if output_mode == "int":
        return bins
    drawn, execution.drawn_inputs = execution.drawn_inputs, False
    vectors = hot(execution, bins, len(bin_boundaries) + 1)
    execution.drawn_inputs = drawn
    return encoded(vectors, tensor, output_mode, 1)


def keras_one_hot(execution: Execution, tensor: Array, *, num_classes: int, axis: int = -1) -> Array:
    """`keras.ops.one_hot`, along the last axis; numbers outside have none."""
    if execution.drawn_inputs:
        return hot(execution, tensor, num_classes)
    return np.asarray(tensor[..., None] == np.arange(num_classes), np.float32)


def constant(number: float, shape: str) -> Kernel:
    """`torch.ones`, `keras.ops.zeros` and their like."""
    return plain(lambda shape: np.full(tuple(shape), number, np.float32), **{shape: NEEDED})


def weight(
    execution: Execution,
    *beside: Array,
    shape: Sequence[int],
    held: Sequence[int],
    each_sample: bool,
    buffer: bool,
    **_: str,
) -> Array:
    """A weight that an operator reads, in the shape in which it does, for each sample of a tensor or for all."""
    kept = (execution.buffer if buffer else execution.parameter)("weight", tuple(held), *(() if buffer else (-1, 1)))
    made = kept.reshape(tuple(shape))
    return np.broadcast_to(made, (len(beside[0]), *shape[1:])) if each_sample else made


def arange(start: float, end: float | None, step: float | None) -> Array:
    """`arange` of both, with an axis of 1 in place of the batch."""
    first, last = (0, start) if end is None else (start, end)
    return np.asarray(np.arange(first, last, 1 if step is None else step), np.float32)[None]


def parameter(execution: Execution, *, shape: Sequence[int]) -> Array:
    """A weight by itself, with an axis of 1 in place of the batch."""
    return execution.parameter("weight", tuple(shape), -1, 1)[None]
