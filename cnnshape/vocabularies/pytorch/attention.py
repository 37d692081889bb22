"""PyTorch's attention, and the transformers that are made of it."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.operations.attention import ProjectedAttention
from cnnshape.operations.composed import Composed
from cnnshape.operations.operation import Operation
from cnnshape.operations.tensors import Attention
from cnnshape.operations.wrapping import BatchSecond
from cnnshape.vocabularies.composition import Composition
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.held import HeldLayer, OptionalLayer
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Layer, bind
from cnnshape.vocabularies.pytorch.values import Depth, Probability
from cnnshape.vocabularies.values import Kept, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType, lookup


def require_heads(kind: LayerType, width: int, heads: int, names: tuple[str, str]) -> None:
    """Every head has as many features."""
    if width % heads:
        message = f"{kind.name}: {names[0]}={width} must be divisible by {names[1]}={heads}"
        raise Fault("CS307", message, argument=names[1])


def MultiheadAttention(
    kind: LayerType,
    embed_dim: Positive,
    num_heads: Positive,
    dropout: Probability = 0.0,
    bias: bool = True,
    add_bias_kv: bool = False,
    add_zero_attn: bool = False,
    kdim: Positive | None = None,
    vdim: Positive | None = None,
    batch_first: bool = False,
) -> Operation:
    """MultiheadAttention: called with query, key and value.

    What is attended to, and the scores; the positions come first unless told.
    """
    require_heads(kind, embed_dim, num_heads, ("embed_dim", "num_heads"))
    apart = {kdim or embed_dim, vdim or embed_dim} != {embed_dim}
    attention = ProjectedAttention(
        embed_dim,
        num_heads,
        bias,
        (kdim or embed_dim) if apart else None,
        (vdim or embed_dim) if apart else None,
        add_bias_kv,
        add_zero_attn,
    )
    return attention if batch_first else BatchSecond(attention, 3)


def activation_word(value: Any) -> str:
    """``relu`` or ``gelu``, also as the function."""
    name = str(value).rpartition(".")[2]
    if name not in ("relu", "gelu"):
        raise ValueError('must be "relu" or "gelu"')
    return name


class TransformerSizes(Layer):
    """The first arguments of the layers of a transformer, and the last of all of it."""

    d_model: Positive
    nhead: Positive
    dim_feedforward: Positive = 2048


class TransformerOptions(Layer):
    """The last arguments of a transformer and of its layers."""

    layer_norm_eps: Number = 1e-05
    batch_first: bool = False
    norm_first: bool = False
    bias: bool = True


class FeedForward(Layer):
    """What lies between."""

    dropout: Probability = 0.1
    activation: Annotated[str, Before(activation_word, str)] = "relu"


class TransformerLayer(TransformerOptions, FeedForward, TransformerSizes):
    """TransformerEncoderLayer, TransformerDecoderLayer."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Attention and a feed-forward part, each added to what it reads and normalized."""
        inputs = 2 if "Decoder" in kind.name else 1
        made = transformer_layer(self, kind, defaults, inputs)
        return made if self.batch_first else BatchSecond(made, inputs)


def transformer_layer(layer: Any, kind: LayerType, defaults: Defaults, inputs: int) -> Composed:
    """One layer: of an encoder, or (two inputs) of a decoder, which reads the memory besides."""
    require_heads(kind, layer.d_model, layer.nhead, ("d_model", "nhead"))
    made = Composition(kind, defaults, inputs)
    attention = ProjectedAttention(layer.d_model, layer.nhead, layer.bias, with_scores=False)
    words = {"dropout": layer.dropout, "bias": layer.bias, "batch_first": layer.batch_first}
    bound = bind(lookup(kind.framework, "MultiheadAttention"), (layer.d_model, layer.nhead), words)
    dropouts = iter(range(1, inputs + 2))

    def norm(number: int, x: int) -> int:
        words = {"eps": layer.layer_norm_eps, "bias": layer.bias}
        return made.word(f"norm{number}", "LayerNorm", x, normalized_shape=layer.d_model, **words)

    def attend(name: str, x: int, memory: int | None = None) -> int:
        read = x if memory is None else memory
        return dropped(made.put(name, attention, x, read, read, made_from=bound))

    def dropped(x: int) -> int:
        return made.word(f"dropout{next(dropouts)}", "Dropout", x, p=layer.dropout)

    def feed(x: int) -> int:
        inner = made.word("linear1", "Linear", x, given=(layer.d_model, layer.dim_feedforward), bias=layer.bias)
        active = made.word("dropout", "Dropout", made.word("activation", layer.activation, inner), p=layer.dropout)
        return dropped(
            made.word("linear2", "Linear", active, given=(layer.dim_feedforward, layer.d_model), bias=layer.bias)
        )

    stages = [lambda x: attend("self_attn", x)]
    if inputs == 2:
        stages.append(lambda x: attend("multihead_attn", x, 1))
    x = 0
    for number, stage in enumerate((*stages, feed), start=1):
        if layer.norm_first:
            x = made.word("add", "add", x, stage(norm(number, x)))
        else:
            x = norm(number, made.word("add", "add", x, stage(x)))
    return made.result(x)


