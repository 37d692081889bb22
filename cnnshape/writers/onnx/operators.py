"""PyTorch's layers as operators of ONNX: a rule by name, the same for a module and the function that does its work."""

from __future__ import annotations

import re

from cnnshape.writers.onnx import activations, moves, normalizations, windows
from cnnshape.writers.onnx.step import Rule

RULES: dict[str, Rule] = {
    "parameter": moves.parameter,
    "conv": windows.convolution,
    "convtranspose": windows.transposed,
    "linear": moves.linear,
    "maxpool": windows.pooling("MaxPool"),
    "avgpool": windows.pooling("AveragePool"),
    "lppool": windows.pooling("LpPool"),
    "adaptiveavgpool": windows.adaptive("AveragePool"),
    "adaptivemaxpool": windows.adaptive("MaxPool"),
    **dict.fromkeys(("batchnorm", "syncbatchnorm", "frozenbatchnorm"), normalizations.batch_norm),
    "rmsnorm": normalizations.root_mean_square,
    "layerscale": normalizations.scale,
    "normalize": normalizations.to_unit_length,
    "layernorm": normalizations.layer_norm,
    "layernorm2d": normalizations.channel_layer_norm,
    "groupnorm": normalizations.group_norm,
    "instancenorm": normalizations.instance_norm,
    "localresponsenorm": normalizations.local_response,
    "relu": activations.one("Relu"),
    "relu6": activations.clip(0.0, 6.0),
    "hardtanh": activations.clip("min_val", "max_val"),
    "clamp": activations.clip("min", "max"),
    "leakyrelu": activations.one("LeakyRelu", alpha="negative_slope"),
    "elu": activations.one("Elu", alpha="alpha"),
    "celu": activations.one("Celu", alpha="alpha"),
    "selu": activations.one("Selu"),
    "prelu": activations.prelu,
    "sigmoid": activations.one("Sigmoid"),
    "logsigmoid": lambda step: step.end("Log", [step.add("Sigmoid", step.inputs)]),
    "hardsigmoid": activations.one("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hardswish": activations.hard_swish,
    "tanh": activations.one("Tanh"),
    "softplus": activations.softplus,
    "softsign": activations.one("Softsign"),
    "silu": lambda step: step.end("Mul", [*step.inputs, step.add("Sigmoid", step.inputs)]),
    "mish": lambda step: step.end("Mul", [*step.inputs, step.add("Tanh", [step.add("Softplus", step.inputs)])]),
    "gelu": activations.gelu,
    "softmax": lambda step: step.end("Softmax", step.inputs, axis=activations.softmax_axis(step)),
    "logsoftmax": lambda step: step.end("LogSoftmax", step.inputs, axis=activations.softmax_axis(step)),
    "softmin": lambda step: step.end("Softmax", [step.add("Neg", step.inputs)], axis=activations.softmax_axis(step)),
    "glu": activations.gated,
    "threshold": activations.threshold,
    "hardshrink": activations.one("Shrink", lambd="lambd"),
    "softshrink": activations.one("Shrink", lambd="lambd", bias="lambd"),
    "tanhshrink": lambda step: step.end("Sub", [*step.inputs, step.add("Tanh", step.inputs)]),
    "square": lambda step: step.end("Mul", step.inputs * 2),
    **dict.fromkeys(
        ("dropout", "alphadropout", "featurealphadropout", "stochasticdepth", "dropblock", "droppath", "identity"),
        activations.one("Identity"),  # in evaluation
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
    "add": moves.merge("Add"),
    "sub": moves.merge("Sub"),
    "rsub": moves.merge("Sub", exchanged=True),
    "mul": moves.merge("Mul"),
    "multiply": moves.merge("Mul"),
    "div": moves.merge("Div"),
    "maximum": moves.merge("Max"),
    "minimum": moves.merge("Min"),
    "matmul": moves.merge("MatMul"),
    "bmm": moves.merge("MatMul"),
    "mean": moves.reduce("ReduceMean"),
    "sum": moves.reduce("ReduceSum"),
    "amax": moves.reduce("ReduceMax"),
    "amin": moves.reduce("ReduceMin"),
    **{
        name: activations.one(name.capitalize())
        for name in ("abs", "exp", "log", "sqrt", "neg", "sin", "cos", "tan", "sinh", "cosh")
    },
    **{
        name: activations.one(name.capitalize())
        for name in ("asin", "acos", "atan", "erf", "floor", "ceil", "round", "sign")
    },
    "exp2": lambda step: step.end("Pow", [step.graph.constant(2.0), *step.inputs]),
    "reciprocal": activations.one("Reciprocal"),
    "rsqrt": lambda step: step.end("Reciprocal", [step.add("Sqrt", step.inputs)]),
    "logsumexp": moves.reduce("ReduceLogSumExp"),
    "narrow": moves.narrow,
    "select": moves.gather,
    "indexselect": moves.gather,
    "unbind": moves.unbind,
    "embedding": moves.look_up,
    "scaleddotproductattention": moves.attention,
    "einsum": lambda step: step.end("Einsum", step.inputs, equation=step.layer.equation),
    "pow": lambda step: step.end("Pow", [step.inputs[0], step.graph.constant(float(step.given("exponent", 2)))]),
    "chunk": moves.split,
    "split": moves.split,
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
