"""The head of a file: its variables and presets, its batch, its inputs and its outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim, Shape
from cnnshape.diagnostics import Diagnostic, Edit, Fault, Span, did_you_mean
from cnnshape.network.node import Origin
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.environments import NoTensors
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.placeholders import FAILED_VALUE, FailedTensor
from cnnshape.readers.yaml.program import Apply, Program
from cnnshape.readers.yaml.walk.frames import Binding, Frame
from cnnshape.readers.yaml.walk.model_inputs import sizes_of, stated_by_a_layer
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.spelling import Spelling, nearest
from cnnshape.vocabularies.vocabulary import vocabulary


class FileEnvironment(NoTensors):
    """What expressions at the head of a file see."""

    why = "shapes are known below `layers:` only"

    def __init__(self, values: dict[str, Any], work: Work) -> None:
        self.values = values
        self.work = work

    def nearest(self, name: str) -> str | None:
        return self.work.spelling.nearest(name, self.values)

    def spend(self, elements: int) -> None:
        self.work.spend(elements)


class Head(Run):
    """What a run does before and after the layers."""

    def file_values(
        self,
        program: Program,
        preset: str | None,
        overrides: Mapping[str, Any],
        frame: Frame | None,
        at: Span | None = None,
        places: Mapping[str, Span | None] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """The values of a file's variables: its own, then the preset's, then those that are set.

        `at` is where the preset is chosen and `places` where variables are set, in the file that `frame` stands in.
        """
        spelling = Spelling()
        chosen: dict[str, tuple[Expression, Span | None]] = {}
        own = {name for name, _, _ in program.variables}
        head = program.spans.get("variables", program.start)
        name = None if preset is None else match_preset(preset, program.presets)
        if preset is not None and name is None:
            message = f"there is no preset {preset!r}; the file has {', '.join(program.presets) or 'none'}"
            fix = did_you_mean(nearest(preset, program.presets))
            self.report_in(program, frame, "CS113", message, at or program.spans.get("presets", program.start), fix)
        for variable, expression, span in () if name is None else program.presets[name]:
            chosen[variable] = (expression, span)
            if variable not in own:
                message = f"the preset {name} sets {variable!r}, which `variables:` does not name"
                fix = did_you_mean(spelling.nearest(variable, own), f"add {variable} to `variables:`")
                self.report_in(program, None, "CS112", message, span, fix)
        for variable in overrides:
            if variable not in own:
                known = f"; it has {', '.join(sorted(own))}" if own else ""
                message = f"the file has no variable {variable!r}{known}"
                fix = did_you_mean(spelling.nearest(variable, own))
                self.report_in(program, frame, "CS112", message, places.get(variable, head), fix)
        values: dict[str, Any] = {}
        environment = FileEnvironment(values, self.work)
        for variable, expression, span in program.variables:
            if variable in overrides:
                values[variable] = overrides[variable]
                continue
            expression, span = chosen.get(variable, (expression, span))
            try:
                values[variable] = self.evaluate(expression, environment, span)
            except FailedTensor:
                values[variable] = FAILED_VALUE
        return values

    def report_in(
        self, program: Program, frame: Frame | None, code: str, message: str, span: Span | None, fix: str | None
    ) -> None:
        """A finding about the head of `program`, which `frame` includes (None: the file itself)."""
        filename = (frame.program if frame else program).source.filename
        self.builder.report(Diagnostic(code, message, filename, span, fix=fix, used_at=frame.uses if frame else ()))

    def find_batch(self, values: dict[str, Any]) -> Dim:
        if self.settings.batch is not None:
            return self.settings.batch
        expression = self.program.batch
        if expression is None:
            return 1
        span = self.program.spans.get("batch", self.program.span)
        try:
            batch = self.evaluate(expression, FileEnvironment(values, self.work), span)
        except FailedTensor:
            return 1
        if batch is None:
            return None
        if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= LARGEST_INTEGER:
            self.report(None, "CS011", f"batch has to be a whole number of at least 1, got {batch!r}", span)
            return 1
        return batch

    def bind_inputs(self, frame: Frame, values: dict[str, Any]) -> tuple[Tensor, ...] | None:
        """The model inputs; None where no entry can read one without naming it."""
        environment = FileEnvironment(values, self.work)
        replaced = dict(self.settings.inputs)
        for name, expression, span in self.program.inputs:
            shape: Shape | None = None
            override = replaced.pop(name, None)
            if override is None and len(self.program.inputs) == 1:
                override = replaced.pop("", None)
            if override is not None:
                shape = (self.builder.batch, *override)
            else:
                with suppress(FailedTensor):
                    stated = self.evaluate(expression, environment, span)
                    shape = self.input_shape(name, stated, span, values, whole=True)
            self.add_input(frame, name, shape, span)
        if not self.program.inputs and "" in replaced:
            self.add_input(frame, "input", (self.builder.batch, *replaced.pop("")))
        stated = self.builder.inputs or self.program.inputs or starts_with_input_layer(self.program, self.framework)
        if not stated:
            example = "[224, 224, 3]" if self.channels_last else "[3, 224, 224]"
            meant = stated_by_a_layer(self.program, environment) or example
            if self.program.body:
                fix = f"add `input: {meant}` (one sample, without the batch)"
                self.report(None, "CS010", "the file has no `input:`", self.program.start, fix=fix)
            frame.layers[0]["input"] = Binding((failed_tensor("input"),))
        for name in replaced:
            known = ", ".join(name for name, _, _ in self.program.inputs) or "none"
            what = f"an input {name!r}" if name else "a single input"
            message = f"--input gives {what}, which the file does not have; it has {known}"
            at = self.program.spans.get("inputs") or self.program.spans.get("input")
            self.report(None, "CS201", message, at or self.program.start)
        bindings = list(frame.layers[0].values())
        return bindings[0].tensors if len(bindings) == 1 else None

    def add_input(self, frame: Frame, name: str, shape: Shape | None, span: Span | None = None) -> Binding:
        origin = Origin(self.program.source.filename, span) if span else None
        binding = Binding((self.builder.input(name, shape, origin),))
        frame.layers[0][name] = binding
        return binding

    def input_shape(
        self, name: str, value: Any, span: Span | None, variables: Collection[str] = (), *, whole: bool = False
    ) -> Shape | None:
        """The shape that a value states, with the batch; `whole`: it is all that stands at `span`."""
        example = "[8, 16, 3]" if self.channels_last else "[3, 8, 16]"
        try:
            return (self.builder.batch, *sizes_of(name, value, example, variables))
        except Fault as fault:
            edits = (Edit(span, fault.replacement),) if fault.replacement and whole and span else ()
            self.report(None, fault.code, fault.message, span, fix=fault.fix, edits=edits)
            return None

    def find_outputs(self, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[list[Tensor], list[Tensor]]:
        """The outputs the file declares, else its last entry's; and the heads of training, those of includes too."""
        if self.program.outputs:
            found = self.declared(self.program.outputs, frame)
        else:
            found = [tensor for tensor in previous or () if tensor.row >= 0 or tensor.shape]
        training = self.declared(self.program.training_outputs, frame) + self.included_training_outputs
        return found, training

    def declared(self, entries: Sequence[tuple[Reference | Expression, Span | None]], frame: Frame) -> list[Tensor]:
        """The tensors that `outputs:` or `training_outputs:` of the frame's file names."""
        tensors: list[Tensor] = []
        for what, span in entries:
            for name in self.output_names(what, frame, span):
                try:
                    tensors += frame.find(name).tensors
                except Fault as fault:
                    self.report(frame, fault.code, fault.message, span, fix=fault.fix)
        return tensors

    def output_names(self, what: Reference | Expression, frame: Frame, span: Span | None) -> list[str]:
        try:
            if isinstance(what, Reference):
                return [self.reference_name(what, frame)]
            names = self.evaluate(what, frame, span)
        except (Fault, FailedTensor) as failure:
            if isinstance(failure, Fault):
                self.report(frame, failure.code, failure.message, span, fix=failure.fix)
            return []
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
        self.report(frame, "CS011", f"a list of names is needed here, got {names!r}", span)
        return []


def match_preset(wanted: str, presets: Iterable[str]) -> str | None:
    """The preset of that name: exactly, else the only one of that name without regard to case and underscores."""
    names = list(presets)
    if wanted in names:
        return wanted
    folded = wanted.replace("_", "").lower()
    alike = [name for name in names if name.replace("_", "").lower() == folded]
    return alike[0] if len(alike) == 1 else None


def starts_with_input_layer(program: Program, framework: str) -> bool:
    """Whether the first entry states the input."""
    first = program.body[0] if program.body else None
    if not isinstance(first, Apply) or framework != "keras" or first.call.callee in program.blocks:
        return False
    found = vocabulary("keras").find(first.call.callee)
    return found is not None and found.model == "InputLayer"
