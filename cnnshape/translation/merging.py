"""Layers and functions of several tensors. PyTorch's functions take two, so three are merged one after the other."""

from __future__ import annotations

from cnnshape.operations.merging import Concatenate, Merge, MergeKind
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call

FUNCTIONS: dict[MergeKind, str] = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div", "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip
"""PyTorch's functions; a mean has none."""

BOUNDS: dict[MergeKind, str] = {"maximum": "min", "minimum": "max"}
"""Which bound of PyTorch's ``clamp`` the greater, or the smaller, of a tensor and a number is."""


def merge(operation: Merge, request: Request) -> Counterpart | None:
    """One element from the elements of all inputs at its place."""
    if request.layer == "CustomScaleLayer" and request.other == "pytorch":
        return request.answer(call("add", alpha=request.argument("scale")))
    if operation.constants:
        if operation.kind == "divide" and request.argument("x1") is not None:
            return request.answer(call("reciprocal"), call("mul", request.argument("x1")))
        layer = with_number(operation, request)
        return layer and request.answer(layer)
    if request.other == "pytorch":
        if operation.kind == "average":
            count = len(request.inputs)
            return request.answer(*[call("add")] * (count - 1), call("div", count))
        return request.answer(*[call(FUNCTIONS[operation.kind])] * (len(request.inputs) - 1))
    if request.argument("alpha") not in (None, 1):
        return request.nothing(f"Keras's {operation.kind.capitalize()} has no alpha: multiply the second input before")
    if request.argument("rounding_mode") is not None:
        return request.nothing("Keras's ops.divide does not round")
    if request.layer == "rsub":
        return request.answer(call("Subtract"), call("ops.negative"))
    return request.answer(call("ops.divide" if operation.kind == "divide" else operation.kind.capitalize()))


def with_number(operation: Merge, request: Request) -> Call | None:
    """A tensor and a number."""
    if request.other == "keras":
        plain = request.argument("alpha") in (None, 1) and request.argument("rounding_mode") is None
        side = "x1" if request.layer == "rsub" else "x2"
        return call(f"ops.{operation.kind}", **{side: request.argument("other")}) if plain else None
    first, second = request.argument("x1"), request.argument("x2")
    if first is None and second is None:
        return None  # a layer of our own, whose constant is no operand
    if operation.kind in BOUNDS:
        return call("clamp", **{BOUNDS[operation.kind]: second if first is None else first})
    if first is not None and operation.kind == "subtract":
        return call("rsub", first)
    return call(FUNCTIONS[operation.kind], second if first is None else first)


def concatenate(operation: Concatenate, request: Request) -> Counterpart:
    """Inputs behind each other, along the axis as it lies in the other framework."""
    axis = request.axis_there(operation.axis)
    if request.other == "pytorch":
        return request.answer(call("cat", dim=axis))
    if len(request.inputs) == 1:
        return request.answer(call("Identity"))  # Keras's Concatenate takes no tensor by itself
    return request.answer(call("Concatenate", axis=None if axis == request.rank - 1 else axis))
