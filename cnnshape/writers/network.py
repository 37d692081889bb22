"""A plan as the statements of a framework: which layers are applied to which variables, and what is said of them."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, takewhile
from typing import Any, NamedTuple

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan, Row
from cnnshape.translation import counterpart_of
from cnnshape.translation.calls import Call, text
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import arguments_of, model_of
from cnnshape.vocabularies.vocabulary import Framework, lookup, title


class Unwritable(ValueError):  # noqa: N818 - reads as what it is
    """A network that cannot be written in a framework; says which layer, and why."""


class Statement(NamedTuple):
    """Layers applied one after the other.

    Attributes:
        row: the row that they stand for.
        calls: the layers, of the framework that is written.
        read: the variables that they are applied to, and `made` those that hold the outputs.
        layers: an identifier for each of `calls`, which rows that share weights have in common.
        again: whether these layers were applied before.
        comment: why it is not what the file says; "" where it is.
    """

    row: Row
    calls: tuple[Call, ...]
    read: tuple[str, ...]
    made: tuple[str, ...]
    layers: tuple[str, ...]
    again: bool
    comment: str


class Written(NamedTuple):
    """A network in the terms of one framework. `inputs` and `outputs` are by variable, shapes in its axis order."""

    name: str
    plan: Plan
    inputs: Mapping[str, Shape]
    statements: tuple[Statement, ...]
    outputs: tuple[str, ...]


OURS = frozenset({"CustomScaleLayer", "LayerScale", "StochasticDepth", "SumPooling1D", "SumPooling2D", "SumPooling3D"})
"""Words of cnnshape's vocabularies that the framework itself has no layer for."""


def written(plan: Plan, framework: Framework) -> Written:
    """The plan's live rows as statements.

    Raises:
        Unwritable: a layer has no equal in the framework.
    """
    rows = [row for row in plan.layers if row.live and not row.training_only]
    names = variables(plan, rows)
    made = {row.name: layers_of(plan, row, framework) for row in rows}
    called = identifiers(part for name, (calls, _) in made.items() for part in parts(name, calls))
    statements = []
    said: set[str] = set()  # each reason once
    for row in rows:
        calls, comment = made[row.name]
        owner = row.shared_with if row.shared_with in made else None
        statements.append(
            Statement(
                row,
                calls,
                tuple(names[name] for name in row.inputs),
                tuple(names[name] for name in row.output_names),
                tuple(called[part] for part in parts(owner or row.name, calls)),
                owner is not None,
                "" if comment in said else comment,
            )
        )
        said.add(comment)
    inputs = {names[name]: in_order(plan, shape, framework) for name, shape in plan.inputs.items()}
    return Written(class_name(plan.name), plan, inputs, tuple(statements), tuple(names[name] for name in plan.outputs))


HELPERS = re.compile(r"Permute|Flatten|Unflatten|ops\.|.*Pad\d|ZeroPadding")
"""Layers that only prepare the tensor for the one that the row is about."""


def parts(name: str, calls: Sequence[Call]) -> list[str]:
    """Names for the layers of a row: the row's own for the one that it is about, more for those around it."""
    main = next((at for at, each in enumerate(calls) if not HELPERS.match(each.name)), len(calls) - 1)
    return [name if at == main else f"{name}_{each.name.lower()}_{at}" for at, each in enumerate(calls)]


def layers_of(plan: Plan, row: Row, framework: Framework) -> tuple[tuple[Call, ...], str]:
    """The framework's layers for a row, and why they are not those of the file."""
    if row.type in OURS:
        raise Unwritable(f"{row.name}: {title(framework)} has no layer {row.type}")
    if row.operation is None or row.result is None:
        raise Unwritable(f"{row.name}: nothing is known of {row.type}")
    if plan.framework == framework:
        return (as_stated(row, framework),), ""
    other = counterpart_of(plan, row)
    if other is None:
        raise Unwritable(f"{row.name}: no equal of {row.type} is known in {title(framework)}")
    if not other.equal:
        raise Unwritable(f"{row.name}: {title(framework)} has no equal of {row.type}: {other.note}")
    return other.equal, other.reason or (other.note if len(other.equal) > 1 else "")


SHORTENED = frozenset(
    {"kernel_size", "pool_size", "strides", "stride", "padding", "output_padding", "dilation", "dilation_rate"}
)
"""Arguments of which one number stands for all axes."""

DECLARED = {"in_channels": 1, "num_features": 1, "num_channels": 1, "in_features": -1}
"""What PyTorch's layers declare of their input, and on which axis it lies; a file may leave it out."""


def as_stated(row: Row, framework: Framework) -> Call:
    """The layer with the arguments of the file; what has no default by position."""
    model = model_of(lookup(framework, row.type))
    order = arguments_of(model)
    given = {name: stated(name, value, row) for name, value in row.arguments.items()}
    shape = row.input_shapes[0] if row.input_shapes else None
    for name, axis in DECLARED.items():
        if name in order and given.get(name) is None and shape and not row.type.startswith("Lazy"):
            given[name] = shape[axis]
    needed = [name for name, field in order.items() if name in DECLARED or declared(model)[field].required]
    first = list(takewhile(lambda name: name in given and name in needed, order))
    rest = sorted(given.keys() - set(first), key=list(order).index)
    return Call(row.type, tuple(given[name] for name in first), {name: given[name] for name in rest})


