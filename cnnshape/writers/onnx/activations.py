"""Activations, and other functions of each element, as operators of ONNX."""

from __future__ import annotations

from typing import Any

from cnnshape.writers.onnx.step import Step


def one(type: str, step: Step, **attributes: Any) -> None:
    """An operator that is the same; attributes are values, or the names of the layer's arguments."""
    given = {name: float(step.given(value)) if isinstance(value, str) else value for name, value in attributes.items()}
    step.end(type, step.inputs, **given)


def softmax_axis(step: Step) -> int:
    """The axis stated, or the one that PyTorch chooses: 0 of 1 or 3 axes, else 1."""
    dim = step.given("dim")
    return (0 if step.rank in (1, 3) else 1) if dim is None else int(dim)


def gated(step: Step) -> None:
    """One half of an axis by the sigmoid of the other."""
    axis = step.axes(step.given("dim", -1))[0]
    halves = [f"{step.outputs[0]}/{name}" for name in ("value", "gate")]
    sizes = step.graph.constant([step.result.output[axis]] * 2, "int64")
    step.add("Split", [*step.inputs, sizes], halves, axis=axis)
    step.end("Mul", [halves[0], step.add("Sigmoid", [halves[1]])])


def threshold(step: Step) -> None:
    """A value in the place of what is not above the threshold."""
    bound, other = (step.graph.constant(float(step.given(name))) for name in ("threshold", "value"))
    step.end("Where", [step.add("Greater", [*step.inputs, bound]), *step.inputs, other])


def clip(low: Any, high: Any, step: Step) -> None:
    """Between two bounds, which are numbers or names of the layer's arguments."""
    bounds = [step.given(each) if isinstance(each, str) else each for each in (low, high)]
    step.end("Clip", [*step.inputs, *("" if each is None else step.graph.constant(float(each)) for each in bounds)])


def hard_swish(step: Step) -> None:
    """x times its hard sigmoid: an operator of its own from opset 14 on."""
    if step.graph.opset >= 14:
        step.end("HardSwish", step.inputs)
    else:
        step.end("Mul", [*step.inputs, step.add("HardSigmoid", step.inputs, alpha=1 / 6, beta=0.5)])


def softplus(step: Step) -> None:
    """log(1 + exp(beta x)) / beta; beyond the usual threshold it is x to the last digit."""
    if step.layer.threshold < 20:
        raise step.refusal(f"threshold={step.layer.threshold}")
    beta = step.graph.constant(float(step.layer.beta))
    step.end("Div", [step.add("Softplus", [step.add("Mul", [*step.inputs, beta])]), beta])


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
