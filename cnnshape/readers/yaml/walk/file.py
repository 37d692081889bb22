"""A file run as a whole: expansion and planning are one run of the program, since expressions see shapes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cnnshape.network.network import Network
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.sections import SECTIONS
from cnnshape.readers.yaml.walk.bodies import run_body
from cnnshape.readers.yaml.walk.file_header import bind_inputs, file_values, find_batch, find_outputs
from cnnshape.readers.yaml.walk.frames import Binding, BlockUse, FileValues, Frame, Tensors, UseOrigin
from cnnshape.readers.yaml.walk.known import Rows
from cnnshape.readers.yaml.walk.run import Loader, Run
from cnnshape.readers.yaml.walk.steps import TooManyRows, first_beyond, refuse_steps
from cnnshape.readers.yaml.walk.uses import recalled
from cnnshape.value import Deferred, Memo

Whole = Callable[[Run, Frame, Tensors], tuple[Tensors, Deferred[Frame]]]
"""Runs the entries of the file in its frame, behind its inputs; the frame that its names stand in then."""


def read_network(program: Program, settings: Settings, load: Loader, known: dict[str, Rows]) -> Network:
    """Run a program once, top to bottom; `known` are the rows of its last run, by framework."""
    run = Run(program, settings, load, run_body)
    run.before = known.get(run.framework, {})
    network = network_of(run, run_or_recall)
    known[run.framework] = run.rows or run.before  # of one run, so that memory stays that of one plan
    return network


def network_of(run: Run, whole: Whole) -> Network:
    """The network that a program gives."""
    program, frame = run.program, opened(run)
    previous = bind_inputs(run, frame)
    with suppress(TooManyRows):
        previous, final = whole(run, frame, previous)
        if program.outputs or program.training_outputs:
            frame = final.given
    outputs, training = find_outputs(run, frame, previous)
    if run.builder.diagnostics:
        SECTIONS.forget(program.blocks, program.body)
    if run.framework == "pytorch":
        from cnnshape.network.strides import refused_views

        run.builder.diagnostics += refused_views(run.builder.nodes)
    counts = tuple([tensor.row for tensor in outputs]), tuple([tensor.row for tensor in training])
    return run.builder.finish(
        outputs,
        training,
        sources=run.sources,
        promises=program.expect,
        backend=program.backend,
        in_common=None if run.in_common is None else run.in_common.setdefault(counts, Memo()),
    )


def opened(run: Run) -> Frame:
    """The file's own frame, with the values of its variables."""
    program = run.program
    values = file_values(run, program, run.settings.preset, run.settings.variables, None)
    run.builder.batch = find_batch(run, values)
    file = FileValues(values, program)
    return Frame(program, values, file, program.explicit_names, run.work, run.channels_last)


def run_or_recall(run: Run, frame: Frame, previous: Tensors) -> tuple[Tensors, Deferred[Frame]]:
    """Run the entries of the file in its frame, or recall them; then that is another."""
    program = run.program
    inputs = tuple([each.tensor for each in run.builder.inputs.values()])
    whole = BlockUse(None, (), program, None, "", tuple(run.builder.inputs), {}, frame.file, trainable=True)
    key = (program.body, tuple(program.blocks.values()), repr(frame.values), previous is None)

    def make() -> Binding:
        made = run_entries(run, frame, previous)
        return Binding(made or (), UseOrigin(Deferred(lambda: frame), whole))

    (tensors, origin), run.in_common = recalled(run, key, whole, frame, inputs, make)
    assert isinstance(origin, UseOrigin)
    return tensors, origin.deferred


def run_entries(run: Run, frame: Frame, previous: Tensors) -> Tensors:
    """Run the entries of the file in its frame. Raises `TooManyRows`, at once where that is sure."""
    beyond = first_beyond(run.program)
    if beyond is not None:
        refuse_steps(run, frame, beyond)
    return run_body(run, run.program.body, frame, previous)
