"""Sizes tried one by one: the rows replayed, or the file planned again where its expressions look at sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.studies.replay import Replay, with_axis
from cnnshape.value import NamedTuple

Planner = Callable[[Mapping[str, Shape]], Plan]
"""Plans the file with other inputs (one sample each, no batch), faults included."""


class Trial(NamedTuple):
    """What one size gives: the shape of every tensor, and whether something is left unread along the axis."""

    shapes: Mapping[str, Shape]
    clean: bool


class Replayed:
    """Tries sizes by replaying rows."""

    def __init__(self, plan: Plan, moved: tuple[str, ...]) -> None:
        self.plan, self.moved = plan, moved
        self.replay = Replay(plan)

    def __call__(self, axis: int, position: int, size: int) -> Trial | None:
        """The trial of a size along an axis, the `position`-th spatial one; None where the network refuses it."""
        flow = self.replay.run(with_axis(self.plan.inputs, self.moved, axis, size))
        if flow.refused_by:
            return None
        return Trial(flow.tensors, not any(each[position] for each in flow.leftovers if len(each) > position))


class Planned:
    """Tries sizes by planning the file again."""

    def __init__(self, planner: Planner, plan: Plan, moved: tuple[str, ...]) -> None:
        self.planner, self.plan, self.moved = planner, plan, moved

    def __call__(self, axis: int, position: int, size: int) -> Trial | None:
        """As `Replayed`."""
        plan = self.planner(samples(with_axis(self.plan.inputs, self.moved, axis, size)))
        if wrong(plan):
            return None
        shapes = {
            name: shape
            for row in plan.layers
            if row.output_shapes  # of an unknown layer there are none
            for name, shape in zip(row.output_names, row.output_shapes, strict=True)
        }
        unread = (
            row.leftover[position] for row in plan.layers if row.live and row.leftover and len(row.leftover) > position
        )
        return Trial(shapes, not any(unread))


Trials = Replayed | Planned


def try_sizes(trial: Trials, axis: int, position: int, sizes: Iterable[int]) -> dict[int, Trial]:
    """Those of the sizes that the network takes along one axis, with what they give."""
    return {size: result for size in sizes if (result := trial(axis, position, size))}


def wrong(plan: Plan) -> bool:
    """Whether the plan has errors other than broken expectations, which are about the file's own input."""
    return any(not finding.code.startswith("CS4") for finding in plan.errors)


def samples(inputs: Mapping[str, Shape]) -> dict[str, Shape]:
    """Inputs of one sample, without the batch."""
    return {name: shape[1:] for name, shape in inputs.items()}


def with_sizes(
    inputs: Mapping[str, Shape], moved: tuple[str, ...], axes: Sequence[int], sizes: Sequence[int | None]
) -> dict[str, Shape]:
    """Inputs (batch first) with other sizes along these axes."""
    changed = dict(inputs)
    for axis, size in zip(axes, sizes, strict=True):
        changed = with_axis(changed, moved, axis, size)
    return changed
