"""Which input sizes a network takes: the smallest, those that leave nothing unread, the nearest to a wish, and
the output size as a formula of the input size.

Every size up to a limit is tried along one axis at a time, the other axes as in the file. Where no expression
of the file looks at sizes, rows are replayed, else the file is planned again; what is reported is planned in
either case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.operations.operation import axis_names
from cnnshape.studies.replay import Replay, faithful, with_axis
from cnnshape.studies.size_rules import Formula, fit, pattern

Planner = Callable[[Mapping[str, Shape]], Plan]
"""Plans the file with other inputs (one sample each, no batch), faults included."""

LIMIT = 512
"""The largest size that is tried where nothing else is asked for."""

ROOM = 256
"""How far above a wish sizes are tried at least."""

BASES = (224, 256, 299, 320, 331, 384, 512, 572, 640, 1024, 128, 96, 64, 48, 32, 28, 16, 8)
"""Sizes for the other axes where the file's own are unknown or wrong; the first that are tried."""

MOST_ROWS = 100_000
"""So many rows are planned in search of them at most: a few seconds."""


class NoSize(ValueError):  # noqa: N818 - reads as what it is
    """No size that was tried is valid, so there is nothing to study."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message)
        self.plan = plan


class Output(NamedTuple):
    """How one tensor's size along an axis follows from the input's; None where no simple formula fits.

    `letter` is that of the input's axis, which is another one where the network exchanges axes.
    """

    layer: str
    formula: Formula | None
    letter: str

    @property
    def text(self) -> str | None:
        """The formula as people write it."""
        return self.formula and self.formula.text(self.letter)


class AxisSizes(NamedTuple):
    """What is known along one axis, others as in the file.

    Attributes:
        valid: all sizes up to the limit that the network takes.
        clean: those of them with which no window leaves a border unread.
    """

    axis: str
    limit: int
    valid: tuple[int, ...]
    clean: tuple[int, ...]
    outputs: tuple[Output, ...]

    def to_dict(self) -> dict[str, Any]:
        """The axis as JSON states it."""
        return {
            "axis": self.axis,
            "limit": self.limit,
            "smallest": self.valid[0] if self.valid else None,
            "valid": described(self.valid, self.limit),
            "without_leftover": described(self.clean, self.limit),
            "outputs": [{"layer": each.layer, "formula": each.text} for each in self.outputs],
        }


class Near(NamedTuple):
    """The sizes nearest to a wish along one axis: valid, and valid without leftovers; None where there is none."""

    axis: str
    wish: int
    below: int | None
    above: int | None
    nearest: int | None
    clean: int | None


class Sizes(NamedTuple):
    """The answer for a network.

    Attributes:
        inputs: the model inputs that are varied together.
        base: their spatial sizes while another axis is varied.
        smallest: the least size of all axes at once, planned; None where they do not go together.
    """

    name: str
    inputs: tuple[str, ...]
    base: tuple[int, ...]
    axes: tuple[AxisSizes, ...]
    smallest: tuple[int, ...] | None
    near: tuple[Near, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON states it."""
        return {
            "name": self.name,
            "inputs": list(self.inputs),
            "base": list(self.base),
            "smallest": self.smallest and list(self.smallest),
            "axes": [axis.to_dict() for axis in self.axes],
            "near": [each._asdict() for each in self.near],
        }


def described(sizes: Sequence[int], limit: int) -> dict[str, Any] | None:
    """A set of sizes as JSON states it."""
    found = pattern(sizes, limit)
    if found is None:
        return None
    return {
        "text": found.text(),
        "from": found.first,
        "period": found.period or None,
        "residues": list(found.residues),
        "divisor": found.divisor,
        "ranges": [list(each) for each in found.ranges],
    }


