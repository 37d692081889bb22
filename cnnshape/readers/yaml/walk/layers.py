"""One layer: its arguments evaluated, lowered to an operation, applied to shapes, and placed as a row."""

from __future__ import annotations

from typing import Any

from cnnshape.arithmetic.sizes import show
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered, Refusal
from cnnshape.network.batch import MOVES, followed, moved
from cnnshape.network.dtypes import LayerTypes, stated_types
from cnnshape.network.node import Node, Origin
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.expression_budget import FREE, pay, weight
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply
from cnnshape.readers.yaml.walk.file_header import Head
from cnnshape.readers.yaml.walk.findings import require_named
from cnnshape.readers.yaml.walk.frames import Binding, Frame, Meaning, Tensors, snake_case
from cnnshape.readers.yaml.walk.known import KnownRow
from cnnshape.vocabularies.vocabulary import LayerType

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


class Layers(Head):
    """What a run does with one layer."""

    def unknown_layer(
        self, statement: Apply, fault: Fault, frame: Frame, inputs: Tensors, wanted: str | None
    ) -> Binding:
        local = frame.local_name(wanted, snake_case(statement.call.callee) or "layer")
        fault.argument = ""
        self.report_fault(frame, self.meant(fault, statement, frame), statement, frame.prefix + local)
        return self.failed_row(statement, statement.call.callee, frame, inputs or (), local)

    def meant(self, fault: Fault, statement: Apply, frame: Frame, **known: Any) -> Fault:
        """The fault of an entry with what was probably meant; `known`: what else `meant.Failed` may hold."""
        from cnnshape.readers.yaml.walk.meant import Failed, meant  # only for a message

        return meant(fault, Failed(statement, frame, self.framework, **known))

    def failed_row(
        self,
        statement: Apply,
        type_name: str,
        frame: Frame,
        inputs: tuple[Tensor, ...],
        local: str,
        layer: Lowered | None = None,
        fault: Fault | None = None,
    ) -> Binding:
        """A node without a shape: it is wrong, or something it reads is."""
        node = self.builder.fail(
            type_name,
            inputs,
            name=frame.prefix + local,
            scopes=frame.scopes,
            origin=self.origin(statement, frame),
            layer=layer,
            fault=fault,
        )
        return self.bound(node, frame, local)

    def origin(self, statement: Apply, frame: Frame) -> Origin:
        """Where an entry stands."""
        return Origin._make((frame.program.source.filename, statement.span, frame.uses))

    def bound(self, node: Node, frame: Frame, local: str) -> Binding:
        """What a node that was just added is to the entries below it. Raises `Reached` where ``until:`` names it."""
        binding = Binding._make((node.outputs, node))
        frame.members[local] = binding
        if self.until and node.name in self.until:
            raise Reached(node.name, binding)
        return binding

    def apply_layer(
        self,
        statement: Apply,
        meaning: Meaning,
        frame: Frame,
        inputs: Tensors,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        kind = meaning.kind
        local = frame.local_name(wanted, snake_case(kind.name))
        if frame.sharing is not None:
            shared = frame.sharing.members.get(local)
            if shared and isinstance(shared.origin, Node):
                return self.share_row(statement, shared.origin, frame, inputs or (), local)
        name = frame.prefix + local
        try:
            lowered = meaning.lowered or self.lower(statement, meaning.kind, frame)
        except FailedTensor:
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if isinstance(lowered, Refusal):
            self.report_refusal(frame, lowered, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if frame is self.noted:
            self.done.append(lowered)
        if frame.gates:
            passed = [gate.passes(name) for gate in frame.gates]  # every gate has to see the name
            trainable = trainable and all(passed)
        return self.place_row(statement, lowered, frame, inputs, local, trainable, None)

    def place_row(
        self,
        statement: Apply,
        lowered: Lowered,
        frame: Frame,
        inputs: Tensors,
        local: str,
        trainable: bool,
        owner: Node | None,
    ) -> Binding:
        """The node of a lowered layer for these inputs; `owner` is the node whose weights it uses, if any."""
        kind = lowered.bound.kind
        name = frame.prefix + local
        number = len(self.builder.nodes)
        recalls = owner is None and len(statement.call.targets) < 2  # several names may hang on other values
        known = self.known.rows.get(number) if recalls else None
        phases = self.builder.field_work.left
        if known is not None and known.is_from(statement, name, lowered, inputs, trainable, frame):
            self.rows[number] = known
            self.builder.nodes.append(known.node)
            return self.bound(known.node, frame, local)
        try:
            named = require_named(lowered.operation, inputs, kind.name, implied=statement.call.inputs is None)
            chosen = self.for_batch(lowered, named)
            types = self.types_of(chosen, named, owner)
            node = self.builder.add(
                chosen,
                named,
                name=name,
                scopes=frame.scopes,
                origin=self.origin(statement, frame),
                trainable=trainable,
                checkpoint=frame.checkpoint,
                owner=owner,
                names=self.output_names_of(statement, frame),
                dtype=types.made,
                kept_in=types.kept,
            )
        except Fault as fault:
            operation = lowered.operation
            fault = self.meant(
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
            self.report_fault(frame, fault, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local, lowered, fault)
        if recalls and self.builder.field_work.left == phases > 0:  # what fields cost is paid in every run
            self.rows[number] = KnownRow._make((statement, lowered, inputs, node))
        return self.bound(node, frame, local)

    def types_of(self, lowered: Lowered, inputs: tuple[Tensor, ...], owner: Node | None) -> LayerTypes:
        """The types that a layer states; else functions, and PyTorch's modules without weights, keep that of an input.

        Raises:
            Fault: there is no such type.
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

    def for_batch(self, lowered: Lowered, inputs: tuple[Tensor, ...]) -> Lowered:
        """The layer for tensors that may have the batch elsewhere than first, or move it."""
        shapes = [tensor.shape for tensor in inputs if tensor.shape is not None]
        if len(shapes) < len(inputs):
            return lowered
        if lowered.bound.kind.name in MOVES and len(shapes) == 1:
            found = moved(self.builder, lowered, shapes[0])
            if found is not lowered:
                return found
        return followed(lowered, shapes, self.builder.batch)

    def output_names_of(self, statement: Apply, frame: Frame) -> tuple[str, ...]:
        """The names that an entry gives several outputs; none where it gives one name or no name."""
        targets = statement.call.targets
        if len(targets) < 2:
            return ()
        return tuple(frame.prefix + self.element_name(target.name, target.subscript, frame) for target in targets)

    def lower(self, statement: Apply, kind: LayerType, frame: Frame) -> Lowered | Refusal:
        """The layer with its arguments and its operation; entries with the same arguments share one."""
        call = statement.call
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
            values = (*positional, *keywords.values())
            if len(values) > FREE or not NUMBERS.issuperset(map(type, values)):
                pay(sum(map(weight, values)), frame)
        except Fault as fault:
            bare = self.builder.lower(kind, (), {})
            merges = not isinstance(bare, Refusal) and bare.operation.most != 1
            return Refusal([self.meant(fault, statement, frame, kind=kind, merges=merges)])
        except RecursionError:
            return Refusal([Fault("CS107", "the expression is nested too deep")])
        if len(keywords) != len(call.keywords):
            return Refusal([Fault("CS106", f"{kind.name} gets an argument twice")])
        lowered = self.builder.lower(kind, positional, keywords)
        if isinstance(lowered, Refusal):
            lowered = Refusal([self.meant(fault, statement, frame, kind=kind) for fault in lowered.faults])
        if all(each.constant for each in call.positional) and all(each.value.constant for each in call.keywords):
            statement.memo[self.dialect] = Meaning(kind, lowered)
        return lowered

    def input_layer(self, statement: Apply, kind: LayerType, frame: Frame, inputs: Tensors) -> Binding:
        """A leading InputLayer states the model's input; it makes no row."""
        try:
            lowered = self.lower(statement, kind, frame)
        except FailedTensor:
            return Binding((failed_tensor("input"),))
        faults = lowered.faults if isinstance(lowered, Refusal) else ()
        if not faults and (self.builder.nodes or frame.prefix):
            message = f"{kind.name} states the model's input; it can only stand before the first layer"
            faults = (Fault("CS203", message),)
        for fault in faults:
            self.report_fault(frame, fault, statement)
        if faults or isinstance(lowered, Refusal):
            return Binding((failed_tensor("input"),))
        stated, batch = lowered.bound.layer.sample(kind)  # type: ignore[attr-defined]
        if batch is not None and self.settings.batch is None:
            if self.program.batch is not None and batch != self.builder.batch:
                message = f"{kind.name} states a batch of {batch}, the file's `batch:` {self.builder.batch}"
                self.report_fault(frame, Fault("CS105", message, fix="keep one of them"), statement)
            self.builder.batch = batch
        shape = self.input_shape("input", list(stated), statement.span)
        if inputs and inputs[0].row == -1 and inputs[0].shape and not isinstance(statement.name, str):
            if shape is not None and inputs[0].shape[1:] != shape[1:] and not self.settings.inputs:
                given, named = show(shape[1:]), show(inputs[0].shape[1:])
                message = f"{kind.name} states the input {given}, the file's `input:` {named}"
                self.report_fault(frame, Fault("CS105", message, fix="keep one of them"), statement)
            return Binding(inputs)
        name = "input"
        if statement.call.targets:
            name = statement.call.targets[0].name
        elif statement.name is not None and statement.name.constant:
            name = str(statement.name.evaluate(frame))
        if name in self.builder.inputs:
            name = f"{name}_{len(self.builder.inputs)}"
        if len(self.builder.inputs) == 0 and self.settings.inputs.get("") is not None:
            shape = (self.builder.batch, *self.settings.inputs[""])
        binding = self.add_input(frame, name, shape)
        if statement.call.targets:
            del frame.layers[0][name]
        return binding

    def share_row(self, statement: Apply, owner: Node, frame: Frame, inputs: tuple[Tensor, ...], local: str) -> Binding:
        """A row that uses the weights of `owner`."""
        if owner.layer is None:
            return self.failed_row(statement, owner.type, frame, inputs, local)
        return self.place_row(statement, owner.layer, frame, inputs, local, owner.trainable, owner)
