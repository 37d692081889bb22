"""Attention, and the layers that transformers repeat: of the vocabulary, with the modules that PyTorch's have."""

from __future__ import annotations

from math import prod
from typing import Any
from weakref import WeakValueDictionary

from cnnshape.network.batch import again
from cnnshape.operations.attention import Mask
from cnnshape.operations.composed import Part
from cnnshape.operations.operation import Operation
from cnnshape.operations.tensors import Attention
from cnnshape.operations.wrapping import BatchSecond
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.values import Stop, Tensor, Value, named, now
from cnnshape.readers.python.rows.applying import apply, apply_operation, as_function, folded, lower, placed, unable
from cnnshape.readers.python.torch.functions import SPECIAL, function
from cnnshape.readers.python.torch.layers import BASES, Layer, class_for
from cnnshape.value import replace
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import vocabulary

CAUSAL: WeakValueDictionary[int, Tensor] = WeakValueDictionary()
"""Masks that are known to hide later positions, by their identity."""


def generate_square_subsequent_mask(sz: int, *_: Value, **__: Value) -> Tensor:
    """A mask that hides later positions."""
    mask = Tensor((sz, sz))
    CAUSAL[id(mask)] = mask
    return mask


def _detect_is_causal_mask(mask: Value, is_causal: Value = None, *_: Value) -> Value:
    """Whether a mask is causal, as it is told or found; None where that turns on values that are not known.

    PyTorch compares it with a causal one: of another shape than a square it never is.
    """
    if mask is None or is_causal is not None:
        return bool(is_causal)
    if id(mask) in CAUSAL:
        return True
    shape = mask.shape if isinstance(mask, Tensor) else None
    square = shape is None or (len(shape) == 2 and shape[0] == shape[1])
    return None if square else False


def mask_of(tensor: Value, elements: int | None = None) -> Mask:
    """A mask as the scores get it: as it is, or (`elements`) made to a tensor of that size, as one of booleans is."""
    if not isinstance(tensor, Tensor) or tensor.shape is None or None in tensor.shape:
        return Mask(None)
    if any(each.trains for each in tensor.parameters):
        return Mask(0, flash=False)
    if elements is None and tensor.dtype != "bool" and tensor.row is None:
        return Mask(0, given=True)
    return Mask(prod(each or 0 for each in tensor.shape) if elements is None else elements)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Value = None,
    dropout_p: Value = 0.0,
    is_causal: Value = False,
    scale: Value = None,
    enable_gqa: Value = False,
) -> Value:
    """``F.scaled_dot_product_attention``: a mask changes values alone, and what is kept."""
    name, tensors = "scaled_dot_product_attention", (query, key, value)
    given = {"dropout_p": dropout_p, "is_causal": is_causal, "scale": scale, "enable_gqa": enable_gqa}
    words = {word: each for word, each in given.items() if each}
    if attn_mask is None or any(each.shape is None for each in tensors):
        return apply(name, name, tensors, [], words)
    mask = mask_of(attn_mask)
    mask = mask._replace(flash=mask.flash and len(attn_mask.shape or ()) != 3)
    return apply_operation(name, Attention(mask), tensors, arguments=words, beside=(attn_mask,) if mask.given else ())


def masked(
    tensors: tuple[Tensor, ...], heads: int, padding: Value, mask: Value, *, causal: Value, scores: bool, second: bool
) -> Mask | None:
    """What hides scores of `heads`: both masks together, of every head's own where keys are hidden."""
    if padding is None and (mask is None or (causal and not scores)):
        return None
    if padding is None:
        return mask_of(mask) if isinstance(causal, bool) else Mask(None)
    query, key = (each.shape for each in tensors[:2])
    if query is None or key is None or None in (*query, *key):
        return Mask(None)
    samples = heads * (query[second] or 0) * (key[1 - second] or 0)
    if mask is not None:
        return mask_of(mask, samples * (query[1 - second] or 0))
    return mask_of(padding, samples if heads > 1 else None)


