"""Attention: scaled dot products of queries and keys weigh the values."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.reference.activation import softmax
from cnnshape.reference.arrays import Array
from cnnshape.reference.dense import matrix_product, project
from cnnshape.reference.execution import Execution, NotRunError


def causal(scores: Array) -> Array:
    """Scores of which every position sees itself and those before it alone."""
    seen = np.tril(np.ones(scores.shape[-2:], bool))
    return np.where(seen, scores, np.float32(-np.inf))


def attend(
    execution: Execution,
    query: Array,
    key: Array,
    value: Array,
    scale: float | None = None,
    *,
    is_causal: bool = False,
) -> tuple[Array, Array]:
    """``softmax(scale * q k^T) v`` over the last two axes, and the shares; the scale is one over the root of width."""
    factor = np.float32(query.shape[-1] ** -0.5 if scale is None else scale)
    scores = matrix_product(execution, query * factor, np.ascontiguousarray(key.swapaxes(-1, -2)))
    shares = softmax(causal(scores) if is_causal else scores, -1)
    return matrix_product(execution, shares, value), shares


def refuse_masks(execution: Execution, **given: Any) -> None:
    """Refuse what changes the scores in ways that are not run."""
    for name, value in given.items():
        if value:
            raise NotRunError(f"`{execution.layer}` with {name}={value} is not run by the reference pass")


# -- PyTorch


def scaled_dot_product(
    execution: Execution,
    query: Array,
    key: Array,
    value: Array,
    *,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Array:
    """`torch.nn.functional.scaled_dot_product_attention`."""
    refuse_masks(execution, attn_mask=attn_mask)
    if enable_gqa:
        key, value = (np.repeat(each, query.shape[-3] // each.shape[-3], -3) for each in (key, value))
    return attend(execution, query, key, value, scale, is_causal=is_causal)[0]


def in_heads(tensor: Array, heads: int) -> Array:
    """``(batch, positions, features)`` as ``(batch, heads, positions, features of a head)``."""
    return np.ascontiguousarray(tensor.reshape(*tensor.shape[:2], heads, -1).swapaxes(1, 2))


class Projections:
    """The weights of PyTorch's MultiheadAttention, asked for in its order, and what it makes of three tensors."""

    def __init__(
        self,
        execution: Execution,
        width: int,
        heads: int,
        bias: bool = True,
        widths: tuple[int, int] | None = None,
        trained: bool = False,
    ) -> None:
        self.execution, self.heads = execution, heads
        if widths is None:
            self.inputs = np.split(execution.kernel("in_proj_weight", (3 * width, width), width), 3)
        else:
            names = zip("qkv", (width, *widths), strict=True)
            self.inputs = [execution.kernel(f"{name}_proj_weight", (width, each), each) for name, each in names]
        self.biases: list[Any] = [None] * 3
        if bias:
            self.biases = np.split(execution.bias(3 * width, "in_proj_bias"), 3)
        self.added = [execution.parameter(f"bias_{name}", (1, 1, width), -1, 1) for name in "kv"] if trained else []
        self.output = execution.kernel("out_proj.weight", (width, width), width)
        self.output_bias = execution.bias(width, "out_proj.bias") if bias else None

    def __call__(self, query: Array, key: Array, value: Array, *, zero: bool = False) -> tuple[Array, Array]:
        """What is attended to, and the shares of all heads; the batch comes first."""
        read = [
            project(self.execution, tensor, weight, bias)
            for tensor, weight, bias in zip((query, key, value), self.inputs, self.biases, strict=True)
        ]
        for number, more in enumerate(self.added, start=1):
            read[number] = np.concatenate([read[number], np.broadcast_to(more, (len(key), *more.shape[1:]))], 1)
        asked, keys, values = (in_heads(tensor, self.heads) for tensor in read)
        if zero:
            keys, values = (np.concatenate([each, np.zeros_like(each[:, :, :1])], 2) for each in (keys, values))
        found, shares = attend(self.execution, asked, keys, values)
        joined = found.swapaxes(1, 2).reshape(query.shape[0], query.shape[1], -1)
        return project(self.execution, joined, self.output, self.output_bias), shares


