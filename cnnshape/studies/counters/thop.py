"""thop hooks modules by their exact class and sees no functions (`register_hooks` in its `profile.py`)."""

from __future__ import annotations

from functools import partial
from math import prod

from cnnshape.arithmetic.sizes import Dim, product, times
from cnnshape.studies.counters.call import (
    ACTIVATIONS,
    POOLING,
    TRANSPOSED,
    Call,
    Part,
    affine,
    by_mode,
    each,
    products,
    rules,
)
from cnnshape.studies.counters.sequences import recurrent

FAILS = "Softmax without dim, on which thop fails"


def transposed(call: Call) -> list[Part]:
    """As if every output element had a whole window of every channel in its group."""
    channels = call.layout.channels(call.inputs[0])
    per_group = None if channels is None else channels // getattr(call.operation, "groups", 1)
    return [(TRANSPOSED, times(call.made, per_group, product(getattr(call.operation, "kernel", ()))))]


def softmax(call: Call) -> list[Part]:
    """An exponential, an addition and a division an element, less one addition for each vector."""
    axes = getattr(call.operation, "axes", ())
    if axes is None:
        return [(FAILS, None)]
    return [(ACTIVATIONS, of_vectors(call, axes[0] if axes else -1))]


def of_vectors(call: Call, axis: int) -> Dim:
    """``vectors * (3 * length - 1)``, where the vectors lie along an axis."""
    elements, length = call.made, call.output[axis]
    return None if elements is None or not length else 3 * elements - elements // length


def adaptive(call: Call) -> list[Part]:
    """The quotient of the sizes and 1 more for every output element, in floating point, rounded down at the end."""
    read, made = call.layout.spatial(call.inputs[0]), call.layout.spatial(call.output)
    if None in read or None in made or call.made is None:
        return [(POOLING, None)]
    made = made or (1,) * len(read)  # a global pooling of Keras keeps no axis
    window = prod(size / wanted for size, wanted in zip(read, made, strict=True) if size is not None and wanted)
    return [(POOLING, int((window + 1) * call.made))]


RULES = rules(
    {
        "Conv?d Linear": products,
        "RNN LSTM GRU RNNCell LSTMCell GRUCell": partial(recurrent, {"RNN": 1, "GRU": 7, "LSTM": 8}, projected=False),
        "ConvTranspose?d": transposed,
        "BatchNorm?d SyncBatchNorm InstanceNorm?d LayerNorm": affine(4, 2),
        "PReLU": each(ACTIVATIONS, 1),
        "Softmax": softmax,
        "AvgPool?d": each(POOLING, 1),
        "AdaptiveAvgPool?d": adaptive,
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d": by_mode(
            {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}
        ),
    }
)
