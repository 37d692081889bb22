"""ultralytics-thop, imported as ``thop``, too: hooks modules with all that derive from them, and products of matrices.

`register_hooks` and `functional_hooks` in its `profile.py`.
"""

from __future__ import annotations

from functools import partial

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.operations.adaptive import reads
from cnnshape.studies.counters.call import (
    ACTIVATIONS,
    POOLING,
    PRODUCTS,
    Call,
    Part,
    affine,
    by_mode,
    each,
    products,
    rules,
)
from cnnshape.studies.counters.sequences import attention_of_ultralytics, recurrent
from cnnshape.studies.counters.thop import of_vectors


def bilinear(call: Call) -> list[Part]:
    """Both contractions of each output: with the first operand, and of what that gives with the second."""
    first, second = call.inputs[0][-1], call.inputs[1][-1]
    return [(PRODUCTS, None if first is None else times(first + 1, second, call.made))]


def softmax(call: Call) -> list[Part]:
    """An exponential, an addition and a division an element, less one addition for each vector.

    Softmin negates each element besides, LogSoftmax takes one logarithm for each vector.
    """
    axes = (-3,) if call.name == "Softmax2d" else getattr(call.operation, "axes", ())
    axis = int(len(call.output) != 3) if axes is None else axes[0] if axes else -1
    count, length = of_vectors(call, axis), call.output[axis]
    if call.name == "Softmin":
        count = total((count, call.made))
    elif call.name == "LogSoftmax" and length:
        count = total((count, None if call.made is None else call.made // length))
    return [(ACTIVATIONS, count)]


def average(call: Call) -> list[Part]:
    """An addition for every element that a window reads, with the padding where that counts, and one division."""
    sizes, made = call.layout.spatial(call.inputs[0]), call.layout.spatial(call.output)
    windows, strides = getattr(call.operation, "window", ()), getattr(call.operation, "strides", ())
    padded = call.arguments.get("count_include_pad", True)
    read = [
        added(size, count, window, stride, pad[0] if pad else 0, padded=padded)
        for size, count, window, stride, pad in zip(
            sizes, made, windows, strides, call.padding or (None,) * len(sizes), strict=True
        )
    ]
    return [(POOLING, total((times(call.layout.channels(call.output), product(read)), call.made)))]


def added(size: Dim, windows: Dim, kernel: int, stride: int, pad: int, *, padded: bool) -> Dim:
    """Elements that the windows of an axis read together, cut at the ends of the padding or of the input."""
    if size is None or windows is None:
        return None
    low, high = (-pad, size + pad) if padded else (0, size)
    starts = range(-pad, windows * stride - pad, stride)
    return sum(max(min(start + kernel, high) - max(start, low), 0) for start in starts)


def adaptive(call: Call) -> list[Part]:
    """An addition for every element that a window reads, and one division."""
    sizes, made = call.layout.spatial(call.inputs[0]), call.layout.spatial(call.output)
    read = product(map(reads, sizes, made or (1,) * len(sizes)))
    return [(POOLING, total((times(call.layout.channels(call.output), read), call.made)))]


RULES = rules(
    {
        "Conv?d ConvTranspose?d Linear scaled_dot_product_attention": products,
        "linear": products,
        "RNN LSTM GRU RNNCell LSTMCell GRUCell": partial(recurrent, {"RNN": 1, "GRU": 7, "LSTM": 8}, projection=True),
        "MultiheadAttention": attention_of_ultralytics,
        # The products of two operands; of one or of several nothing.
        "einsum": lambda call: [(PRODUCTS, call.macs)] if len(call.inputs) == 2 else [],
        "Bilinear": bilinear,
        # The contracted size for every output element.
        "matmul bmm": lambda call: [(PRODUCTS, times(call.made, call.inputs[0][-1]))],
        "BatchNorm?d SyncBatchNorm BatchNormAct2d InstanceNorm?d": affine(4, 2),
        "LayerNorm LayerNorm2d GroupNorm RMSNorm": affine(4, 2),
        "PReLU": each(ACTIVATIONS, 1),
        "Softmax LogSoftmax Softmin Softmax2d": softmax,
        "AvgPool?d": average,
        "AdaptiveAvgPool?d": adaptive,
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d": by_mode(
            {"linear": 5, "bilinear": 11, "bicubic": 259, "trilinear": 31}
        ),
    }
)
