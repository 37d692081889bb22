"""The head of a file: its variables and presets, its batch, its inputs and its outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim, Shape
from cnnshape.diagnostics import Edit, Fault, Span, did_you_mean
from cnnshape.network.node import Origin
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.environments import FileEnvironment
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Outputs, Program
from cnnshape.readers.yaml.walk.findings import report
from cnnshape.readers.yaml.walk.frames import Binding, Frame, Tensors
from cnnshape.readers.yaml.walk.model_inputs import sizes_of, stated_by_a_layer
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.values import reference_name, value_of, variable_value
from cnnshape.spelling import Spelling, nearest
from cnnshape.vocabularies.vocabulary import vocabulary


def file_values(
    run: Run,
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
        fault = Fault("CS113", message, fix=did_you_mean(nearest(preset, program.presets)))
        report(run, frame or program, fault, at or program.spans.get("presets", program.start))
    for variable, expression, span in () if name is None else program.presets[name]:
        chosen[variable] = (expression, span)
        if variable not in own:
            message = f"the preset {name} sets {variable!r}, which `variables:` does not name"
            fix = did_you_mean(spelling.nearest(variable, own), f"add {variable} to `variables:`")
            report(run, program, Fault("CS112", message, fix=fix), span)
    for variable in overrides:
        if variable not in own:
            known = f"; it has {', '.join(sorted(own))}" if own else ""
            message = f"the file has no variable {variable!r}{known}"
            fault = Fault("CS112", message, fix=did_you_mean(spelling.nearest(variable, own)))
            report(run, frame or program, fault, places.get(variable, head))
    values: dict[str, Any] = {}
    environment = FileEnvironment(values, run.work)
    for variable, expression, span in program.variables:
        if variable in overrides:
            values[variable] = overrides[variable]
        else:
            values[variable] = variable_value(run, program, *chosen.get(variable, (expression, span)), environment)
    return values


def find_batch(run: Run, values: dict[str, Any]) -> Dim:
    """The batch that is asked for, or that the file states."""
    program, expression = run.program, run.program.batch
    if run.settings.batch is not None or expression is None:
        return run.settings.batch or 1
    try:
        batch = value_of(expression, FileEnvironment(values, run.work), program.spans.get("batch", program.span))
        if batch is None or (type(batch) is int and 1 <= batch <= LARGEST_INTEGER):
            return batch
        raise Fault("CS011", f"batch has to be a whole number of at least 1, got {batch!r}")
    except (Fault, FailedTensor) as failure:
        report(run, program, failure, program.spans.get("batch", program.span))
    return 1


def bind_inputs(run: Run, frame: Frame) -> Tensors:
    """The model inputs; None where no entry can read one without naming it."""
    program, environment = run.program, FileEnvironment(frame.values, run.work)
    replaced = dict(run.settings.inputs)
    for name, expression, span in program.inputs:
        shape: Shape | None = None
        override = replaced.pop(name, None)
        if override is None and len(program.inputs) == 1:
            override = replaced.pop("", None)
        if override is not None:
            shape = (run.builder.batch, *override)
        else:
            try:
                stated = value_of(expression, environment, span)
                shape = input_shape(run, name, stated, frame.values)
            except (Fault, FailedTensor) as failure:
                report(run, program, failure, span, edits=edits_of(failure, span))
        add_input(run, frame, name, shape, span)
    if not program.inputs and "" in replaced:
        add_input(run, frame, "input", (run.builder.batch, *replaced.pop("")))
    if not (run.builder.inputs or program.inputs or starts_with_input_layer(program, run.framework)):
        example = "[224, 224, 3]" if run.channels_last else "[3, 224, 224]"
        meant = stated_by_a_layer(program, environment) or example
        if program.body:
            fix = f"add `input: {meant}` (one sample, without the batch)"
            report(run, program, Fault("CS010", "the file has no `input:`", fix=fix), program.start)
        frame.layers[0]["input"] = Binding((failed_tensor("input"),))
    for name in replaced:
        known = ", ".join(name for name, _, _ in program.inputs) or "none"
        what = f"an input {name!r}" if name else "a single input"
        message = f"--input gives {what}, which the file does not have; it has {known}"
        at = program.spans.get("inputs") or program.spans.get("input")
        report(run, program, Fault("CS201", message), at or program.start)
    bindings = list(frame.layers[0].values())
    return bindings[0].tensors if len(bindings) == 1 else None


def edits_of(failure: Fault | FailedTensor, span: Span | None) -> tuple[Edit, ...]:
    """The edit that puts what was meant in the place of a shape; none for an expression in it, which has its own."""
    meant = failure.replacement if isinstance(failure, Fault) and failure.span is None else None
    return (Edit(span, meant),) if meant and span else ()


def add_input(run: Run, frame: Frame, name: str, shape: Shape | None, span: Span | None = None) -> Binding:
    """An input of the model, under its name."""
    origin = Origin(run.program.source.filename, span) if span else None
    binding = Binding((run.builder.input(name, shape, origin),))
    frame.layers[0][name] = binding
    return binding


def input_shape(run: Run, name: str, value: Any, variables: Collection[str] = ()) -> Shape:
    """The shape that a value states, with the batch. Raises `Fault`."""
    return (run.builder.batch, *sizes_of(name, value, "[8, 16, 3]" if run.channels_last else "[3, 8, 16]", variables))


def find_outputs(run: Run, frame: Frame, previous: Tensors) -> tuple[list[Tensor], list[Tensor]]:
    """The outputs the file declares, else its last entry's; and the heads of training, those of includes too."""
    program = run.program
    if program.outputs:
        found = declared(run, program.outputs, frame)
    else:
        found = [tensor for tensor in previous or () if tensor.row >= 0 or tensor.shape]
    return found, declared(run, program.training_outputs, frame) + run.included_training_outputs


def declared(run: Run, entries: Outputs, frame: Frame) -> list[Tensor]:
    """The tensors that `outputs:` or `training_outputs:` of the frame's file names."""
    tensors: list[Tensor] = []
    for what, span in entries:
        try:
            names = output_names(what, frame, span)
        except (Fault, FailedTensor) as failure:
            names = []
            report(run, frame, failure, span)
        for name in names:
            try:
                tensors += frame.find(name).tensors
            except Fault as fault:
                report(run, frame, fault, span)
    return tensors


def output_names(what: Reference | Expression, frame: Frame, span: Span | None) -> list[str]:
    """The names that an entry of `outputs:` stands for. Raises `Fault` or `FailedTensor`."""
    if isinstance(what, Reference):
        return [reference_name(what, frame)]
    names = value_of(what, frame, span)
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise Fault("CS011", f"a list of names is needed here, got {names!r}")


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
