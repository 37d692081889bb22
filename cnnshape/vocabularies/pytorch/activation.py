"""PyTorch's activations, as modules and as functions; and elementwise functions of one tensor."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import activation as operations
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import OfRank
from cnnshape.vocabularies.layer import layer_of
from cnnshape.vocabularies.values import Integer, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType

NAMES = {
    "hardshrink": "hard_shrink",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_silu",
    "hardtanh": "hard_tanh",
    "leakyrelu": "leaky_relu",
    "logsigmoid": "log_sigmoid",
    "logsoftmax": "log_softmax",
    "softshrink": "soft_shrink",
    "tanhshrink": "tanh_shrink",
}
"""The operation's name where PyTorch writes it in one word."""


def activation_name(kind: LayerType) -> str:
    """The activation that a module or function is named after."""
    name = kind.name.replace("_", "").lower()
    return NAMES.get(name, name)


def Elementwise(kind: LayerType) -> Operation:
    """Activations without arguments: Sigmoid, Tanh, Softsign and the like. Each element by itself."""
    return operations.Activation(activation_name(kind))


def Inplace(kind: LayerType, inplace: bool = False) -> Operation:
    """Activations whose only argument lets them overwrite their input: each element by itself."""
    return operations.Activation(activation_name(kind), inplace)


def Elu(kind: LayerType, alpha: Number = 1.0, inplace: bool = False) -> Operation:
    """ELU and elu: `alpha` is the scale of the negative part."""
    return Inplace(kind, inplace)


def Celu(kind: LayerType, alpha: Number = 1.0, inplace: bool = False) -> Operation:
    """CELU and celu, which divide by alpha."""
    if alpha == 0:
        raise Fault("CS105", f"{kind.name}'s alpha must not be 0: it divides by it", argument="alpha")
    return Inplace(kind, inplace)


def LeakyRelu(kind: LayerType, negative_slope: Number = 0.01, inplace: bool = False) -> Operation:
    """LeakyReLU and leaky_relu."""
    return Inplace(kind, inplace)


def RandomReluFunction(
    kind: LayerType, lower: Number = 0.125, upper: Number = 1 / 3, training: bool = False, inplace: bool = False
) -> Operation:
    """rrelu."""
    if lower > upper:
        raise Fault(
            "CS105", f"{kind.name}'s lower={lower} must not be greater than its upper={upper}", argument="lower"
        )
    return operations.Activation("rrelu", inplace)


RandomRelu = layer_of(
    RandomReluFunction,
    "training",
    "RReLU: at inference a leaky ReLU with the mean slope. The bounds have to be in order.",
)


def Softplus(beta: Number = 1.0, threshold: Number = 20.0) -> Operation:
    """Softplus and softplus: each element by itself."""
    return operations.Activation("softplus")


def Threshold(threshold: Number, value: Number, inplace: bool = False) -> Operation:
    """Threshold and threshold: each element by itself."""
    return operations.Activation("threshold", inplace)


def HardtanhBounds(kind: LayerType, min_val: Number = -1.0, max_val: Number = 1.0, inplace: bool = False) -> Operation:
    """hardtanh, which takes equal bounds, as the module does not."""
    return hard_tanh(kind, min_val, max_val, inplace, equal=True)


def Hardtanh(
    kind: LayerType,
    min_val: Number = -1.0,
    max_val: Number = 1.0,
    inplace: bool = False,
    min_value: Number | None = None,
    max_value: Number | None = None,
) -> Operation:
    """Hardtanh, which has former names for its bounds besides: one of those wins over the present one."""
    low, high = min_val if min_value is None else min_value, max_val if max_value is None else max_value
    return hard_tanh(kind, low, high, inplace)


def hard_tanh(kind: LayerType, low: float, high: float, in_place: bool, *, equal: bool = False) -> Operation:
    """Clipping; refuses bounds in the wrong order."""
    if high < low or (high == low and not equal):
        raise Fault(
            "CS105",
            f"{kind.name}'s max_val={high} must {'not be less' if equal else 'be greater'} than its min_val={low}",
            argument="max_val",
        )
    return operations.Activation("hard_tanh", in_place)


def Gelu(approximate: Literal["none", "tanh"] = "none") -> Operation:
    """GELU: each element by itself."""
    return operations.Activation("gelu")


def GeluFunction(*, approximate: Literal["none", "tanh"] = "none") -> Operation:
    """gelu."""
    return operations.Activation("gelu")


def Shrink(kind: LayerType, lambd: Number = 0.5) -> Operation:
    """Hardshrink and hardshrink: each element by itself."""
    return operations.Activation(activation_name(kind))


def Softshrink(kind: LayerType, lambd: Number = 0.5) -> Operation:
    """Softshrink and softshrink, whose threshold must not be negative."""
    if lambd < 0:
        raise Fault("CS105", f"{kind.name}'s lambd must be at least 0, got {lambd}", argument="lambd")
    return operations.Activation("soft_shrink")


def Softmax(kind: LayerType, dim: Integer | None = None) -> Operation:
    """Softmax, LogSoftmax, Softmin and their functions: over one axis; PyTorch chooses one where `dim` is not given."""
    axes = None if dim is None else (dim,)
    return operations.Activation(activation_name(kind), axes=axes)


def Softmax2d() -> Operation:
    """Softmax2d: over the channels of an image. Over axis 1 of an input with four axes."""
    return OfRank(operations.Activation("softmax", axes=(1,)), (4,))


def Glu(dim: Integer = -1) -> Operation:
    """GLU and glu: half of an axis gates the other half."""
    return operations.GatedLinearUnit(dim)


def PRelu(num_parameters: Positive = 1, init: Number = 0.25) -> Operation:
    """PReLU: one trained slope, or one per channel."""
    return operations.PRelu(num_parameters)


def Clamp(kind: LayerType, min: Number | None = None, max: Number | None = None) -> Operation:
    """clamp: one bound at least has to be given."""
    if min is None and max is None:
        raise Fault("CS104", f"{kind.name} needs min or max", fix="add min=0, for example")
    return operations.Activation("clamp")


def Pow(exponent: Number) -> Operation:
    """pow with a number as exponent: each element by itself."""
    return operations.Activation("pow")
