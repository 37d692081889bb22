"""Activations: by name in a Keras layer, and as layers of their own in both frameworks."""

from __future__ import annotations

from math import prod

from cnnshape.operations.activation import Activation, GatedLinearUnit, PRelu
from cnnshape.operations.choosing import AlongAxis
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call, default_of, known

NAMED = {
    "celu": "CELU", "gelu": "GELU", "hard_shrink": "Hardshrink", "hard_sigmoid": "Hardsigmoid", "linear": "Identity",
    "hard_silu": "Hardswish", "hard_swish": "Hardswish", "hard_tanh": "Hardtanh", "log_sigmoid": "LogSigmoid",
    "mish": "Mish", "selu": "SELU", "sigmoid": "Sigmoid", "silu": "SiLU", "soft_shrink": "Softshrink",
    "softplus": "Softplus", "softsign": "Softsign", "swish": "SiLU", "tanh": "Tanh", "tanh_shrink": "Tanhshrink",
}  # fmt: skip
"""Keras's names of activations that have no layer there, as PyTorch's layers; all parameters at their defaults."""

CLASSES = {"relu": "ReLU", "relu6": "ReLU6", "elu": "ELU", "leaky_relu": "LeakyReLU"}
"""Those that have one in Keras as well, ReLU6 as a ReLU with a largest value."""

PARAMETER = {"elu": "alpha", "leaky_relu": "negative_slope"}
"""What both frameworks call the parameter of a layer."""

BY_NAME = {"leaky_relu": 0.2}
"""Parameters that Keras's names stand for, where they are not PyTorch's defaults."""

OVER_AN_AXIS = {"softmax": "Softmax", "log_softmax": "LogSoftmax", "glu": "GLU"}
"""Taken over an axis: in Keras by name over the last one."""

SAME = """
abs ceil cos cosh erf erfinv exp expm1 floor isfinite isinf isnan log log10 log1p log2 logical_not reciprocal round
rsqrt sign sin sinh sqrt square tan trunc
"""
EACH = {name: name for name in SAME.split()}
EACH |= {"absolute": "abs", "arccos": "acos", "arcsin": "asin", "arctan": "atan", "negative": "neg"}
"""Keras's functions of each element by itself, and PyTorch's."""

UNCHANGING = frozenset({"inplace", "activation"})
"""Arguments that change no values, or are the name itself."""


def with_activation(found: Counterpart, activation: str, dim: int) -> Counterpart:
    """PyTorch's layers have no activation of their own: it is a second layer.

    Args:
        dim: where Keras's last axis lies in PyTorch, which a softmax is taken over.
    """
    layer = named_in_pytorch(activation, dim)
    if layer is not None:
        return found.followed_by(layer)
    note = f"PyTorch has no layer for the activation {activation}"
    return found._replace(
        verdict="other shape" if found.verdict == "other shape" else "other values",
        remedy=(),
        note=f"{found.note}; {note}" if found.note else note,
    )


def named_in_pytorch(name: str, dim: int) -> Call | None:
    """PyTorch's layer for Keras's name of an activation; None where it has none."""
    if name in OVER_AN_AXIS:
        return call(OVER_AN_AXIS[name], dim=dim)
    layer = CLASSES.get(name) or NAMED.get(name)
    if layer is None:
        return None
    return call(layer, BY_NAME[name]) if name in BY_NAME else call(layer)


def activation(operation: Activation, request: Request) -> Counterpart | None:
    """An activation as a row of its own; None where the other framework has no layer for it as it is."""
    if operation.name in OVER_AN_AXIS:
        layer = over_an_axis(operation, request)
    elif request.other == "keras":
        layer = function_in_keras(request) or in_keras(operation.name, request)
    elif request.layer == "Activation":
        layer = named_in_pytorch(operation.name, -1)
    elif request.layer.startswith("ops."):
        layer = function_in_pytorch(operation.name, request)
    else:
        layer = in_pytorch(operation.name, request)
    if layer is None and request.layer == "ReLU":
        return rectified_in_parts(request)
    return layer and request.answer(layer)


def function_in_keras(request: Request) -> Call | None:
    """Keras's function for one of PyTorch's."""
    if request.layer == "pow":
        return call("ops.power", x2=request.argument("exponent"))
    if request.layer == "exp2":
        return call("ops.power", x1=2.0)
    if request.layer == "clamp":
        least, most = request.argument("min"), request.argument("max")
        if None not in (least, most):
            return call("ops.clip", least, most)
        return call("ops.maximum", x2=least) if most is None else call("ops.minimum", x2=most)
    return next((call(f"ops.{keras}") for keras, pytorch in EACH.items() if request.layer == pytorch), None)


def powers(_: AlongAxis, request: Request) -> Counterpart | None:
    """Keras's power of each element, and its rounding to whole numbers."""
    if request.layer == "ops.power" and request.argument("x2") is not None:
        return request.answer(call("pow", request.argument("x2")))
    if request.layer == "ops.power" and request.argument("x1") == 2:
        return request.answer(call("exp2"))
    return request.answer(call("round")) if request.layer == "ops.round" and not request.argument("decimals") else None


