"""A plan as the statements of a framework: which layers are applied to which variables, and what is said of them."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Layout
from cnnshape.operations.views import Identity
from cnnshape.translation import counterpart_of
from cnnshape.translation.calls import Call, default_of, text
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import arguments_of, model_of
from cnnshape.vocabularies.vocabulary import Framework, lookup, title
from cnnshape.writers.folding import Block, Item, folded, free_name
from cnnshape.writers.stating import Unwritable, as_stated


class Variables(NamedTuple):
    """Items with the names that their tensors and layers have in the code where they stand.

    Attributes:
        inputs: the variables of what is read from outside; `tensors` of all tensors.
        layers: an identifier for the layer of each item, by the first tensor that it makes; where items share weights
            that of the owner.
    """

    items: list[Item]
    inputs: tuple[str, ...]
    tensors: Mapping[str, str]
    layers: Mapping[str, str]

    def read(self, item: Item) -> list[str]:
        """The variables that an item is applied to."""
        return [self.tensors[tensor] for tensor in item.reads]

    def made(self, item: Item) -> str:
        """The variable, or variables, for what it makes."""
        return ", ".join(self.tensors[tensor] for tensor in item.makes)

    def layer(self, item: Item) -> str:
        """The identifier of its layer."""
        return self.layers[item.makes[0]]


class Written(NamedTuple):
    """A network in the terms of one framework. `shapes` are those of the inputs, in its axis order."""

    name: str
    network: Variables
    shapes: tuple[Shape, ...]
    outputs: tuple[str, ...]
    blocks: tuple[tuple[Block, Variables], ...]


OURS = frozenset({"CustomScaleLayer", "LayerScale", "StochasticDepth", "SumPooling1D", "SumPooling2D", "SumPooling3D"})
"""Words of cnnshape's vocabularies that the framework itself has no layer for."""


def written(plan: Plan, framework: Framework) -> Written:
    """The plan's live rows as layers of a framework, and what repeats as blocks.

    Raises:
        Unwritable: a layer has no equal in the framework.
    """
    rows = [row for row in plan.layers if row.live and not row.training_only]
    items = list(chain.from_iterable(items_of(plan, row, framework) for row in rows))
    said: set[str] = set()  # each reason once
    for at, item in enumerate(items):
        items[at] = item._replace(comment="" if item.comment in said else item.comment)
        said.add(item.comment)

    def default(layer: str, argument: str) -> Any:
        return argument == "trainable" or default_of(framework, layer, argument)

    network, blocks = folded(items, frozenset(plan.outputs), default)
    called = {block.name for block in blocks}
    top = variables(network, tuple(plan.inputs), tuple(plan.outputs), called, path=True)
    return Written(
        class_name(plan.name),
        top,
        tuple(in_order(plan, shape, framework) for shape in plan.inputs.values()),
        tuple(top.tensors[name] for name in plan.outputs),
        tuple(
            (block, variables(block.items, block.inputs, (block.output,), called.union(block.parameters), path=False))
            for block in blocks
        ),
    )


def items_of(plan: Plan, row: Row, framework: Framework) -> Iterator[Item]:
    """The layers of the framework that a row is."""
    calls, comment = layers_of(plan, row, framework)
    names = parts(row.name, calls)
    sharing = sharers(plan, row)
    owner = sharing[0].name if sharing and sharing[0] is not row else None
    owners = parts(owner, calls) if owner else [None] * len(calls)
    scopes = tuple((scope.name, scope.block) for scope in row.scopes)
    tensors = row.inputs
    for at, each in enumerate(calls):
        takes = 2 if each.name in BINARY and len(tensors) > 2 else len(tensors)
        made = row.output_names if at == len(calls) - 1 else (f"{row.output_names[0]}#{at}",)
        kind = lookup(framework, each.name)
        order = list(arguments_of(model_of(kind)))
        given = dict(zip(order, each.positional, strict=False))
        given |= {
            name: value for name, value in each.keywords.items() if value != default_of(framework, each.name, name)
        }
        fixed = repr(given) if kind.operator and framework == "pytorch" else ""
        if not row.trainable and row.params:
            given |= {"trainable": False} if framework == "keras" else {}
            fixed += FROZEN if framework == "pytorch" else ""
        yield Item(
            each.name,
            len(each.positional),
            given,
            tensors[:takes],
            made,
            names[at],
            scopes,
            shares=owners[at],
            alone=len(sharing) > 1,
            constant=fixed,
            comment="" if at else comment,
        )
        tensors = (made[0], *tensors[takes:])


FROZEN = "frozen"
"""Of a layer whose weights do not train, where its arguments do not say it."""


def sharers(plan: Plan, row: Row) -> list[Row]:
    """The rows that run with the weights of a row, itself among them, the owner first; none where it has no weights."""
    if row.result is None or not row.result.weights:
        return []
    name = row.shared_with or row.name
    return [
        other
        for other in plan.layers
        if other.live and not other.training_only and name in (other.name, other.shared_with)
    ]


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
    if lies_elsewhere(plan, row):
        raise Unwritable(
            f"{row.name}: the channels of {row.type} lie elsewhere than the network's, which all move to the other end"
        )
    other = counterpart_of(plan, row)
    if other is None:
        raise Unwritable(f"{row.name}: no equal of {row.type} is known in {title(framework)}")
    if not other.equal:
        raise Unwritable(f"{row.name}: {title(framework)} has no equal of {row.type}: {other.note}")
    return other.equal, other.reason or (other.note if len(other.equal) > 1 else "")


