"""An architecture file: the one that a person would have written for the network."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from keyword import iskeyword
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.plan import Plan, Row
from cnnshape.network.spelled import Unwritable, spelled
from cnnshape.translation.calls import text
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import DECLARED, model_of
from cnnshape.vocabularies.vocabulary import Framework, free_name, lookup, snake_case
from cnnshape.writers.code import arguments, parameters
from cnnshape.writers.folding import Block, Item, Parameter, folded
from cnnshape.writers.growing import grown, growth_lines
from cnnshape.writers.stating import stated, told_of

NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
INPUTS = {1: ("input",), 2: ("left", "right"), 3: ("first", "second", "third")}
"""What a block calls the tensors that it reads, by their number."""

FEWEST_TURNS = 4
"""Uses of a block one after the other, each with other arguments, that are worth a loop."""


def write(plan: Plan) -> str:
    """The text of the file.

    Raises:
        Unwritable: the language has no word for a layer, or means something else by it.
    """
    framework: Framework = plan.framework  # type: ignore[assignment]  # plans know no others
    plan = spelled(plan)
    if not plan.layers:
        raise Unwritable(f"{plan.name}: a network without layers, which no architecture file is")
    heads = training_outputs(plan)
    outputs = frozenset((*plan.returned, *heads))
    owners = {row.shared_with for row in plan.layers if row.result and row.result.weights}
    items, blocks = folded([item_of(row, framework, owners) for row in dense(plan.layers)], outputs, framework)
    items, growths = grown(items, outputs, {block.name for block in blocks})
    inputs = input_names(plan)
    names = tensor_names(items, inputs.values(), own=True)
    network = Entries(items, inputs, names, tuple(plan.inputs) if len(plan.inputs) == 1 else ())
    kept = [
        item.makes[0]
        for item in items
        if len(item.makes) == 1 and not item.is_automatic and re.fullmatch(NAME, item.name)
    ]
    ends = list(plan.returned) if heads or plan.returned != items[-1].makes else []
    lines = [
        *top(plan, inputs),
        *(["blocks:"] if blocks or growths else []),
        *block_lines(blocks),
        *(
            line
            for each in growths
            for line in growth_lines(each, written(each.merge, applied=True), written(each.layer))
        ),
        "layers:",
        *entries("  ", network, frozenset((*kept, *ends, *heads))),
    ]
    lines += [f"outputs: [{network.called(ends)}]"] if ends else []
    lines += [f"training_outputs: [{network.called(heads)}]"] if heads else []
    source = "\n".join(lines) + "\n"
    require_equal(plan, source)
    return source


class Entries(NamedTuple):
    """Items under the names that they have where they stand.

    Attributes:
        inputs: the names of tensors from outside; `names` those of the tensors that the items make.
        before: what the first item reads where nothing is said.
    """

    items: list[Item]
    inputs: Mapping[str, str]
    names: Mapping[str, str]
    before: tuple[str, ...]

    def called(self, tensors: Sequence[str]) -> str:
        """Tensors by their names."""
        return ", ".join(self.inputs.get(tensor) or self.names[tensor] for tensor in tensors)


def dense(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, the product with a matrix being the dense layer that it is: a weight without a batch has no word."""
    matrices = {row.output_names[0]: row for row in rows if row.type == "Weight" and len(row.arguments["shape"]) == 2}
    products = {row.inputs[1]: row for row in rows if row.type == "matmul" and row.inputs[1] in matrices}
    for row in rows:
        tensor = row.output_names[0]
        if row.type == "matmul" and row.inputs[1] in matrices:
            matrix = matrices[row.inputs[1]]
            told = {"out_features": matrix.arguments["shape"][1], "bias": False}
            yield row._replace(
                type="Linear", arguments=told, inputs=row.inputs[:1], params=matrix.params, trainable=matrix.trainable
            )
        elif tensor not in products or row.shared_with or row.buffers:
            yield row


def item_of(row: Row, framework: Framework, owners: Collection[str | None]) -> Item:
    """A row: what has no default by position, and of the rest what differs from it."""
    if row.result is None or row.operation is None or not row.is_known:
        raise Unwritable(f"{row.name}: nothing is known of {row.type}")
    scopes = tuple((scope.name, scope.block) for scope in row.scopes)
    item = Item(row.type, 0, {}, row.inputs, row.output_names, row.name, scopes, merges=row.operation.merges)
    if not getattr(row.operation, "averaged", True) and row.output_names[1:]:
        raise Unwritable(f"{row.name}: its scores are those of every head, and in a file their mean")
    if framework == "keras" and (told := told_of(row)):
        raise Unwritable(f"{row.name}: no word of an architecture file is called with {next(iter(told))}")
    if row.type == "MultiheadAttention" and len(row.output_names) == 1:  # the word returns its weights, too
        item = item._replace(makes=(*row.output_names, f"{row.output_names[0]}_weights"))
    if row.type == "Weight":
        return parameter(row, item)
    if row.shared_with and row.result.weights:
        return item._replace(head="Shared", shares=row.shared_with, alone=True)
    try:
        known = declared(model_of(lookup(framework, row.type)))
    except Fault:
        raise Unwritable(f"{row.name}: {row.type} is no word of an architecture file") from None
    fields = {name: argument for name, argument in known.items() if name not in DECLARED}
    given = {name: stated(name, value, row) for name, value in row.arguments.items() if name in fields}
    ordered = {
        name: given[name]
        for name, field in fields.items()
        if name in given and (field.required or given[name] != field.default)
    }
    positional = 0
    if fields.keys() == known.keys():  # nothing is left out before them
        positional = sum(field.required for field in fields.values())
    frozen = {"trainable": False} if row.params and not row.trainable else {}
    return item._replace(positional=positional, arguments=ordered | frozen, alone=row.name in owners)


