"""Sizes tried one by one: the rows replayed, or the file planned again where its expressions look at sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.extent import REFUSED, Extent, extent_of
from cnnshape.network.plan import Plan
from cnnshape.studies.replay import Replay, with_axis
from cnnshape.value import NamedTuple

Planner = Callable[[Mapping[str, Shape]], Plan]
"""Plans the file with other inputs (one sample each, no batch), faults included."""


Extents = Callable[[Mapping[str, Shape]], Extent]
"""What the file comes to with other inputs, as a planner takes them."""


class Trial(NamedTuple):
    """What one size gives: the shape of every tensor, and whether something is left unread along the axis."""

    shapes: Mapping[str, Shape]
    clean: bool


Trials = Callable[[int, int, int], Trial | None]
"""The trial of a size along an axis, the so-manieth spatial one; None where the network refuses it."""


def replayed(plan: Plan, moved: tuple[str, ...]) -> Trials:
    """Trials that replay the rows of a plan."""
    replay = Replay(plan)

    def trial(axis: int, position: int, size: int) -> Trial | None:
        flow = replay.run(with_axis(plan.inputs, moved, axis, size))
        if flow.refused_by:
            return None
        return Trial(flow.tensors, not any(each[position] for each in flow.leftovers if len(each) > position))

    return trial


def planning(planner: Planner) -> Extents:
    """What plans come to."""
    return lambda inputs: extent_of(planner(inputs))


def planned(extent: Extents, inputs: Mapping[str, Shape], moved: tuple[str, ...]) -> Trials:
    """Trials that plan the file again; what it is planned with first is what the others are like."""
    extent(samples(inputs))

    def trial(axis: int, position: int, size: int) -> Trial | None:
        found = extent(samples(with_axis(inputs, moved, axis, size)))
        if found is REFUSED:
            return None
        return Trial(found.tensors, not any(each[position] for each in found.leftovers if len(each) > position))

    return trial


def try_sizes(trial: Trials, axis: int, position: int, sizes: Iterable[int]) -> dict[int, Trial]:
    """Those of the sizes that the network takes along one axis, with what they give."""
    return {size: result for size in sizes if (result := trial(axis, position, size))}


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
