"""Operators that compute elements: one by one, or one of many along axes."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import product_of
from cnnshape.operations.activation import Activation
from cnnshape.operations.merging import Merge
from cnnshape.operations.reduction import Reduce
from cnnshape.readers import layers
from cnnshape.readers.exported import Meaning, seen
from cnnshape.readers.onnx.operator import Operator, Rule


def elementwise(operator: Operator) -> Meaning:
    """One operation for each element of what all inputs broadcast to."""
    output = t.broadcast_shapes(*[sizes for sizes in operator.given if sizes is not None])
    flops = product_of(output) * max(len(operator.inputs) - 1, 1)
    return Meaning(operator.type, (output,), flops=flops, pointwise=True)


def merge(kind: Any, name: str, operator: Operator) -> Meaning:
    """Sums and products, as PyTorch calls them."""
    meaning = elementwise(operator)
    number = scalar(operator, 1)
    if number is None and kind in ("add", "multiply"):
        number = scalar(operator, 0)
    if number is not None and len(operator.inputs) == 2:
        return meaning._replace(type=name, operation=Merge(kind, 1, 1), arguments={"other": number})
    count = len([sizes for sizes in operator.given if sizes is not None])
    return meaning._replace(type=name, operation=Merge(kind, None if count > 2 else count))


def scalar(operator: Operator, number: int) -> float | int | None:
    """The number that an operand is; None of tensors, and of what is not known."""
    value = operator.values[number] if number < len(operator.values) else None
    if value is None or value.size != 1 or value.ndim:
        return None
    found = value.ravel()[0]
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def prelu(operator: Operator) -> Meaning:
    """PyTorch's, where there is one slope, or one for each channel; slopes of other places are its own operator."""
    meaning, shape = elementwise(operator), operator.sizes(0)
    slopes = (*(1,) * (len(shape) - len(operator.sizes(1))), *operator.sizes(1))
    count = product_of(slopes)
    of_channels = len(shape) > 1 and slopes == (1, shape[1], *(1,) * (len(shape) - 2))
    if meaning.outputs != (shape,) or not isinstance(count, int) or not (count == 1 or of_channels):
        return meaning
    return layers.prelu(meaning.outputs, count)


def quantized_merge(operator: Operator) -> Meaning:
    """Of quantized tensors, each followed by its scale and zero point."""
    output = t.broadcast_shapes(operator.sizes(0), operator.sizes(3))
    return Meaning(operator.type, (output,), flops=product_of(output), pointwise=True)


def per_element(cost: int, operator: Operator, *, pointwise: bool = True) -> Meaning:
    """So many operations for each element, in one output of the same shape; made of that at its place, or of others."""
    shape = operator.sizes(0)
    return Meaning(operator.type, (shape,), flops=product_of(shape) * cost, pointwise=pointwise)


def activation(operator: Operator) -> Meaning:
    """An activation of PyTorch."""
    return layers.activation((operator.sizes(0),), operator.type)


def softmax(type: str, name: str, operator: Operator) -> Meaning:
    """Over an axis; before opset 13 over all axes from it on."""
    shape = operator.sizes(0)
    axis = t.axis_of(operator.attribute("axis", -1 if operator.opset >= 13 else 1), len(shape))
    axes = (axis,) if operator.opset >= 13 else tuple(range(axis, len(shape)))
    return Meaning(type, (shape,), Activation(name, axes=axes), {"dim": axis}, flops=product_of(shape) * 3)


def clip(operator: Operator) -> Meaning:
    """ReLU6 where it is from 0 to 6."""
    shape = operator.sizes(0)
    bounds = [operator.attribute("min"), operator.attribute("max")]
    for number in (1, 2):
        if operator.has(number) and operator.values[number] is not None:
            bounds[number - 1] = operator.elements(number)[0]
    is_relu6 = bounds == [0, 6]
    return Meaning("ReLU6" if is_relu6 else "clamp", (shape,), Activation("relu6"), flops=product_of(shape))


def reduction(operator: Operator) -> Meaning:
    """One operation for each element that is read."""
    shape = operator.sizes(0)
    axes: list[int] | None = operator.axes(1)
    if not axes:
        axes = [] if operator.attribute("noop_with_empty_axes", 0) else None
    keep = bool(operator.attribute("keepdims", 1))
    output = t.reduced(shape, axes, keep)
    name = PYTORCH_REDUCTIONS.get(operator.type, operator.type)
    along = tuple(range(len(shape)) if axes is None else axes)
    paths = seen(Reduce(along, "max", keep), shape)
    shown = {"dim": along, "keepdim": keep}
    return Meaning(name, (output,), None, shown, flops=product_of(shape), paths=paths)


PYTORCH_REDUCTIONS = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "amax", "ReduceMin": "amin"}
"""Reductions that PyTorch has by another name."""


def index_of(operator: Operator) -> Meaning:
    """The place of the largest or smallest."""
    shape = operator.sizes(0)
    axis, keep = operator.attribute("axis", 0), bool(operator.attribute("keepdims", 1))
    output = t.reduced(shape, [axis], keep)
    return Meaning(operator.type, (output,), flops=product_of(shape), paths=seen(Reduce((axis,), "max", keep), shape))


UNARY = """
Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Cos Cosh Erf Exp Floor IsInf IsNaN Log Neg
Not Reciprocal Round Shrink Sign Sin Sinh Sqrt Swish Tan ThresholdedRelu Trilu Bernoulli BiasGelu FastGelu QuickGelu
QLinearSigmoid QLinearLeakyRelu
"""
BINARY = """
And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Or Pow Xor
"""
REDUCTIONS = """
ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare
"""
ACTIVATIONS = "Relu Sigmoid Tanh LeakyRelu Elu Selu Celu Gelu Mish HardSigmoid HardSwish Softplus Softsign"

RULES: dict[str, Rule] = {
    **dict.fromkeys(UNARY.split(), partial(per_element, 1)),
    **dict.fromkeys(("CumProd", "CumSum", "Hardmax", "SwiGLU"), partial(per_element, 1, pointwise=False)),
    **dict.fromkeys(ACTIVATIONS.split(), activation),
    **dict.fromkeys(BINARY.split(), elementwise),
    **dict.fromkeys(REDUCTIONS.split(), reduction),
    **dict.fromkeys(("Add", "Sum"), partial(merge, "add", "add")),
    "Sub": partial(merge, "subtract", "sub"),
    "Mul": partial(merge, "multiply", "mul"),
    "Div": partial(merge, "divide", "div"),
    **dict.fromkeys(("QLinearAdd", "QLinearMul"), quantized_merge),
    "PRelu": prelu,
    "Softmax": partial(softmax, "Softmax", "softmax"),
    "LogSoftmax": partial(softmax, "LogSoftmax", "log_softmax"),
    "Clip": clip,
    **dict.fromkeys(("ArgMax", "ArgMin"), index_of),
}
"""By the name of the operator."""
