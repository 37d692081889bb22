"""What PyTorch's autograd keeps of layers, and of the functions that do the same, for the backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnshape.arithmetic.sizes import Dim, product, times
from cnnshape.vocabularies.pytorch.saved.call import (
    INPUT,
    OUTPUT,
    WEIGHT,
    Call,
    Rule,
    Saved,
    always,
    keeps,
    part,
    with_input,
)
from cnnshape.vocabularies.vocabulary import over_axes


def overwritten(call: Call) -> list[Saved]:
    """An activation that needs its input: in place it works on, but keeps a copy of it."""
    if not any(call.needs):
        return []
    return [Saved("copy of the input", elements=call.read)] if call.in_place else [INPUT]


def invertible(call: Call) -> list[Saved]:
    """An activation that needs its input, or its output where it has overwritten that."""
    return ([OUTPUT] if call.in_place else [INPUT]) if any(call.needs) else []


def convolution(call: Call) -> list[Saved]:
    """The input, also with frozen weights; what was padded where the padding is no part of the convolution.

    Of zeros that is only what ``padding="same"`` has more behind than before.
    """
    mode = call.arguments.get("padding_mode", "zeros")
    padding = [pads or (0, 0) for pads in call.padding or ()]
    apart = [high - low if mode == "zeros" else low + high for low, high in padding]
    if mode == "zeros" and not any(apart):
        return [INPUT, WEIGHT]
    grown = [None if size is None else size + more for size, more in zip(call.inputs[0][2:], apart, strict=True)]
    copy = Saved("padded input", elements=times(call.per_channel, product(grown)))
    inner = [INPUT] if mode in ("reflect", "replicate") and any(call.needs) else []
    return [*inner, copy, WEIGHT]


def linear(call: Call) -> list[Saved]:
    """The input for the weights' gradient, the weights for the input's."""
    read = [call.matrix(0, folded=True)] if "kernel" in call.trained else []
    return [*read, *([WEIGHT] if any(call.needs) else [])]


def layer_scale(call: Call) -> list[Saved]:
    """A parameter times the input: each needs the other."""
    return [*([INPUT] if call.trained else []), *([WEIGHT] if any(call.needs) else [])]


def batch_normalization(call: Call) -> list[Saved]:
    """The input, and the batch's mean and deviation where it computes them."""
    wide = bool(call.weights) or call.tracks
    statistics = Saved("statistics", elements=call.inputs[0][1], type="float32" if wide else "same")
    return [INPUT, *([statistics] * 2 if call.training or not call.tracks else [])]


def batch_function(call: Call) -> list[Saved]:
    """The input; in training, which is an argument, the statistics that it computes, too."""
    statistics = Saved("statistics", elements=call.inputs[0][1], type="float32")
    return [INPUT, *([statistics] * 2 if call.arguments.get("training") else [])]


def instance_normalization(call: Call) -> list[Saved]:
    """As a batch normalization over samples times channels, whose weights and running statistics it repeats."""
    one = Saved("statistics", elements=call.per_channel, type="mixed")
    own = call.training or not call.tracks
    if call.name == "instance_norm":
        own = call.arguments.get("use_input_stats", True)
    given = call.tracks or not own
    return [INPUT, *[one] * ((2 if own else 0) + 2 * given + bool(call.weights or call.trained))]


def by_statistics(count: Callable[[Call], Dim]) -> Rule:
    """The input, and so many means and deviations."""
    return lambda call: [INPUT, *[Saved("statistics", elements=count(call), type="mixed")] * 2]


def groups(call: Call) -> Dim:
    """The groups of all samples."""
    return times(call.inputs[0][0], call.arguments.get("num_groups", 1))


def rows(call: Call) -> Dim:
    """How many rows are normalized, each over the last axes."""
    shape = call.arguments.get("normalized_shape", ())
    axes = len(shape) if isinstance(shape, tuple | list) else 1
    return product(call.inputs[0][:-axes])


def root_mean_square(call: Call) -> list[Saved]:
    """The input and a factor for each row, where that needs a gradient; what is scaled, where the weight does."""
    factor = Saved("statistics", elements=rows(call), type="float32")
    return [
        *([INPUT, factor] if any(call.needs) else []),
        *([Saved("part", elements=call.read, type="float32")] if call.trained else []),
    ]


