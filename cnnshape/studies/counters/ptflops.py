"""ptflops hooks modules, and also patches functions: a module that calls a patched function counts twice.

Its default backend (`pytorch_engine.py`, `pytorch_ops.py`). What is written with an operator (``x + y``) it does not
see; `add` and `mul` are taken for that where they can be.
"""

from __future__ import annotations

from functools import partial
from math import prod

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.studies.counters.call import (
    ACTIVATIONS,
    NORMALIZATION,
    POOLING,
    UPSAMPLING,
    Call,
    Count,
    Part,
    affine,
    each,
    of_matrices,
    products_and_biases,
    rules,
)
from cnnshape.studies.counters.sequences import attention_of_ptflops, deformable_of_ptflops, recurrent

ADDITIONS = "additions"
NO_INDICES = "numbers that are indices, on which ptflops fails: it reads random ones"
FAILS = "upsampling by a factor for each axis, on which ptflops fails"


def norm_pooling(call: Call) -> list[Part]:
    """The average pooling, the ReLU and the product that `lp_pool` calls; for infinity the maximum alone."""
    made = 0 if call.arguments.get("norm_type") == float("inf") else times(2, call.made)
    return [(POOLING, total((call.read, made)))]


def local_response(call: Call) -> list[Part]:
    """Three operations an element, and the average pooling of what is padded along the channels by the window."""
    channels, size = call.inputs[0][1], call.arguments.get("size", 5)
    padded = None if channels is None else channels + size - 1
    return [(NORMALIZATION, total((times(3, call.made), times(padded, product(call.inputs[0][2:])))))]


def interpolate(call: Call) -> list[Part]:
    """The elements of the size that is asked for, or those of the input times the factors, not rounded."""
    size, factor = call.arguments.get("size"), call.arguments.get("scale_factor")
    rank = len(call.output) - 2
    count: Count
    if size is not None:
        sizes = size if isinstance(size, tuple | list) else (size,) * rank
        count = times(call.inputs[0][1], prod(sizes))
    elif isinstance(factor, tuple | list):
        return [(FAILS, None)]
    elif factor is not None:
        count = None if call.read is None else call.read * factor**rank
    else:  # a layer of Keras
        count = call.made
    pooled: Dim = call.read if call.mode == "area" else 0
    return [(UPSAMPLING, count), (POOLING, pooled)]


RULES = rules(
    {
        "Conv?d ConvTranspose?d Linear": products_and_biases,
        "DeformConv2d": deformable_of_ptflops,
        "RNN LSTM GRU RNNCell LSTMCell GRUCell": partial(recurrent, {"RNN": 1, "GRU": 7, "LSTM": 10}),
        "MultiheadAttention": attention_of_ptflops,
        "Embedding EmbeddingBag one_hot": lambda _: [(NO_INDICES, None)],
        "matmul bmm": of_matrices,
        "BatchNorm?d InstanceNorm?d GroupNorm": affine(2, 1),
        # One an element for `torch.add`, which alone has an `alpha`; nothing for ``+``.
        "add": lambda call: [(ADDITIONS, call.made if "alpha" in call.arguments else 0)],
        "LayerNorm": each(NORMALIZATION, 1),
        "LocalResponseNorm local_response_norm": local_response,
        "ReLU PReLU ELU GELU": each(ACTIVATIONS, 2),
        "ReLU6 LeakyReLU SiLU Softmax Softmax2d": each(ACTIVATIONS, 1),
        "relu relu6 elu gelu silu softmax": each(ACTIVATIONS, 1),
        "AvgPool?d MaxPool?d AdaptiveAvgPool?d AdaptiveMaxPool?d": each(POOLING, 2, of="read"),
        "avg_pool?d max_pool?d adaptive_avg_pool?d adaptive_max_pool?d": each(POOLING, 1, of="read"),
        "LPPool?d lp_pool?d": norm_pooling,
        "Upsample": lambda call: [(UPSAMPLING, call.made), *interpolate(call)],  # the module, and what it calls
        "UpsamplingNearest2d UpsamplingBilinear2d interpolate": interpolate,
    }
)
