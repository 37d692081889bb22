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
    features = whole_numbers("output_shape", output_shape, "a positive whole number") or None
    axes = whole_numbers("attention_axes", attention_axes, "a whole number")
    return MultiHeadAttention(num_heads, num_heads, *sizes, use_bias, features, use_gate, axes)


def whole_numbers(argument: str, value: Any, what: str) -> tuple[int, ...] | None:
    """Whole numbers, where one may stand alone; None for none. Raises `Fault` where it is not `what` it has to be."""
    if value is None:
        return None
    numbers = value if isinstance(value, tuple) else (value,)
    least = 1 if "positive" in what else None
    if any(type(each) is not int or (least is not None and each < least) for each in numbers):
        message = f"{LAYER}'s {argument} must be {what}, or a list of them, got {value!r}"
        raise Fault("CS105", message, argument=argument)
    return numbers


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