def pytorch_multihead(
    execution: Execution,
    query: Array,
    key: Array,
    value: Array,
    *,
    embed_dim: int,
    num_heads: int,
    bias: bool = True,
    add_bias_kv: bool = False,
    add_zero_attn: bool = False,
    kdim: int | None = None,
    vdim: int | None = None,
    batch_first: bool = False,
) -> tuple[Array, ...]:
    """MultiheadAttention, and the scores where they are asked for (``need_weights``), their mean or those of heads."""
    widths = (kdim or embed_dim, vdim or embed_dim)
    apart = None if widths == (embed_dim, embed_dim) else widths
    layer = Projections(execution, embed_dim, num_heads, bias, apart, add_bias_kv)
    tensors = (query, key, value) if batch_first else [each.swapaxes(0, 1) for each in (query, key, value)]
    found, shares = layer(*tensors, zero=add_zero_attn)
    scores = shares if 4 in (execution.asked or ()) else shares.mean(1)
    return (found if batch_first else found.swapaxes(0, 1), scores)[: len(execution.asked or (3, 3))]


# -- Keras


def keras_projection(execution: Execution, name: str, tensor: Array, heads: int, size: int, bias: bool) -> Any:
    """A tensor as ``(batch, heads, positions, size)``, all positions on one axis."""
    features = tensor.shape[-1]
    kernel = execution.kernel(f"{name}.kernel", (features, heads, size), features).reshape(features, -1)
    offset = execution.parameter(f"{name}.bias", (heads, size), -0.1, 0.1).reshape(-1) if bias else None
    flat = tensor.reshape(len(tensor), -1, features)
    return in_heads(project(execution, flat, kernel.T, offset), heads)


