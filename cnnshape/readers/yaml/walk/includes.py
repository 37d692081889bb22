"""Included files: blocks that stand in a file of their own."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Include, LayerName, Program
from cnnshape.readers.yaml.walk.blocks import Blocks
from cnnshape.readers.yaml.walk.frames import BlockUse, FileValues, Frame, FreezeUntil, Tensors, use_of
from cnnshape.readers.yaml.walk.layers import Reached
from cnnshape.readers.yaml.walk.least_steps import first_beyond
from cnnshape.readers.yaml.walk.run import MOST_STEPS
from cnnshape.value import replace
from cnnshape.vocabularies.vocabulary import title


class Includes(Blocks):
    """What a run does with included files."""

    def run_include(self, statement: Include, frame: Frame, previous: Tensors) -> Tensors:
        """Another file as a block, up to `until:` where that is given. Raises `FailedTensor` where it cannot run."""
        self.step(frame, statement.span)
        self.reports += 1  # its sources, findings and heads of training are the run's: never taken over
        try:
            program = self.load(statement.target, frame.program, self.framework)
        except Fault as fault:
            self.report(frame, fault.code, fault.message, statement.target_span, fix=fault.fix)
            raise FailedTensor from None
        self.sources.setdefault(program.source.filename, program.source)
        if program.framework and program.framework != self.framework:
            self.report(
                frame,
                "CS015",
                f"{statement.target} is a {title(program.framework)} file; this one is {title(self.framework)}'s",
                statement.target_span,
                fix=f"set `framework: {program.framework}`, or include a {title(self.framework)} file",
            )
            raise FailedTensor
        known = {(each.code, each.filename, each.span) for each in self.builder.diagnostics}
        use = use_of(frame, statement.span)
        for finding in program.diagnostics:
            if (finding.code, finding.filename, finding.span) not in known:
                self.builder.report(replace(finding, used_at=(*frame.uses, *use), edits=()))
        values = self.include_values(statement, program, frame)
        trainable = frame.trainable
        if statement.trainable is not None:
            trainable = self.truth("trainable", statement.trainable, frame, statement.span) and trainable
        inputs = self.include_inputs(statement, frame, previous)
        local = frame.local_name(statement.name, program.name)
        names = tuple(name for name, _, _ in program.inputs) or ("input",)
        block_use = BlockUse(
            statement, use, program, None, program.name, names, {}, FileValues(values, program), trainable
        )
        binding = self.run_use(block_use, frame, inputs, local)
        if statement.name:
            try:
                frame.bind(statement.name, binding)
            except Fault as fault:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
        return binding.tensors or (failed_tensor(),)

    def run_file(self, block_use: BlockUse, inner: Frame, into: Frame, tensors: tuple[Tensor, ...]) -> None:
        """Run an included file in its frame, up to `until:`, and frozen up to where ``trainable: {from: ...}`` says."""
        statement, program = block_use.statement, block_use.program
        assert isinstance(statement, Include)
        gate: FreezeUntil | None = None
        if statement.trainable_from is not None:
            gate = FreezeUntil(inner.prefix + statement.trainable_from.path)
            inner.gates = (*inner.gates, gate)
        until = inner.prefix + statement.until.path if statement.until is not None else None
        if until is not None:
            self.until.add(until)
        elif first_beyond(program, MOST_STEPS) is not None:
            self.too_many(into, statement.span)
        try:
            inner.outputs = self.body(program.body, inner, tensors[:1]) or ()
            inner.outputs = self.included_outputs(program, inner)
            if statement.until is not None:
                self.no_such_layer(statement, inner, statement.until, into)
                inner.outputs = tuple(failed_tensor(tensor.name) for tensor in inner.outputs)
        except Reached as reached:
            if reached.path != until:
                raise
            inner.outputs = reached.binding.tensors
        finally:
            self.until.discard(until or "")
        if statement.trainable_from is not None and gate is not None and not gate.is_open:
            self.no_such_layer(statement, inner, statement.trainable_from, into)

    def include_values(self, statement: Include, program: Program, frame: Frame) -> dict[str, Any]:
        """The variables of an included file: its own, its preset's, then those the include sets."""
        overrides = {name: self.evaluate(expression, frame, span) for name, expression, span in statement.variables}
        preset: Any = None
        if statement.preset is not None:
            preset = self.evaluate(statement.preset, frame, statement.preset_span)
        stated = program.memo.get("preset")  # that a zoo name stands for
        places = {name: span for name, _, span in statement.variables}
        return self.file_values(
            program, str(preset) if preset is not None else stated, overrides, frame, statement.preset_span, places
        )

    def include_inputs(self, statement: Include, frame: Frame, previous: Tensors) -> Tensors:
        if statement.inputs is None:
            return previous
        tensors: list[Tensor] = []
        for reference, span in statement.inputs:
            try:
                tensors += frame.find(self.reference_name(reference, frame)).tensors
            except Fault as fault:
                self.report(frame, fault.code, fault.message, span, fix=fault.fix)
                raise FailedTensor from None
        return tuple(tensors)

    def included_outputs(self, program: Program, inner: Frame) -> tuple[Tensor, ...]:
        """The outputs an included file declares, else its last entry's; its heads of training stay such heads."""
        self.included_training_outputs += self.declared(program.training_outputs, inner)
        return tuple(self.declared(program.outputs, inner)) if program.outputs else inner.outputs

    def no_such_layer(self, statement: Include, inner: Frame, wanted: LayerName, into: Frame) -> None:
        close = into.work.spelling.nearest(wanted.path, inner.members, inner.layers[0])
        self.report(
            into,
            "CS201",
            f"{statement.target} has no layer {wanted.path!r}",
            wanted.span,
            fix=did_you_mean(close, f"`cnnshape plan {statement.target} --expand` lists its layers"),
        )
