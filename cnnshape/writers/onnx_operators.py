"""PyTorch's layers as operators of ONNX: a rule by name, the same for a module and the function that does its work."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.operations.operation import Operation, Result
from cnnshape.vocabularies.layer import Layer


class Graph:
    """Operators and constants, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def constant(self, values: Any, dtype: str = "float32", name: str | None = None) -> str:
        """The name of a tensor with these values; unnamed ones that are equal are one."""
        array = np.asarray(values, dtype)
        name = name or f"{dtype}_{'x'.join(map(str, array.shape))}_{'_'.join(map(str, array.ravel()[:8]))}"
        self.constants[name] = numpy_helper.from_array(array, name)
        return name


class Step:
    """A layer that becomes operators.

    Attributes:
        layer: its arguments, with defaults; `operation` and `result` what it is.
        inputs: the tensors that it reads, of these `shapes`, all of which are known.
        weights: the names of its own, by what PyTorch calls them; `outputs` those of the tensors that it makes.
    """

    def __init__(
        self,
        graph: Graph,
        layer: Layer,
        operation: Operation,
        result: Result,
        inputs: Sequence[str],
        shapes: Sequence[Sequence[Any]],
        weights: dict[str, str],
        outputs: Sequence[str],
    ) -> None:
        self.graph = graph
        self.layer: Any = layer
        self.operation = operation
        self.result = result
        self.inputs = list(inputs)
        self.shapes = list(shapes)
        self.weights = weights
        self.outputs = list(outputs)

    @property
    def rank(self) -> int:
        """Axes of the first input, the batch included."""
        return len(self.shapes[0])

    def given(self, name: str, default: Any = None) -> Any:
        """An argument of the layer, where it has one of that name."""
        return getattr(self.layer, name, default)

    def add(self, type: str, inputs: Sequence[str], outputs: Sequence[str] | None = None, **attributes: Any) -> str:
        """An operator; without `outputs` it makes a tensor of its own. Returns the name of its first output."""
        made = list(outputs or [f"{self.outputs[0]}/{len(self.graph.nodes)}"])
        self.graph.nodes.append(helper.make_node(type, list(inputs), made, name=f"{made[0]}/{type}", **attributes))
        return made[0]

    def end(self, type: str, inputs: Sequence[str], **attributes: Any) -> None:
        """The operator that makes the layer's output, or outputs."""
        self.add(type, inputs, self.outputs, **attributes)

    def sizes(self, shape: Sequence[Any]) -> str:
        """A constant shape, whose batch is whatever that of the input is."""
        return self.graph.constant([0, *shape[1:]] if shape[0] == self.shapes[0][0] else shape, "int64")

    def axes(self, axes: int | Sequence[int] | None) -> tuple[int, ...]:
        """Axes counted from the front; all for None."""
        listed = range(self.rank) if axes is None else (axes,) if isinstance(axes, int) else axes
        return tuple(axis % self.rank for axis in listed)


Rule = Callable[[Step], None]


def padding_of(axes: Sequence[AxisWindows]) -> list[tuple[int, int]]:
    """Before and behind each axis; PyTorch's layers always know both."""
    return [axis.padding or (0, 0) for axis in axes]


def flat_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Padding in the order of ONNX: all starts, then all ends."""
    return [low for low, _ in pads] + [high for _, high in pads]


def convolution(step: Step) -> None:
    """With the padding of each axis; what is not filled with 0 is padded before."""
    layer, axes = step.layer, step.result.windows
    read, pads = step.inputs[0], padding_of(axes)
    if step.given("padding_mode", "zeros") != "zeros":
        read, pads = padded(step, read, pads, step.given("padding_mode")), [(0, 0)] * len(axes)
    step.end(
        "Conv",
        [read, *step.weights.values()],
        kernel_shape=[axis.kernel for axis in axes],
        strides=[axis.stride for axis in axes],
        dilations=[axis.dilation for axis in axes],
        group=layer.groups,
        pads=flat_pads(pads),
    )


def transposed(step: Step) -> None:
    """What is cropped is ONNX's padding; what is added behind is stated."""
    axes, layer = step.result.written, step.layer
    rank = len(axes)
    step.end(
        "ConvTranspose",
        [step.inputs[0], *step.weights.values()],
        kernel_shape=[axis.kernel for axis in axes],
        strides=[axis.stride for axis in axes],
        dilations=[axis.dilation for axis in axes],
        group=layer.groups,
        pads=flat_pads([(each, each) for each in spread(layer.padding, rank)]),
        output_padding=list(spread(layer.output_padding, rank)),
    )


