"""A variant of a file whose network is wired as others were: its totals, without a run of what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.flow import Flow
from cnnshape.network.outline import Outcome
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.program import Program, Statement
from cnnshape.readers.yaml.walk.bodies import run_body
from cnnshape.readers.yaml.walk.file import opened
from cnnshape.readers.yaml.walk.file_header import bind_inputs
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
from cnnshape.readers.yaml.walk.known import size_at
from cnnshape.readers.yaml.walk.run import Loader, Run
from cnnshape.readers.yaml.walk.searched import Part, Searched, State, stated
from cnnshape.readers.yaml.walk.steps import MOST_STEPS, TooManyRows


class UnknownVariant(Exception):  # noqa: N818 - a signal
    """No run has done what this variant does, or there is something to report: it has to be run."""


def outcome_of(
    program: Program, settings: Settings, load: Loader, searched: dict[str, Searched]
) -> Outcome | Plan | None:
    """What a variant comes to; None where it has to be run to know."""
    run = Run(program, settings, load, run_body)
    frame = opened(run)
    previous = bind_inputs(run, frame)
    inputs = [each.tensor for each in run.builder.inputs.values()]
    shapes = [tensor.shape for tensor in inputs if tensor.shape is not None]
    if run.reports or len(shapes) < len(inputs):
        return None
    known = searched.setdefault(run.framework, Searched())
    outlined = Outlined(run, known, known.begin(run.builder.batch, inputs), Flow(shapes))
    frame.watch = outlined.doing
    try:
        run_body(run, program.body, frame, previous)
        outline = outlined.state.outline
        return (
            None if outline is None or run.reports else outline.outcome(outlined.flow, inputs, fields=settings.fields)
        )
    except (UnknownVariant, TooManyRows, Fault):
        return None


class Outlined:
    """The file's own conditions and loops are run; what their entries do is looked up.

    Attributes:
        state: how the network is wired so far.
        flow: the shapes so far.
        trail: the numbers of what was done so far.
    """

    def __init__(self, run: Run, searched: Searched, state: State, flow: Flow) -> None:
        self.run, self.searched, self.state, self.flow = run, searched, state, flow
        self.trail: tuple[int, ...] = ()

    def doing(self, statement: Statement, frame: Frame, names: dict[str, Any], work: Callable[[], Tensors]) -> Tensors:
        """Let shapes flow through what an entry does. Raises `UnknownVariant`."""
        words = self.searched.words_of(statement, self.run.program)
        doings = None if words is None else self.searched.doings.get(stated(statement, words, frame, names))
        if doings is None:
            raise UnknownVariant
        parts = self.state.parts.get(doings) or self.state.parts.get((doings, self.trail))
        for part in parts.of(self.flow.shapes) if parts else ():
            if self.flows(part):
                self.trail += (doings,)
                self.state = part.after
                self.run.steps += part.steps
                if self.run.steps > MOST_STEPS:
                    break
                return ()
        raise UnknownVariant

    def flows(self, part: Part) -> bool:
        """Go through a part, if it is what is done to these shapes."""
        flow = self.flow
        shapes, told = len(flow.shapes), len(flow.told)
        try:
            self.searched.told += flow.run(part.links, part.tensors)
            if not part.guards or all(size_at(flow.shapes[place], axis) == size for place, axis, size in part.guards):
                return True
        except Fault:
            pass
        flow.back(shapes, told)
        return False
