"""Which type a call runs in under `torch.autocast`, and what it keeps because of that.

As seen on a CPU in PyTorch 2.14 (`tests/data/saved_tensors.jsonl`, the settings ``amp`` and ``half``): products run in
the lower type, a few kernels in float32, and everything else in the widest type that it reads. On a GPU layer and group
normalization, softmax, powers and norms run in float32 besides.
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim
from cnnshape.vocabularies.pytorch.saved import WITHOUT_GRADIENT
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved
from cnnshape.vocabularies.pytorch.saved.functions import SPECTRA
from cnnshape.vocabularies.pytorch.saved.recurrent import RECURRENT, traced
from cnnshape.vocabularies.vocabulary import over_axes

LOWER = frozenset(
    {*over_axes("Conv", "ConvTranspose", "conv", "conv_transpose"), "Linear", "linear", "PReLU", "prelu"}
    | {"matmul", "bmm", "einsum", "affine_grid", "scaled_dot_product_attention"}
    | {"MultiheadAttention", "multi_head_attention_forward"}
)
"""What runs in the lower type, with its weights cast to it."""

FLOAT32 = frozenset(
    {"ReflectionPad1d", "ReflectionPad2d", *over_axes("ReplicationPad", "MaxUnpool", "max_unpool")}
    | set(over_axes("FractionalMaxPool", "fractional_max_pool"))
    | {"AvgPool3d", "MaxPool3d", "AdaptiveAvgPool3d", "AdaptiveMaxPool3d"}
    | {"avg_pool3d", "max_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d", "LPPool3d", "lp_pool3d"}
    | {"cdist", "grid_sample", "prod", "DropBlock3d", "DeformConv2d", "Bilinear"}
    | SPECTRA
)
"""What runs in float32."""


WEIGHTED = frozenset({"FrozenBatchNorm2d", "LayerScale"})
"""Products with weights that stay float32."""


def runs_in(call: Call, lower: str) -> str:
    """The type that a call runs in."""
    if call.name in ("weight_norm", "spectral_norm"):
        call = call._replace(name=call.arguments["module"].bound.kind.name.removeprefix("Lazy"))
    if call.name in LOWER and not (call.name == "einsum" and len(call.inputs) == 1):
        return lower
    types = [each for each in call.types if each not in WITHOUT_GRADIENT] or ["float32"]
    padded = call.name == "pad" and call.arguments.get("mode") in ("reflect", "replicate")
    pooled = call.name in ("LocalResponseNorm", "local_response_norm") and len(call.inputs[0]) > 3  # in three axes
    if call.name in FLOAT32 or padded or pooled or "float32" in types or call.name in WEIGHTED:
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


def makes(call: Call, runs: str) -> tuple[str, ...]:
    """The types of what a call makes: the one that it runs in, but of recurrent layers what their states have."""
    return traced(call).types if call.name in RECURRENT else (runs,) * len(call.outputs)


PROMOTING = frozenset(
    {"mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "addcmul", "pow", "where", "atan2"}
    | {"fmax", "fmin", "fmod", "remainder", "hypot", "copysign"}
    | {"LocalResponseNorm", "local_response_norm", "LPPool3d", "lp_pool3d", *RECURRENT}
)
"""What takes operands of different types as they are, or itself casts what it has to."""

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
    """Elements of the copies that it keeps of weights: not of biases."""
    return [size for name, size in call.weights.items() if "bias" not in name]