def spread(value: Any, rank: int) -> tuple[Any, ...]:
    """One value for every axis."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank


def linear(step: Step) -> None:
    """Gemm over a matrix, MatMul over more axes."""
    weight, *bias = step.weights.values()
    if step.rank == 2:
        step.end("Gemm", [step.inputs[0], weight, *bias], transB=1)
        return
    product = [step.inputs[0], step.add("Transpose", [weight], perm=[1, 0])]
    if bias:
        step.end("Add", [step.add("MatMul", product), *bias])
    else:
        step.end("MatMul", product)


PADDING_MODES = {
    "constant": "constant",
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
"""PyTorch's modes of padding as ONNX calls them; ``wrap`` came with opset 19."""


def padded(step: Step, read: str, pads: Sequence[tuple[int, int]], mode: str, value: float = 0.0) -> str:
    """A tensor padded over its last axes."""
    return step.add("Pad", pad_inputs(step, read, pads, mode, value), mode=PADDING_MODES[mode])


def pad_inputs(step: Step, read: str, pads: Sequence[tuple[int, int]], mode: str, value: float) -> list[str]:
    """What Pad reads."""
    around = [(0, 0)] * (step.rank - len(pads))
    amounts = step.graph.constant(flat_pads([*around, *pads]), "int64")
    return [read, amounts, *([step.graph.constant(value)] if PADDING_MODES[mode] == "constant" else [])]


def pad(step: Step) -> None:
    """Elements before and after the last axes; negative ones are cut off."""
    amounts = step.result.padded or ()
    name = type(step.layer).__name__.lower()
    mode = next(
        (mode for mode in ("reflect", "replicate", "circular") if mode[:7] in name), step.given("mode", "constant")
    )
    mode = step.given("mode", mode) or mode
    value = step.given("value", 0.0) or 0.0
    step.end("Pad", pad_inputs(step, step.inputs[0], amounts, mode, value), mode=PADDING_MODES[mode])


def pooling(kind: str) -> Rule:
    """A window that slides. ONNX drops no window that begins in the padding, so `ceil_mode` is made of padding."""

    def rule(step: Step) -> None:
        axes = step.result.windows
        attributes: dict[str, Any] = {
            "kernel_shape": [axis.kernel for axis in axes],
            "strides": [axis.stride for axis in axes],
            "pads": flat_pads(padding_of(axes)),
        }
        read = step.inputs[0]
        if kind == "MaxPool":
            attributes["dilations"] = [axis.dilation for axis in axes]
        if step.given("ceil_mode"):
            pads = [(low, high + more) for (low, high), more in zip(padding_of(axes), beyond(step), strict=True)]
            if pads != padding_of(axes) and kind != "MaxPool":
                raise NotImplementedError("means of windows that hang over the end (ceil_mode)")
            attributes["pads"] = flat_pads(pads)
        if kind == "AveragePool":
            if step.given("divisor_override"):
                raise NotImplementedError("divisor_override")
            attributes["count_include_pad"] = int(step.given("count_include_pad", True))
        if kind == "LpPool":
            power = step.given("norm_type")
            if power % 2:  # PyTorch sums powers with their sign, ONNX those of magnitudes
                raise NotImplementedError(f"norm_type={power}")
            attributes["p"] = int(power)
        refuse_indices(step)
        step.end(kind, [read], **attributes)

    return rule


