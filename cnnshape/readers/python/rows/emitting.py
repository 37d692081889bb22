"""The rows of a reading to a `Network`: names, scopes, weights that are counted once, findings with their places."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from cnnshape.diagnostics import Diagnostic, Edit, Fault, Position, Span, Use
from cnnshape.network.batch import again
from cnnshape.network.builder import require_fit
from cnnshape.network.constants import Constant
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Origin
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor as Made
from cnnshape.operations.applied import has_weights_elsewhere, without_weights
from cnnshape.operations.operation import Weight
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.values import Opaque, Parameter, Place, Tensor, Value
from cnnshape.readers.python.rows.applying import as_function
from cnnshape.readers.python.rows.trace import UNNAMED, Row, shape_of
from cnnshape.value import replace
from cnnshape.vocabularies.layer import model_of, positional_arguments


class Emission:
    """A network in the making, of the rows that were found.

    Attributes:
        paths: of modules, by their identity.
        since: where the rows and findings begin that are told whoever reads them.
        taken: those paths, which no function's row has for its name.
        registered: the paths of the weights that count; those that no row reads count as well.
        last: for every run of a module the number of its last row.
        frozen: whether nothing trains as the model itself does not, whatever is said of its layers.
        seen: weights that a row has read already, and layers that have run: theirs are counted there.
    """

    def __init__(self, m: Machine, root: Value, outputs: Sequence[Tensor]) -> None:
        self.m = m
        self.frozen = not m.framework.REGISTERS and getattr(root, "__dict__", {}).get("trainable") is False
        self.builder = m.trace.builder
        self.rows = m.trace.rows
        self.since = m.asked if outputs else m.since
        self.wanted = wanted(self.rows, outputs, m.framework.KEEPS_UNREAD, self.since.rows)
        self.paths, self.held = m.framework.registry(root, [self.rows[number] for number in sorted(self.wanted)])
        self.taken = set(self.paths.values())
        self.registered = {id(each): path for path, each in self.held}
        self.seen: dict[int, Node | None] = {}
        read = {tensor.output for number in self.wanted for tensor in self.rows[number].reads if tensor.row == -1}
        read |= {tensor.output for tensor in outputs if tensor.row == -1}
        stated = {tensor.shape[0] for _, tensor in m.trace.inputs if tensor.shape and tensor.output in read}
        if m.trace.batch is None and len(stated) == 1:
            (self.builder.batch,) = stated
        self.inputs = {
            tensor.output: self.builder.input(name, shape_of(tensor))
            for name, tensor in m.trace.inputs
            if tensor.output in read or m.framework.KEEPS_UNREAD
        }
        self.nodes: dict[int, Node] = {}
        self.scopes: dict[int, Scope] = {}
        self.counts: dict[str, int] = {}
        self.constants: dict[int, tuple[Tensor, Constant]] = {}
        self.last = {id(row.runs[-1]): number for number, row in enumerate(self.rows) if row.runs}

    def tensor(self, tensor: Tensor) -> Made:
        """The network's tensor for one of the reading."""
        if tensor.row is None or tensor.row < 0:
            return self.inputs[tensor.output]
        node = self.nodes[tensor.row]
        return node.outputs[min(tensor.output, len(node.outputs) - 1)]

    def add(self, number: int, row: Row) -> None:
        """One row."""
        name = self.name(number, row)
        plain = row.module if type(row.module).__module__ == "torch.nn" else None  # though it may have hooks
        around = [self.scope(run.module) for run in row.runs if run.module is not plain]
        scopes = tuple([scope for scope in around if scope.name])
        where: dict[str, Any] = {"name": name, "scopes": scopes, "origin": origin(row)}
        inputs = tuple(self.tensor(each) for each in row.tensors)
        if not row.outputs:
            fault = row.fault or self.misfit(row, inputs)
            node = self.builder.fail(row.name, inputs, layer=row.layer, fault=fault, **where)
            if fault is not None:
                self.builder.report(diagnostic(fault, row.made, row.place, name, self.edits(row)))
            elif row.unknown is not None:
                nameless = row.name == UNNAMED
                what = "what this answers" if nameless else f"the shape of {row.name}"
                message = f"{what} depends on {row.unknown.reason}, which is not known"
                unknown = Fault("CS604", message, fix=row.unknown.fix or help_for(row.name, row.unknown))
                self.builder.report(diagnostic(unknown, row.made, row.place, None if nameless else name))
        else:
            node = self.builder.add(**self.layer(number, row), inputs=inputs, checkpoint=row.checkpoint, **where)
        self.nodes[number] = node
        if row.module is not None:
            self.seen.setdefault(id(row.module), node)

    def scope(self, module: Value) -> Scope:
        """A module as the rows within it have it; without a name where it is none of the model's."""
        if id(module) not in self.scopes:
            self.scopes[id(module)] = Scope(self.paths.get(id(module), ""), type(module).__name__)
        return self.scopes[id(module)]

    def misfit(self, row: Row, inputs: tuple[Made, ...]) -> Fault | None:
        """What cannot fit whatever the sizes are that an earlier fault leaves open."""
        if row.layer is None or row.unknown is not None or not inputs:
            return None
        try:
            require_fit(row.layer, inputs)
        except Fault as fault:
            return fault
        return None

    def edits(self, row: Row) -> tuple[Edit, ...]:
        """What mends a row's layer, where its line made no other and its text says nothing against it."""
        layer, made = row.module, row.made
        if layer is None or made is None or made.node is None or row.fault is None:
            return ()
        others = (each for each in self.rows if each.made is not None and each.made.node is made.node)
        if any(each.module is not layer for each in others):
            return ()
        line = self.m.importer.texts.get(made.filename, "").split("\n")[getattr(made.node, "lineno", 1) - 1]
        return replacing(row.fault, layer, made) if line.isascii() and "noqa" not in line else ()

    def layer(self, number: int, row: Row) -> dict[str, Any]:
        """What a row says of its weights: those that train not, those beside the operation's, those of another row."""
        layer: Any = row.layer
        if self.m.framework.REGISTERS and row.module is not None and id(row.module) not in self.paths:
            layer = as_function(layer, row.name)  # made on the way, and none of the model's modules
        owner = self.seen.get(id(row.module)) if row.module is not None else None
        known = {weight.name for weight in layer.answer(tuple(each.shape for each in row.tensors)).result.weights}
        fresh = [each for each in row.parameters if id(each) in self.registered and id(each) not in self.seen]
        names: dict[str, Parameter] = {}  # of several that are called alike, the first is the layer's
        for each in fresh:
            names[self.registered[id(each)] if each.name in names else each.name] = each
        if owner is None:
            elsewhere = self.m.framework.REGISTERS and not known <= names.keys()
        else:
            elsewhere = owner.layer is not None and has_weights_elsewhere(owner.layer.operation)
        if known and elsewhere:
            layer = again(layer, without_weights(layer.operation, self.builder.batch))
            known = set()
        self.seen.update((id(each), None) for each in fresh)
        own = tuple(weight_of(each, name) for name, each in names.items() if name not in known)
        frozen = frozenset(name for name, each in names.items() if each.kind == "parameter" and not each.trains)
        trainable = self.trains(row, fresh)
        if trainable and not self.m.framework.REGISTERS and row.module is not None:
            frozen |= self.m.framework.frozen_of(row.module, known)
        operands = tuple(None if each is None else self.constant(each) for each in row.operands)
        return {
            "layer": layer,
            "owner": owner,
            "own": own,
            "frozen": frozen,
            "trainable": trainable,
            "operands": operands,
            "read": tuple(map(self.constant, row.read)),
        }

    def constant(self, tensor: Tensor) -> Constant:
        """The network's for a tensor that depends on no input."""
        if id(tensor) not in self.constants:
            layer, read, seen, view = tensor.made or (None, (), 0, False)
            operands = tuple(self.constant(each) for each in read)
            made = Constant(
                tensor.shape or (),
                tensor.dtype,
                trains=any(each.trains for each in tensor.parameters),
                weight=weight_of(tensor, self.registered.get(id(tensor), tensor.name))
                if isinstance(tensor, Parameter)
                else None,
                home=operands[0] if view else None,
                made=layer and (layer, operands, seen),
            )
            self.constants[id(tensor)] = tensor, made
        return self.constants[id(tensor)][1]

    def trains(self, row: Row, fresh: list[Parameter]) -> bool:
        """Whether any weight of a row trains."""
        if self.frozen:
            return False
        nearest = row.runs[-1].module if row.module is None and row.runs else row.module
        framework = self.m.framework
        if not framework.REGISTERS and nearest is not None and framework.frozen_of(nearest, ("",)):
            return False
        weights = [each for each in fresh if each.kind == "parameter"]
        return not weights or any(each.trains for each in weights)

    def name(self, number: int, row: Row) -> str:
        """The path of a layer's module; of a function its name below the module in which it is called."""
        if row.module is not None and id(row.module) in self.paths:
            return self.paths[id(row.module)] or type(row.module).__name__
        around = next((run for run in reversed(row.runs) if id(run.module) in self.paths), None)
        path = self.paths[id(around.module)] if around else ""
        if around and path and number == self.last.get(id(around)) and not vars(around.module).get("_modules"):
            return path
        bare = type(row.module).__name__ if row.module is not None else row.name
        name = f"{path}.{bare}" if path else bare
        taken = int(name in self.taken)  # `F.relu` beside a module that is called `relu`
        count = self.counts[name] = self.counts.get(name, taken) + 1
        return name if count == 1 else f"{name}_{count - 1}"

    def finish(self, outputs: Sequence[Tensor], error: Exception | None) -> Network:
        """The network of all rows."""
        m = self.m
        for number in sorted(self.wanted):
            self.add(number, self.rows[number])
        shown = {id(self.rows[number].fault) for number in self.wanted}
        for fault, made, applied in m.findings[self.since.findings :]:
            if id(fault) not in shown:  # a layer that is wrong before it is applied
                self.builder.report(diagnostic(fault, made, applied, None))
        if error is not None:
            where = m.raised[1] if m.raised[0] is error else None
            found = exception(error, where, self.builder.filename)
            if m.doubts:
                reasons = [reason for name, reason in m.doubts.items() if name in found.message] or [*m.doubts.values()]
                found = replace(found, code="CS604", message=f"{found.message}, and {reasons[0]}")
            if self.builder.batch is None and "NoneType" in found.message:
                found = replace(found, fix="the size of the batch is None here: --batch 1 states it")
            self.builder.report(found)
        blamed = {row.unknown.reason for row in self.rows if row.unknown is not None}
        for reason in [each for each in m.uncounted if each not in blamed]:
            m.note(f"{reason} may have weights, which are not counted")
        for note in m.notes:
            self.builder.report(Diagnostic("CS608", note, self.builder.filename))
        results = [self.tensor(each) for each in outputs]
        masks = [self.tensor(each) for number in sorted(self.wanted) for each in self.rows[number].masks]
        dead = unread_weights(list(self.nodes.values()), [*results, *masks])
        unrun = tuple(weight_of(each, path) for path, each in self.held if id(each) not in self.seen)
        unread = (*unrun, *dead)
        return self.builder.finish(results, written=masks, unrun=unread, named_until=self.named_until())

    def named_until(self) -> dict[Made, int]:
        """For every tensor the number of the last node that runs while a name of the source still has it."""
        until, rows = [-1] * (len(self.rows) + 1), {id(node): number for number, node in enumerate(self.builder.nodes)}
        for number in range(len(self.rows)):
            node = self.nodes.get(number)
            until[number + 1] = until[number] if node is None else rows[id(node)]
        gone = self.m.trace.let_go
        last = len(self.rows)
        return {
            tensor: until[gone.get((number, output), last)]
            for number, node in self.nodes.items()
            for output, tensor in enumerate(node.outputs)
        } | dict.fromkeys(self.inputs.values(), until[last])