def lies_elsewhere(plan: Plan, row: Row) -> bool:
    """Whether a layer of Keras has its channels on another axis than the network, whose maps are moved as a whole."""
    shape = row.input_shapes[0] if row.input_shapes else None
    if plan.framework == "pytorch" or shape is None or len(shape) < 3 or isinstance(row.operation, Identity):
        return False
    if isinstance(row.operation, BatchNormalization):
        return row.operation.axis % len(shape) != (len(shape) - 1 if plan.layout.channels_last else 1)
    layout = getattr(row.operation, "layout", None)
    return isinstance(layout, Layout) and layout.channels_last != plan.layout.channels_last


INPUTS = {1: ("inputs",), 2: ("left", "right"), 3: ("first", "second", "third")}
"""What a block calls the tensors that it reads, by their number."""


def variables(
    items: list[Item], inputs: Sequence[str], outputs: Sequence[str], taken: Collection[str] = (), *, path: bool
) -> Variables:
    """A variable for every tensor: ``x`` where the next item alone reads it, else one by its name.

    With `path`, names are those of the plan with the blocks around them, else the last part of them.
    """
    items = [item._replace(name=short_name(item, path)) for item in items]
    readers = defaultdict[str, list[int]](list)
    for at, item in enumerate(items):
        for tensor in item.reads:
            readers[tensor].append(at)
    said = inputs if path else INPUTS[len(inputs)]
    names = dict(zip(inputs, distinct(said, taken), strict=True))
    own: dict[str, str] = {}
    for at, item in enumerate(items):
        for name in item.makes:
            passing = readers[name] == [at + 1] and name not in outputs
            last = at == len(items) - 1 and list(outputs) == [name]
            if (passing or last) and len(item.makes) == 1:
                names[name] = "x"
            else:
                own[name] = name.partition("#")[0] if path else item.name
    given = tuple(names[name] for name in inputs)
    names |= dict(zip(own, distinct(own.values(), (*taken, *given)), strict=True))
    layers: dict[str, str] = {}
    found = Variables(items, given, names, layers)
    owners = [item for item, _ in turns(found) if not item.shares]
    called = distinct([item.name for item in owners], taken)
    layers |= {item.makes[0]: name for item, name in zip(owners, called, strict=True)}
    by_name = {item.name: layers[item.makes[0]] for item in owners}
    layers |= {item.makes[0]: by_name[item.shares] for item in items if item.shares}
    return found


def short_name(item: Item, path: bool) -> str:
    """What a layer is called: its name in the plan, or within a block its last part; a block without one by its own."""
    if item.block and item.is_automatic:
        return re.sub(r"_\d+$", "", item.head)
    return item.name if path else re.split(r"[/.](?=[A-Za-z_])", item.name)[-1]


RESERVED = frozenset({*keyword.kwlist, "x", "F", "keras", "layers", "nn", "ops", "self", "torch", "torchvision"})


def distinct(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """A Python identifier for each name, all different, and other than those that are taken."""
    found: list[str] = []
    used = {*RESERVED, *taken}
    for name in names:
        plain = re.sub(r"\W", "_", "inputs" if name in ("input", "x") else name)
        plain = f"layer_{plain}" if not plain[:1].isalpha() else plain
        found.append(free_name(plain, used))
        used.add(found[-1])
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


WIDTH = 88
"""The width of a line, as ruff formats by default."""


def arguments(item: Item) -> list[str]:
    """The arguments of a layer, or of the use of a block, as text."""
    values = list(item.arguments.items())
    keywords = [f"{name}={text(value)}" for name, value in values[item.positional :]]
    return [*(text(value) for _, value in values[: item.positional]), *keywords]


def parameters(block: Block) -> list[str]:
    """The parameters of a block as a function declares them."""
    return [f"{name}={text(block.defaults[name])}" if name in block.defaults else name for name in block.parameters]


def call_lines(indent: str, before: str, given: Sequence[str], behind: str = "") -> str:
    """``before(given)behind``, broken as ruff breaks it where it is too long for a line."""
    line = f"{indent}{before}({', '.join(given)}){behind}"
    if len(line) <= WIDTH:
        return line
    target, equals, function = before.rpartition(" = ")
    if equals and len(f"{indent}{before}(") > WIDTH:
        return f"{indent}{target} = (\n{call_lines(indent + '    ', function, given, behind)}\n{indent})"
    head = f"{before}({', '.join(given)})"
    if behind[:1] == "(" and len(f"{indent}{head}(") <= WIDTH:  # what is behind is broken first
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
    """A comment in lines that are no wider than others; a name in it may have any characters."""
    seen = "".join(each if each.isprintable() else " " for each in comment)
    return [f"{indent}# {line}" for line in textwrap.wrap(seen, WIDTH - len(indent) - 2)]


def headings(variables: Variables) -> Iterator[tuple[Item, int, str]]:
    """`turns`, each with the blocks of the plan that it lies in where these begin; they are no blocks of the code."""
    path = ""
    for item, times in turns(variables):
        own = path if item.block else item.name.rpartition("/")[0]
        yield item, times, own if own != path else ""
        path = own


def turns(variables: Variables) -> Iterator[tuple[Item, int]]:
    """The items; of uses of a block that follow one another with the same arguments the first, with their number.

    All but the last of them make ``x``, as the last one does.
    """
    items = list(variables.items)
    while items:
        times = 1
        while times < len(items) and follows(items[times - 1], items[times], variables):
            times += 1
        yield items[0]._replace(makes=items[times - 1].makes), times
        items = items[times:]


def follows(one: Item, other: Item, variables: Variables) -> bool:
    """Whether an item is the use of the same block with the same arguments on what another, and no one else, makes."""
    alike = one.block and one.head == other.head and repr(one.arguments) == repr(other.arguments)
    return alike and one.makes == other.reads and variables.made(one) == variables.made(other) == "x"
