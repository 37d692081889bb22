"""ATen's operators as layers: what each costs, and which operation stands for it. Their shapes are in the file."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Polynomial, Sizes, dims, product_of
from cnnshape.operations.activation import Activation
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.merging import Concatenate, MatrixProduct, Merge
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.reshaping import Tile
from cnnshape.operations.tensors import Attention, Einsum, Index
from cnnshape.operations.views import Flatten, Identity
from cnnshape.readers import exported, layers
from cnnshape.readers.exported import Meaning
from cnnshape.readers.pt2 import resampling
from cnnshape.readers.pt2.arguments import Arguments, Rule, base_name
from cnnshape.readers.pt2.tables import BY_PLACE, ELEMENTWISE, MOVES, REDUCTIONS, SAID, VIEWS


def meaning_of(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning | None:
    """What a call is; None where nobody knows what it costs."""
    name = base_name(arguments.target)
    if not arguments.target.startswith(
        ("torch.ops.aten.", "_operator.", "torch.ops.prims.", "torch.ops.quantized_decomposed.")
    ):
        return None
    rule = RULES.get(name)
    if rule is not None:
        try:
            meaning = rule(arguments, outputs)
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            return None
        sound = all(isinstance(count, int | Polynomial) for count in (meaning.macs, meaning.flops))
        return meaning if sound else None  # a damaged file may have a text where a number should be
    said = function(arguments, outputs)
    if said is not None:
        return said
    if name in MOVES:
        return Meaning(name, outputs, view=name in VIEWS)
    if name in ELEMENTWISE:
        return Meaning(name, outputs, flops=product_of(outputs[0]) * len(outputs), pointwise=name not in BY_PLACE)
    if name in REDUCTIONS:
        shown = {key: arguments(key) for key in ("dim", "keepdim") if arguments(key) is not None}
        source = arguments("self", "input", default=outputs[0])
        return Meaning(name, outputs, None, shown, flops=product_of(source), paths=reduced(arguments, source))
    return None


def function(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning | None:
    """The function of PyTorch that an operator is; None where it is none, or does not say which numbers it takes."""
    name = base_name(arguments.target)
    word, names = SAID.get(name, ("", {}))
    found = {ours: arguments(theirs) for theirs, ours in names.items() if arguments(theirs) is not None}
    given = {name: exported.known(each) if isinstance(each, list) else each for name, each in found.items()}
    operation = exported.function(word, given) if word else None
    return Meaning(word, outputs, operation, given, view=name in VIEWS) if operation else None


def reduced(arguments: Arguments, source: Sizes) -> Any:
    """How the axes of what is reduced go on; None where it is reduced to one number."""
    axes = arguments("dim", default=[])
    axes = tuple(axes) if isinstance(axes, list) else (axes,)
    return exported.seen(Reduce(axes, "max", bool(arguments("keepdim", default=False))), source) if axes else None


# -- convolutions and products


def convolution(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """conv1d to conv3d, conv_transpose1d and so on, and convolution, which may be either; padding may be a word."""
    weight = arguments("weight")
    rank = len(weight) - 2
    word = arguments("padding", default="valid" if arguments.target.endswith(".padding") else 0)
    pads = PADDINGS[word] if isinstance(word, str) else arguments.pads(rank)
    sliding = layers.Sliding(arguments.all("stride", rank, 1), pads, arguments.all("dilation", rank, 1))
    groups, bias = arguments("groups", default=1), arguments("bias") is not None
    if arguments("transposed") or "transpose" in arguments.target:
        source, more = arguments("input"), arguments.all("output_padding", rank, 0)
        return layers.transposed_convolution(outputs, source, weight, sliding, more=more, groups=groups, bias=bias)
    return layers.convolution(outputs, weight, sliding, groups=groups, bias=bias)


PADDINGS = {"valid": "valid", "same": "same_unstrided"}
"""Rules of padding by PyTorch's words."""