def help_for(name: str, unknown: Opaque) -> str | None:
    """How a layer or function that is not known itself can be made known."""
    if name != unknown.name.rpartition(".")[2]:
        return None
    return f'say what it stands for, such as --assume "{name}=Conv2d" or --assume "{name}=64x28x28"'


def wanted(rows: Sequence[Row], outputs: Sequence[Tensor], keeps_unread: bool, asked: int) -> set[int]:
    """The rows to be shown: what outputs depend on, and of what is asked what is wrong, or a layer nobody reads."""
    found = {tensor.row for tensor in outputs}
    for number in range(len(rows) - 1, -1, -1):
        row = rows[number]
        unread = row.fault is not None or (keeps_unread and row.module is not None)
        if number in found or (number >= asked and (unread or not outputs)):
            found.add(number)
            found.update(tensor.row for tensor in row.reads)
    return {number for number in found if number is not None and number >= 0}


def unread_weights(nodes: list[Node], outputs: list[Made]) -> Iterable[Weight]:
    """The weights of rows that no output depends on: a model holds them all the same."""
    found = {tensor.row for tensor in outputs}
    for number in range(len(nodes) - 1, -1, -1):
        if number in found:
            found.update(tensor.row for tensor in nodes[number].inputs)
    owners = {id(nodes[number].owner) for number in found if number >= 0 and nodes[number].owner is not None}
    for number, node in enumerate(nodes):
        if number not in found and id(node) not in owners and node.owner is None and node.answer is not None:
            yield from node.answer.result.weights
            yield from node.own


