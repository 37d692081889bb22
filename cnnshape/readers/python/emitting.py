"""The rows of a reading to a `Network`: names, scopes, weights that are counted once, findings with their places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnshape.diagnostics import Diagnostic, Fault, Position, Span, Use
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Origin
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor as Made
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Weight
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.layers import again
from cnnshape.readers.python.torch.module import named_held, walk
from cnnshape.readers.python.trace import Row
from cnnshape.readers.python.values import Instance, Parameter, Place, Raised, Tensor, Value


class Emission:
    """A network in the making, of the rows that were found."""

    def __init__(self, m: Machine, root: Value) -> None:
        self.builder = m.trace.builder
        self.rows = m.trace.rows
        self.paths: dict[int, str] = {}
        self.registered: dict[int, str] = {}
        if isinstance(root, Instance):
            for path, module in walk(m, root, "", set()):
                self.paths[id(module)] = path
            for kind in ("_parameters", "_buffers"):
                for path, each in named_held(m, root, kind):
                    self.registered[id(each)] = path
                    each.name = each.name or path
            self.held = [each for kind in ("_parameters", "_buffers") for _, each in named_held(m, root, kind)]
        else:
            self.held = []
        self.inputs = {id(tensor): self.builder.input(name, tensor.shape) for name, tensor in m.trace.inputs}
        self.by_output = {(-1, tensor.output): self.inputs[id(tensor)] for _, tensor in m.trace.inputs}
        self.nodes: list[Node] = []
        self.counts: dict[str, int] = {}
        self.last = last_rows(self.rows)

    def tensor(self, tensor: Tensor) -> Made:
        """The network's tensor for one of the reading."""
        if tensor.row is None or tensor.row < 0:
            return self.by_output[-1, tensor.output]
        node = self.nodes[tensor.row]
        return node.outputs[min(tensor.output, len(node.outputs) - 1)]

    def add(self, number: int, row: Row) -> None:
        """One row."""
        name = self.name(number, row)
        scopes = tuple(
            Scope(path, run.module.cls.name) for run in row.runs if (path := self.paths.get(id(run.module), ""))
        )
        where = {"name": name, "scopes": scopes, "origin": origin(row)}
        inputs = tuple(self.tensor(each) for each in row.tensors)
        if row.layer is None:
            node = self.builder.fail(row.name, inputs, **where)  # type: ignore[arg-type]
            if row.fault is not None:
                self.builder.report(diagnostic(row.fault, row.made, row.place, name))
            elif row.unknown is not None:
                unknown = Fault("CS604", f"the shape of {row.name} depends on {row.unknown.reason}, which is not known")
                self.builder.report(diagnostic(unknown, row.made, row.place, name))
        else:
            node = self.builder.add(**self.layer(number, row), inputs=inputs, **where)  # type: ignore[arg-type]
        self.nodes.append(node)

    def layer(self, number: int, row: Row) -> dict[str, Any]:
        """What a row says of its weights: those that train not, those beside the operation's, those of another row."""
        layer = row.layer
        owner = self.nodes[row.owner] if row.owner is not None else None
        known = {weight.name for weight in layer.answer(shapes(row)).result.weights}  # type: ignore[union-attr]
        fresh = [each for each in row.parameters if id(each) in self.registered]
        if known and owner is None and row.module is not None:
            mine = {each.name for each in fresh}
            if not known <= mine:
                layer = again(layer, Applied(layer.operation, (), False, self.builder.batch, True))  # type: ignore[arg-type, union-attr]
                known = set()
        own = tuple(weight_of(each, each.name) for each in fresh if each.name not in known)
        frozen = frozenset(each.name for each in fresh if each.kind == "parameter" and not each.trains)
        trains = not fresh or any(each.trains for each in fresh if each.kind == "parameter")
        return {"layer": layer, "owner": owner, "own": own, "frozen": frozen, "trainable": trains}

    def name(self, number: int, row: Row) -> str:
        """The path of a layer's module; of a function its name below the module in which it is called."""
        if row.module is not None and id(row.module) in self.paths:
            return self.paths[id(row.module)] or row.module.cls.name
        around = next((run for run in reversed(row.runs) if id(run.module) in self.paths), None)
        path = self.paths[id(around.module)] if around else ""
        if around and path and number in self.last.get(id(around), ()) and not around.module.attributes["_modules"]:
            return path
        bare = row.module.cls.name if row.module is not None else row.name
        name = f"{path}.{bare}" if path else bare
        count = self.counts[name] = self.counts.get(name, 0) + 1
        return name if count == 1 else f"{name}_{count - 1}"

    def finish(self, m: Machine, outputs: Iterable[Tensor]) -> Network:
        """The network of all rows."""
        for number, row in enumerate(self.rows):
            self.add(number, row)
        for fault, made, applied in m.findings:
            self.builder.report(diagnostic(fault, made, applied, None))
        if m.raised is not None:
            self.builder.report(exception(m.raised, self.builder.filename))
        for note in m.notes:
            self.builder.report(Diagnostic("CS608", note, self.builder.filename))
        results = [self.tensor(each) for each in outputs]
        live = reached(self.nodes, results)
        unrun = tuple(
            weight_of(each, self.registered[id(each)])
            for each in self.held
            if each.reader is None or each.reader not in live
        )
        return self.builder.finish(results, unrun=unrun)