def linear(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """A weight of (out, in)."""
    out, features = arguments("weight")
    return layers.linear(outputs, features, out, bias=arguments("bias") is not None)


def product(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """A matrix product: of (..., n, k) with (..., k, m), and (addmm) a sum."""
    macs = product_of(outputs[0]) * arguments("mat1", "batch1", "mat", "self")[-1]
    added = product_of(outputs[0]) if base_name(arguments.target).startswith(("add", "badd")) else 0
    both = arguments("mat1", "batch1", "self"), arguments("mat2", "batch2", "other")
    paths = exported.seen(MatrixProduct(), *both) if not added and None not in both else None
    return Meaning(base_name(arguments.target), outputs, macs=macs, flops=macs * 2 + added, paths=paths)


def einsum(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """An Einstein sum; its products are those of all its letters."""
    equation, operands = arguments("equation"), arguments("tensors")
    _, macs = t.einsum(equation, operands)
    paths = exported.seen(Einsum(equation), *operands)
    return Meaning("einsum", outputs, None, {"equation": equation}, macs, macs * 2, paths=paths)


def attention(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Scores of queries and keys, their softmax, and the mixture of values."""
    query, key, value = arguments("query"), arguments("key"), arguments("value")
    scores = product_of(query[:-1]) * key[-2]
    macs = scores * (query[-1] + value[-1])
    paths = exported.seen(Attention(), query, key, value)
    if arguments("attn_mask") is not None and paths:
        paths = (*paths, exported.nowhere(dims(arguments("attn_mask")), dims(outputs[0])))
    return Meaning(base_name(arguments.target), outputs, macs=macs, flops=macs * 2 + scores * 4, paths=paths)


def embedding(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """A vector for each number."""
    entries, features = arguments("weight")
    return Meaning("Embedding", outputs, arguments={"num_embeddings": entries, "embedding_dim": features})


# -- pooling, normalization, activations


def pooling(kind: Any, name: str, arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """A window that slides."""
    rank = arguments.rank
    window = arguments.all("kernel_size", rank, 1)
    strides = arguments.all("stride", rank, 0)
    strides = strides if all(strides) else window
    sliding = layers.Sliding(strides, arguments.pads(rank), arguments.all("dilation", rank, 1))
    ceil = bool(arguments("ceil_mode", default=False))
    return layers.pooling(kind, name, outputs, window, sliding, ceil=ceil)


def adaptive(kind: Any, name: str, arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Pooling to a size."""
    sizes = outputs[0][-arguments.rank :]
    shown = f"{name}{arguments.rank}d"
    known = all(isinstance(each, int) for each in sizes)
    operation = AdaptivePooling(kind, sizes, CHANNELS_FIRST, shown) if known else None  # type: ignore[arg-type]
    flops = product_of(arguments("self", "input", default=outputs[0]))
    return layers.with_places(Meaning(shown, outputs, operation, {"output_size": sizes}, flops=flops))


def has_weights(arguments: Arguments) -> dict[str, bool]:
    """Whether a normalization has a scale and an offset."""
    return {"scale": arguments("weight") is not None, "center": arguments("bias") is not None}


def batch_norm(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """By moving statistics, which are buffers; with `track_running_stats=False` by those of the batch."""
    tracked, counter = arguments("running_mean") is not None, arguments("num_batches_tracked", default=False)
    return layers.batch_norm(outputs, tracked=tracked, counter=counter, **has_weights(arguments))


def layer_norm(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Over the last axes."""
    rms = "rms" in arguments.target
    return layers.layer_norm(outputs, len(arguments("normalized_shape")), rms=rms, **has_weights(arguments))


def group_norm(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Over groups of channels; of an instance normalization each channel by itself."""
    return layers.group_norm(outputs, arguments("num_groups", "group", default=-1), **has_weights(arguments))


def activation(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """One operation an element."""
    return layers.activation(outputs, base_name(arguments.target), arguments.target.split(".")[-2].endswith("_"))


def softmax(type: str, name: str, arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Three operations an element, over an axis."""
    axis = arguments("dim", default=-1)
    operation = Activation(name, arguments.target.split(".")[-2].endswith("_"), (axis,))
    return Meaning(type, outputs, operation, {"dim": axis}, flops=product_of(outputs[0]) * 3)


def prelu(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Trained slopes."""
    (slopes,) = arguments("weight")
    return layers.prelu(outputs, slopes)


def recurrent(word: str, gates: int, arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Layers one on the other, or a cell; their weights are a list: those of input, recurrence, biases, projection.

    Before PyTorch 2.13 a file states (layers, 1, batch, units) of last states that run to (layers, batch, units).
    """
    source, weights = arguments("input"), arguments("params", default=[arguments("w_ih"), arguments("w_hh")])
    features, hidden = source[-1], weights[0][0] // gates
    batch = source[0]
    given = {"input_size": features, "hidden_size": hidden}
    if word.endswith("Cell"):
        given["bias"] = arguments("b_ih") is not None
    else:
        given |= {"num_layers": arguments("num_layers"), "bias": bool(arguments("has_biases"))}
        given |= {name: bool(arguments(name)) for name in ("batch_first", "bidirectional")}
        given |= {"proj_size": weights[1][1]} if weights[1][1] != hidden else {}
        batch = source[0 if given["batch_first"] else 1]
    operation = exported.function(word, given)
    costs = operation.apply(dims(source)) if operation else None
    macs, flops = (count and count * batch for count in ((costs.macs, costs.flops) if costs else (None, None)))
    made = tuple([each if len(each) < 4 else (each[0], *each[2:]) for each in outputs])
    return Meaning(word, made, operation, given, macs, flops)


# -- several tensors, and sizes


def merge(kind: Any, arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Two tensors, or one and a number."""
    name = base_name(arguments.target)
    both = isinstance(arguments("other"), tuple)
    operation = Merge(kind, 2 if both else 1, 0 if both else 1)
    return Meaning(name, outputs, operation, flops=product_of(outputs[0]))


def cat(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """One after the other."""
    axis = arguments("dim", default=0)
    return Meaning("cat", outputs, Concatenate(axis), {"dim": axis})


def sliced(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Every so many elements of an axis, from one on to another."""
    axis, source = arguments("dim", default=0), arguments("self")
    start, step = arguments("start", default=0), arguments("step", default=1)
    axis, length = axis % len(source), outputs[0][axis]
    shown = {"dim": axis, "start": start, "length": length}
    if step == 1 and isinstance(length, int) and length != source[axis]:
        return Meaning("narrow", outputs, exported.function("narrow", shown), shown, view=True)
    keys = (*((None, None, None),) * axis, (start, arguments("end"), step))
    return Meaning("slice", outputs, Index(keys), view=True)


def tiled(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Every axis repeated as a whole."""
    counts = tuple(arguments("repeats"))
    return Meaning("repeat", outputs, Tile(counts), {"repeats": counts})


def flatten(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """Axes merged."""
    start, end = arguments("start_dim", default=0), arguments("end_dim", default=-1)
    return Meaning("flatten", outputs, Flatten(start, end), {"start_dim": start, "end_dim": end}, view=True)


def quantized(arguments: Arguments, outputs: tuple[Sizes, ...]) -> Meaning:
    """As whole numbers, or back: a product and a sum."""
    return Meaning(base_name(arguments.target), outputs, flops=product_of(outputs[0]) * 2, pointwise=True)


def identity(type: str) -> Rule:
    """Nothing at inference."""
    return lambda arguments, outputs: Meaning(type, outputs, Identity(), view=True)


ACTIVATIONS = """
relu relu6 hardtanh silu gelu sigmoid tanh hardswish hardsigmoid leaky_relu elu selu celu mish softplus log_sigmoid
"""
RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution", "_convolution"), convolution),
    **{f"conv_transpose{rank}d": convolution for rank in (1, 2, 3)},
    "linear": linear,
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot", "addmm", "baddbmm", "addmv"), product),
    "scaled_dot_product_attention": attention,
    **{f"_scaled_dot_product_{each}": attention for each in ("flash_attention_for_cpu", "flash_attention")},
    **{f"_scaled_dot_product_{each}": attention for each in ("efficient_attention", "fused_attention_overrideable")},
    "einsum": einsum,
    "embedding": embedding,
    "lstm": partial(recurrent, "LSTM", 4),
    "gru": partial(recurrent, "GRU", 3),
    **dict.fromkeys(("rnn_tanh", "rnn_relu"), partial(recurrent, "RNN", 1)),
    "lstm_cell": partial(recurrent, "LSTMCell", 4),
    "gru_cell": partial(recurrent, "GRUCell", 3),
    **dict.fromkeys(("rnn_tanh_cell", "rnn_relu_cell"), partial(recurrent, "RNNCell", 1)),
    "slice": sliced,
    **{f"max_pool{rank}d": partial(pooling, "max", "MaxPool") for rank in (1, 2, 3)},
    **{f"max_pool{rank}d_with_indices": partial(pooling, "max", "MaxPool") for rank in (1, 2, 3)},
    **{f"avg_pool{rank}d": partial(pooling, "average", "AvgPool") for rank in (1, 2, 3)},
    **{f"adaptive_avg_pool{rank}d": partial(adaptive, "average", "AdaptiveAvgPool") for rank in (1, 2, 3)},
    **{f"_adaptive_avg_pool{rank}d": partial(adaptive, "average", "AdaptiveAvgPool") for rank in (2, 3)},
    **{f"adaptive_max_pool{rank}d": partial(adaptive, "max", "AdaptiveMaxPool") for rank in (1, 2, 3)},
    **dict.fromkeys(("batch_norm", "native_batch_norm", "cudnn_batch_norm"), batch_norm),
    **{f"_native_batch_norm_legit{each}": batch_norm for each in ("", "_no_training", "_functional")},
    **{f"_batch_norm_{each}": batch_norm for each in ("with_update", "no_update", "with_update_functional")},
    **dict.fromkeys(("layer_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm"), layer_norm),
    **dict.fromkeys(("group_norm", "native_group_norm", "instance_norm"), group_norm),
    **dict.fromkeys(ACTIVATIONS.split(), activation),
    **dict.fromkeys(("softmax", "_softmax"), partial(softmax, "Softmax", "softmax")),
    **dict.fromkeys(("log_softmax", "_log_softmax"), partial(softmax, "LogSoftmax", "log_softmax")),
    **dict.fromkeys(("prelu", "_prelu_kernel"), prelu),
    **{name: partial(merge, name) for name in ("add", "maximum", "minimum")},
    **dict.fromkeys(("sub", "rsub"), partial(merge, "subtract")),
    "mul": partial(merge, "multiply"),
    "div": partial(merge, "divide"),
    **dict.fromkeys(("cat", "concat", "concatenate"), cat),
    "flatten": flatten,
    **dict.fromkeys(("quantize_per_tensor", "quantize_per_channel"), quantized),
    **dict.fromkeys(("dequantize_per_tensor", "dequantize_per_channel"), quantized),
    "repeat": tiled,
    **dict.fromkeys(("dropout", "native_dropout"), identity("Dropout")),
    "feature_dropout": identity("Dropout2d"),
    "alpha_dropout": identity("AlphaDropout"),
    **resampling.INTERPOLATIONS,
}
"""Operators that a layer or a formula of their own stands for."""