def attending(operation: Operation, **changes: Any) -> Operation:
    """An attention with something else, whichever axis has the batch."""
    if isinstance(operation, BatchSecond):
        return replace(operation, operation=attending(operation.operation, **changes))
    return replace(operation, **changes)


class MultiheadAttention(Layer):
    """``nn.MultiheadAttention``: one row, which no leaf of its modules makes: they are called by their weights."""

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        super().__init__(*positional, **keywords)
        own = vars(self)
        if "_lowered" not in own:
            return
        width = own["embed_dim"]
        own.update({name: own[name] or width for name in ("kdim", "vdim")}, head_dim=width // own["num_heads"])
        own["_qkv_same_embed_dim"] = own["kdim"] == own["vdim"] == width
        weights = self._parameters
        weights.pop("bias", None)
        linear = class_for(vocabulary("pytorch").types["Linear"])
        self.out_proj = linear(width, width, bias="out_proj.bias" in weights)
        for name in ("weight", "bias"):
            self.out_proj._parameters[name] = weights.pop(f"out_proj.{name}", None)
        for name in ("in_proj_weight", "in_proj_bias", *(f"{each}_proj_weight" for each in "qkv"), "bias_k", "bias_v"):
            weights.setdefault(name, None)

    def forward(
        self,
        query: Value,
        key: Value,
        value: Value,
        key_padding_mask: Value = None,
        need_weights: Value = True,
        attn_mask: Value = None,
        average_attn_weights: Value = True,
        is_causal: Value = False,
    ) -> Value:
        """What is attended to, and the scores or None."""
        tensors = (query, key, value)
        failed = unable(self, type(self).__name__, tensors)
        if failed is not None:
            return failed, failed
        own = vars(self)
        causal = None if is_causal is None else bool(is_causal)
        mask = masked(
            *(tensors, own["num_heads"], key_padding_mask, attn_mask),
            causal=causal,
            scores=bool(need_weights),
            second=not own["batch_first"],
        )
        changed = attending(
            own["_lowered"].operation, with_scores=bool(need_weights), averaged=bool(average_attn_weights), mask=mask
        )
        lowered = as_function(again(own["_lowered"], changed), self._layer_type.name)
        held = (*self._parameters.values(), *self.out_proj._parameters.values())
        read = tuple(each for each in held if each is not None)
        beside = (key_padding_mask if attn_mask is None else attn_mask,) if mask is not None and mask.given else ()
        outputs = now().trace.apply(
            lowered.bound.kind.name, folded(lowered, tensors), tensors, read, module=self, beside=beside
        )
        return outputs if len(outputs) > 1 else (outputs[0], outputs[0] if need_weights else None)


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: Value,
    num_heads: Value,
    in_proj_weight: Value,
    in_proj_bias: Value,
    bias_k: Value,
    bias_v: Value,
    add_zero_attn: Value,
    dropout_p: Value,
    out_proj_weight: Value,
    out_proj_bias: Value,
    training: Value = True,
    key_padding_mask: Value = None,
    need_weights: Value = True,
    attn_mask: Value = None,
    use_separate_proj_weight: Value = False,
    q_proj_weight: Value = None,
    k_proj_weight: Value = None,
    v_proj_weight: Value = None,
    static_k: Value = None,
    static_v: Value = None,
    average_attn_weights: Value = True,
    is_causal: Value = False,
) -> Value:
    """``F.multi_head_attention_forward``: the same of weights that are kept elsewhere."""
    if static_k is not None or static_v is not None:
        raise Stop("CS601", "keys and values beside those of the input are not read")
    name, tensors = "multi_head_attention_forward", (query, key, value)
    words = {
        "dropout": dropout_p if training else 0.0,
        "bias": in_proj_bias is not None,
        "add_bias_kv": bias_k is not None,
        "add_zero_attn": add_zero_attn,
        "kdim": key.shape and key.shape[-1],
        "vdim": value.shape and value.shape[-1],
    }
    lowered = lower(vocabulary("pytorch").types["MultiheadAttention"], (embed_dim_to_check, num_heads), words)
    mask = masked(
        *(tensors, num_heads, key_padding_mask, attn_mask), causal=is_causal, scores=bool(need_weights), second=True
    )
    changes = {"with_scores": bool(need_weights), "averaged": bool(average_attn_weights), "mask": mask}
    made = again(lowered, attending(lowered.operation, features=(out_proj_weight.shape or (None,))[0], **changes))
    projections = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else (in_proj_weight,)
    given = (*projections, in_proj_bias, out_proj_weight, out_proj_bias, bias_k, bias_v)
    read = tuple(each for each in given if isinstance(each, Tensor))
    beside = (key_padding_mask if attn_mask is None else attn_mask,) if mask is not None and mask.given else ()
    outputs = now().trace.apply(
        name, placed(as_function(made, name), tensors, True, read), tensors, read, beside=beside
    )
    return outputs if need_weights else (outputs[0], None)