def parameter(row: Row, item: Item) -> Item:
    """A weight by itself, which an architecture file says without the axis of the batch."""
    first, *sizes = row.arguments["shape"] or (0,)
    if first != 1 or row.buffers or row.shared_with:
        what = (
            "buffer" if row.buffers else "weight that is another one's" if row.shared_with else "weight of each sample"
        )
        raise Unwritable(f"{row.name}: an architecture file has no words for a {what}")
    frozen = {} if row.trainable else {"trainable": False}
    return item._replace(
        head="Parameter",
        positional=1,
        arguments={"shape": tuple(sizes)} | frozen,
        reads=(),
        name=row.arguments["called"],
    )


def input_names(plan: Plan) -> dict[str, str]:
    """What the network's inputs are called."""
    if len(plan.inputs) == 1:
        return dict.fromkeys(plan.inputs, "input")
    names: dict[str, str] = {}
    for name in plan.inputs:
        names[name] = free_name(readable(name, "input"), names.values())
    return names


def readable(name: str, otherwise: str) -> str:
    """A name where it can be read as one: `a.1` cannot, nor can a word of Python."""
    own = re.sub(r"[.-](?=\d)", "_", name)
    return own if re.fullmatch(NAME, own) and not any(map(iskeyword, re.split("[.-]", own))) else otherwise


def in_quotes(name: str) -> str:
    """Any text as YAML reads it."""
    plain = "".join(each if each.isprintable() and each not in '"\\' else escaped(ord(each)) for each in name)
    return f'"{plain}"'


def escaped(point: int) -> str:
    """A character by its number; half a character is none that YAML could say."""
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= point < 0xE000 else f"\\U{point:08x}"


def top(plan: Plan, inputs: Mapping[str, str]) -> Iterator[str]:
    """What is above the blocks."""
    yield f"name: {plan.name if re.fullmatch(NAME, plan.name) else in_quotes(plan.name)}"
    yield f"framework: {plan.framework}"
    if plan.framework == "keras" and not plan.layout.channels_last:
        yield "data_format: channels_first"
    shapes = {inputs[name]: data(shape[1:]) for name, shape in plan.inputs.items()}
    if len(shapes) == 1:
        yield f"input: {next(iter(shapes.values()))}"
    else:
        yield from ("inputs:", *(f"  {name}: {shape}" for name, shape in shapes.items()))
    if plan.batch != 1:
        yield f"batch: {data(plan.batch)}"
    if plan.dtype != "float32":
        yield f"dtype: {plan.dtype}"


def training_outputs(plan: Plan) -> list[str]:
    """The heads that only training runs: what nothing else reads of the layers that run for them."""
    read = {tensor for row in plan.layers for tensor in row.inputs}
    return [name for row in plan.layers if row.training_only for name in row.output_names if name not in read]


