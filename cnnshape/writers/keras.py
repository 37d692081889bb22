"""Keras: functional code, a function that builds the model, and one for each block."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.network.plan import Plan
from cnnshape.network.spelled import Unwritable
from cnnshape.translation.calls import text
from cnnshape.vocabularies import own_classes
from cnnshape.vocabularies.keras.calls import RECURRENT
from cnnshape.writers.code import arguments, call_lines, comment_lines, parameters, subscript
from cnnshape.writers.folding import Item
from cnnshape.writers.holding import class_of
from cnnshape.writers.network import Variables, Written, headings, written

LISTED = frozenset({"ops.concatenate", "ops.stack"})
"""Functions that take their tensors as one list."""

CALLED = frozenset({"GroupedQueryAttention", "GroupQueryAttention", "MultiHeadAttention"})
"""Layers that take their tensors one by one."""

TENSOR = "keras.KerasTensor"


def write(plan: Plan) -> str:
    """The file. Raises `Unwritable`."""
    network = written(plan, "keras")
    own = own_classes.used(own_classes.KERAS, network.heads)
    body = "\n\n\n".join([*own, *functions(network), "\n".join(["def build() -> keras.Model:", *model(network, plan)])])
    return f"""import keras
from keras import layers{", ops" if " ops." in body else ""}


{body}


if __name__ == "__main__":
    build().summary()
"""


def functions(network: Written) -> Iterator[str]:
    """A function for each block."""
    for block, variables in network.blocks:
        given = [*(f"{name}: {TENSOR}" for name in variables.inputs), *parameters(block)]
        head = call_lines("", f"def {block.name}", given, f" -> {TENSOR}:")
        yield "\n".join([head, *steps(variables), f"    return {variables.tensors[block.output]}"])


def is_fixed(plan: Plan) -> bool:
    """Whether the network is for batches of one size alone: a file of Keras states one, or states are kept."""
    stated = plan.framework == "keras" and any(row.span is None for row in plan.layers) and (plan.batch or 1) > 1
    return stated or any(row.arguments.get("stateful") is True for row in plan.layers)


def model(network: Written, plan: Plan) -> Iterator[str]:
    """The body of the function that builds the model."""
    items = network.network.items
    masks = {value for item in items for name, value in item.told.items() if name.endswith("mask")}
    for tensor, name, shape in zip(plan.inputs, network.network.inputs, network.shapes, strict=True):
        given = [text(shape[1:])]
        given += [f"batch_size={shape[0]}"] if is_fixed(plan) else []
        given += ['dtype="bool"'] if tensor in masks else []
        yield call_lines("    ", f"{name} = keras.Input", given)
    yield from steps(network.network)
    inputs, outputs = grouped(network.network.inputs), grouped(network.outputs)
    yield call_lines("    ", "return keras.Model", [inputs, outputs, f'name="{network.name}"'])


def steps(variables: Variables) -> Iterator[str]:
    """The layers, made where they are applied, or before if others have them in common."""
    shared = {variables.layer(item) for item in variables.items if item.shares}
    for item, times, heading in headings(variables):
        yield from comment_lines("    ", heading)
        yield from comment_lines("    ", item.comment)
        tensors, made = variables.read(item), variables.made(item)
        if item.head == "TimeDistributed" and len(tensors) > 1:
            raise Unwritable(f"{item.name}: Keras's TimeDistributed takes one tensor, not {len(tensors)}")
        if behind := subscript(item):
            yield f"    {made} = {tensors[0]}{behind}"
        elif item.head.startswith("ops.") and not item.block:
            yield call_lines("    ", f"{made} = {item.head}", operands(item, tensors))
        elif not item.block and variables.layer(item) in shared:
            name = f"{variables.layer(item)}_layer"
            if not item.shares:
                yield call_lines("    ", f"{name} = {class_of('keras', item.head)}", arguments(item))
            yield call_lines("    ", f"{made} = {name}", called_with(item, tensors, variables))
        else:
            yield from applied(item, tensors, variables, times)


def operands(item: Item, tensors: list[str]) -> list[str]:
    """What a function is given: its tensors, and a number in the place that it has among them."""
    numbers = {name: text(item.arguments[name]) for name in ("x1", "x2") if name in item.arguments}
    if item.head == "ops.einsum":
        return [*arguments(item), *tensors]
    if not numbers:
        return [*([f"[{', '.join(tensors)}]"] if item.head in LISTED else tensors), *arguments(item)]
    rest = {name: value for name, value in item.arguments.items() if name not in numbers}
    before, behind = ([numbers[name]] if name in numbers else [] for name in ("x1", "x2"))
    if item.head == "ops.where":  # its condition is always a tensor
        before, tensors = [tensors[0], *before], tensors[1:]
    return [*before, *tensors, *behind, *arguments(item._replace(arguments=rest, positional=0))]


def called_with(item: Item, tensors: list[str], variables: Variables) -> list[str]:
    """What a layer or block is called with."""
    if item.block:
        return [*tensors, *arguments(item)]
    told = [f"{name}={variables.tensors.get(value, value)}" for name, value in item.told.items()]
    if item.head in RECURRENT and len(tensors) > 1:  # the others are states
        return [tensors[0], f"initial_state={grouped(tensors[1:])}", *told]
    return [*(tensors if item.head in CALLED else [grouped(tensors)]), *told]


def applied(item: Item, tensors: list[str], variables: Variables, times: int) -> Iterator[str]:
    """A layer or block applied once, or several times one after the other: a loop begins with what it makes."""
    made = variables.made(item)
    if tensors != [made] or times == 1:
        yield application("    ", item, called_with(item, tensors, variables), made)
        times -= 1
    if times:
        yield f"    for _ in range({times}):"
        yield application("        ", item, called_with(item, [made], variables), made)


def application(indent: str, item: Item, given: list[str], made: str) -> str:
    """A block is a function of its tensors; a layer is made first."""
    if item.block:
        return call_lines(indent, f"{made} = {item.head}", given)
    return call_lines(indent, f"{made} = {class_of('keras', item.head)}", arguments(item), f"({', '.join(given)})")


def grouped(names: tuple[str, ...] | list[str]) -> str:
    """One variable, or several as a list."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
