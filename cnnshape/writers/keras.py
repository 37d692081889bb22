"""Keras: functional code, a function that builds the model."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.network.plan import Plan
from cnnshape.translation.calls import text
from cnnshape.writers.network import (
    Statement,
    Written,
    applications,
    arguments,
    block_of,
    call_lines,
    comment_lines,
    written,
)

LISTED = frozenset({"ops.concatenate", "ops.stack"})
"""Functions that take their tensors as one list."""


def write(plan: Plan) -> str:
    """The file. Raises `Unwritable`."""
    network = written(plan, "keras")
    operators = any(each.name.startswith("ops.") for line in network.statements for each in line.calls)
    body = "\n".join(lines(network))
    return f"""import keras
from keras import layers{", ops" if operators else ""}


def build() -> keras.Model:
{body}


if __name__ == "__main__":
    build().summary()
"""


def lines(network: Written) -> Iterator[str]:
    """The body of the function."""
    for name, shape in network.inputs.items():
        yield call_lines("    ", f"{name} = keras.Input", [text(shape[1:])])
    shared = {line.layers for line in network.statements if line.again}
    block = ""
    for line in network.statements:
        if block_of(line) != block:
            block = block_of(line)
            yield from comment_lines("    ", block)
        yield from comment_lines("    ", line.comment)
        yield from applied(line, line.layers in shared)
    inputs, outputs = grouped(tuple(network.inputs)), grouped(network.outputs)
    yield call_lines("    ", "return keras.Model", [inputs, outputs, f'name="{network.name}"'])


def applied(line: Statement, shared: bool) -> Iterator[str]:
    """The layers of a statement, made where they are applied, or before if others have them in common."""
    for at, each, tensors, made in applications(line):
        if each.name.startswith("ops."):
            taken = [f"[{', '.join(tensors)}]"] if each.name in LISTED else list(tensors)
            yield call_lines("    ", f"{made} = {each.name}", [*taken, *arguments(each)])
            continue
        layer = f"layers.{each.name}"
        given = arguments(each) if line.row.trainable else [*arguments(each), "trainable=False"]
        if shared:
            name = f"{line.layers[at]}_layer"
            if not line.again:
                yield call_lines("    ", f"{name} = {layer}", given)
            yield f"    {made} = {name}({grouped(tensors)})"
        else:
            yield call_lines("    ", f"{made} = {layer}", given, f"({grouped(tensors)})")


def grouped(names: tuple[str, ...]) -> str:
    """One variable, or several as a list."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
