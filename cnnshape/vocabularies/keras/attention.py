"""Keras's attention layers. Source of names, order and defaults: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.attention import DotAttention, MultiHeadAttention
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import Rate
from cnnshape.vocabularies.values import Integer, Kept, Nested, Positive


@keeps("flash_attention", kernel="glorot_uniform", bias="zeros")
def MultiHead(
    num_heads: Positive,
    key_dim: Positive,
    value_dim: Positive | None = None,
    dropout: Rate = 0.0,
    use_bias: bool = True,
    output_shape: Nested = None,
    attention_axes: Nested = None,
    sliding_window: Integer | None = None,
    flash_attention: bool | None = None,
    use_gate: bool = False,
    seed: Kept = None,
) -> Operation:
    """MultiHeadAttention: as many heads for keys and values as for queries."""
    sizes = key_dim, value_dim or key_dim
    return MultiHeadAttention(num_heads, num_heads, *sizes, use_bias, last_size(output_shape), use_gate)


def last_size(shape: Any) -> int | None:
    """The features of an output shape, which may be one number."""
    last = (shape[-1] if shape else None) if isinstance(shape, tuple) else shape
    if last is not None and (isinstance(last, bool) or not isinstance(last, int) or last < 1):
        message = f"{LAYER}'s output_shape must be a positive whole number, or a list of them, got {shape!r}"
        raise Fault("CS105", message, argument="output_shape")
    return last


@keeps("flash_attention", kernel="glorot_uniform", bias="zeros")
def GroupQuery(
    head_dim: Positive,
    num_query_heads: Positive,
    num_key_value_heads: Positive,
    dropout: Rate = 0.0,
    use_bias: bool = True,
    sliding_window: Integer | None = None,
    flash_attention: bool | None = None,
    use_gate: bool = False,
    seed: Kept = None,
) -> Operation:
    """GroupQueryAttention: several heads of queries share one of keys and values.

    The output has as many features as the query.
    """
    heads = num_query_heads, num_key_value_heads
    return MultiHeadAttention(*heads, head_dim, head_dim, use_bias, None, use_gate)


def Attention(
    use_scale: bool = False, score_mode: Literal["dot", "concat"] = "dot", dropout: Rate = 0.0, seed: Kept = None
) -> Operation:
    """Attention: one trained number scales all scores, and ``concat`` has one more."""
    return DotAttention(False, use_scale, score_mode == "concat")


def AdditiveAttention(use_scale: bool = True, dropout: Rate = 0.0) -> Operation:
    """AdditiveAttention: one trained number for each feature scales its part of the scores."""
    return DotAttention(True, use_scale)