def block_lines(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks, what they differ in behind their names."""
    for block in blocks:
        inputs = INPUTS[len(block.inputs)]
        several = f"({', '.join(inputs)})" if len(inputs) > 1 else ""
        yield f"  {block.name}({', '.join(parameters(block))}){several}:"
        names = tensor_names(block.items, (*inputs, *block.parameters), own=False)
        before = block.inputs if len(inputs) == 1 else ()
        body = Entries(block.items, dict(zip(block.inputs, inputs, strict=True)), names, before)
        yield from entries("    ", body, frozenset())


def tensor_names(items: Sequence[Item], taken: Iterable[str], *, own: bool) -> dict[str, str]:
    """Names of tensors: those of their layers, or (`own`) those of the plan where they can be written."""
    names: dict[str, str] = {}
    used = set(taken)
    for item in items:
        for tensor in item.makes:
            name = snake_case(item.head)
            name = readable(item.name if len(item.makes) == 1 else tensor, name) if own else name
            names[tensor] = free_name(name, used)
            used.add(names[tensor])
    return names


def entries(indent: str, body: Entries, kept: frozenset[str]) -> Iterator[str]:
    """The items as entries, `kept` under their names; what follows one another as repetitions and loops."""
    items = body.items
    follows = [
        not item.merges and item.reads == (items[at - 1].makes if at else body.before) and len(item.reads) == 1
        for at, item in enumerate(items)
    ]
    named = kept.union(*(item.reads for item, follow in zip(items, follows, strict=True) if not follow))
    owners = {item.name: body.names[item.makes[0]] for item in reversed(items)}
    at = 0
    while at < len(items):
        item, end = items[at], at + 1
        if follows[at] and not named.intersection(item.makes):
            while end < len(items) and may_repeat(items[end], item, named) and follows[end]:
                end += 1
        turns = [list(group) for _, group in groupby(items[at:end], key=lambda each: repr(each.arguments))]
        blocks_own = [isinstance(each, Parameter) for turn in turns for each in turn[0].arguments.values()]
        if len(turns) >= FEWEST_TURNS and not any(blocks_own):  # a list cannot hold a block's parameter
            yield from loop(indent, turns)
            at = end
            continue
        reads = "" if follows[at] or not item.reads else f"({body.called(item.reads)})"
        target = f"{body.called(item.makes)} = " if named.intersection(item.makes) or len(item.makes) > 1 else ""
        target = f"{body.called(item.makes)} = " if item.alone else target
        call = f"Shared({owners[item.shares]})" if item.shares else written(item, applied=bool(reads))
        times = f" * {len(turns[0])}" if len(turns[0]) > 1 else ""
        yield f"{indent}- {quoted(target + call + reads + times)}"
        at += len(turns[0])


def may_repeat(item: Item, first: Item, named: frozenset[str]) -> bool:
    """Whether an item is the same layer or block as another, and nothing asks for it by name."""
    return item.head == first.head and not item.alone and not named.intersection(item.makes) and len(item.makes) == 1


def loop(indent: str, turns: Sequence[Sequence[Item]]) -> Iterator[str]:
    """Uses of a block, each with other arguments, as a loop over these."""
    first, uses = turns[0][0], [turn[0].arguments for turn in turns]
    if any(use.keys() != first.arguments.keys() for use in uses):
        yield from (f"{indent}- {written(turn[0])}{f' * {len(turn)}' if len(turn) > 1 else ''}" for turn in turns)
        return
    varied = [name for name in first.arguments if len({repr(use[name]) for use in uses}) > 1]
    counts = [len(turn) for turn in turns] if any(len(turn) > 1 for turn in turns) else []
    rows = [[use[name] for name in varied] + counts[at : at + 1] for at, use in enumerate(uses)]
    variables = [*varied, *(["n"] if counts else [])]
    single = len(variables) == 1
    yield f"{indent}- for: {variables[0] if single else '[' + ', '.join(variables) + ']'}"
    yield f"{indent}  in: [{', '.join(data(row[0]) if single else data(tuple(row)) for row in rows)}]"
    yield f"{indent}  layers:"
    given = {name: Parameter(name) if name in varied else value for name, value in first.arguments.items()}
    yield f"{indent}    - {written(first._replace(arguments=given))}{' * n' if counts else ''}"


def data(value: Any) -> str:
    """A value as data of YAML."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"[{', '.join(map(data, value))}]" if isinstance(value, tuple) else text(value)


def written(item: Item, *, applied: bool = False) -> str:
    """The call; without arguments the name alone, unless it is applied to something."""
    given = ", ".join(arguments(item))
    return f"{item.head}({given})" if given or applied else item.head


def quoted(entry: str) -> str:
    """An entry as YAML reads it: in quotes where it would mean something else."""
    return "'" + entry.replace("'", "''") + "'" if ": " in entry or " #" in entry else entry


COMPARED = ("type", "output_shapes", "params", "trainable_params", "macs")
"""What has to be as in the network that is written."""


def said(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What is compared of rows; a parameter, and what is computed of it, belongs to the row that reads it."""
    params: dict[str, int] = {}
    for row in rows:
        more = sum(params.get(name, 0) for name in row.inputs)
        if row.type in ("Parameter", "Weight") or (row.inputs and params.keys() >= set(row.inputs)):
            params[row.output_names[0]] = (row.params or 0) + more
            continue
        yield {
            "name": row.name,
            "type": "matmul" if row.type == "Linear" and not row.arguments.get("bias", True) else row.type,
            "output_shapes": row.output_shapes[:1] if row.type == "MultiheadAttention" else row.output_shapes,
            "params": None if row.params is None else row.params + more,
            "trainable_params": None if row.trainable_params is None else row.trainable_params + more,
            "macs": row.macs,
        }


def require_equal(plan: Plan, source: str) -> None:
    """Refuse (`Unwritable`) a text that plans to other rows, by the first that differs."""
    from cnnshape.network.planning import plan_network  # reads again what was written
    from cnnshape.readers.requests import Settings
    from cnnshape.readers.yaml.architecture import read_text

    again = plan_network(read_text(source, "the file that would be written").network(Settings()))
    ours, theirs = list(said(plan.layers)), list(said(again.layers))
    for one, other in takewhile(lambda pair: pair[1]["output_shapes"], zip(ours, theirs, strict=False)):
        for what in COMPARED:
            stated, meant = other[what], one[what]
            if stated != meant:
                raise Unwritable(
                    f"{one['name']}: an architecture file cannot say it: {what} would be {stated}, not {meant}"
                )
    if again.errors:
        raise Unwritable(f"an architecture file cannot say all of it: {again.errors[0].message}")
    if len(ours) != len(theirs):
        raise Unwritable(f"an architecture file would have {len(theirs)} layers, not {len(ours)}")
