"""Operators with products and statistics: matrix products, normalization, attention, recurrence, quantization."""

from __future__ import annotations

from functools import partial

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Size, Sizes, product_of
from cnnshape.operations.merging import MatrixProduct
from cnnshape.operations.tensors import Einsum
from cnnshape.readers import layers
from cnnshape.readers.exported import Meaning, seen
from cnnshape.readers.onnx.elements import per_element
from cnnshape.readers.onnx.operator import Operator, Rule, UnknownSizeError, whole


def gemm(one: int, other: int, bias: int, operator: Operator) -> Meaning:
    """``A' B' + C`` of the inputs at these places; a linear layer where B is a weight."""
    left, right = operator.sizes(one), operator.sizes(other)
    if len(left) != 2 or len(right) != 2:
        raise ValueError(f"Gemm of {t.written(left)} and {t.written(right)}")
    left = left[::-1] if operator.attribute("transA") else left
    right = right[::-1] if operator.attribute("transB") else right
    output, _ = t.multiplied(left, right)
    meaning = layers.linear((output,), right[0], right[1], bias=operator.has(bias))
    return meaning._replace(turned=not operator.attribute("transB"))


def matmul(one: int, other: int, operator: Operator) -> Meaning:
    """A matrix product of the inputs at these places."""
    output, summed = t.multiplied(operator.sizes(one), operator.sizes(other))
    macs = product_of(output) * summed
    paths = seen(MatrixProduct(), operator.sizes(one), operator.sizes(other))
    return Meaning("matmul", (output,), macs=macs, flops=macs * 2, paths=paths)


def fused_matmul(operator: Operator) -> Meaning:
    """ONNX Runtime's, which may exchange the last two axes before."""
    if operator.attribute("transBatchA") or operator.attribute("transBatchB"):
        raise UnknownSizeError
    sizes = [
        (*shape[:-2], shape[-1], shape[-2]) if operator.attribute(f"trans{which}") else shape
        for which, shape in zip("AB", (operator.sizes(0), operator.sizes(1)), strict=True)
    ]
    return matmul(0, 1, operator._replace(given=(*sizes, *operator.given[2:])))._replace(paths=None)


def skipping_norm(operator: Operator) -> Meaning:
    """ONNX Runtime's: a sum and its layer normalization; mean, deviation and the sum may be outputs too."""
    shape = operator.sizes(0)
    last = (*shape[:-1], 1)
    return Meaning(operator.type, (shape, last, last, shape), flops=product_of(shape) * 8)


def einsum(operator: Operator) -> Meaning:
    """An Einstein sum; its products are those of all its letters."""
    equation = operator.attribute("equation")
    operands = [operator.sizes(number) for number in range(len(operator.inputs))]
    output, macs = t.einsum(str(equation), operands)
    paths = seen(Einsum(str(equation)), *operands)
    return Meaning("einsum", (output,), None, {"equation": equation}, macs, macs * 2, paths=paths)


def batch_norm(operator: Operator) -> Meaning:
    """By the statistics of the file; in training further outputs are those of the batch."""
    shape = operator.sizes(0)
    channels = operator.sizes(1)
    if len(shape) > 1 and isinstance(shape[1], int) and isinstance(channels[0], int) and shape[1] != channels[0]:
        raise ValueError(f"a batch normalization of {channels[0]} channels reads {shape[1]}")
    outputs = (shape, *(channels,) * (len(operator.outputs) - 1))
    return layers.batch_norm(outputs, scale=True, center=True, tracked=True)


def layer_norm(operator: Operator) -> Meaning:
    """Over the axes from `axis` on; mean and deviation may be outputs too."""
    shape = operator.sizes(0)
    axis = t.axis_of(operator.attribute("axis", -1), len(shape))
    rms = operator.type in ("RMSNormalization", "SimplifiedLayerNormalization")
    meaning = layers.layer_norm((shape,), len(shape) - axis, scale=operator.has(1), center=operator.has(2), rms=rms)
    statistics = tuple([1 if each >= axis else size for each, size in enumerate(shape)])
    return meaning._replace(outputs=(shape, *(statistics,) * (len(operator.outputs) - 1)))


def group_norm(operator: Operator) -> Meaning:
    """Over groups of channels; of an instance normalization each channel by itself."""
    groups = -1 if operator.type == "InstanceNormalization" else operator.attribute("num_groups")
    return layers.group_norm((operator.sizes(0),), groups, scale=True, center=True)


def recurrent(gates: int, states: int, operator: Operator) -> Meaning:
    """Y of all steps, Y_h and Y_c of the last: `gates` products of the input and of the state per step."""
    shape, weight = operator.sizes(0), operator.sizes(1)
    directions = 2 if operator.attribute("direction") == "bidirectional" else 1
    hidden = operator.attribute("hidden_size") or whole(weight[1]) // gates
    last = operator.attribute("layout", 0)
    steps, batch = (shape[1], shape[0]) if last else (shape[0], shape[1])
    every = (batch, steps, directions, hidden) if last else (steps, directions, batch, hidden)
    final = (batch, directions, hidden) if last else (directions, batch, hidden)
    macs = steps * batch * (directions * gates * hidden) * (shape[-1] + hidden)
    outputs = (every, *(final,) * states)
    return Meaning(operator.type, outputs, None, {"hidden_size": hidden}, macs, macs * 2)


