"""The sizes of a model's input: what a file states, and what it meant where that is no shape."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cnnshape.arithmetic.shape_text import UNKNOWN, is_size, parts, read_size, read_sizes
from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim
from cnnshape.diagnostics import Fault
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Program

MOST_AXES = 64
"""Axes of an input; PyTorch's tensors have no more."""

STATING = ("input_shape", "input_dim")
"""Keras's arguments of a first layer that state the input: a shape, or a single size."""


def sizes_of(name: str, value: Any, example: str, variables: Collection[str]) -> tuple[Dim, ...]:
    """The sizes that the input `name` states, without the batch.

    Raises `Fault` (CS011) where they are none; its fix is the shape that was meant, else the `example`.
    """
    sizes = parts_of(value)
    if sizes and len(sizes) > MOST_AXES:
        raise Fault("CS011", f"{name} has {len(sizes):,} axes; at most {MOST_AXES} are planned")
    meant = [size_in_yaml(size, variables) for size in sizes or ()]
    if not sizes or not all(map(is_size, sizes)):
        odd = next((size for size in sizes or () if not is_size(size)), value)
        message = f"{name} has to be a list of sizes, got {value!r}"
        if isinstance(value, list | tuple) and value:
            message = f"the sizes of {name} have to be whole numbers, or null where they are not known, got {odd!r}"
        if not sizes or None in meant:
            raise Fault("CS011", message, fix=f"write {example}: one sample, without the batch")
        raise Fault("CS011", message, fix=f"write {listed(meant)}", replacement=certain(listed(meant)))
    for size in sizes:
        if size is not None and not 1 <= size <= LARGEST_INTEGER:
            bound = "at least 1" if size < 1 else "below 2**63"
            fix = f"if they are not known, write {listed(meant)}" if size == -1 and None not in meant else None
            raise Fault("CS011", f"the sizes of {name} have to be {bound}, got {size}", fix=fix)
    return tuple(sizes)


def parts_of(value: Any) -> list[Any] | None:
    """The sizes in ``[8, 16, 3]``, ``8x16x3``, or a number."""
    is_tuple = isinstance(value, str) and "," in value  # of Python: a text in YAML, no shape, but its sizes are plain
    return list(parts(value)) if is_tuple else read_sizes(value)


def size_in_yaml(size: Any, variables: Collection[str]) -> str | None:
    """How a size is written that may be meant otherwise; None where nothing is known about it."""
    text = str(size).strip()
    if text in UNKNOWN or text == "-1":
        return "null"
    if text in variables:
        return f"$({text})"
    return text if is_size(read_size(text)) else None


def listed(meant: list[str | None]) -> str:
    """Sizes as YAML's list."""
    return f"[{', '.join(map(str, meant))}]"


def certain(shape: str) -> str | None:
    """The shape, unless an expression stands in it: JSON would need quotes there."""
    return None if "$" in shape else shape


def stated_by_a_layer(program: Program, environment: Any) -> str | None:
    """The shape that the first entry states as Keras's layers do: ``input_shape=(32, 32, 3)``."""
    first = program.body[0] if program.body else None
    if not isinstance(first, Apply):
        return None
    for keyword in first.call.keywords:
        if keyword.name in STATING and (value := plain(keyword.value, environment)) is not None:
            meant = [size_in_yaml(size, ()) for size in parts_of(value) or [""]]
            return None if None in meant else listed(meant)
    return None


def plain(expression: Expression, environment: Any) -> Any:
    """The value of an expression, or None where it has none here."""
    try:
        return expression.evaluate(environment)
    except (Fault, FailedTensor, RecursionError):
        return None
