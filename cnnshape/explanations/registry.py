"""How an operation is explained: by the function registered for it, else by what any result tells: its shape, its
weights, its cost per element.
"""

from __future__ import annotations

from functools import singledispatch

from cnnshape.arithmetic.sizes import Dim, Shape, product, show
from cnnshape.explanations.steps import (
    Step,
    join,
    number,
    parameters_step,
    times_text,
)
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.operation import Operation, Result


@singledispatch
def explain(operation: Operation, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    """What any result tells: the shape where it stays, the weights one by one, the cost per element."""
    kept = len(inputs) == 1 and result.outputs == inputs
    shape = Step("shape", "output = input", "", show(result.output)) if kept else shape_step(inputs, result.outputs)
    return (shape, *weights_steps(result), *cost_steps(result))


def shape_step(inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Step:
    """From these shapes to those, where no formula says more."""
    return Step("shape", "", ", ".join(map(show, inputs)), ", ".join(map(show, outputs)))


def weights_steps(result: Result) -> tuple[Step, ...]:
    """Parameters as the sum of the weight tensors, with a word on what is not trained."""
    weights = [weight for weight in result.weights if weight.kind != "buffer"]
    steps: list[Step] = []
    if weights:
        names = " + ".join(weight.name for weight in weights)
        numbers = " + ".join(times_text(weight.shape) if weight.shape else "1" for weight in weights)
        untrained = [weight.name for weight in weights if weight.kind == "non_trainable"]
        note = f"{join(untrained)}: computed, not trained" if untrained else ""
        steps.append(parameters_step(names, numbers, result.params, note))
    return (*steps, *buffers_steps(result))


def buffers_steps(result: Result) -> tuple[Step, ...]:
    """PyTorch's buffers, which are kept with the weights but are no parameters."""
    buffers = [weight for weight in result.weights if weight.kind == "buffer"]
    if not buffers:
        return ()
    names = " + ".join(weight.name for weight in buffers)
    numbers = " + ".join(times_text(weight.shape) if weight.shape else "1" for weight in buffers)
    return (Step("buffers", names, numbers, number(result.elements("buffer")), "kept, but no parameters"),)


def cost_steps(result: Result) -> tuple[Step, ...]:
    """FLOPs as a whole number per output element, where they are one."""
    elements = product(result.output[1:])
    if not result.flops or not elements or result.flops % elements:
        return ()
    each = result.flops // elements
    return (Step("FLOPs", "per element x elements", f"{number(each)} x {number(elements)}", number(result.flops)),)


def bias_terms(bias: bool, activation: str | None, elements: Dim) -> list[tuple[str, Dim]]:
    """What a layer with weights computes beside products."""
    return [
        ("bias additions", elements if bias else 0),
        (f"{activation} activation", activation_flops(activation, elements)),
    ]
