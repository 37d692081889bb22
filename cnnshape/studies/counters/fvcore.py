"""fvcore traces operators and counts some of them (`_DEFAULT_SUPPORTED_OPS` in its `flop_count.py`)."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import times
from cnnshape.studies.counters.call import (
    NORMALIZATION,
    POOLING,
    Call,
    Part,
    affine,
    by_mode,
    each,
    of_matrices,
    products,
    rules,
)


def convolution(call: Call) -> list[Part]:
    """Products; none where the padding is a word, which makes another operator, unless it pads with values first."""
    word = isinstance(call.arguments.get("padding"), str)
    return [] if word and call.arguments.get("padding_mode", "zeros") == "zeros" else products(call)


def batch_normalization(call: Call) -> list[Part]:
    """2 an element with weights and 1 without; 5 and 4 where the statistics are the batch's own."""
    if call.tracks:
        return affine(2, 1)(call)
    return [(NORMALIZATION, times(5 if call.affine else 4, call.made))]


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
        "ConvTranspose?d Linear": products,
        "matmul bmm": of_matrices,
        "BatchNorm?d SyncBatchNorm": batch_normalization,
        "InstanceNorm?d GroupNorm LayerNorm LayerNorm2d group_norm layer_norm": affine(5, 4),
        "AdaptiveAvgPool2d adaptive_avg_pool2d": each(POOLING, 1, of="read"),
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d interpolate": upsampling,
    }
)
