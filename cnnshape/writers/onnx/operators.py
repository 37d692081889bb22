"""PyTorch's layers as operators of ONNX: a rule by name, the same for a module and the function that does its work."""

from __future__ import annotations

import re
from functools import partial

from cnnshape.writers.onnx import activations, moves, normalizations, windows
from cnnshape.writers.onnx.step import Rule

SAME = """
abs acos asin atan ceil cos cosh erf exp floor log neg reciprocal relu round selu sigmoid sign sin sinh softsign sqrt
tan tanh
"""
"""Functions of each element that both call the same."""

RULES: dict[str, Rule] = {
    "parameter": moves.parameter,
    "conv": windows.convolution,
    "convtranspose": windows.transposed,
    "linear": moves.linear,
    "maxpool": partial(windows.pooling, "MaxPool"),
    "avgpool": partial(windows.pooling, "AveragePool"),
    "lppool": partial(windows.pooling, "LpPool"),
    "adaptiveavgpool": partial(windows.adaptive, "AveragePool"),
    "adaptivemaxpool": partial(windows.adaptive, "MaxPool"),
    **dict.fromkeys(("batchnorm", "syncbatchnorm", "frozenbatchnorm"), normalizations.batch_norm),
    "rmsnorm": normalizations.root_mean_square,
    "layerscale": normalizations.scale,
    "normalize": normalizations.to_unit_length,
    "layernorm": normalizations.layer_norm,
    "layernorm2d": normalizations.channel_layer_norm,
    "groupnorm": normalizations.group_norm,
    "instancenorm": normalizations.instance_norm,
    "localresponsenorm": normalizations.local_response,
    **{name: partial(activations.one, name.capitalize()) for name in SAME.split()},
    "relu6": partial(activations.clip, 0.0, 6.0),
    "hardtanh": partial(activations.clip, "min_val", "max_val"),
    "clamp": partial(activations.clip, "min", "max"),
    "leakyrelu": partial(activations.one, "LeakyRelu", alpha="negative_slope"),
    "elu": partial(activations.one, "Elu", alpha="alpha"),
    "celu": partial(activations.one, "Celu", alpha="alpha"),
    "prelu": activations.prelu,
    "logsigmoid": lambda step: step.end("Log", [step.add("Sigmoid", step.inputs)]),
    "hardsigmoid": partial(activations.one, "HardSigmoid", alpha=1 / 6, beta=0.5),
    "hardswish": activations.hard_swish,
    "softplus": activations.softplus,
    "silu": lambda step: step.end("Mul", [*step.inputs, step.add("Sigmoid", step.inputs)]),
    "mish": lambda step: step.end("Mul", [*step.inputs, step.add("Tanh", [step.add("Softplus", step.inputs)])]),
    "gelu": activations.gelu,
    "softmax": lambda step: step.end("Softmax", step.inputs, axis=activations.softmax_axis(step)),
    "logsoftmax": lambda step: step.end("LogSoftmax", step.inputs, axis=activations.softmax_axis(step)),
    "softmin": lambda step: step.end("Softmax", [step.add("Neg", step.inputs)], axis=activations.softmax_axis(step)),
    "glu": activations.gated,
    "threshold": activations.threshold,
    "hardshrink": partial(activations.one, "Shrink", lambd="lambd"),
    "softshrink": partial(activations.one, "Shrink", lambd="lambd", bias="lambd"),
    "tanhshrink": lambda step: step.end("Sub", [*step.inputs, step.add("Tanh", step.inputs)]),
    "square": lambda step: step.end("Mul", step.inputs * 2),
    **dict.fromkeys(
        ("dropout", "alphadropout", "featurealphadropout", "stochasticdepth", "dropblock", "droppath", "identity"),
        partial(activations.one, "Identity"),  # in evaluation
    ),
    **dict.fromkeys(
        ("flatten", "unflatten", "reshape", "squeeze", "unsqueeze"),
        lambda step: step.end("Reshape", [step.inputs[0], step.sizes(step.result.output)]),
    ),
    "permute": lambda step: step.end("Transpose", step.inputs, perm=list(step.axes(step.layer.dims))),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), moves.transpose),
    **dict.fromkeys(
        ("cat", "concat", "concatenate"),
        lambda step: step.end("Concat", step.inputs, axis=step.axes(step.given("dim", 0))[0]),
    ),
    "stack": moves.stack,
    "add": partial(moves.merge, "Add"),
    "sub": partial(moves.merge, "Sub"),
    "rsub": partial(moves.merge, "Sub", exchanged=True),
    **dict.fromkeys(("mul", "multiply"), partial(moves.merge, "Mul")),
    "div": partial(moves.merge, "Div"),
    "maximum": partial(moves.merge, "Max"),
    "minimum": partial(moves.merge, "Min"),
    **dict.fromkeys(("matmul", "bmm"), partial(moves.merge, "MatMul")),
    "mean": partial(moves.reduce, "ReduceMean"),
    "sum": partial(moves.reduce, "ReduceSum"),
    "amax": partial(moves.reduce, "ReduceMax"),
    "amin": partial(moves.reduce, "ReduceMin"),
    "exp2": lambda step: step.end("Pow", [step.graph.constant(2.0), *step.inputs]),
    "rsqrt": lambda step: step.end("Reciprocal", [step.add("Sqrt", step.inputs)]),
    "logsumexp": partial(moves.reduce, "ReduceLogSumExp"),
    "narrow": moves.narrow,
    **dict.fromkeys(("select", "indexselect"), moves.gather),
    "unbind": moves.unbind,
    "embedding": moves.look_up,
    "scaleddotproductattention": moves.attention,
    "einsum": lambda step: step.end("Einsum", step.inputs, equation=step.layer.equation),
    "pow": lambda step: step.end("Pow", [step.inputs[0], step.graph.constant(float(step.given("exponent", 2)))]),
    **dict.fromkeys(("chunk", "split"), moves.split),
    **dict.fromkeys(("zeropad", "constantpad", "reflectionpad", "replicationpad", "circularpad", "pad"), windows.pad),
    **dict.fromkeys(("upsample", "upsamplingnearest", "upsamplingbilinear", "interpolate"), windows.resize),
    "pixelshuffle": moves.pixel_shuffle,
    "pixelunshuffle": moves.pixel_unshuffle,
    "channelshuffle": moves.channel_shuffle,
}
"""By the name of the layer, as `key_of` writes it."""


def key_of(name: str) -> str:
    """``max_pool2d`` and ``MaxPool2d`` are ``maxpool``; torchvision's `LayerNorm2d` is a layer of its own."""
    plain = name.replace("_", "").lower().removeprefix("lazy")
    return plain if plain in RULES else re.sub(r"[123]d$", "", plain)