def TransformerDecoder(
    kind: LayerType, defaults: Defaults, decoder_layer: HeldLayer, num_layers: Depth, norm: OptionalLayer = None
) -> Operation:
    """TransformerDecoder: copies of a layer. The layer so many times, and the normalization."""
    return copies(decoder_layer, num_layers, norm, kind, defaults)


def TransformerEncoder(
    kind: LayerType,
    defaults: Defaults,
    encoder_layer: HeldLayer,
    num_layers: Depth,
    norm: OptionalLayer = None,
    enable_nested_tensor: bool = True,
    mask_check: bool = True,
) -> Operation:
    """TransformerEncoder: copies of a layer. The layer so many times, and the normalization."""
    return copies(encoder_layer, num_layers, norm, kind, defaults)


def copies(layer: Any, count: int, norm: Any, kind: LayerType, defaults: Defaults) -> Operation:
    """A layer of a transformer `count` times, then the normalization, if there is one."""
    word = f"{kind.name}Layer"
    if layer.bound.kind.name != word:
        raise Fault("CS105", f"{kind.name} takes a {word}, got {layer}", argument=f"{word[11:18].lower()}_layer")
    inputs = 2 if "Decoder" in kind.name else 1
    made = stack(layer.bound.layer, layer.bound.kind, count, norm and norm.bound, kind, defaults, inputs)
    return made if layer.bound.layer.batch_first else BatchSecond(made, inputs)


def stack(
    layer: Any, of: LayerType, count: int, norm: BoundLayer | None, kind: LayerType, defaults: Defaults, inputs: int
) -> Composed:
    """Layers one on the other; all of a decoder read the memory."""
    made = Composition(kind, defaults, inputs)
    one = transformer_layer(layer, of, defaults, inputs)
    x = 0
    for number in range(count):
        x = made.put(f"layers.{number}", one, x, *range(1, inputs))
    if norm is not None:
        x = made.put("norm", norm.operation(defaults), x, made_from=norm)
    return made.result(x)


class TransformerDepths(Layer):
    """The first arguments of Transformer."""

    d_model: Positive = 512
    nhead: Positive = 8
    num_encoder_layers: Depth = 6
    num_decoder_layers: Depth = 6
    dim_feedforward: Positive = 2048


class Custom(Layer):
    """An encoder and a decoder of one's own, which are not read."""

    custom_encoder: Kept = None
    custom_decoder: Kept = None


class Transformer(TransformerOptions, Custom, FeedForward, TransformerDepths):
    """Transformer: an encoder of what is read, a decoder of what is written; called with both."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The encoder's output is the decoder's memory."""
        if self.custom_encoder is not None or self.custom_decoder is not None:
            raise Fault("CS105", f"{kind.name} with a custom encoder or decoder is not known: write its parts")
        words = {"normalized_shape": self.d_model, "eps": self.layer_norm_eps, "bias": self.bias}
        last = bind(lookup(kind.framework, "LayerNorm"), (), words)
        made = Composition(kind, defaults, 2)
        memory = made.put("encoder", stack(self, kind, self.num_encoder_layers, last, kind, defaults, 1), 0)
        decoder = stack(self, kind, self.num_decoder_layers, last, kind, defaults, 2)
        whole = made.result(made.put("decoder", decoder, 1, memory))
        return whole if self.batch_first else BatchSecond(whole, 2)


def ScaledDotProduct(
    attn_mask: Kept = None,
    dropout_p: Probability = 0.0,
    is_causal: bool = False,
    *,
    scale: Number | None = None,
    enable_gqa: bool = False,
) -> Operation:
    """scaled_dot_product_attention: of queries, keys and values."""
    return Attention()