def keras_heads(
    execution: Execution,
    query: Array,
    value: Array,
    key: Array | None,
    heads: int,
    key_heads: int,
    sizes: tuple[int, int],
    bias: bool,
    features: tuple[int, ...] | None,
    gated: bool,
) -> tuple[Array, Array]:
    """Keras's attention with heads of query, value and (else the value) key, and its scores."""
    key = value if key is None else key
    asked = keras_projection(execution, "query", query, heads, sizes[0], bias)
    keys = keras_projection(execution, "key", key, key_heads, sizes[0], bias)
    gate = keras_projection(execution, "gate", query, heads, sizes[1], bias) if gated else None
    values = keras_projection(execution, "value", value, key_heads, sizes[1], bias)
    if key_heads != heads:
        keys, values = (np.repeat(each, heads // key_heads, 1) for each in (keys, values))
    found, shares = attend(execution, asked, keys, values)
    if gate is not None:
        found = found * (1 / (1 + np.exp(-gate)))
    made = features or query.shape[-1:]
    width = int(np.prod(made))
    kernel = execution.kernel("output.kernel", (heads, sizes[1], *made), heads * sizes[1]).reshape(-1, width)
    joined = found.swapaxes(1, 2).reshape(len(query), -1, heads * sizes[1])
    offset = execution.parameter("output.bias", made, -0.1, 0.1).reshape(-1) if bias else None
    result = project(execution, joined, kernel.T, offset)
    scores = shares.reshape(len(query), heads, *query.shape[1:-1], *key.shape[1:-1])
    return result.reshape(*query.shape[:-1], *made), scores


def keras_multihead(
    execution: Execution,
    query: Array,
    value: Array,
    key: Array | None = None,
    *,
    num_heads: int,
    key_dim: int,
    value_dim: int | None = None,
    use_bias: bool = True,
    output_shape: Any = None,
    attention_axes: Any = None,
    sliding_window: int | None = None,
    use_gate: bool = False,
) -> Any:
    """MultiHeadAttention: positions along axes that are not compared are samples of their own."""
    refuse_masks(execution, sliding_window=sliding_window)
    features = listed(output_shape) or None
    sizes = (key_dim, value_dim or key_dim)
    last = query.ndim - 1
    positions = range(1, last)
    compared = [axis % query.ndim for axis in listed(attention_axes)] or [*positions]
    apart = [axis for axis in positions if axis not in compared]
    own = [query.shape[axis] for axis in (0, *apart)]
    order = (0, *apart, *compared, last)
    query, value, keys = (
        each.transpose(order).reshape(-1, *(each.shape[axis] for axis in order[len(own) :]))
        for each in (query, value, value if key is None else key)
    )
    made, scores = keras_heads(execution, query, value, keys, num_heads, num_heads, sizes, use_bias, features, use_gate)
    made, scores = (each.reshape(*own, *each.shape[1:]) for each in (made, scores))
    return as_asked(execution, np.moveaxis(made, range(last), order[:-1]), scores)


def listed(value: Any) -> tuple[int, ...]:
    """Numbers, of which one may stand alone; none of None."""
    return tuple(value) if isinstance(value, list | tuple) else () if value is None else (value,)


def as_asked(execution: Execution, *outputs: Array) -> Any:
    """As many outputs as the plan has, which are the first: that alone where nobody asks."""
    found = outputs[: len(execution.asked or (1,))]
    return found if len(found) > 1 else found[0]


def keras_group_query(
    execution: Execution,
    query: Array,
    value: Array,
    key: Array | None = None,
    *,
    head_dim: int,
    num_query_heads: int,
    num_key_value_heads: int,
    use_bias: bool = True,
    sliding_window: int | None = None,
    use_gate: bool = False,
) -> Any:
    """GroupQueryAttention."""
    refuse_masks(execution, sliding_window=sliding_window)
    heads, sizes = (num_query_heads, num_key_value_heads), (head_dim, head_dim)
    return as_asked(execution, *keras_heads(execution, query, value, key, *heads, sizes, use_bias, None, use_gate))


def keras_attention(execution: Execution, *tensors: Array, use_scale: bool = False, score_mode: str = "dot") -> Any:
    """Attention, by dot products or (``concat``) by sums of tanh. Weights: scale, concat_score_weight."""
    query, value = tensors[:2]
    key = tensors[2] if len(tensors) > 2 else value
    scale = execution.parameter("scale", ()) if use_scale else np.float32(1)
    if score_mode == "dot":
        scores = scale * matrix_product(execution, query, np.ascontiguousarray(key.swapaxes(-1, -2)))
    else:
        weight = execution.parameter("concat_score_weight", ())
        sums = np.tanh(scale * (query[..., :, None, :] + key[..., None, :, :]))
        scores = weight * sums.sum(-1)
        execution.multiplications += sums.size
    shares = softmax(scores, -1)
    return as_asked(execution, matrix_product(execution, shares, value), shares)


def keras_additive_attention(execution: Execution, *tensors: Array, use_scale: bool = True) -> Any:
    """AdditiveAttention. Weights: scale (features)."""
    query, value = tensors[:2]
    key = tensors[2] if len(tensors) > 2 else value
    scale = execution.parameter("scale", (query.shape[-1],)) if use_scale else np.float32(1)
    sums = scale * np.tanh(query[..., :, None, :] + key[..., None, :, :])
    execution.multiplications += sums.size
    shares = softmax(sums.sum(-1), -1)
    return as_asked(execution, matrix_product(execution, shares, value), shares)


def keras_dot_products(
    execution: Execution,
    query: Array,
    key: Array,
    value: Array,
    *,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    attn_logits_soft_cap: float | None = None,
) -> Array:
    """`keras.ops.dot_product_attention` of ``(batch, positions, heads, features)``."""
    refuse_masks(execution, bias=bias, mask=mask)
    asked, keys, values = (np.ascontiguousarray(each.swapaxes(1, 2)) for each in (query, key, value))
    if keys.shape[1] != asked.shape[1]:
        keys, values = (np.repeat(each, asked.shape[1] // each.shape[1], 1) for each in (keys, values))
    factor = np.float32(query.shape[-1] ** -0.5 if scale is None else scale)
    scores = matrix_product(execution, asked, np.ascontiguousarray(keys.swapaxes(-1, -2))) * factor
    if attn_logits_soft_cap:
        scores = np.float32(attn_logits_soft_cap) * np.tanh(scores / np.float32(attn_logits_soft_cap))
    shares = softmax(causal(scores) if is_causal else scores, -1)
    return matrix_product(execution, shares, values).swapaxes(1, 2)