def exception(raised: Raised, filename: str) -> Diagnostic:
    """The finding that the source raises an exception of its own."""
    if raised.fault is not None:
        return diagnostic(raised.fault, raised.place, None, None)
    arguments = raised.value.attributes.get("args") or ("",)
    text = arguments[0] if isinstance(arguments[0], str) else ""
    place = raised.place
    message = f"this raises {raised.value.cls.name}{': ' if text else ''}{text}"
    return Diagnostic("CS605", message, place.filename if place else filename, span_of(place) if place else None)


def reached(nodes: list[Node], outputs: list[Made]) -> set[int]:
    """The rows that outputs depend on, and those whose weights these use."""
    found = {tensor.row for tensor in outputs}
    for number in range(len(nodes) - 1, -1, -1):
        if number in found:
            found.update(tensor.row for tensor in nodes[number].inputs)
    owners = {id(nodes[number].owner) for number in found if number >= 0 and nodes[number].owner is not None}
    return found | {number for number, node in enumerate(nodes) if id(node) in owners}


def last_rows(rows: list[Row]) -> dict[int, set[int]]:
    """For every run of a module the number of its last row."""
    found: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        if row.runs:
            found[id(row.runs[-1])] = {number}
    return found


def shapes(row: Row) -> Any:
    """The shapes of a row's inputs."""
    return tuple(each.shape for each in row.tensors)


def weight_of(parameter: Parameter, name: str) -> Weight:
    """A weight of the source as the network has it."""
    kind = "buffer" if parameter.kind == "buffer" else "trainable" if parameter.trains else "non_trainable"
    return Weight(name, parameter.shape or (), kind)  # type: ignore[arg-type]


def span_of(place: Place) -> Span:
    """The place as rows and columns from 1."""
    node: Any = place.node
    start = Position(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
    end = Position(getattr(node, "end_lineno", None) or start.row, (getattr(node, "end_col_offset", None) or 0) + 1)
    return Span(start, max(end, start))


def origin(row: Row) -> Origin | None:
    """Where a row is written: where its layer is made, used where it is applied; of a function where it is called."""
    first = row.made or row.place
    if first is None:
        return None
    uses = (Use(row.place.filename, span_of(row.place)),) if row.made and row.place else ()
    return Origin(first.filename, span_of(first), uses)


def diagnostic(fault: Any, made: Place | None, applied: Place | None, layer: str | None) -> Diagnostic:
    """What is wrong, at the line that made the layer, with the line that applies it."""
    first = made or applied
    uses = (Use(applied.filename, span_of(applied)),) if made and applied and made is not applied else ()
    return Diagnostic(
        fault.code,
        fault.message,
        first.filename if first else "",
        span_of(first) if first else None,
        layer,
        fault.fix,
        uses,
    )