def attention(operator: Operator) -> Meaning:
    """Scaled dot products of queries, keys and values of 4 axes, or of 3 with the heads side by side."""
    query, key, value = operator.sizes(0), operator.sizes(1), operator.sizes(2)
    past = operator.given[4][2] if operator.has(4) and operator.given[4] else 0
    if len(query) == 3:
        heads, shared = operator.attribute("q_num_heads"), operator.attribute("kv_num_heads")
        size, width = value[2] // shared, query[2] // heads
        batch, asked, read = query[0], query[1], key[1] + past
        output: Sizes = (batch, asked, size * heads)
    else:
        batch, heads, asked, width = query
        shared, size, read = key[1], value[3], key[2] + past
        output = (batch, heads, asked, size)
    scores: Size = batch * heads * asked * read
    macs = scores * (width + size)
    present = ((batch, shared, read, width), (batch, shared, read, size), (batch, heads, asked, read))
    outputs = (output, *present)
    return Meaning("scaled_dot_product_attention", outputs, macs=macs, flops=macs * 2 + scores * 4)


def linear_attention(operator: Operator) -> Meaning:
    """A state of keys by values for each head, updated and read at every step."""
    query, value = operator.sizes(0), operator.sizes(2)
    heads, shared = operator.attribute("q_num_heads"), operator.attribute("kv_num_heads")
    batch, steps, width, size = query[0], query[1], query[2] // heads, value[2] // shared
    outputs = ((batch, steps, size * heads), (batch, shared, width, size))
    macs = batch * steps * width * size * (heads + shared)
    return Meaning(operator.type, outputs, macs=macs, flops=macs * 2)


def causal_convolution(operator: Operator) -> Meaning:
    """Each channel by itself, and the last positions for the next call."""
    shape, kernel = operator.sizes(0), whole(operator.sizes(1)[2])
    outputs = (shape, (*shape[:2], kernel - 1))
    macs = product_of(shape) * kernel
    return Meaning(operator.type, outputs, None, {"kernel_size": kernel}, macs, macs * 2)


def dynamic_quantized(operator: Operator) -> Meaning:
    """The quantized tensor, its scale and its zero point."""
    shape = operator.sizes(0)
    return Meaning(operator.type, (shape, (), ()), flops=product_of(shape) * 4)


def transform(operator: Operator) -> Meaning:
    """A Fourier transform along an axis: ``5 n log2 n`` operations."""
    shape = list(operator.sizes(0))
    inverse = operator.attribute("inverse", 0)
    axis = operator.numbers(2)[0] if operator.has(2) else operator.attribute("axis", 1 if operator.opset < 20 else -2)
    axis = t.axis_of(axis, len(shape))
    if operator.has(1):
        shape[axis] = operator.elements(1)[0]
    onesided = operator.attribute("onesided", 0)
    shape[-1] = 1 if onesided and inverse else 2
    length = shape[axis]
    if onesided:
        shape[axis] = length // 2 + 1 if not inverse else length if operator.has(1) else (length - 1) * 2
    rounds = length.bit_length() if isinstance(length, int) else None
    return Meaning(operator.type, (tuple(shape),), flops=None if rounds is None else product_of(shape) * 5 * rounds)


def stft(operator: Operator) -> Meaning:
    """A Fourier transform of every window of a signal."""
    signal, step = operator.sizes(0), operator.numbers(1)[0]
    if operator.has(3):
        length = operator.numbers(3)[0]
    elif operator.has(2):
        length = whole(operator.sizes(2)[0])
    else:
        raise UnknownSizeError
    bins = length // 2 + 1 if operator.attribute("onesided", 1) else length
    frames = t.windows(signal[1], length, step, 0)
    output = (signal[0], frames, bins, 2)
    return Meaning(operator.type, (output,), flops=product_of(output) * 5 * length.bit_length())


def loss(operator: Operator) -> Meaning:
    """One number, or (reduction `none`) one for each label; a second output are the logarithms."""
    scores, labels = operator.sizes(0), operator.sizes(1)
    output = labels if operator.attribute("reduction", "mean") == "none" else ()
    cost = 4 if operator.type == "SoftmaxCrossEntropyLoss" else 0
    return Meaning(operator.type, (output, scores), flops=product_of(scores) * cost + product_of(labels) * 2)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("Gemm", "FusedGemm"), partial(gemm, 0, 1, 2)),
    **dict.fromkeys(("MatMul", "MatMulInteger"), partial(matmul, 0, 1)),
    "QGemm": partial(gemm, 0, 3, 6),
    "FusedMatMul": fused_matmul,
    "SkipLayerNormalization": skipping_norm,
    "QLinearMatMul": partial(matmul, 0, 3),
    "Einsum": einsum,
    "BatchNormalization": batch_norm,
    **dict.fromkeys(("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"), layer_norm),
    **dict.fromkeys(("InstanceNormalization", "GroupNormalization"), group_norm),
    "LRN": partial(per_element, 8),
    **dict.fromkeys(("LpNormalization", "RotaryEmbedding"), partial(per_element, 3, pointwise=False)),
    "MeanVarianceNormalization": partial(per_element, 7, pointwise=False),
    "LSTM": partial(recurrent, 4, 2),
    "GRU": partial(recurrent, 3, 1),
    "RNN": partial(recurrent, 1, 1),
    "Attention": attention,
    "LinearAttention": linear_attention,
    "CausalConvWithState": causal_convolution,
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), partial(per_element, 2)),  # a product and a sum
    "DynamicQuantizeLinear": dynamic_quantized,
    "DFT": transform,
    "STFT": stft,
    "MelWeightMatrix": lambda operator: Meaning(
        operator.type, ((operator.numbers(1)[0] // 2 + 1, operator.numbers(0)[0]),)
    ),
    **dict.fromkeys(("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"), loss),
}
"""By the name of the operator."""
