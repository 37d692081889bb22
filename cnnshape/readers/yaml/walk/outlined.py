"""A variant of a file whose network is wired as others were: its totals, without a run of what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.outline import Flow, Outcome
from cnnshape.network.plan import Plan
from cnnshape.readers.yaml.program import Include
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
from cnnshape.readers.yaml.walk.known import size_at
from cnnshape.readers.yaml.walk.pieces import Telling
from cnnshape.readers.yaml.walk.run import MOST_STEPS
from cnnshape.readers.yaml.walk.searched import Part, stated


class UnknownVariant(Exception):  # noqa: N818 - a signal
    """No run has done what this variant does, or there is something to report: it has to be run."""


class Outlined(Telling):
    """A run of the file's own conditions and loops, which looks up what their entries do."""

    flow: Flow

    def outcome(self) -> Outcome | Plan:
        """What the variant comes to. Raises `UnknownVariant`."""
        program, frame = self.program, self.opened()
        previous = self.bind_inputs(frame, frame.values)
        inputs = [each.tensor for each in self.builder.inputs.values()]
        self.flow = Flow([tensor.shape or () for tensor in inputs])
        self.body(program.body, frame, previous)
        outline = self.state.outline if self.state else None
        if outline is None:
            raise UnknownVariant
        try:
            return outline.outcome(self.flow, inputs, fields=self.settings.fields)
        except Fault:
            raise UnknownVariant from None

    def doing(
        self, run: Callable[..., Tensors], statement: Any, frame: Frame, previous: Tensors, names: dict[str, Any]
    ) -> Tensors:
        """Let shapes flow through what an entry does."""
        state = self.state
        words = self.searched.words_of(statement, self.program)
        doings = None if words is None else self.searched.doings.get(stated(statement, words, frame, names))
        if state is None or doings is None:
            raise UnknownVariant
        parts = state.parts.get(doings) or state.parts.get((doings, self.trail))
        for part in parts.of(self.flow.shapes) if parts else ():
            if self.flows(part):
                self.trail += (doings,)
                self.state = part.after
                self.steps += part.steps
                if self.steps > MOST_STEPS:
                    break
                return ()
        raise UnknownVariant

    def flows(self, part: Part) -> bool:
        """Go through a part, if it is what is done to these shapes."""
        flow = self.flow
        shapes, told = len(flow.shapes), len(flow.told)
        try:
            self.searched.told += flow.run(part.links, part.tensors)
        except Fault:
            fits = False
        else:
            fits = not part.guards or all(
                size_at(flow.shapes[place], axis) == size for place, axis, size in part.guards
            )
        if not fits:
            flow.back(shapes, told)
        return fits

    def run_include(self, statement: Include, frame: Frame, previous: Tensors) -> Tensors:
        """What a file includes is run."""
        raise UnknownVariant

    def report(self, *about: Any, **more: Any) -> None:
        """What is wrong is told by a run."""
        raise UnknownVariant
