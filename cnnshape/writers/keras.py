"""Keras: functional code, a function that builds the model, and one for each block."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.network.plan import Plan
from cnnshape.network.spelled import Unwritable
from cnnshape.translation.calls import text
from cnnshape.vocabularies import own_classes
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
    body = "\n\n\n".join([*own, *functions(network), "\n".join(["def build() -> keras.Model:", *model(network)])])
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


def model(network: Written) -> Iterator[str]:
    """The body of the function that builds the model."""
    for name, shape in zip(network.network.inputs, network.shapes, strict=True):
        yield call_lines("    ", f"{name} = keras.Input", [text(shape[1:])])
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
            yield f"    {made} = {name}({called_with(item, tensors)})"
        else:
            yield from applied(item, tensors, made, times)


def operands(item: Item, tensors: list[str]) -> list[str]:
    """What a function is given: its tensors, and a number in the place that it has among them."""
    numbers = {name: text(item.arguments[name]) for name in ("x1", "x2") if name in item.arguments}
    if item.head == "ops.einsum":
        return [*arguments(item), *tensors]
    if not numbers:
        return [*([f"[{', '.join(tensors)}]"] if item.head in LISTED else tensors), *arguments(item)]
    rest = {name: value for name, value in item.arguments.items() if name not in numbers}
    before, behind = ([numbers[name]] if name in numbers else [] for name in ("x1", "x2"))
    return [*before, *tensors, *behind, *arguments(item._replace(arguments=rest, positional=0))]


def applied(item: Item, tensors: list[str], made: str, times: int) -> Iterator[str]:
    """A layer or block applied once, or several times one after the other: a loop begins with what it makes."""
    if tensors != [made] or times == 1:
        yield application("    ", item, tensors, made)
        times -= 1
    if times:
        yield f"    for _ in range({times}):"
        yield application("        ", item, [made], made)


def application(indent: str, item: Item, tensors: list[str], made: str) -> str:
    """A block is a function of its tensors; a layer is made first."""
    if item.block:
        return call_lines(indent, f"{made} = {item.head}", [*tensors, *arguments(item)])
    given = called_with(item, tensors)
    return call_lines(indent, f"{made} = {class_of('keras', item.head)}", arguments(item), f"({given})")


def called_with(item: Item, tensors: list[str]) -> str:
    """What a layer is given: its tensors, and what else it is told."""
    given = tensors if item.head in CALLED else [grouped(tensors)]
    return ", ".join([*given, *([item.told] if item.told else [])])


def grouped(names: tuple[str, ...] | list[str]) -> str:
    """One variable, or several as a list."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
