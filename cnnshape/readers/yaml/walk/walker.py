"""One walk: expansion and planning are one run of the program, since expressions see shapes.

The walk never stops at a fault: the entry's tensor is *failed* (its shape is None), what reads it fails silently, and
everything else goes on, so that one run finds all errors.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from cnnshape.diagnostics import Fault
from cnnshape.network.network import Network
from cnnshape.network.strides import refused_views
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml import sections
from cnnshape.readers.yaml.calls import Call, Reference, Target
from cnnshape.readers.yaml.entries import failing_names
from cnnshape.readers.yaml.paths import NAME_FIX, invalid_name
from cnnshape.readers.yaml.placeholders import FAILED_VALUE, FailedTensor
from cnnshape.readers.yaml.program import Apply, Body, For, If, Include, Let, NodePlace, Program, Repeat, Statement
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.readers.yaml.walk.frames import (
    Binding,
    BlockUse,
    FileValues,
    Frame,
    Meaning,
    Tensors,
    UseOrigin,
    snake_case,
)
from cnnshape.readers.yaml.walk.includes import Includes
from cnnshape.readers.yaml.walk.known import Known
from cnnshape.readers.yaml.walk.least_steps import first_beyond
from cnnshape.readers.yaml.walk.run import COPIED, MOST_STEPS, Loader, TooManyRows
from cnnshape.value import Deferred
from cnnshape.vocabularies.vocabulary import lookup, vocabulary

Kind = TypeVar("Kind", bound=Statement)


def read_network(program: Program, settings: Settings, load: Loader, known: dict[str, Known]) -> Network:
    """Run a program once, top to bottom; `known` is what its other runs have found out, by framework."""
    return Walker(program, settings, load, known).run()


class Walker(Includes):
    """The entries of a body, one after the other."""

    def run(self) -> Network:
        program, frame = self.program, self.opened()
        previous = self.bind_inputs(frame, frame.values)
        beyond = first_beyond(program, MOST_STEPS)
        with suppress(TooManyRows):
            if beyond is not None:
                self.too_many(frame, beyond)
            previous, whole = self.run_whole(frame, previous)
            if program.outputs or program.training_outputs:
                frame = whole.given
        self.known.rows = self.rows or self.known.rows  # of one run, so that memory stays that of one plan
        outputs, training = self.find_outputs(frame, previous)
        if self.builder.diagnostics:
            sections.forget(program.blocks, program.body)
        if self.framework == "pytorch":
            self.builder.diagnostics += refused_views(self.builder.nodes)
        return self.builder.finish(
            outputs, training, sources=self.sources, promises=program.expect, backend=program.backend
        )

    def run_whole(self, frame: Frame, previous: Tensors) -> tuple[Tensors, Deferred[Frame]]:
        """Run the entries of the file in its frame, or recall them; then that is another."""
        program = self.program
        inputs = tuple([each.tensor for each in self.builder.inputs.values()])
        whole = BlockUse(None, (), program, None, "", tuple(self.builder.inputs), {}, frame.file, trainable=True)
        key = (program.body, tuple(program.blocks.values()), repr(frame.values), previous is None)

        def run() -> Binding:
            made = self.body(program.body, frame, previous)
            return Binding(made or (), UseOrigin(Deferred(lambda: frame), whole))

        tensors, origin = self.recalled(key, whole, frame, inputs, run)
        assert isinstance(origin, UseOrigin)
        return tensors, origin.deferred

    def opened(self) -> Frame:
        """The file's own frame, with the values of its variables."""
        program = self.program
        values = self.file_values(program, self.settings.preset, self.settings.variables, None)
        file = FileValues(values, program)
        self.builder.batch = self.find_batch(values)
        return Frame(program, values, file, program.explicit_names, self.work, self.channels_last)

    def body(self, body: Body, frame: Frame, previous: Tensors) -> Tensors:
        """Run the entries in order; each reads the one before it, and the last is the result."""
        for statement in body:
            if self.work.left < 0:  # that is reported where it happened
                raise TooManyRows
            frame.previous, self.statement = previous, statement
            kind = type(statement)
            if kind is Apply:
                previous = self.doing(self.apply, statement, frame, previous, {})  # type: ignore[arg-type]
            else:
                previous = self.control(statement, frame, previous)
        return previous

    def doing(
        self,
        run: Callable[[Kind, Frame, Tensors, dict[str, Any]], Tensors],
        statement: Kind,
        frame: Frame,
        previous: Tensors,
        names: dict[str, Any],
    ) -> Tensors:
        """Run an entry, or a round with these values of its own names."""
        return run(statement, frame, previous, names)

    def control(self, statement: Statement, frame: Frame, previous: Tensors) -> Tensors:
        """Everything that is not a layer. What makes no row costs a step all the same."""
        self.step(frame, statement.span, len(statement.values) if isinstance(statement, Let) else 1)
        with suppress(FailedTensor):
            if isinstance(statement, If):
                test = self.evaluate(statement.test, frame, statement.span)
                return self.body(statement.then if test else statement.otherwise, frame, previous)
            if isinstance(statement, For):
                return self.run_for(statement, frame, previous)
            if isinstance(statement, Repeat):
                for _ in range(self.repeat_count(statement.count, frame, statement.span)):
                    previous = self.doing(self.run_round, statement, frame, previous, {})
                return previous
            if isinstance(statement, Let):
                self.run_let(statement, frame)
                return previous
            if isinstance(statement, Include):
                return self.run_include(statement, frame, previous)
        return self.fail_names(failing_names((statement,)), frame)

    def run_let(self, statement: Let, frame: Frame) -> None:
        for name, expression, span in statement.values:
            try:
                frame.values[name] = self.evaluate(expression, frame, span)
            except FailedTensor:
                frame.values[name] = FAILED_VALUE

    def run_for(self, statement: For, frame: Frame, previous: Tensors) -> Tensors:
        """A round for each row. Raises `FailedTensor` where there are none."""
        rows = self.evaluate(statement.rows, frame, statement.span)
        if not isinstance(rows, list):
            message = f"`in:` has to be a list, got {rows!r}"
            fix = f"write range({rows})" if isinstance(rows, int) else None
            self.report(frame, "CS011", message, statement.span, fix=fix)
            raise FailedTensor
        count = len(statement.names)
        for number, row in enumerate(rows):
            if statement.unpack and (not isinstance(row, list) or len(row) != count):
                self.step(frame, statement.span)
                span = statement.row_spans[number] if number < len(statement.row_spans) else statement.span
                several = f"{len(row)} value{'s' * (len(row) != 1)}" if isinstance(row, list) else "one value"
                names = ", ".join(statement.names)
                message = f"row {number + 1} has {several}: {row!r}; `for:` names {count} ({names})"
                self.report(frame, "CS114", message, span, fix=f"give every row {count} values")
                previous = self.fail_names(failing_names(statement.body), frame)
                continue
            values = dict(zip(statement.names, row if statement.unpack else [row], strict=False))
            previous = self.doing(self.run_round, statement, frame, previous, values)
        return previous

    def run_round(self, statement: For | Repeat, frame: Frame, previous: Tensors, names: dict[str, Any]) -> Tensors:
        """One round of a loop: a scope of its own for names and values."""
        outer = frame.values
        self.step(frame, statement.span, 1 + len(outer) // COPIED)
        frame.values = {**outer, **names}
        frame.layers.append({})
        frame.in_loop += 1
        try:
            return self.body(statement.body, frame, previous)
        finally:
            frame.in_loop -= 1
            frame.layers.pop()
            frame.values = outer

    def apply(self, statement: Apply, frame: Frame, previous: Tensors, names: dict[str, Any]) -> Tensors:
        """Run one entry, as often as it says, and bind its names."""
        call = statement.call
        if call.alias is not None and self.is_alias(call, frame):
            self.step(frame, statement.span)
            return self.alias(statement, call.alias, frame)
        count = 1
        try:
            if call.repeat is not None:
                count = self.repeat_count(call.repeat, frame, statement.place.extent(call.repeat.extent))
            wanted = self.wanted_name(statement, frame)
            inputs = self.inputs(statement, frame, previous)
        except FailedTensor:
            return self.fail_names(call.failing, frame)
        if not count:
            self.step(frame, statement.span)
        if frame is self.noted:
            self.done.append((statement, count, wanted))
        binding: Binding | None = None
        for number in range(count):
            self.steps += 1
            if self.steps > MOST_STEPS:
                self.too_many(frame, statement.span)
            last = number == count - 1
            binding = self.apply_once(statement, frame, inputs, wanted if last else None)
            inputs = binding.tensors
        binding = binding or Binding(inputs or ())
        self.bind_targets(statement, frame, binding)
        if statement.name is not None and wanted not in [target.name for target in call.targets]:
            try:
                frame.bind(str(wanted), binding)
            except Fault as fault:
                self.report_fault(frame, fault, statement)
        return binding.tensors

    def is_alias(self, call: Call, frame: Frame) -> bool:
        """Whether ``x = other`` names a tensor: blocks and exact layer names come first, then tensors."""
        if call.alias is None or call.callee in frame.program.blocks:
            return False
        if len(call.alias.steps) > 1 or call.alias.steps[0].subscript is not None:
            return True
        if vocabulary(self.framework).find_exact(call.callee):
            return False
        return frame.lookup(call.callee) is not None

    def alias(self, statement: Apply, reference: Reference, frame: Frame) -> tuple[Tensor, ...]:
        try:
            binding = frame.find(self.reference_name(reference, frame))
        except (Fault, FailedTensor) as failure:
            if isinstance(failure, Fault):
                self.report_fault(frame, failure, statement)
            return self.fail_names(statement.call.failing, frame)
        self.bind_targets(statement, frame, binding)
        return binding.tensors

    def bind_targets(self, statement: Apply, frame: Frame, binding: Binding) -> None:
        targets = statement.call.targets
        if not targets:
            return
        try:
            if len(targets) == 1:
                self.bind_target(statement, targets[0], frame, binding)
                return
            tensors = binding.tensors
            if any(tensor.shape is None for tensor in tensors) and len(tensors) != len(targets):
                tensors = tensors[:1] * len(targets)
            if len(tensors) != len(targets):
                self.fail_names(statement.call.failing, frame)
                one = len(tensors) == 1
                fix = "give it one name" if one else f"give {len(tensors)} names, or one for all of them"
                raise Fault("CS209", f"{len(targets)} names for {len(tensors)} output{'s' * (not one)}", fix=fix)
            for target, tensor in zip(targets, tensors, strict=True):
                self.bind_target(statement, target, frame, Binding((tensor,), None))
        except Fault as fault:
            self.report_fault(frame, fault, statement)
        except FailedTensor:
            return

    def bind_target(self, statement: Apply, target: Target, frame: Frame, binding: Binding) -> None:
        """Bind one name of an entry. Raises `Fault`."""
        if target.subscript is not None:
            frame.bind_element(target.name, self.element_name(target.name, target.subscript, frame), binding)
        elif target.name in statement.call.again:
            frame.bind_anew(target.name, binding)
        else:
            frame.bind(target.name, binding)

    def wanted_name(self, statement: Apply, frame: Frame) -> str | None:
        """The name that an entry gives its row. Its targets have names from here on."""
        if not statement.call.targets and statement.name is None:
            return None
        try:
            targets = [self.element_name(name, index, frame) for name, index, _ in statement.call.targets]
        except Fault as fault:
            self.report_fault(frame, fault, statement)
            raise FailedTensor from None
        if statement.name is not None:
            name = self.evaluate(statement.name, frame, statement.span, word=True)
            if not isinstance(name, str) or not name:
                self.report(frame, "CS210", f"name has to be a text, got {name!r}", statement.span)
                raise FailedTensor
            wrong = invalid_name(name)
            if wrong:
                self.report(frame, "CS210", wrong, statement.span, fix=NAME_FIX)
                raise FailedTensor
            return name
        target, *others = statement.call.targets
        named = not others and (target.subscript is not None or target.name in frame.explicit)
        return targets[0] if named else None

    def inputs(self, statement: Apply, frame: Frame, previous: Tensors) -> Tensors:
        """The tensors an entry reads: those it names, else what the entry before gives."""
        references = statement.call.inputs
        if references is None:
            return previous
        tensors: list[Tensor] = []
        for reference in references:
            try:
                name = self.reference_name(reference, frame)
                if reference.part is None:
                    tensors += frame.find(name).tensors
                else:
                    part: slice = reference.part.evaluate(frame)
                    if frame is self.noted:
                        self.done.append(repr(part))
                    tensors += frame.all_of(name)[part]
            except Fault as fault:
                extent = fault.extent if isinstance(fault, ExpressionFault) else None
                span = statement.place.extent(extent or reference.extent)
                if isinstance(statement.place, NodePlace):
                    span = statement.place.value("inputs", span)
                self.report(frame, fault.code, fault.message, fault.span or span, fix=fault.fix)
                tensors.append(failed_tensor(reference.text))
        self.step(frame, statement.span, len(tensors) // 2)
        return tuple(tensors)

    def is_checkpointed(self, statement: Apply, frame: Frame) -> bool:
        """Whether a block is to be run again in the backward pass instead of keeping what that needs."""
        if statement.checkpoint is None:
            return False
        checkpoint = self.truth("checkpoint", statement.checkpoint, frame, statement.span)
        if frame is self.noted:
            self.done.append(checkpoint)
        of_block = statement.call.callee in frame.program.blocks or statement.call.shared is not None
        if not of_block or self.framework != "pytorch":
            other = f"{statement.call.callee} is none" if not of_block else "this network is of Keras"
            what = f"beside a block of PyTorch, and {other}"
            message = (
                f"checkpoint stands {what}: its layers run again in the backward pass, which keeps its inputs alone"
            )
            self.report(frame, "CS105", message, statement.span, fix="leave out `checkpoint`")
        return checkpoint

    def apply_once(self, statement: Apply, frame: Frame, inputs: Tensors, wanted: str | None) -> Binding:
        call = statement.call
        try:
            trainable = frame.trainable
            if statement.trainable is not None:
                trainable = self.truth("trainable", statement.trainable, frame, statement.span) and trainable
                if frame is self.noted:
                    self.done.append(trainable)
            checkpoint = self.is_checkpointed(statement, frame)
        except FailedTensor:
            trainable, checkpoint = frame.trainable, False
        if call.shared is not None:
            return self.apply_shared(statement, call.shared, frame, inputs, wanted)
        block = frame.program.blocks.get(call.callee)
        if block is not None:
            return self.apply_block(statement, block, frame, inputs, wanted, trainable, checkpoint)
        if call.callee in frame.program.broken_blocks:
            local = frame.local_name(wanted, snake_case(call.callee))
            return self.failed_row(statement, call.callee, frame, inputs or (), local)
        try:
            meaning = statement.memo.get(self.dialect)
            if meaning is None:
                meaning = Meaning(lookup(self.framework, call.callee))
                statement.memo[self.dialect] = meaning
        except Fault as fault:
            return self.unknown_layer(statement, fault, frame, inputs, wanted)
        if meaning.kind.model == "InputLayer":
            return self.input_layer(statement, meaning.kind, frame, inputs)
        return self.apply_layer(statement, meaning, frame, inputs, wanted, trainable)
