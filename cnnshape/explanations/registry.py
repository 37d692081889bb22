"""How an operation is explained: by the function registered for it, else by what any result tells: its shape, its
weights, its cost per element.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from cnnshape.arithmetic.sizes import Shape, product, show
from cnnshape.explanations.steps import Step, join, macs_step, number, sum_step, times_text
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.operation import Operation, Result, Weight


@singledispatch
def explain(operation: Operation, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    """What any result tells: the shape where it stays, the weights one by one, the cost per element."""
    kept = len(inputs) == 1 and result.outputs == inputs
    shape = Step("shape", "output = input", "", show(result.output)) if kept else shape_step(inputs, result.outputs)
    return (shape, *weights_steps(result), *cost_steps(result))


def explained(operation: Operation, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    """The explanation of an operation, with every count that it has: products and operations at least as numbers."""
    steps = explain(operation, result, *inputs)
    told = {step.subject for step in steps}
    more: list[Step] = []
    if result.macs and "MACs" not in told:
        more.append(macs_step("", "", result.macs))
    if result.flops and "FLOPs" not in told:
        rest = result.flops - 2 * (result.macs or 0)
        terms = [("2 x MACs", f"2 x {number(result.macs)}" if result.macs else 0), ("other operations", rest)]
        more.append(sum_step("FLOPs", terms, result.flops))
    return (*steps, *more)


def shape_step(inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Step:
    """From these shapes to those, where no formula says more."""
    return Step("shape", "", ", ".join(map(show, inputs)), ", ".join(map(show, outputs)))


def weights_steps(result: Result) -> tuple[Step, ...]:
    """Parameters as the sum of the weight tensors, with a word on what is not trained."""
    weights = [weight for weight in result.weights if weight.kind != "buffer"]
    untrained = [weight.name for weight in weights if weight.kind == "non_trainable"]
    note = f"{join(untrained)}: computed, not trained" if untrained else ""
    parameters = sum_step("parameters", map(term, weights), result.params)._replace(note=note)
    return (*([parameters] if weights else ()), *buffers_steps(result))


def term(weight: Weight) -> tuple[str, str]:
    """A weight as a term of a sum: its name, and its elements as a product."""
    return weight.name, times_text(weight.shape) or "1"


def buffers_steps(result: Result) -> tuple[Step, ...]:
    """PyTorch's buffers, which are kept with the weights but are no parameters."""
    buffers = [weight for weight in result.weights if weight.kind == "buffer"]
    if not buffers:
        return ()
    found = sum_step("buffers", map(term, buffers), result.elements("buffer"))
    return (found._replace(note="kept, but no parameters"),)


def cost_steps(result: Result) -> tuple[Step, ...]:
    """FLOPs as a whole number per output element, where they are one."""
    elements = product(result.output[1:])
    if not result.flops or not elements or result.flops % elements:
        return ()
    each = result.flops // elements
    return (Step("FLOPs", "per element x elements", f"{number(each)} x {number(elements)}", number(result.flops)),)


def flops_step(operation: Any, result: Result) -> Step:
    """What a layer with weights computes: ``2 x MACs``, and whatever else is not 0: bias additions, the activation."""
    elements, activation = product(result.output[1:]), operation.activation
    terms = [
        ("2 x MACs", f"2 x {number(result.macs)}"),
        ("bias additions", elements if operation.bias else 0),
        (f"{activation} activation", activation_flops(activation, elements)),
    ]
    return sum_step("FLOPs", terms, result.flops)