def function_in_pytorch(name: str, request: Request) -> Call | None:
    """PyTorch's function or layer for one of Keras's functions."""
    if name == "clip":
        return call("clamp", request.argument("x_min"), request.argument("x_max"))
    if name == "gelu":
        return call("GELU", approximate="tanh" if request.argument("approximate") else None)
    if name in PARAMETER:
        return with_parameter(name, request)
    if name in ("celu", "hard_shrink", "soft_shrink"):
        return call(NAMED[name], request.argument("alpha" if name == "celu" else "threshold"))
    return call(EACH[name]) if name in EACH else named_in_pytorch(name, -1)


def rectified_in_parts(request: Request) -> Counterpart | None:
    """Keras's ReLU with a slope and a largest value, or with a threshold, as PyTorch's layers one after the other."""
    most, slope, threshold = map(request.argument, ("max_value", "negative_slope", "threshold"))
    if most == 0 or (threshold and slope):
        return None
    first = call("Threshold", threshold, 0) if threshold else call("LeakyReLU", slope)
    return request.answer(first, *([] if most is None else [call("clamp", max=most)]))


def over_an_axis(operation: Activation, request: Request) -> Call | None:
    """A softmax, over the axis as it lies in the other framework."""
    rank, axes = request.rank, operation.taken_over(request.shape)
    if len(axes) != 1:
        return None
    axis = request.axis_there(min(axes), rank)
    if request.other == "pytorch":
        return call(OVER_AN_AXIS[operation.name], dim=axis if axis < rank - 1 else -1)
    if operation.name == "softmax":
        return call("Softmax", axis=None if axis == rank - 1 else axis)
    return call("Activation", operation.name) if axis == rank - 1 else None


def gated(operation: GatedLinearUnit, request: Request) -> Counterpart:
    """One half of an axis times the sigmoid of the other."""
    axis = request.axis_there(operation.axis)
    if request.other == "pytorch":
        return request.answer(call("GLU", dim=None if axis == request.rank - 1 else axis))
    return request.answer(call("Activation", "glu") if axis == request.rank - 1 else call("ops.glu", axis=axis))


def trained_slopes(operation: PRelu, request: Request) -> Counterpart | None:
    """A leaky ReLU with one slope for all, or one a channel; Keras may have one for each element."""
    if request.other == "keras":
        shared = tuple(axis for axis in range(1, request.rank) if operation.count == 1 or axis != request.axis_there(1))
        return request.answer(call("PReLU", shared_axes=shared or None))
    (weight,) = request.result.weights
    channels = request.axis_there(1) if not request.moves or request.rank < 3 else request.rank - 1
    if all(size == 1 for size in weight.shape):
        return request.answer(call("PReLU"))
    if all(size == 1 for axis, size in enumerate(weight.shape, start=1) if axis != channels):
        return request.answer(call("PReLU", known(request.shape[channels])))
    found = request.nothing("PyTorch's PReLU has one slope, or one a channel: share the other axes (shared_axes)")
    own = [axis for axis, size in enumerate(weight.shape, start=1) if size != 1]
    if None in request.shape[1:]:
        return found
    sizes = tuple(request.shape[axis] for axis in own)
    slopes = call("PReLU", prod(size or 1 for size in sizes))
    order = (0, *own, *(axis for axis in range(1, request.rank) if axis not in own))
    layers = [call("Flatten", end_dim=len(own)), slopes, call("Unflatten", 1, sizes)] if len(own) > 1 else [slopes]
    reason = "PyTorch's PReLU has slopes for the second axis alone: those that have their own become it, and back"
    return found._replace(remedy=request.arranged(order, *layers), reason=reason)


def in_pytorch(name: str, request: Request) -> Call | None:
    """PyTorch's layer for one of Keras's layers."""
    if request.layer == "ReLU":
        return rectified(*map(request.argument, ("max_value", "negative_slope", "threshold")))
    if name not in PARAMETER or request.layer != CLASSES[name]:
        return None
    return with_parameter(name, request)


def rectified(most: float | None, slope: float, threshold: float) -> Call | None:
    """Keras's ReLU has parameters for which PyTorch has layers."""
    if threshold or (slope and most is not None) or most == 0:
        return None
    if most is None:
        return call("LeakyReLU", slope) if slope else call("ReLU")
    return call("ReLU6") if most == 6 else call("Hardtanh", 0, most)


def in_keras(name: str, request: Request) -> Call | None:
    """Keras's layer for one of PyTorch's layers or functions."""
    if name in PARAMETER:
        return with_parameter(name, request)
    given = {
        argument: value
        for argument, value in request.arguments.items()
        if argument not in UNCHANGING and value != default_of("pytorch", request.layer, argument)
    }
    if name == "hard_tanh" and set(given) <= {"min_val", "max_val"} and given.get("min_val") == 0:
        return call("ReLU", max_value=request.argument("max_val"))
    if given:
        return None
    if name == "relu6":
        return call("ReLU", max_value=6)
    return call("ReLU") if name == "relu" else call("Activation", name) if name in NAMED else None


def with_parameter(name: str, request: Request) -> Call:
    """The layer of the same name, with the same value."""
    layer, value = CLASSES[name], request.argument(PARAMETER[name])
    return call(layer) if value == default_of(request.other, layer, PARAMETER[name]) else call(layer, value)