def study(planner: Planner, plan: Plan, *, limit: int = LIMIT, near: Sequence[int] | None = None) -> Sizes:
    """The sizes that a network takes.

    Args:
        planner: plans the same file with other inputs.
        plan: the file as it stands; its inputs may be unknown, too small or too large.
        limit: the largest size tried.
        near: sizes per spatial axis to find neighbours of; one stands for all.

    Raises:
        NoSize: the network has no spatial axes, or takes none of the sizes tried.
        ValueError: `near` does not have one size per axis.
    """
    layout = plan.layout
    moved = moving_inputs(plan, layout.spatial_axes)
    if not moved:
        raise NoSize(f"{plan.name} has no input with spatial axes", plan)
    rank = len(plan.inputs[moved[0]])
    axes = layout.spatial_axes(rank)
    wishes = wished(near, len(axes))
    limit = max(limit, *(wish + ROOM for wish in wishes)) if wishes else limit
    base = usable(planner, plan, moved, axes, wishes, limit)
    spatial = tuple(base.inputs[moved[0]][axis] or 0 for axis in axes)
    replayed = faithful(base, lambda: planner(samples(with_sizes(base.inputs, moved, axes, (None,) * len(axes)))))
    trial = Replayed(base, moved) if replayed else Planned(planner, base, moved)
    tried = tuple(tried_sizes(trial, axis, position, limit) for position, axis in enumerate(axes))
    found = axes_sizes(base, axes, tried, limit)
    return Sizes(
        plan.name,
        moved,
        spatial,
        found,
        smallest_together(planner, base, moved, axes, found),
        tuple(neighbours(each, wish) for each, wish in zip(found, wishes, strict=False)),
    )


