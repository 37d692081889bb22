"""One layer: its arguments evaluated, lowered to an operation, applied to shapes, and placed as a row."""

from __future__ import annotations

from difflib import get_close_matches

from cnnshape.architecture.expressions import FailedTensor
from cnnshape.architecture.program import Apply
from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Operation
from cnnshape.planning.fields import advance
from cnnshape.planning.findings import check_inputs, check_integers, with_neighbour, with_tensor_hint
from cnnshape.planning.frames import Binding, Frame, RowOrigin, Tensor, snake_case
from cnnshape.planning.head import Head
from cnnshape.planning.run import Draft
from cnnshape.vocabularies.layer import BoundLayer, Faults, bind
from cnnshape.vocabularies.vocabulary import LayerType


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
        if frame.lookup(call.callee) is not None:
            fix = f"write an alias as `name = {call.callee}`" if not call.called else None
            fault = Fault("CS206", f"{call.callee!r} is a tensor, not a layer or a block", fix=fix)
        else:
            close = get_close_matches(call.callee, frame.program.blocks, n=1)
            if close and fault.code == "CS101":
                fault = Fault(
                    fault.code, fault.message, fix=f"did you mean the block {close[0]}?", replacement=close[0]
                )
        fault.argument = ""
        local = frame.local_name(wanted, snake_case(call.callee) or "layer")
        self.report_fault(frame, fault, statement, frame.prefix + local)
        return self.failed_row(statement, call.callee, frame, inputs or (), local)

    def failed_row(
        self, statement: Apply, type_name: str, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row without a shape: it is wrong, or something it reads is."""
        name = frame.prefix + local
        draft = Draft(
            name,
            type_name,
            {},
            inputs,
            (name,),
            None,
            None,
            (),
            True,
            None,
            False,
            frame.program.source.filename,
            statement.span,
            frame.uses,
            frame.scopes,
            {},
            None,
        )
        return self.add_row(draft, frame, local, (None,))

    def add_row(self, draft: Draft, frame: Frame, local: str, shapes: tuple[Shape | None, ...]) -> Binding:
        number = len(self.drafts)
        self.drafts.append(draft)
        if len(shapes) == 1:
            tensors: tuple[Tensor, ...] = (Tensor(draft.name, shapes[0], draft.views, number),)
        else:
            tensors = tuple(
                Tensor(name, shape, draft.views, number, output)
                for output, (name, shape) in enumerate(zip(draft.output_names, shapes, strict=True))
            )
        binding = Binding(tensors, RowOrigin(number))
        frame.members[local] = binding
        if self.until and draft.name in self.until:
            raise Reached(draft.name, binding)
        return binding

    def apply_layer(
        self,
        statement: Apply,
        kind: LayerType,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        local = frame.local_name(wanted, snake_case(kind.name))
        if frame.sharing is not None:
            shared = frame.sharing.members.get(local)
            if shared and isinstance(shared.origin, RowOrigin):
                return self.share_row(statement, self.drafts[shared.origin.row], frame, inputs or (), local)
        name = frame.prefix + local
        try:
            bound, operation = self.lower(statement, kind, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        except FailedTensor:
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if frame.gates:
            passed = [gate.passes(name) for gate in frame.gates]  # every gate has to see the name
            trainable = trainable and all(passed)
        return self.place_row(statement, bound, operation, frame, inputs, local, trainable, None)

    def place_row(
        self,
        statement: Apply,
        bound: BoundLayer,
        operation: Operation,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        local: str,
        trainable: bool,
        shared: Draft | None,
    ) -> Binding:
        """The row of a lowered layer for these inputs."""
        kind = bound.kind
        name = frame.prefix + local
        try:
            tensors = check_inputs(operation, inputs, kind.name, implied=statement.call.inputs is None)
        except Fault as fault:
            self.report_fault(frame, fault, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        shapes = tuple([tensor.shape for tensor in tensors])
        if None in shapes:
            return self.failed_row(statement, kind.name, frame, tensors, local)
        memo = self.program.memo
        key = (operation, shapes)
        result = memo.get(key)
        if result is None:
            try:
                result = operation.apply(*shapes)  # type: ignore[arg-type]
                check_integers(result, kind.name)
            except Fault as fault:
                self.report_fault(frame, with_neighbour(fault, tensors), statement, name)
                return self.failed_row(statement, kind.name, frame, tensors, local)
            memo[key] = result
        views = advance(tuple([tensor.views for tensor in tensors]), result.paths)
        outputs = result.outputs
        names = (name,) if len(outputs) == 1 else self.output_names_of(statement, frame, name, len(outputs))
        if shared is not None and shared.result is not None:
            wrong = [
                (one.shape, other.shape)
                for one, other in zip(shared.result.weights, result.weights, strict=False)
                if one.shape != other.shape
            ]
            if wrong or len(shared.result.weights) != len(result.weights):
                unequal = Fault(
                    "CS208",
                    f"{name} shares the weights of {shared.name}, but would need {show(wrong[0][1])} "
                    f"where that has {show(wrong[0][0])}"
                    if wrong
                    else f"{name} shares the weights of {shared.name}, but needs others",
                    fix="give both the same number of input channels, or do not share",
                )
                self.report_fault(frame, unequal, statement, name)
        draft = Draft(
            name,
            kind.name,
            bound.arguments,
            tensors,
            names,
            result,
            operation,
            views,
            trainable,
            (shared.shared_with or shared.name) if shared else None,
            kind.operator,
            frame.program.source.filename,
            statement.span,
            frame.uses,
            frame.scopes,
            bound.extra,
            bound,
        )
        return self.add_row(draft, frame, local, outputs)

    def output_names_of(self, statement: Apply, frame: Frame, name: str, count: int) -> tuple[str, ...]:
        targets = statement.call.targets
        if len(targets) == count:
            return tuple(frame.prefix + self.target_name(target.name, target.subscript, frame) for target in targets)
        return tuple(f"{name}:{number}" for number in range(count))

    def lower(self, statement: Apply, kind: LayerType, frame: Frame) -> tuple[BoundLayer, Operation]:
        """The layer with its arguments, and its operation; entries with the same arguments share both."""
        call = statement.call
        memo = statement.memo
        if "constant" not in memo:
            memo["constant"] = all(each.constant for each in call.positional) and all(
                each.value.constant for each in call.keywords
            )
        if memo["constant"]:
            known = memo.get("lowered")
            if known is not None:
                return known  # type: ignore[no-any-return]
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
        except Fault as fault:
            raise Faults([with_tensor_hint(fault, call, frame)]) from None
        except RecursionError:
            raise Faults([Fault("CS107", "the expression is nested too deep")]) from None
        if len(keywords) != len(call.keywords):
            raise Faults([Fault("CS106", f"{kind.name} gets an argument twice")])
        key = ("lowered", repr(positional), repr(keywords)) if not memo["constant"] else "lowered"
        known = memo.get(key)
        if known is not None:
            return known  # type: ignore[no-any-return]
        bound = bind(kind, positional, keywords)
        try:
            operation = bound.layer.lower(kind, self.defaults)
        except Fault as fault:
            raise Faults([fault]) from None
        memo[key] = (bound, operation)
        return bound, operation

    def input_layer(
        self, statement: Apply, kind: LayerType, frame: Frame, inputs: tuple[Tensor, ...] | None
    ) -> Binding:
        """A leading InputLayer states the model's input; it makes no row."""
        try:
            bound, _ = self.lower_arguments(statement, kind, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement)
            return Binding((Tensor("input", None, (), -1),))
        except FailedTensor:
            return Binding((Tensor("input", None, (), -1),))
        stated = getattr(bound.layer, "shape", None)
        if self.drafts or frame.prefix:
            fault = Fault("CS203", f"{kind.name} states the model's input; it can only stand before the first layer")
            self.report_fault(frame, fault, statement)
            return Binding((Tensor("input", None, (), -1),))
        shape = self.input_shape("input", list(stated) if stated is not None else None, statement.span)
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
        return bind(kind, positional, keywords), None

    def share_row(
        self, statement: Apply, owner: Draft, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row that uses the weights of `owner`."""
        if owner.bound is None or owner.operation is None:
            return self.failed_row(statement, owner.type, frame, inputs, local)
        return self.place_row(statement, owner.bound, owner.operation, frame, inputs, local, owner.trainable, owner)