class TransformerLayer(Layer):
    """A layer of a transformer: modules, which run as the vocabulary composes them."""

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        names = positional_arguments(model_of(self._layer_type))
        given = {**dict(zip(names, positional, strict=False)), **keywords}
        active = given.get("activation", "relu")
        if not isinstance(active, str):
            name = getattr(active, "__name__", type(active).__name__).lower()
            given["activation"] = name if name in ("relu", "gelu") else "relu"
        super().__init__(**given)
        if "_lowered" not in vars(self):
            return
        for part in self._parts():
            bound = part.made_from.bound
            if not bound.kind.operator:
                setattr(self, part.name, class_for(bound.kind)(**bound.arguments))
        self.activation = (lambda x: function(active, [x], {})) if isinstance(active, str) else active

    def _parts(self) -> tuple[Part, ...]:
        operation: Any = vars(self)["_lowered"].operation
        parts: tuple[Part, ...] = getattr(operation, "operation", operation).parts
        return parts

    def _run(self, values: list[Value], **masks: dict[str, Value]) -> Value:
        failed = unable(self, type(self).__name__, values)
        if failed is not None:
            return failed
        parts = self._parts()
        last = {number: place for place, part in enumerate(parts) for number in part.reads}
        for place, part in enumerate(parts):
            read = [values[number] for number in part.reads]
            for number in part.reads:  # nobody else has what is read for the last time
                values[number] = values[number] if last[number] > place else None
            module = vars(self).get(part.name) or self._modules.get(part.name)
            if part.name in masks:
                made = call(now(), module, read, {**masks[part.name], "need_weights": False})[0]
            elif module is not None:
                made = call(now(), module, read, {})
            else:
                made = function(part.made_from.bound.kind.name, read, {})
            values.append(made)
        return values[-1]


class TransformerEncoderLayer(TransformerLayer):
    """``nn.TransformerEncoderLayer``."""

    def forward(
        self, src: Value, src_mask: Value = None, src_key_padding_mask: Value = None, is_causal: Value = False
    ) -> Value:
        """Attention of a sequence to itself, and a feed-forward part."""
        return self._run([src], self_attn=words_of(src_mask, src_key_padding_mask, is_causal))


class TransformerDecoderLayer(TransformerLayer):
    """``nn.TransformerDecoderLayer``."""

    def forward(
        self,
        tgt: Value,
        memory: Value,
        tgt_mask: Value = None,
        memory_mask: Value = None,
        tgt_key_padding_mask: Value = None,
        memory_key_padding_mask: Value = None,
        tgt_is_causal: Value = False,
        memory_is_causal: Value = False,
    ) -> Value:
        """Attention of a sequence to itself, then to the memory, and a feed-forward part."""
        return self._run(
            [tgt, memory],
            self_attn=words_of(tgt_mask, tgt_key_padding_mask, tgt_is_causal),
            multihead_attn=words_of(memory_mask, memory_key_padding_mask, memory_is_causal),
        )


def words_of(mask: Value, padding: Value, causal: Value) -> dict[str, Value]:
    """The masks as attention is given them."""
    return {"attn_mask": mask, "key_padding_mask": padding, "is_causal": causal}


OWN = named(MultiheadAttention, TransformerEncoderLayer, TransformerDecoderLayer)
BASES |= OWN
SPECIAL |= named(scaled_dot_product_attention, multi_head_attention_forward)
