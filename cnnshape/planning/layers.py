"""One layer: its arguments evaluated, lowered to an operation, applied to shapes, and placed as a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.architecture.amounts import pay, weight
from cnnshape.architecture.calls import Call
from cnnshape.architecture.failed import FailedTensor
from cnnshape.architecture.files import zoo_name
from cnnshape.architecture.program import Apply, Program
from cnnshape.arithmetic.sizes import show
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Result
from cnnshape.planning.fields import NOTHING_SEEN
from cnnshape.planning.findings import (
    check_inputs,
    with_expression,
    with_neighbour,
    with_other_order,
    with_other_rank,
    with_tensor_hint,
    with_word,
)
from cnnshape.planning.frames import Binding, Frame, RowOrigin, Tensor, failed_tensor, snake_case
from cnnshape.planning.head import Head
from cnnshape.planning.lowered import Lowered, Meaning, Refusal, remember
from cnnshape.planning.memory import bytes_of
from cnnshape.planning.plan import Row
from cnnshape.planning.run import Draft
from cnnshape.planning.words import foreign_file, words_of
from cnnshape.spelling import correction
from cnnshape.vocabularies.layer import BoundLayer, Faults, bind
from cnnshape.vocabularies.vocabulary import METHODS, LayerType, vocabulary


class Reached(Exception):  # noqa: N818 - a signal
    """``until:`` was reached."""

    def __init__(self, path: str, binding: Binding) -> None:
        super().__init__(path)
        self.path = path
        self.binding = binding


class Layers(Head):
    """What a run does with one layer."""

    def unknown_layer(
        self, statement: Apply, fault: Fault, frame: Frame, inputs: tuple[Tensor, ...] | None, wanted: str | None
    ) -> Binding:
        call = statement.call
        local = frame.local_name(wanted, snake_case(call.callee) or "layer")
        if self.names_tensor(call.callee, frame):
            fix = f"write an alias as `name = {call.callee}`" if not call.called else None
            fault = Fault("CS206", f"{call.callee!r} is a tensor, not a layer or a block", fix=fix)
        elif frame.lookup(call.callee.rpartition(".")[0]) is not None:
            tensor, _, method = call.callee.rpartition(".")
            known = METHODS.get(method, method)
            if vocabulary(self.framework).find(known):
                written = f"{known}(...)({tensor})"
                fault.fix = f"a tensor's methods are functions here, and the tensor comes last: `{written}`"
        else:
            close = frame.spelling.nearest(call.callee, frame.program.blocks)
            if close and fault.code == "CS101":
                replacement = correction(call.callee, close)
                fault = Fault(
                    fault.code, fault.message, fix=f"did you mean the block {close}?", replacement=replacement
                )
            network = zoo_name(f"{self.framework}/{call.callee.rpartition('.')[2]}") if fault.code == "CS101" else None
            if network and not close:
                fault.fix = f"a network of the zoo is included: `- include: {network}`"
                fault.replacement = None
        fault.argument = ""
        if fault.code == "CS102":
            fault = self.foreign_layer(fault, call, frame.program)
        self.report_fault(frame, fault, statement, frame.prefix + local)
        return self.failed_row(statement, call.callee, frame, inputs or (), local)

    def foreign_layer(self, fault: Fault, call: Call, program: Program) -> Fault:
        """The refusal of a name of the other framework, or once of all such names of the file.

        Arguments by position mean something else there: ``Conv2D(3, 16, 3)`` is not ``Conv2d(3, 16, 3)``.
        """
        if call.positional or not words_of(program)[self.framework]:
            fault.replacement = None
        return foreign_file(program, self.framework) or fault

    def names_tensor(self, name: str, frame: Frame) -> bool:
        """Whether a name is a tensor's; the automatic name of a row of an unknown layer is only that layer's again."""
        found = frame.lookup(name)
        if found is None or not isinstance(found.origin, RowOrigin):
            return found is not None
        return self.drafts[found.origin.row].row.type != name

    def failed_row(
        self, statement: Apply, type_name: str, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row without a shape: it is wrong, or something it reads is."""
        row = Row(
            frame.prefix + local,
            type_name,
            {},
            tuple([tensor.name for tensor in inputs]),
            tuple([tensor.shape for tensor in inputs]),
            (),
            (frame.prefix + local,),
            *(None,) * 10,
            trainable=True,
            shared_with=None,
            operator=False,
            live=True,
            training_only=False,
            filename=frame.program.source.filename,
            span=statement.span,
            used_at=frame.uses,
            scopes=frame.scopes,
            operation=None,
            result=None,
            extra={},
        )
        outputs = (Tensor(row.name, None, NOTHING_SEEN, len(self.drafts)),)
        return self.add_row(Draft(row, inputs, outputs, None, None), frame, local)

    def add_row(self, draft: Draft, frame: Frame, local: str) -> Binding:
        binding = Binding(draft.outputs, RowOrigin(len(self.drafts)))
        self.drafts.append(draft)
        frame.members[local] = binding
        if self.until and draft.row.name in self.until:
            raise Reached(draft.row.name, binding)
        return binding

    def apply_layer(
        self,
        statement: Apply,
        meaning: Meaning,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        kind = meaning.kind
        local = frame.local_name(wanted, snake_case(kind.name))
        if frame.sharing is not None:
            shared = frame.sharing.members.get(local)
            if shared and isinstance(shared.origin, RowOrigin):
                return self.share_row(statement, self.drafts[shared.origin.row], frame, inputs or (), local)
        name = frame.prefix + local
        try:
            lowered = meaning.lowered or self.lower(statement, meaning.kind, frame)
        except FailedTensor:
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if isinstance(lowered, Refusal):
            self.report_refusal(frame, lowered, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if frame.gates:
            passed = [gate.passes(name) for gate in frame.gates]  # every gate has to see the name
            trainable = trainable and all(passed)
        return self.place_row(statement, lowered, frame, inputs, local, trainable, None)

    def place_row(
        self,
        statement: Apply,
        lowered: Lowered,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        local: str,
        trainable: bool,
        owner: Row | None,
    ) -> Binding:
        """The row of a lowered layer for these inputs; `owner` is the row whose weights it uses, if any."""
        bound = lowered.bound
        kind = bound.kind
        name = frame.prefix + local
        shapes = tuple([tensor.shape for tensor in inputs or ()])
        if None in shapes:
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        number = len(self.drafts)
        recalls = owner is None and len(statement.call.targets) < 2  # several names may hang on other values
        key = (statement, name, number, lowered, inputs, trainable, frame.uses)
        known = self.known.rows.get(key) if recalls else None
        if known is not None:  # nothing that the row depends on has changed since the last run
            self.rows[key] = known
            return self.add_row(known, frame, local)
        try:
            tensors = check_inputs(lowered.operation, inputs, kind.name, implied=statement.call.inputs is None)
            answer = lowered.answer(shapes)  # type: ignore[arg-type]
        except Fault as fault:
            declared = bound.arguments.get(fault.argument or "")
            fault = with_other_order(fault, inputs or (), declared, channels_last=self.channels_last)
            if number == 0:
                fault = with_other_rank(fault, inputs or (), channels_last=self.channels_last)
            self.report_fault(frame, with_neighbour(fault, inputs or ()), statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        result = answer.result
        if result.at_most and 1 < len(statement.call.targets) < len(result.outputs):
            result = result._replace(outputs=result.outputs[: len(statement.call.targets)])
        sight = answer.sight(tensors)
        names: tuple[str, ...]
        if len(result.outputs) == 1:
            names = (name,)
            outputs: tuple[Tensor, ...] = (Tensor(name, result.outputs[0], sight, number),)
        else:
            names = self.output_names_of(statement, frame, name, len(result.outputs))
            outputs = tuple([Tensor(*each, sight, number) for each in zip(names, result.outputs, strict=True)])
        params, trainable_params, buffers = answer.params, answer.trainable_params if trainable else 0, answer.buffers
        if owner is not None:
            params = trainable_params = buffers = 0
            self.check_sharing(statement, frame, name, result, owner)
        row = Row(
            name,
            kind.name,
            bound.arguments,
            tuple([tensor.name for tensor in tensors]),
            shapes,
            result.outputs,
            names,
            params,
            trainable_params,
            None if params is None or trainable_params is None else params - trainable_params,
            buffers,
            result.macs,
            result.flops,
            bytes_of(answer.output_elements, self.program.dtype),
            result.padding,
            result.leftover,
            sight.field,
            trainable,
            (owner.shared_with or owner.name) if owner else None,
            kind.operator,
            True,
            False,
            frame.program.source.filename,
            statement.span,
            frame.uses,
            frame.scopes,
            lowered.operation,
            result,
            bound.extra,
        )
        draft = Draft(row, tensors, outputs, lowered, answer)
        if recalls:
            self.rows[key] = draft
        return self.add_row(draft, frame, local)

    def check_sharing(self, statement: Apply, frame: Frame, name: str, result: Result, owner: Row) -> None:
        """Refuse a row that would need other weights than the row it shares them with."""
        owned = owner.result.weights if owner.result else ()
        wrong = [
            (one.shape, other.shape)
            for one, other in zip(owned, result.weights, strict=False)
            if one.shape != other.shape
        ]
        if wrong or len(owned) != len(result.weights):
            unequal = Fault(
                "CS208",
                f"the weights of {owner.name} are {show(wrong[0][0])}, but would have to be {show(wrong[0][1])} here"
                if wrong
                else f"the weights of {owner.name} are others than are needed here",
                fix="give both the same number of input channels, or do not share",
            )
            self.report_fault(frame, unequal, statement, name)

    def output_names_of(self, statement: Apply, frame: Frame, name: str, count: int) -> tuple[str, ...]:
        targets = statement.call.targets
        if len(targets) == count:
            return tuple(frame.prefix + self.element_name(target.name, target.subscript, frame) for target in targets)
        return tuple(f"{name}:{number}" for number in range(count))

    def lower(self, statement: Apply, kind: LayerType, frame: Frame) -> Lowered | Refusal:
        """The layer with its arguments and its operation; entries with the same arguments share one."""
        call = statement.call
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
            pay(sum(map(weight, (*positional, *keywords.values()))), frame)
        except Fault as fault:
            return Refusal([with_word(with_tensor_hint(fault, call, frame), statement, kind)])
        except RecursionError:
            return Refusal([Fault("CS107", "the expression is nested too deep")])
        if len(keywords) != len(call.keywords):
            return Refusal([Fault("CS106", f"{kind.name} gets an argument twice")])
        key = (kind.name, repr(positional), repr(keywords))  # 1, 1.0 and True are equal, but not the same argument
        lowered = self.known.layers.get(key)
        if lowered is None:
            lowered = remember(self.known.layers, key, self.bound_and_lowered(kind, positional, keywords))
        if isinstance(lowered, Refusal):
            lowered = Refusal([with_expression(fault, statement, kind, frame) for fault in lowered.faults])
        if all(each.constant for each in call.positional) and all(each.value.constant for each in call.keywords):
            statement.memo[self.framework] = Meaning(kind, lowered)
        return lowered

    def bound_and_lowered(
        self, kind: LayerType, positional: Sequence[Any], keywords: Mapping[str, Any]
    ) -> Lowered | Refusal:
        try:
            bound = bind(kind, positional, keywords)
            return Lowered(bound, bound.layer.lower(kind, self.defaults))
        except Faults as faults:
            return Refusal(faults.faults)
        except Fault as fault:
            return Refusal([fault])

    def input_layer(
        self, statement: Apply, kind: LayerType, frame: Frame, inputs: tuple[Tensor, ...] | None
    ) -> Binding:
        """A leading InputLayer states the model's input; it makes no row."""
        try:
            bound, _ = self.lower_arguments(statement, kind, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement)
            return Binding((failed_tensor("input"),))
        except FailedTensor:
            return Binding((failed_tensor("input"),))
        stated, batch = bound.layer.sample(kind)  # type: ignore[attr-defined]
        if self.drafts or frame.prefix:
            fault = Fault("CS203", f"{kind.name} states the model's input; it can only stand before the first layer")
            self.report_fault(frame, fault, statement)
            return Binding((failed_tensor("input"),))
        if batch is not None and self.settings.batch is None:
            if self.program.batch is not None and batch != self.batch:
                message = f"{kind.name} states a batch of {batch}, the file's `batch:` {self.batch}"
                self.report_fault(frame, Fault("CS105", message, fix="keep one of them"), statement)
            self.batch = batch
        shape = self.input_shape("input", list(stated), statement.span)
        if inputs and inputs[0].row == -1 and inputs[0].shape and not isinstance(statement.name, str):
            if shape is not None and inputs[0].shape[1:] != shape[1:] and not self.settings.inputs:
                fault = Fault(
                    "CS105",
                    f"{kind.name} states the input {show(shape[1:])}, the file's `input:` {show(inputs[0].shape[1:])}",
                    fix="keep one of them",
                )
                self.report_fault(frame, fault, statement)
            return Binding(inputs)
        name = "input"
        if statement.call.targets:
            name = statement.call.targets[0].name
        elif statement.name is not None and statement.name.constant:
            name = str(statement.name.evaluate(frame))
        if name in self.model_inputs:
            name = f"{name}_{len(self.model_inputs)}"
        if len(self.model_inputs) == 0 and self.settings.inputs.get("") is not None:
            shape = (self.batch, *self.settings.inputs[""])
        binding = self.add_input(frame, name, shape)
        if statement.call.targets:
            del frame.layers[0][name]
        return binding

    def lower_arguments(self, statement: Apply, kind: LayerType, frame: Frame) -> tuple[BoundLayer, None]:
        call = statement.call
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
        except Fault as fault:
            raise Faults([fault]) from None
        bound = bind(kind, positional, keywords)
        try:
            bound.layer.lower(kind, self.defaults)
        except Fault as fault:
            raise Faults([fault]) from None
        return bound, None

    def share_row(
        self, statement: Apply, owner: Draft, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row that uses the weights of `owner`."""
        if owner.lowered is None:
            return self.failed_row(statement, owner.row.type, frame, inputs, local)
        return self.place_row(statement, owner.lowered, frame, inputs, local, owner.row.trainable, owner.row)