def beyond(step: Step) -> list[int]:
    """How far the last window of each axis hangs over the end."""
    ends = [
        ((axis.windows or 1) - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 for axis in step.result.windows
    ]
    read = [(axis.size or 0) + sum(axis.padding or (0, 0)) for axis in step.result.windows]
    return [max(end - size, 0) for end, size in zip(ends, read, strict=True)]


def refuse_indices(step: Step) -> None:
    """ONNX counts the places of maxima in another way."""
    if len(step.outputs) > 1:
        raise NotImplementedError("return_indices")


def adaptive(kind: str) -> Rule:
    """Windows of one size where the sizes divide; over all of the axes it is global."""

    def rule(step: Step) -> None:
        refuse_indices(step)
        sizes, wanted = step.shapes[0][2:], step.result.output[2:]
        if all(size == 1 for size in wanted):
            step.end(f"Global{kind}", [step.inputs[0]])
            return
        if any(size % count for size, count in zip(sizes, wanted, strict=True)):
            raise NotImplementedError(f"windows of unequal sizes: {wanted} out of {sizes}")
        steps = [size // count for size, count in zip(sizes, wanted, strict=True)]
        step.end(kind, [step.inputs[0]], kernel_shape=steps, strides=steps)

    return rule


def batch_norm(step: Step) -> None:
    """By the moving statistics, as in evaluation."""
    channels = step.shapes[0][1]
    names = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    if "running_mean" not in step.weights:
        raise NotImplementedError("statistics of the batch (track_running_stats=False)")
    weights = [step.weights.get(name) or step.graph.constant([value] * channels) for name, value in names.items()]
    step.end("BatchNormalization", [step.inputs[0], *weights], epsilon=step.layer.eps)


def layer_norm(step: Step) -> None:
    """Over the last axes."""
    axes = step.rank - len(spread(step.layer.normalized_shape, 1))
    scale = step.weights.get("weight") or step.graph.constant(np.ones(step.shapes[0][axes:]))
    bias = [step.weights["bias"]] if "bias" in step.weights else []
    step.end("LayerNormalization", [step.inputs[0], scale, *bias], axis=axes, epsilon=step.layer.eps)


def channel_layer_norm(step: Step) -> None:
    """Over the channels alone, which are moved to the end and back."""
    order = [0, *range(2, step.rank), 1]
    moved = step.add("Transpose", step.inputs, perm=order)
    names = [step.weights[name] for name in ("weight", "bias") if name in step.weights]
    normal = step.add("LayerNormalization", [moved, *names], axis=-1, epsilon=step.layer.eps)
    step.end("Transpose", [normal], perm=[0, step.rank - 1, *range(1, step.rank - 1)])


def instance_norm(step: Step) -> None:
    """Each channel by itself."""
    if "running_mean" in step.weights:
        batch_norm(step)
        return
    channels = step.shapes[0][1]
    scale = step.weights.get("weight") or step.graph.constant([1.0] * channels)
    bias = step.weights.get("bias") or step.graph.constant([0.0] * channels)
    step.end("InstanceNormalization", [step.inputs[0], scale, bias], epsilon=step.layer.eps)


def group_norm(step: Step) -> None:
    """Groups as channels of an instance normalization, then the scale and bias of each channel."""
    groups, shape = step.layer.num_groups, step.shapes[0]
    ones = [step.graph.constant([value] * groups) for value in (1.0, 0.0)]
    grouped = step.add("Reshape", [step.inputs[0], step.graph.constant([0, groups, -1], "int64")])
    normal = step.add("InstanceNormalization", [grouped, *ones], epsilon=step.layer.eps)
    result = [normal, step.sizes(shape)]
    if not step.weights:
        step.end("Reshape", result)
        return
    back = step.add("Reshape", result)
    wide = step.graph.constant([-1, *[1] * (step.rank - 2)], "int64")
    scale, bias = (step.add("Reshape", [step.weights[name], wide]) for name in ("weight", "bias"))
    step.end("Add", [step.add("Mul", [back, scale]), bias])


def local_response(step: Step) -> None:
    """Over neighbouring channels."""
    layer = step.layer
    if not layer.size % 2 or step.rank < 4:
        raise NotImplementedError(f"size={layer.size} over {step.rank} axes")
    step.end("LRN", step.inputs, size=layer.size, alpha=float(layer.alpha), beta=float(layer.beta), bias=float(layer.k))


def one(type: str, **attributes: Any) -> Rule:
    """An operator that is the same; attributes are values, or the names of the layer's arguments."""

    def rule(step: Step) -> None:
        given = {
            name: float(step.given(value)) if isinstance(value, str) else value for name, value in attributes.items()
        }
        step.end(type, step.inputs, **given)

    return rule


def softmax_axis(step: Step) -> int:
    """The axis stated, or the one that PyTorch chooses: 0 of 1 or 3 axes, else 1."""
    dim = step.given("dim")
    return (0 if step.rank in (1, 3) else 1) if dim is None else int(dim)


def softmax(type: str) -> Rule:
    """Over one axis."""
    return lambda step: step.end(type, step.inputs, axis=softmax_axis(step))


def softmin(step: Step) -> None:
    """The softmax of what is negated."""
    step.end("Softmax", [step.add("Neg", step.inputs)], axis=softmax_axis(step))


def gated(step: Step) -> None:
    """One half of an axis by the sigmoid of the other."""
    axis = step.axes(step.given("dim", -1))[0]
    halves = [f"{step.outputs[0]}/{name}" for name in ("value", "gate")]
    step.add("Split", step.inputs, halves, axis=axis)
    step.end("Mul", [halves[0], step.add("Sigmoid", [halves[1]])])


def threshold(step: Step) -> None:
    """A value in the place of what is not above the threshold."""
    bound, other = (step.graph.constant(float(step.given(name))) for name in ("threshold", "value"))
    step.end("Where", [step.add("Greater", [*step.inputs, bound]), *step.inputs, other])


def tanhshrink(step: Step) -> None:
    """x - tanh(x)."""
    step.end("Sub", [*step.inputs, step.add("Tanh", step.inputs)])


def clip(low: Any, high: Any) -> Rule:
    """Between two bounds, which are numbers or names of the layer's arguments."""

    def rule(step: Step) -> None:
        bounds = [step.given(each) if isinstance(each, str) else each for each in (low, high)]
        step.end("Clip", [*step.inputs, *("" if each is None else step.graph.constant(float(each)) for each in bounds)])

    return rule


def silu(step: Step) -> None:
    """x sigmoid(x)."""
    step.end("Mul", [*step.inputs, step.add("Sigmoid", step.inputs)])


def softplus(step: Step) -> None:
    """log(1 + exp(beta x)) / beta; beyond the usual threshold it is x to the last digit."""
    if step.layer.threshold < 20:
        raise NotImplementedError(f"threshold={step.layer.threshold}")
    beta = step.graph.constant(float(step.layer.beta))
    step.end("Div", [step.add("Softplus", [step.add("Mul", [*step.inputs, beta])]), beta])


def mish(step: Step) -> None:
    """x tanh(softplus(x))."""
    step.end("Mul", [*step.inputs, step.add("Tanh", [step.add("Softplus", step.inputs)])])


def gelu(step: Step) -> None:
    """By the error function, or by tanh."""
    read = step.inputs[0]
    constant = step.graph.constant
    if step.given("approximate", "none") == "tanh":
        cube = step.add("Mul", [step.add("Mul", [read, step.add("Mul", [read, read])]), constant(0.044715)])
        inner = step.add("Tanh", [step.add("Mul", [step.add("Add", [read, cube]), constant(0.7978845608028654)])])
    else:
        inner = step.add("Erf", [step.add("Mul", [read, constant(0.7071067811865476)])])
    half = step.add("Mul", [read, constant(0.5)])
    step.end("Mul", [half, step.add("Add", [inner, constant(1.0)])])


def prelu(step: Step) -> None:
    """A slope for each channel."""
    (weight,) = step.weights.values()
    if step.rank > 2:
        weight = step.add("Reshape", [weight, step.graph.constant([-1, *[1] * (step.rank - 2)], "int64")])
    step.end("PRelu", [*step.inputs, weight])


def nothing(step: Step) -> None:
    """What does nothing in evaluation."""
    step.end("Identity", step.inputs)


def merge(type: str) -> Rule:
    """Two tensors or more, or one and a number."""

    def rule(step: Step) -> None:
        read = step.inputs
        if len(read) == 1:
            number = next((step.given(name) for name in ("other", "value") if step.given(name) is not None), None)
            if number is None or not isinstance(number, int | float):
                raise NotImplementedError("an operand that is no number")
            read = [*read, step.graph.constant(float(number))]
        if step.given("alpha", 1) not in (1, None) or step.given("rounding_mode") is not None:
            raise NotImplementedError("alpha or rounding_mode")
        step.end(type, read)

    return rule


def concatenate(step: Step) -> None:
    """Along an axis."""
    step.end("Concat", step.inputs, axis=step.axes(step.given("dim", 0))[0])


def stack(step: Step) -> None:
    """Along a new axis."""
    axis = step.given("dim", 0) % (step.rank + 1)
    made = [step.add("Unsqueeze", [each, step.graph.constant([axis], "int64")]) for each in step.inputs]
    step.end("Concat", made, axis=axis)


def reduce(type: str) -> Rule:
    """Over some axes."""

    def rule(step: Step) -> None:
        axes = step.axes(step.given("dim"))
        read, attributes = list(step.inputs), {"keepdims": int(bool(step.given("keepdim", False)))}
        if type == "ReduceSum":
            read.append(step.graph.constant(axes, "int64"))
        else:
            attributes["axes"] = list(axes)  # type: ignore[assignment]
        step.end(type, read, **attributes)

    return rule


def reshape(step: Step) -> None:
    """To the shape that it has to be."""
    step.end("Reshape", [step.inputs[0], step.sizes(step.result.output)])


def permute(step: Step) -> None:
    """Axes in another order."""
    step.end("Transpose", step.inputs, perm=list(step.axes(step.layer.dims)))


def transpose(step: Step) -> None:
    """Two axes exchanged."""
    order = list(range(step.rank))
    first, second = (step.axes(getattr(step.operation, name))[0] for name in ("first", "second"))
    order[first], order[second] = order[second], order[first]
    step.end("Transpose", step.inputs, perm=order)


def split(step: Step) -> None:
    """Parts along an axis."""
    axis = step.axes(step.given("dim", 0))[0]
    sizes = step.graph.constant([shape[axis] for shape in step.result.outputs], "int64")
    step.end("Split", [step.inputs[0], sizes], axis=axis)


MODES = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def resize(step: Step) -> None:
    """To the sizes that come out; by a stated factor, the places are computed from it."""
    mode = str(step.given("mode", "nearest"))
    if "nearest" in type(step.layer).__name__.lower():
        mode = "nearest"
    if "bilinear" in type(step.layer).__name__.lower():
        mode = "bilinear"
    if mode not in MODES:
        raise NotImplementedError(f"mode={mode!r}")
    corners = bool(step.given("align_corners", False)) or "bilinear" in type(step.layer).__name__.lower()
    attributes: dict[str, Any] = {"mode": MODES[mode]}
    if mode == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        attributes["coordinate_transformation_mode"] = "align_corners" if corners else "pytorch_half_pixel"
    if mode == "bicubic":
        attributes["cubic_coeff_a"] = -0.75
    factor = step.given("scale_factor")
    if factor is not None and not step.given("recompute_scale_factor"):
        factors = [1.0, 1.0, *map(float, spread(factor, step.rank - 2))]
        step.end("Resize", [step.inputs[0], "", step.graph.constant(factors)], **attributes)
    else:
        ratios = [after / before for before, after in zip(step.shapes[0], step.result.output, strict=True)]
        if all(ratio.is_integer() for ratio in ratios):
            step.end("Resize", [step.inputs[0], "", step.graph.constant(ratios)], **attributes)
        else:
            sizes = step.graph.constant(step.result.output, "int64")
            step.end("Resize", [step.inputs[0], "", "", sizes], **attributes)


def pixel_shuffle(step: Step) -> None:
    """Channels to space, as PyTorch orders them."""
    if step.rank != 4:
        raise NotImplementedError(f"{step.rank} axes")
    step.end("DepthToSpace", step.inputs, blocksize=step.layer.upscale_factor, mode="CRD")


def pixel_unshuffle(step: Step) -> None:
    """Space to channels, as PyTorch orders them."""
    batch, channels, height, width = step.shapes[0]
    factor = step.layer.downscale_factor
    cut = (batch, channels, height // factor, factor, width // factor, factor)
    parts = step.add("Reshape", [step.inputs[0], step.sizes(cut)])
    step.end("Reshape", [step.add("Transpose", [parts], perm=[0, 1, 3, 5, 2, 4]), step.sizes(step.result.output)])


def channel_shuffle(step: Step) -> None:
    """Groups of channels interleaved."""
    batch, channels, *spatial = step.shapes[0]
    groups = step.layer.groups
    parts = step.add("Reshape", [step.inputs[0], step.sizes((batch, groups, channels // groups, *spatial))])
    moved = step.add("Transpose", [parts], perm=[0, 2, 1, *range(3, step.rank + 1)])
    step.end("Reshape", [moved, step.sizes(step.shapes[0])])


def squeeze(step: Step) -> None:
    """Without axes of one element: what comes out says which."""
    reshape(step)


def power(step: Step) -> None:
    """To a power."""
    step.end("Pow", [step.inputs[0], step.graph.constant(float(step.given("exponent", 2)))])


RULES: dict[str, Rule] = {
    "conv": convolution,
    "convtranspose": transposed,
    "linear": linear,
    "maxpool": pooling("MaxPool"),
    "avgpool": pooling("AveragePool"),
    "lppool": pooling("LpPool"),
    "adaptiveavgpool": adaptive("AveragePool"),
    "adaptivemaxpool": adaptive("MaxPool"),
    "batchnorm": batch_norm,
    "syncbatchnorm": batch_norm,
    "layernorm": layer_norm,
    "layernorm2d": channel_layer_norm,
    "groupnorm": group_norm,
    "instancenorm": instance_norm,
    "localresponsenorm": local_response,
    "relu": one("Relu"),
    "relu6": clip(0.0, 6.0),
    "hardtanh": clip("min_val", "max_val"),
    "clamp": clip("min", "max"),
    "leakyrelu": one("LeakyRelu", alpha="negative_slope"),
    "elu": one("Elu", alpha="alpha"),
    "celu": one("Celu", alpha="alpha"),
    "selu": one("Selu"),
    "prelu": prelu,
    "sigmoid": one("Sigmoid"),
    "logsigmoid": lambda step: step.end("Log", [step.add("Sigmoid", step.inputs)]),
    "hardsigmoid": one("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hardswish": one("HardSwish"),
    "tanh": one("Tanh"),
    "softplus": softplus,
    "softsign": one("Softsign"),
    "silu": silu,
    "mish": mish,
    "gelu": gelu,
    "softmax": softmax("Softmax"),
    "logsoftmax": softmax("LogSoftmax"),
    "softmin": softmin,
    "glu": gated,
    "threshold": threshold,
    "hardshrink": one("Shrink", lambd="lambd"),
    "softshrink": one("Shrink", lambd="lambd", bias="lambd"),
    "tanhshrink": tanhshrink,
    "square": lambda step: step.end("Mul", step.inputs * 2),
    "dropout": nothing,
    "alphadropout": nothing,
    "featurealphadropout": nothing,
    "identity": nothing,
    "flatten": reshape,
    "unflatten": reshape,
    "reshape": reshape,
    "squeeze": squeeze,
    "unsqueeze": squeeze,
    "permute": permute,
    "transpose": transpose,
    "swapaxes": transpose,
    "swapdims": transpose,
    "cat": concatenate,
    "concat": concatenate,
    "concatenate": concatenate,
    "stack": stack,
    "add": merge("Add"),
    "sub": merge("Sub"),
    "mul": merge("Mul"),
    "multiply": merge("Mul"),
    "div": merge("Div"),
    "maximum": merge("Max"),
    "minimum": merge("Min"),
    "matmul": merge("MatMul"),
    "bmm": merge("MatMul"),
    "mean": reduce("ReduceMean"),
    "sum": reduce("ReduceSum"),
    "amax": reduce("ReduceMax"),
    "amin": reduce("ReduceMin"),
    "abs": one("Abs"),
    "exp": one("Exp"),
    "log": one("Log"),
    "sqrt": one("Sqrt"),
    "neg": one("Neg"),
    "pow": power,
    "chunk": split,
    "split": split,
    "zeropad": pad,
    "constantpad": pad,
    "reflectionpad": pad,
    "replicationpad": pad,
    "circularpad": pad,
    "pad": pad,
    "upsample": resize,
    "upsamplingnearest": resize,
    "upsamplingbilinear": resize,
    "interpolate": resize,
    "pixelshuffle": pixel_shuffle,
    "pixelunshuffle": pixel_unshuffle,
    "channelshuffle": channel_shuffle,
}
"""By the name of the layer, as `key_of` writes it."""


def key_of(name: str) -> str:
    """``max_pool2d`` and ``MaxPool2d`` are ``maxpool``; torchvision's `LayerNorm2d` is a layer of its own."""
    plain = name.replace("_", "").lower().removeprefix("lazy")
    return plain if plain in RULES else re.sub(r"[123]d$", "", plain)
