"""One layer: its arguments evaluated, lowered to an operation, applied to shapes, and placed as a row."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered, Refusal
from cnnshape.network.batch import MOVES, followed, moved
from cnnshape.network.dtypes import LayerTypes, stated_types
from cnnshape.network.node import Node, Origin
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.operations.operation import Operation
from cnnshape.readers.yaml.expression_budget import FREE, pay, weight
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply
from cnnshape.readers.yaml.walk.file_header import add_input, input_shape
from cnnshape.readers.yaml.walk.findings import meant, report, report_fault, report_refusal
from cnnshape.readers.yaml.walk.frames import Binding, Entry, Frame, Meaning, Tensors
from cnnshape.readers.yaml.walk.known import KnownRow
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.values import element_name
from cnnshape.vocabularies.vocabulary import LayerType, snake_case

OF_THE_NETWORK = LayerTypes()
"""The types of a layer that states none, on inputs that have none of their own."""

NUMBERS = frozenset({int, float, bool, type(None)})
"""Types whose values are one element each."""


class Reached(Exception):  # noqa: N818 - a signal
    """``until:`` was reached."""

    def __init__(self, path: str, binding: Binding) -> None:
        super().__init__(path)
        self.path = path
        self.binding = binding


def failed_row(
    run: Run, entry: Entry, local: str, kind: str, layer: Lowered | None = None, fault: Fault | None = None
) -> Binding:
    """A node without a shape: it is wrong, or something it reads is."""
    frame, origin = entry.frame, origin_of(entry)
    inputs, name = entry.inputs or (), frame.prefix + local
    node = run.builder.fail(kind, inputs, name=name, scopes=frame.scopes, origin=origin, layer=layer, fault=fault)
    return bound(run, node, frame, local)


def origin_of(entry: Entry) -> Origin:
    """Where an entry stands."""
    frame = entry.frame
    return Origin._make((frame.program.source.filename, entry.statement.span, frame.uses))


def bound(run: Run, node: Node, frame: Frame, local: str) -> Binding:
    """What a node that was just added is to the entries below it. Raises `Reached` where ``until:`` names it."""
    binding = Binding._make((node.outputs, node))
    frame.members[local] = binding
    if run.until and node.name in run.until:
        raise Reached(node.name, binding)
    return binding


def apply_layer(run: Run, entry: Entry, meaning: Meaning) -> Binding:
    """The row of a layer, which may have the weights of another; one that is wrong is reported, and fails."""
    statement, frame, kind, trainable = entry.statement, entry.frame, meaning.kind, entry.trainable
    local = frame.local_name(entry.wanted, snake_case(kind.name))
    if frame.sharing is not None:
        shared = frame.sharing.members.get(local)
        if shared and isinstance(shared.origin, Node):
            return share_row(run, entry, local, shared.origin)
    name = frame.prefix + local
    try:
        lowered = meaning.lowered or lower(run, statement, kind, frame)
    except FailedTensor:
        return failed_row(run, entry, local, kind.name)
    if isinstance(lowered, Refusal):
        report_refusal(run, frame, lowered, statement, name)
        return failed_row(run, entry, local, kind.name)
    if frame.done is not None:
        frame.done.append(lowered)
    if frame.gates:
        passed = [gate.passes(name) for gate in frame.gates]  # every gate has to see the name
        trainable = trainable and all(passed)
    return place_row(run, entry, local, lowered, trainable)


def place_row(
    run: Run, entry: Entry, local: str, lowered: Lowered, trainable: bool, owner: Node | None = None
) -> Binding:
    """The node of a lowered layer for these inputs; `owner` is the node whose weights it uses, if any."""
    statement, frame, inputs = entry.statement, entry.frame, entry.inputs
    kind = lowered.bound.kind
    name = frame.prefix + local
    number = len(run.builder.nodes)
    recalls = owner is None and len(statement.call.targets) < 2  # several names may hang on other values
    known = run.before.get(number) if recalls else None
    phases = run.builder.field_work.left
    if known is not None and known.is_from(statement, name, lowered, inputs, trainable, frame):
        run.rows[number] = known
        run.builder.nodes.append(known.node)
        return bound(run, known.node, frame, local)
    try:
        named = require_named(lowered.operation, inputs, kind.name, implied=statement.call.inputs is None)
        chosen = for_batch(run, lowered, named)
        types = types_of(chosen, named, owner)
        node = run.builder.add(
            chosen,
            named,
            name=name,
            scopes=frame.scopes,
            origin=origin_of(entry),
            trainable=trainable,
            checkpoint=frame.checkpoint,
            owner=owner,
            names=output_names_of(statement, frame),
            dtype=types.made,
            kept_in=types.kept,
        )
    except Fault as fault:
        operation = lowered.operation
        fault = meant(
            run,
            fault,
            statement,
            frame,
            kind=kind,
            inputs=inputs or (),
            first=number == 0,
            fewest=0 if operation.most == 0 else max(operation.fewest, 2 if operation.most is None else 1),
            apply=operation.apply,
            arguments=lowered.bound.arguments,
        )
        report_fault(run, frame, fault, statement, name)
        return failed_row(run, entry, local, kind.name, lowered, fault)
    if recalls and run.builder.field_work.left == phases > 0:  # what fields cost is paid in every run
        run.rows[number] = KnownRow._make((statement, lowered, inputs, node))
    return bound(run, node, frame, local)


def require_named(operation: Operation, inputs: Tensors, what: str, *, implied: bool) -> tuple[Tensor, ...]:
    """The inputs of an operation where they are named if need be; `implied`: the entry reads the one before it."""
    if inputs is None:
        raise Fault("CS203", f"{what} stands first in a file with several inputs and names none")
    if implied and operation.merges:
        raise Fault("CS203", f"{what} merges several inputs, but names none, so it would read {inputs[0].name} alone")
    return () if implied and operation.most == 0 else inputs


def types_of(lowered: Lowered, inputs: tuple[Tensor, ...], owner: Node | None) -> LayerTypes:
    """The types that a layer states; else functions, and PyTorch's modules without weights, keep that of an input.

    Raises `Fault` where there is no such type.
    """
    bound = lowered.bound
    kind, stated = bound.kind, bound.extra.get("dtype")
    if kind.name == "ops.cast":
        stated = bound.arguments["dtype"]
    if stated is None and not kind.operator and kind.framework == "keras":
        return OF_THE_NETWORK
    shapes = tuple([tensor.shape for tensor in inputs])
    if None in shapes:
        return OF_THE_NETWORK
    answer = owner.answer if owner is not None and owner.answer else lowered.answer(shapes)  # type: ignore[arg-type]
    weights = answer.result.weights
    if stated is not None:
        try:
            return stated_types(stated, weights)
        except Fault as fault:
            raise bound.told(fault) from None
    follows = kind.operator or (kind.framework == "pytorch" and not weights)
    kept = inputs[0].dtype if inputs and follows else None
    return OF_THE_NETWORK if kept is None else LayerTypes(kept)


def for_batch(run: Run, lowered: Lowered, inputs: tuple[Tensor, ...]) -> Lowered:
    """The layer for tensors that may have the batch elsewhere than first, or move it."""
    shapes = [tensor.shape for tensor in inputs if tensor.shape is not None]
    if len(shapes) < len(inputs):
        return lowered
    if lowered.bound.kind.name in MOVES and len(shapes) == 1:
        found = moved(run.builder, lowered, shapes[0])
        if found is not lowered:
            return found
    return followed(lowered, shapes, run.builder.batch)


def output_names_of(statement: Apply, frame: Frame) -> tuple[str, ...]:
    """The names that an entry gives several outputs; none where it gives one name or no name."""
    targets = statement.call.targets
    if len(targets) < 2:
        return ()
    return tuple(frame.prefix + element_name(target.name, target.subscript, frame) for target in targets)


def lower(run: Run, statement: Apply, kind: LayerType, frame: Frame) -> Lowered | Refusal:
    """The layer with its arguments and its operation; entries with the same arguments share one."""
    call = statement.call
    try:
        positional = [each.evaluate(frame) for each in call.positional]
        keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
        values = (*positional, *keywords.values())
        if len(values) > FREE or not NUMBERS.issuperset(map(type, values)):
            pay(sum(map(weight, values)), frame)
    except Fault as fault:
        bare = run.builder.lower(kind, (), {})
        merges = not isinstance(bare, Refusal) and bare.operation.most != 1
        return Refusal([meant(run, fault, statement, frame, kind=kind, merges=merges)])
    except RecursionError:
        return Refusal([Fault("CS107", "the expression is nested too deep")])
    if len(keywords) != len(call.keywords):
        return Refusal([Fault("CS106", f"{kind.name} gets an argument twice")])
    lowered = run.builder.lower(kind, positional, keywords)
    if isinstance(lowered, Refusal):
        lowered = Refusal([meant(run, fault, statement, frame, kind=kind) for fault in lowered.faults])
    if all(each.constant for each in call.positional) and all(each.value.constant for each in call.keywords):
        statement.memo[run.dialect] = Meaning(kind, lowered)
    return lowered


def input_layer(run: Run, entry: Entry, kind: LayerType) -> Binding:
    """A leading InputLayer states the model's input; it makes no row."""
    statement, frame, inputs = entry.statement, entry.frame, entry.inputs
    try:
        lowered = lower(run, statement, kind, frame)
    except FailedTensor:
        return Binding((failed_tensor("input"),))
    faults = lowered.faults if isinstance(lowered, Refusal) else ()
    if not faults and (run.builder.nodes or frame.prefix):
        message = f"{kind.name} states the model's input; it can only stand before the first layer"
        faults = (Fault("CS203", message),)
    for fault in faults:
        report_fault(run, frame, fault, statement)
    if faults or isinstance(lowered, Refusal):
        return Binding((failed_tensor("input"),))
    stated, batch = lowered.bound.layer.sample(kind)  # type: ignore[attr-defined]
    if batch is not None and run.settings.batch is None:
        if run.program.batch is not None and batch != run.builder.batch:
            message = f"{kind.name} states a batch of {batch}, the file's `batch:` {run.builder.batch}"
            report_fault(run, frame, Fault("CS105", message, fix="keep one of them"), statement)
        run.builder.batch = batch
    shape: Shape | None = None
    try:
        shape = input_shape(run, "input", list(stated))
    except Fault as fault:
        report(run, frame, fault, statement.span)
    if inputs and inputs[0].row == -1 and inputs[0].shape:
        if shape is not None and inputs[0].shape[1:] != shape[1:] and not run.settings.inputs:
            given, named = show(shape[1:]), show(inputs[0].shape[1:])
            message = f"{kind.name} states the input {given}, the file's `input:` {named}"
            report_fault(run, frame, Fault("CS105", message, fix="keep one of them"), statement)
        return Binding(inputs)
    name = "input"
    if statement.call.targets:
        name = statement.call.targets[0].name
    elif statement.name is not None and statement.name.constant:
        name = str(statement.name.evaluate(frame))
    if name in run.builder.inputs:
        name = f"{name}_{len(run.builder.inputs)}"
    if len(run.builder.inputs) == 0 and run.settings.inputs.get("") is not None:
        shape = (run.builder.batch, *run.settings.inputs[""])
    binding = add_input(run, frame, name, shape)
    if statement.call.targets:
        del frame.layers[0][name]
    return binding


def share_row(run: Run, entry: Entry, local: str, owner: Node) -> Binding:
    """A row that uses the weights of `owner`."""
    if owner.layer is None:
        return failed_row(run, entry, local, owner.type)
    return place_row(run, entry, local, owner.layer, owner.trainable, owner)