def wished(near: Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """The wish for every axis."""
    if near is None:
        return ()
    if len(near) == 1:
        return tuple(near) * rank
    if len(near) != rank:
        raise ValueError(f"the input has {rank} spatial axes, but the wish has {len(near)} sizes")
    return tuple(near)


def moving_inputs(plan: Plan, spatial_axes: Callable[[int], tuple[int, ...]]) -> tuple[str, ...]:
    """The first input with spatial axes, and all others of the same spatial sizes: they are varied together."""
    with_space = {name: shape for name, shape in plan.inputs.items() if spatial_axes(len(shape))}
    if not with_space:
        return ()
    first = next(iter(with_space.values()))
    sizes = [first[axis] for axis in spatial_axes(len(first))]
    return tuple(
        name for name, shape in with_space.items() if [shape[axis] for axis in spatial_axes(len(shape))] == sizes
    )


def wrong(plan: Plan) -> bool:
    """Whether the plan has errors other than broken expectations, which are about the file's own input."""
    return any(not finding.code.startswith("CS4") for finding in plan.errors)


def usable(
    planner: Planner, plan: Plan, moved: tuple[str, ...], axes: tuple[int, ...], wishes: tuple[int, ...], limit: int
) -> Plan:
    """The plan itself, or with other sizes where its own are unknown or wrong. Raises `NoSize`.

    First only the unknown sizes are replaced, then all: by the wish, by usual sizes, by all up to the limit.
    """
    unknown = tuple(axis for axis in axes if any(plan.inputs[name][axis] is None for name in moved))
    if not unknown and not wrong(plan):
        return plan
    squares = [(size,) * len(axes) for size in (*BASES, *range(1, limit + 1))]
    choices = list(dict.fromkeys([wishes, *squares] if wishes else squares))
    budget = max(MOST_ROWS // max(len(plan.layers), 1), len(BASES))
    for free in dict.fromkeys((unknown, axes)):
        for sizes in choices[:budget] if free else ():
            replaced = [size for axis, size in zip(axes, sizes, strict=True) if axis in free]
            tried = planner(samples(with_sizes(plan.inputs, moved, free, replaced)))
            if not wrong(tried):
                return tried
    which = f"sizes 1 to {limit}" if budget >= len(choices) else f"{budget} sizes tried"
    together = ", the same along every axis" if len(axes) > 1 else ""
    raise NoSize(f"{plan.name} takes none of the {which}{together}; state one that it takes by --input", plan)


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
            name: shape for row in plan.layers for name, shape in zip(row.output_names, row.output_shapes, strict=True)
        }
        unread = (
            row.leftover[position] for row in plan.layers if row.live and row.leftover and len(row.leftover) > position
        )
        return Trial(shapes, not any(unread))


def tried_sizes(trial: Replayed | Planned, axis: int, position: int, limit: int) -> dict[int, Trial]:
    """Every size up to the limit along one axis that the network takes."""
    return {size: result for size in range(1, limit + 1) if (result := trial(axis, position, size))}


def axes_sizes(
    plan: Plan, axes: tuple[int, ...], tried: tuple[dict[int, Trial], ...], limit: int
) -> tuple[AxisSizes, ...]:
    """What the trials along each axis tell."""
    names = axis_names(len(axes))
    layers = layers_to_follow(plan, axes, tried)
    return tuple(
        AxisSizes(
            name,
            limit,
            tuple(trials),
            tuple(size for size, result in trials.items() if result.clean),
            tuple(followed(layer, axis, tried, [each[0].upper() for each in names]) for layer in layers),
        )
        for name, axis, trials in zip(names, axes, tried, strict=True)
    )


def sizes_of(layer: str, axis: int, trials: Mapping[int, Trial]) -> dict[int, int | None]:
    """The size of a tensor along an axis for every size that was tried."""
    return {size: result.shapes[layer][axis] for size, result in trials.items() if layer in result.shapes}


def followed(layer: str, axis: int, tried: tuple[dict[int, Trial], ...], letters: Sequence[str]) -> Output:
    """The size of a tensor along an axis as a formula of that input axis on which it depends, if it is one."""
    along = [sizes_of(layer, axis, trials) for trials in tried]
    varying = [at for at, sizes in enumerate(along) if len(set(sizes.values())) > 1]
    if len(varying) > 1:
        return Output(layer, None, "")
    at = varying[0] if varying else max(range(len(along)), key=lambda each: len(along[each]))
    return Output(layer, fit(along[at]), letters[at])


def layers_to_follow(plan: Plan, axes: tuple[int, ...], tried: tuple[dict[int, Trial], ...]) -> tuple[str, ...]:
    """The outputs with spatial axes; where there are none, the last layer whose sizes follow the input's."""
    rank = max((len(shape) for shape in plan.inputs.values()), default=0)
    outputs = tuple(name for name, shape in plan.outputs.items() if shape and len(shape) == rank)
    if outputs:
        return outputs
    for row in reversed(plan.layers):
        ran = row.live and not row.training_only
        if ran and row.output_shape is not None and len(row.output_shape) == rank:
            name = row.output_names[0]
            if any(len(set(sizes_of(name, axis, trials).values())) > 1 for axis, trials in product(axes, tried)):
                return (name,)
    return ()


def smallest_together(
    planner: Planner, plan: Plan, moved: tuple[str, ...], axes: tuple[int, ...], found: tuple[AxisSizes, ...]
) -> tuple[int, ...] | None:
    """The smallest sizes of all axes at once; None where the network refuses them together."""
    if not all(each.valid for each in found):
        return None
    least = tuple(each.valid[0] for each in found)
    return None if wrong(planner(samples(with_sizes(plan.inputs, moved, axes, least)))) else least


def neighbours(axis: AxisSizes, wish: int) -> Near:
    """The valid sizes around a wish; of two at the same distance the larger counts as the nearest."""
    return Near(
        axis.axis,
        wish,
        max((size for size in axis.valid if size <= wish), default=None),
        min((size for size in axis.valid if size >= wish), default=None),
        nearest(axis.valid, wish),
        nearest(axis.clean, wish),
    )


def nearest(sizes: Sequence[int], wish: int) -> int | None:
    """The size nearest to the wish, the larger of two."""
    return min(sizes, key=lambda size: (abs(size - wish), -size), default=None)
