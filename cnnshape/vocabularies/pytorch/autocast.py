"""Which type a call runs in under `torch.autocast`, and what it keeps because of that.

As seen on a CPU in PyTorch 2.14 (`tests/data/saved_tensors.jsonl`, the settings ``amp`` and ``half``): products run in
the lower type, a few kernels in float32, and everything else in the widest type that it reads. On a GPU layer and group
normalization, softmax, powers and norms run in float32 besides.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.vocabularies.pytorch.saved import WITHOUT_GRADIENT
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved, over_axes
from cnnshape.vocabularies.pytorch.saved.sequences import is_flash

LOWER = frozenset(
    {*over_axes("Conv", "ConvTranspose"), "Linear", "PReLU", "matmul", "bmm", "einsum", "scaled_dot_product_attention"}
)
"""What runs in the lower type, with its weights cast to it."""

FLOAT32 = frozenset(
    {"ReflectionPad1d", "ReflectionPad2d", *over_axes("ReplicationPad", "MaxUnpool", "max_unpool")}
    | {"AvgPool3d", "MaxPool3d", "AdaptiveAvgPool3d", "AdaptiveMaxPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d"}
    | {"avg_pool3d", "max_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d", "LPPool3d", "lp_pool3d"}
    | {"cdist", "grid_sample", "prod", "DropBlock3d"}
)
"""What runs in float32."""


UNTOLD = frozenset(
    {"RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "MultiheadAttention", "weight_norm", "spectral_norm"}
    | {"linear", *over_axes("conv", "conv_transpose"), "DeformConv2d", "Bilinear"}
)
"""Layers of which it is not told what they keep under autocast: casts of weights, one by one."""


def is_told(call: Call) -> bool:
    """Whether it is told what a call keeps under autocast; attention that is not flash has its own mixture of types."""
    if call.name == "scaled_dot_product_attention":
        return is_flash(call)
    return call.name not in UNTOLD


WEIGHTED = frozenset({"FrozenBatchNorm2d", "LayerScale"})
"""Products with weights that stay float32."""


def runs_in(call: Call, types: Sequence[str], lower: str) -> str:
    """The type that a call runs in, by those of its inputs."""
    if call.name in LOWER and not (call.name == "einsum" and len(call.inputs) == 1):
        return lower
    types = [each for each in types if each not in WITHOUT_GRADIENT] or ["float32"]
    padded = call.name == "pad" and call.arguments.get("mode") in ("reflect", "replicate")
    if call.name in FLOAT32 or padded or "float32" in types or call.name in WEIGHTED:
        return "float32"
    return types[0]


def reads_in(call: Call, given: str, runs: str) -> str:
    """The type in which a call keeps an input of a given type: mostly the one that it runs in.

    What a convolution pads by reflection it pads before that, as the padding layer would.
    """
    mode = call.arguments.get("padding_mode")
    if mode in ("reflect", "replicate"):
        return "float32" if f"{PADDINGS[mode]}{call.name[-2:]}" in FLOAT32 else given
    if call.name == "LayerScale":
        return given
    return "float32" if call.name in ("RMSNorm", "rms_norm", "RoIAlign") else runs


PADDINGS = {"reflect": "ReflectionPad", "replicate": "ReplicationPad"}


def type_of(call: Call, one: Saved, runs: str) -> str:
    """The type of a tensor that only autograd has."""
    if one.type == "mixed":
        return "float32" if call.weights else runs
    return runs if one.type == "same" else one.type


def casts_weights(call: Call, runs: str) -> bool:
    """Whether it keeps copies of its weights in the lower type."""
    return call.name in LOWER and runs != "float32"