def local_response(call: Call) -> list[Saved]:
    """The input, the squares with zeros around the channels, the denominator and its base."""
    batch, channels, *spatial = call.inputs[0]
    size = call.arguments.get("size", 5)
    padded = None if channels is None else times(batch, channels + size - 1, product(spatial))
    return [INPUT, Saved("part", elements=padded), *part(count=2)(call)]


def unit_normalization(call: Call) -> list[Saved]:
    """The input, the norms, and the norms that are large enough."""
    axis = call.arguments.get("dim", 1)
    axes = {each % len(call.inputs[0]) for each in (axis if isinstance(axis, tuple | list) else (axis,))}
    norms = product(size for number, size in enumerate(call.inputs[0]) if number not in axes)
    return [INPUT, *[Saved("part", elements=norms)] * 2]


def dropout_of_channels(call: Call) -> list[Saved]:
    """A mask with an element for each channel of a sample; without a batch axis, of each row."""
    unbatched = call.name[-2:] in ("1d", "3d") and len(call.inputs[0]) != int(call.name[-2]) + 2
    return mask(call, call.inputs[0][0] if unbatched else call.per_channel)


def stochastic_depth(call: Call) -> list[Saved]:
    """A mask with an element for each sample, or a single one."""
    return mask(call, call.inputs[0][0] if call.arguments.get("mode") == "row" else 1)


def mask(call: Call, elements: Dim) -> list[Saved]:
    """The mask of a dropout, where it drops something; of a single element where all is dropped."""
    rate = call.arguments.get("p", 0.5)
    drops = call.training and rate > 0 and any(call.needs)
    return [Saved("mask", elements=1 if rate == 1 else elements)] if drops else []


def pooling_of_maxima(call: Call) -> list[Saved]:
    """The input, and where the maxima were, which may be its second output."""
    indices = Saved("output", 1) if len(call.outputs) > 1 else Saved("indices", elements=call.made, type="int64")
    return [INPUT, indices] if any(call.needs) else []


def adaptive_average(call: Call) -> list[Saved]:
    """The input; nothing for one value a channel, which is a mean."""
    rank = int(call.name[-2])
    written = call.arguments.get("output_size")
    sizes = written if isinstance(written, tuple | list) else (written,) * rank
    return [] if all(size == 1 for size in sizes) else keeps(INPUT)(call)


def interpolation(call: Call) -> list[Saved]:
    """Nothing; by area it is an adaptive pooling."""
    return keeps(INPUT)(call) if call.arguments.get("mode") == "area" and set(call.outputs[0][2:]) != {1} else []


def quotient(call: Call) -> list[Saved]:
    """The divisor for the dividend's gradient, both for its own."""
    if len(call.inputs) == 1 or not any(call.needs):
        return []
    return [*([INPUT] if call.needs[1] else []), Saved("input", 1)]


def reparametrized(call: Call) -> list[Saved]:
    """What the module around which it is keeps, with a weight that is made anew: its lengths, or singular vectors."""
    held = call.arguments["module"].bound
    name = held.kind.name.removeprefix("Lazy")
    inner = call._replace(name=name, arguments=held.arguments)
    weight = Saved("part", elements=call.weights["kernel"])
    found = [weight if each is WEIGHT else each for each in LAYERS[name](inner)]
    if "kernel" not in call.trained:
        return found
    lengths = [size for name, size in call.weights.items() if name.endswith("_g")]
    if call.name == "spectral_norm":
        lengths = [1, *(call.buffers.values() if call.training else ())]
    return [*found, *(Saved("part", elements=size, type="float32") for size in lengths)]


def form_of_two(call: Call) -> list[Saved]:
    """Each input, where the other one or the weight needs a gradient, and the weight, where an input does."""
    found = [Saved("input", number) for number in (0, 1) if call.needs[1 - number] or call.trained]
    return [*found, *([WEIGHT] if any(call.needs) else [])]


def linear_function(call: Call) -> list[Saved]:
    """The input, where the weight trains, and the weight, where the input needs a gradient."""
    return [*([call.matrix(0, folded=True)] if call.trained else []), *([WEIGHT] if any(call.needs) else [])]


def product_of_matrices(call: Call) -> list[Saved]:
    """Each operand as it is read, where the other one needs a gradient; by one matrix all are multiplied at once."""
    if len(call.inputs) == 1:  # the other one is a weight
        return linear_function(call)
    folded = len(call.inputs[1]) < 3
    return [call.matrix(number, folded=folded) for number in (0, 1) if call.needs[1 - number]]