def exception(error: Exception, place: Place | None, filename: str) -> Diagnostic:
    """The finding that the source raises an exception of its own."""
    fault = getattr(error, "fault", None)
    if isinstance(fault, Fault):  # and nothing of the source's own
        return diagnostic(fault, place, None, None)
    text = str(error.args[0]) if error.args and isinstance(error.args[0], str) else ""
    message = f"this raises {type(error).__name__}{': ' if text else ''}{text}"
    meant = vars(error).get("_meant")
    fix = f"did you mean {meant}?" if isinstance(meant, str) else None
    return Diagnostic("CS605", message, place.filename if place else filename, line_of(place), fix=fix)


def weight_of(parameter: Parameter, name: str) -> Weight:
    """A weight of the source as the network has it."""
    kind = "buffer" if parameter.kind == "buffer" else "trainable" if parameter.trains else "non_trainable"
    return Weight(name, parameter.shape or (), kind)  # type: ignore[arg-type]


def span_of(place: Place) -> Span:
    """The place as rows and columns from 1; it is made once for a node."""
    node: Any = place.node
    kept = vars(node) if node is not None else {}
    if "span" not in kept:
        start = Position(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
        end = Position(getattr(node, "end_lineno", None) or start.row, (getattr(node, "end_col_offset", None) or 0) + 1)
        kept["span"] = Span(start, max(end, start))
    found: Span = kept["span"]
    return found


def line_of(place: Place | None) -> Span | None:
    """As `span_of`; None of what no line of a file does."""
    return span_of(place) if place is not None and hasattr(place.node, "lineno") else None


def origin(row: Row) -> Origin | None:
    """Where a row is written: where its layer is made, used where it is applied; of a function where it is called."""
    first = row.made or row.place
    if first is None:
        return None
    return Origin(first.filename, span_of(first), used_at(row.place) if row.made else ())


def used_at(applied: Place | None) -> tuple[Use, ...]:
    """The line that applies a layer; none where no line of the file does, as for those of a `Sequential`."""
    return (Use(applied.filename, span_of(applied)),) if applied and hasattr(applied.node, "lineno") else ()


def diagnostic(
    fault: Any, made: Place | None, applied: Place | None, layer: str | None, edits: tuple[Edit, ...] = ()
) -> Diagnostic:
    """What is wrong, at the line that made the layer, with the line that applies it."""
    first = made or applied
    uses = used_at(applied) if made and made is not applied else ()
    return Diagnostic(
        fault.code,
        fault.message,
        first.filename if first else "",
        line_of(first),
        layer,
        fault.fix,
        uses,
        edits,
    )


def replacing(fault: Fault, layer: Value, made: Place) -> tuple[Edit, ...]:
    """The number in the call that made a layer, replaced by the right one; nothing where it is no literal.

    A line with characters beyond ASCII is left alone: Python counts its columns in bytes.
    """
    call, kind = made.node, getattr(layer, "_layer_type", None)
    if fault.argument is None or fault.replacement is None or not isinstance(call, ast.Call) or kind is None:
        return ()
    names = positional_arguments(model_of(kind))
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if not any(isinstance(each, ast.Starred) for each in call.args):
        given |= dict(zip(names, call.args, strict=False))
    node = given.get(fault.argument)
    if not (isinstance(node, ast.Constant) and type(node.value) is int and node.end_col_offset is not None):
        return ()
    start = Position(node.lineno, node.col_offset + 1)
    return (Edit(Span(start, Position(node.lineno, node.end_col_offset + 1)), fault.replacement),)
