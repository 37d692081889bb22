"""Which type a call runs in under `torch.autocast`, and what it keeps because of that.

As seen on a CPU in PyTorch 2.14 (`tests/data/saved_tensors.jsonl`, the settings ``amp`` and ``half``): products run in
the lower type, a few kernels in float32, and everything else in the widest type that it reads. On a GPU layer and group
normalization, softmax, powers and norms run in float32 besides.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim
from cnnshape.vocabularies.pytorch.saved import WITHOUT_GRADIENT
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved, over_axes
from cnnshape.vocabularies.pytorch.saved.sequences import is_flash

LOWER = frozenset(
    {*over_axes("Conv", "ConvTranspose", "conv", "conv_transpose"), "Linear", "linear", "PReLU", "prelu"}
    | {"matmul", "bmm", "einsum", "affine_grid", "scaled_dot_product_attention", "MultiheadAttention"}
)
"""What runs in the lower type, with its weights cast to it."""

FLOAT32 = frozenset(
    {"ReflectionPad1d", "ReflectionPad2d", *over_axes("ReplicationPad", "MaxUnpool", "max_unpool")}
    | set(over_axes("FractionalMaxPool", "fractional_max_pool"))
    | {"AvgPool3d", "MaxPool3d", "AdaptiveAvgPool3d", "AdaptiveMaxPool3d"}
    | {"avg_pool3d", "max_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d", "LPPool3d", "lp_pool3d"}
    | {"cdist", "grid_sample", "prod", "DropBlock3d", "DeformConv2d", "Bilinear"}
)
"""What runs in float32."""


UNTOLD = frozenset(
    {"RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"}
    | {"LocalResponseNorm", "local_response_norm", "LPPool3d", "lp_pool3d"}
)
"""Layers of which it is not told what they keep under autocast: tensors of both types, casts step by step."""


def is_told(call: Call) -> bool:
    """Whether it is told what a call keeps under autocast; attention with a mask, or not flash, mixes types."""
    if call.mask is not None:
        return False
    if call.name == "scaled_dot_product_attention":
        return is_flash(call)
    return call.name not in UNTOLD


WEIGHTED = frozenset({"FrozenBatchNorm2d", "LayerScale"})
"""Products with weights that stay float32."""


def runs_in(call: Call, types: Sequence[str], lower: str) -> str:
    """The type that a call runs in, by those of its inputs."""
    if call.name in ("weight_norm", "spectral_norm"):
        call = call._replace(name=call.arguments["module"].bound.kind.name.removeprefix("Lazy"))
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
    if given in WITHOUT_GRADIENT or call.name in PROMOTING:
        return given
    mode = call.arguments.get("padding_mode")
    if mode in ("reflect", "replicate"):
        return "float32" if f"{PADDINGS[mode]}{call.name[-2:]}" in FLOAT32 else given
    if call.name == "LayerScale":
        return given
    return "float32" if call.name in ("RMSNorm", "rms_norm", "RoIAlign") else runs


PROMOTING = frozenset(
    {"mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "addcmul", "pow", "where", "atan2"}
    | {"fmax", "fmin", "fmod", "remainder", "hypot", "copysign"}
)
"""What takes operands of different types as they are."""

PADDINGS = {"reflect": "ReflectionPad", "replicate": "ReplicationPad"}


def type_of(call: Call, one: Saved, runs: str) -> str:
    """The type of a tensor that only autograd has."""
    if one.type == "mixed":
        return "float32" if call.weights else runs
    return runs if one.type == "same" else one.type


def casts_weights(call: Call, runs: str) -> bool:
    """Whether it keeps copies of its weights in the lower type."""
    return call.name in LOWER and runs != "float32"


def cast_weights(call: Call) -> list[Dim]:
    """Elements of the copies that it keeps of weights: not of biases.

    Attention casts what projects queries, keys and values for each tensor that is projected, where inputs need a
    gradient.
    """
    names = [name for name in call.weights if "bias" not in name]
    if call.name != "MultiheadAttention":
        return [call.weights[name] for name in names]
    found: list[Dim] = []
    for name in names:
        size = call.weights[name]
        if name == "in_proj_weight" and size is not None and any(call.needs):
            alike = call.alike[:3]
            found += [size // 3 * alike.count(number) for number in dict.fromkeys(alike)]
        elif name.startswith("out_proj") or any(call.needs):
            found.append(size)
    return found