def stated(name: str, value: Any, row: Row) -> Any:
    """An argument as people write it: one number where it is the same for all axes."""
    if (
        name in SHORTENED
        and "Pad" not in row.type
        and not row.operator
        and isinstance(value, tuple)
        and len(set(value)) == 1
    ):
        return value[0]
    return value


def variables(plan: Plan, rows: Sequence[Row]) -> dict[str, str]:
    """A variable for every tensor: ``x`` where the next row alone reads it, else one by its name."""
    readers = {
        name: [at for at, row in enumerate(rows) if name in row.inputs] for row in rows for name in row.output_names
    }
    names = identifiers([*plan.inputs, *(name for row in rows for name in row.output_names)])
    for at, row in enumerate(rows):
        (name, *others) = row.output_names
        passing = readers.get(name) == [at + 1] and name not in plan.outputs
        if not others and (passing or (at == len(rows) - 1 and list(plan.outputs) == [name])):
            names[name] = "x"
    return names


RESERVED = frozenset({*keyword.kwlist, "x", "F", "keras", "layers", "nn", "ops", "self", "torch", "torchvision"})


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A Python identifier for each name, all different."""
    found: dict[str, str] = {}
    taken = set(RESERVED)
    for name in names:
        plain = re.sub(r"\W", "_", "inputs" if name == "input" else name)
        plain = f"layer_{plain}" if not plain[:1].isalpha() else plain
        choice = next(
            each for each in chain([plain], (f"{plain}_{number}" for number in count(1))) if each not in taken
        )
        taken.add(choice)
        found[name] = choice
    return found


def class_name(name: str) -> str:
    """The network's name as a class: ``my-net`` is ``MyNet``."""
    joined = "".join(part[:1].upper() + part[1:] for part in re.split(r"\W+|_", name))
    return joined if joined.isidentifier() else f"Net{joined}"


def in_order(plan: Plan, shape: Shape, framework: Framework) -> Shape:
    """A shape of the plan in the axis order of the framework."""
    if plan.framework == framework or len(shape) < 3 or (framework == "pytorch" and not plan.layout.channels_last):
        return shape
    return (shape[0], shape[-1], *shape[1:-1]) if framework == "pytorch" else (shape[0], *shape[2:], shape[1])


BINARY = frozenset({"add", "sub", "mul", "div", "maximum", "minimum"})
"""PyTorch's functions of two tensors: more are taken one after the other."""


def applications(statement: Statement) -> Iterator[tuple[int, Call, tuple[str, ...], str]]:
    """Each call with its number, the variables that it takes, and the one that it makes."""
    tensors = statement.read
    between = statement.made[0] if len(statement.made) == 1 else "x"
    for at, each in enumerate(statement.calls):
        takes = 2 if each.name in BINARY and len(tensors) > 2 else len(tensors)
        made = ", ".join(statement.made) if at == len(statement.calls) - 1 else between
        yield at, each, tensors[:takes], made
        tensors = (between, *tensors[takes:])


WIDTH = 88
"""The width of a line, as ruff formats by default."""


def arguments(each: Call) -> list[str]:
    """The arguments of a call as text."""
    return [*map(text, each.positional), *(f"{name}={text(value)}" for name, value in each.keywords.items())]


def call_lines(indent: str, before: str, given: Sequence[str], behind: str = "") -> str:
    """``before(given)behind``, broken as ruff breaks it where it is too long for a line."""
    line = f"{indent}{before}({', '.join(given)}){behind}"
    if len(line) <= WIDTH:
        return line
    target, equals, function = before.rpartition(" = ")
    if equals and len(f"{indent}{before}(") > WIDTH:
        return f"{indent}{target} = (\n{call_lines(indent + '    ', function, given, behind)}\n{indent})"
    head = f"{before}({', '.join(given)})"
    if behind and len(f"{indent}{head}(") <= WIDTH:  # what is behind is broken first
        before, given, behind = head, [behind[1:-1]], ""
    inner = f"{indent}    {', '.join(given)}"
    if len(inner) <= WIDTH:
        return f"{indent}{before}(\n{inner}\n{indent}){behind}"
    comma = "" if len(given) == 1 and given[0][:1] == "[" else ","
    broken = [broken_list(f"{indent}    ", each) + comma for each in given]
    return "\n".join([f"{indent}{before}(", *broken, f"{indent}){behind}"])


def broken_list(indent: str, value: str) -> str:
    """A value on a line, or a list of variables that is too long for one with each of them on its own."""
    if value[:1] != "[" or len(indent) + len(value) < WIDTH:
        return f"{indent}{value}"
    return "\n".join([f"{indent}[", *(f"{indent}    {each}," for each in value[1:-1].split(", ")), f"{indent}]"])


def comment_lines(indent: str, comment: str) -> list[str]:
    """A comment in lines that are no wider than others."""
    return [f"{indent}# {line}" for line in textwrap.wrap(comment, WIDTH - len(indent) - 2)] if comment else []


def block_of(statement: Statement) -> str:
    """The blocks that a statement lies in, for a line above it; "" at the top."""
    return "/".join(statement.row.name.split("/")[:-1])
