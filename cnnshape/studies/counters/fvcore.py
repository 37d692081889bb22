"""fvcore traces operators and counts some of them (`_DEFAULT_SUPPORTED_OPS` in its `flop_count.py`)."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import times
from cnnshape.studies.counters.call import (
    NORMALIZATION,
    POOLING,
    PRODUCTS,
    UPSAMPLING,
    Call,
    Part,
    affine,
    by_mode,
    each,
    of_matrices,
    products,
    rules,
)
from cnnshape.studies.counters.sequences import einsum_of_fvcore, three


def convolution(call: Call) -> list[Part]:
    """Products; none where the padding is a word, which makes another operator, unless it pads with values first."""
    word = isinstance(call.arguments.get("padding"), str)
    return [] if word and call.arguments.get("padding_mode", "zeros") == "zeros" else products(call)


def batch_normalization(call: Call) -> list[Part]:
    """2 an element with weights and 1 without; 5 and 4 where the statistics are the batch's own."""
    if call.name == "batch_norm":
        tracks, weights = not call.arguments.get("training"), len(call.inputs) > 3
    else:
        tracks, weights = call.tracks, call.affine
    return [(NORMALIZATION, times((2 if tracks else 5) - (0 if weights else 1), call.made))]


def attention(call: Call) -> list[Part]:
    """Products; of a function for all of it, as transformers call it, the projections alone."""
    if call.arguments.get("need_weights", True):
        return products(call)
    (queries, width), (keys, _), _ = three(call)
    return [(PRODUCTS, None if call.macs is None else call.macs - (times(2, queries, keys, width) or 0))]


def upsampling(call: Call) -> list[Part]:
    """1 for nearest, 4 for bilinear, an output element, over two axes alone."""
    if len(call.output) != 4 or call.arguments.get("antialias"):
        return []
    if call.mode == "area":
        return [(POOLING, call.read)]
    return by_mode({"nearest": 1, "bilinear": 4})(call)


RULES = rules(
    {
        "Conv?d": convolution,
        "ConvTranspose?d Linear conv_transpose?d linear": products,
        "RNNCell LSTMCell GRUCell": products,
        "MultiheadAttention": attention,
        # 5 an element with weights, which come behind the statistics, and 4 without.
        "instance_norm": lambda call: [(NORMALIZATION, times(5 if len(call.inputs) > 3 else 4, call.made))],
        "conv?d": convolution,
        "einsum": einsum_of_fvcore,
        "grid_sample": each(UPSAMPLING, 4),
        "matmul bmm": of_matrices,
        "BatchNorm?d SyncBatchNorm BatchNormAct2d batch_norm": batch_normalization,
        "InstanceNorm?d GroupNorm LayerNorm LayerNorm2d group_norm layer_norm": affine(5, 4),
        "AdaptiveAvgPool2d adaptive_avg_pool2d": each(POOLING, 1, of="read"),
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d interpolate": upsampling,
    }
)
