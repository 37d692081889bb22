"""Entries that include a file: blocks that stand in a file of their own."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.program import Include, Program
from cnnshape.readers.yaml.walk.file_header import file_values
from cnnshape.readers.yaml.walk.findings import report
from cnnshape.readers.yaml.walk.frames import BlockUse, FileValues, Frame, Tensors, use_of
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.steps import step
from cnnshape.readers.yaml.walk.uses import run_use
from cnnshape.readers.yaml.walk.values import reference_name, truth, value_of
from cnnshape.value import replace
from cnnshape.vocabularies.vocabulary import title


def run_include(run: Run, statement: Include, frame: Frame, previous: Tensors) -> Tensors:
    """Another file as a block, up to `until:` where that is given. Raises `Fault` or `FailedTensor`."""
    step(run, frame, statement.span)
    run.reports += 1  # its sources, findings and heads of training are the run's: never taken over
    try:
        program = run.load(statement.target, frame.program, run.framework)
    except Fault as fault:
        fault.span = statement.target_span
        raise
    run.sources.setdefault(program.source.filename, program.source)
    if program.framework and program.framework != run.framework:
        theirs, ours = title(program.framework), title(run.framework)
        raise Fault(
            "CS015",
            f"{statement.target} is a {theirs} file; this one is {ours}'s",
            fix=f"set `framework: {program.framework}`, or include a {ours} file",
            span=statement.target_span,
        )
    known = {(each.code, each.filename, each.span) for each in run.builder.diagnostics}
    use = use_of(frame, statement.span)
    for finding in program.diagnostics:
        if (finding.code, finding.filename, finding.span) not in known:
            run.builder.report(replace(finding, used_at=(*frame.uses, *use), edits=()))
    values = include_values(run, statement, program, frame)
    trainable = frame.trainable
    if statement.trainable is not None:
        trainable = truth("trainable", statement.trainable, frame, statement.span) and trainable
    inputs = include_inputs(statement, frame, previous)
    local = frame.local_name(statement.name, program.name)
    names = tuple(name for name, _, _ in program.inputs) or ("input",)
    file = FileValues(values, program)
    block_use = BlockUse(statement, use, program, None, program.name, names, {}, file, trainable)
    binding = run_use(run, block_use, frame, inputs, local)
    if statement.name:
        try:
            frame.bind(statement.name, binding)
        except Fault as fault:
            report(run, frame, fault, statement.span)
    return binding.tensors or (failed_tensor(),)


def include_values(run: Run, statement: Include, program: Program, frame: Frame) -> dict[str, Any]:
    """The variables of an included file: its own, its preset's, then those the include sets."""
    overrides = {name: value_of(expression, frame, span) for name, expression, span in statement.variables}
    preset = program.memo.get("preset")  # that a zoo name stands for
    if statement.preset is not None:
        stated = value_of(statement.preset, frame, statement.preset_span)
        preset = preset if stated is None else str(stated)
    places = {name: span for name, _, span in statement.variables}
    return file_values(run, program, preset, overrides, frame, statement.preset_span, places)


def include_inputs(statement: Include, frame: Frame, previous: Tensors) -> Tensors:
    """The tensors that an included file reads. Raises `Fault` or `FailedTensor`."""
    if statement.inputs is None:
        return previous
    tensors: tuple[Tensor, ...] = ()
    for reference, span in statement.inputs:
        try:
            tensors += frame.find(reference_name(reference, frame)).tensors
        except Fault as fault:
            fault.span = span
            raise
    return tensors