LAYERS: Mapping[str, Rule] = {
    name: rule
    for names, rule in (
        (over_axes("Conv"), convolution),
        (over_axes("ConvTranspose"), always(INPUT, WEIGHT)),
        (("Linear",), linear),
        (("weight_norm", "spectral_norm"), reparametrized),
        (("linear",), linear_function),
        (over_axes("conv"), convolution),
        (over_axes("conv_transpose"), always(INPUT, WEIGHT)),
        (("Bilinear", "bilinear"), form_of_two),
        (("LayerScale",), layer_scale),
        ((*over_axes("BatchNorm"), "SyncBatchNorm"), batch_normalization),
        (("FrozenBatchNorm2d",), lambda call: keeps(Saved("part", elements=call.inputs[0][1], type="float32"))(call)),
        (("batch_norm",), batch_function),
        ((*over_axes("InstanceNorm"), "instance_norm"), instance_normalization),
        (("GroupNorm", "group_norm"), by_statistics(groups)),
        (("LayerNorm", "layer_norm"), by_statistics(rows)),
        (("LayerNorm2d",), by_statistics(lambda call: product(call.inputs[0][:1] + call.inputs[0][2:]))),
        (("RMSNorm", "rms_norm"), root_mean_square),
        (("LocalResponseNorm", "local_response_norm"), local_response),
        (("normalize",), unit_normalization),
        (("ReLU", "relu", "Sigmoid", "sigmoid", "Tanh", "tanh", "exp", "sqrt", "rsqrt"), keeps(OUTPUT)),
        (("Softmax", "Softmax2d", "Softmin", "LogSoftmax", "softmax", "softmin", "log_softmax"), keeps(OUTPUT)),
        (("LeakyReLU", "leaky_relu", "ELU", "elu", "SELU", "selu", "CELU", "celu"), invertible),
        (("ReLU6", "relu6", "Hardtanh", "hardtanh", "SiLU", "silu", "Mish", "mish"), overwritten),
        (("Hardswish", "hardswish", "Hardsigmoid", "hardsigmoid", "Threshold", "threshold"), overwritten),
        (("GELU", "gelu", "GLU", "glu", "Softplus", "softplus", "abs", "log", "square", "clamp"), keeps(INPUT)),
        (("Hardshrink", "hardshrink", "Softshrink", "softshrink", "var"), keeps(INPUT)),
        (("amax", "amin", "std", "norm"), keeps(INPUT, OUTPUT)),
        (("LogSigmoid", "logsigmoid", "Softsign", "softsign"), with_input(part())),
        (("Tanhshrink", "tanhshrink"), lambda call: part()(call) if any(call.needs) else []),
        (
            ("RReLU", "rrelu"),
            lambda call: [*invertible(call), Saved("mask", elements=call.read)] if any(call.needs) else [],
        ),
        (("PReLU", "prelu"), always(INPUT, WEIGHT)),
        (("Dropout", "dropout", "AlphaDropout", "alpha_dropout"), lambda call: mask(call, call.read)),
        ((*over_axes("Dropout", "dropout"), "FeatureAlphaDropout", "feature_alpha_dropout"), dropout_of_channels),
        (("StochasticDepth",), stochastic_depth),
        (over_axes("MaxPool", "max_pool", "AdaptiveMaxPool", "adaptive_max_pool"), pooling_of_maxima),
        (over_axes("FractionalMaxPool", "fractional_max_pool"), pooling_of_maxima),
        (over_axes("AvgPool", "avg_pool"), keeps(INPUT)),
        (over_axes("LPPool", "lp_pool"), with_input(lambda call: [*part("read")(call), *part(count=4)(call)])),
        (over_axes("AdaptiveAvgPool", "adaptive_avg_pool"), adaptive_average),
        (over_axes("ReflectionPad", "ReplicationPad"), keeps(INPUT)),
        (("pad",), lambda call: keeps(INPUT)(call) if call.arguments.get("mode") in ("reflect", "replicate") else []),
        (("Upsample", "interpolate"), interpolation),
        (("matmul", "bmm"), product_of_matrices),
        (("div", "divide", "true_divide"), quotient),
    )
    for name in names
}
