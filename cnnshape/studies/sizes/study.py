"""Which input sizes a network takes: the smallest, those that leave nothing unread, the nearest to a wish, and
the output size as a formula of the input size.

One axis is varied at a time, the others as in the file. Where no expression of the file looks at sizes, the laws of
the rows (`cnnshape.studies.sizes.laws`) tell it of all sizes, however large; else, or where a row obeys no law, every
size up to a limit is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.extent import wrong
from cnnshape.network.plan import Plan
from cnnshape.operations.lookup import Lookup
from cnnshape.operations.operation import axis_names
from cnnshape.studies.replay import faithful
from cnnshape.studies.sizes.base import Faulty, NoSize, usable
from cnnshape.studies.sizes.fits import fit
from cnnshape.studies.sizes.formula import Size, fixed
from cnnshape.studies.sizes.laws import Sizes as Varying
from cnnshape.studies.sizes.laws import Traced, shape_at, trace
from cnnshape.studies.sizes.patterns import pattern
from cnnshape.studies.sizes.sets import members, regular_sizes, unread_sizes
from cnnshape.studies.sizes.trials import (
    Extents,
    Planner,
    Trial,
    Trials,
    planned,
    planning,
    replayed,
    samples,
    try_sizes,
    with_sizes,
)
from cnnshape.value import NamedTuple

LIMIT = 512
"""The largest size that is looked at where nothing else is asked for."""

ROOM = 256
"""How far above a wish sizes are looked at at least."""

FURTHEST = 1 << 22
"""The largest size that is looked at without being asked for: of long axes, such as audio."""

CHECKED = (1_000, 10_000, 100_000)
"""Sizes from which on a fitted formula is checked, each with its neighbours."""


class Output(NamedTuple):
    """How an output follows from the input's size along one axis.

    Attributes:
        formula: its size along that axis; None where no formula is known, or where it has no such axis.
        beginning: the input size from which on the formula holds: smaller ones may be stretched, as 1 to any other.
        letter: that of the input's axis, which is another one where the network exchanges axes.
        shape: of an output without spatial axes, the shape of one sample; sizes without a formula are None.
    """

    layer: str
    formula: Size | None
    letter: str
    shape: tuple[int | Size | None, ...] | None = None
    beginning: int = 1

    @property
    def text(self) -> str | None:
        """The formula as people write it."""
        if self.shape is None:
            begin = f" from {self.beginning}" if self.beginning > 1 else ""
            return self.formula and self.formula.text(self.letter) + begin
        sizes = [each.text(self.letter) if isinstance(each, Size) else each and str(each) for each in self.shape]
        known = [size for size in sizes if size]
        return f"({', '.join(known)})" if len(known) == len(sizes) else None


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

    def __repr__(self) -> str:
        """The answer as text."""
        from cnnshape.reports.sizes import render  # where somebody looks

        return render(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from cnnshape.reports.notebook import html  # where somebody looks

        return html(self)


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


def study(
    planner: Planner,
    plan: Plan,
    *,
    limit: int = LIMIT,
    near: Sequence[int] | None = None,
    extent: Extents | None = None,
) -> Sizes:
    """The sizes that a network takes.

    Args:
        planner: plans the same file with other inputs.
        plan: the file as it stands; its inputs may be unknown, too small or too large.
        limit: the largest size looked at; larger ones are where the smallest that the network takes is larger.
        near: sizes per spatial axis to find neighbours of; one stands for all.
        extent: what the file comes to with other inputs, where that is known for less than by its plan.

    Raises:
        NoSize: the network has no spatial axes, or takes none of the sizes tried.
        Faulty: the file has faults that are not about sizes.
        ValueError: `near` does not have one size per axis.
    """
    moved = moving_inputs(plan)
    if not moved:
        if plan.errors:
            raise Faulty(plan)
        raise NoSize(f"{plan.name} has no input with spatial axes", plan)
    axes = axes_of(plan, moved[0])
    wishes = wished(near, len(axes))
    limit = max(limit, *(wish + ROOM for wish in wishes)) if wishes else limit
    base = usable(planner, plan, moved, axes, wishes, limit)
    quick = faithful(base, lambda: planner(samples(with_sizes(base.inputs, moved, axes, (None,) * len(axes)))))
    trial = replayed(base, moved) if quick else planned(extent or planning(planner), base.inputs, moved)
    traced = tuple(trace(base, moved, axis, place) if quick else None for place, axis in enumerate(axes))
    limit = max(limit, *(far_enough(one, limit) for one in traced))
    known = tuple(
        composed(one, trial, axis, place, limit) if one else tried_alone(trial, axis, place, limit)
        for place, (axis, one) in enumerate(zip(axes, traced, strict=True))
    )
    outputs = followed(base, known)
    found = tuple(
        AxisSizes(name, limit, each.valid, each.clean, lines)
        for name, each, lines in zip(axis_names(len(axes)), known, outputs, strict=True)
    )
    return Sizes(
        plan.name,
        moved,
        tuple(base.inputs[moved[0]][axis] or 0 for axis in axes),
        found,
        smallest_together(planner, base, moved, axes, found),
        tuple(neighbours(each, wish) for each, wish in zip(found, wishes, strict=False)),
    )


def far_enough(traced: Traced | None, limit: int) -> int:
    """A limit that shows the smallest sizes, and how they repeat themselves, where an axis is long."""
    if traced is None or 4 * traced.regular <= limit:
        return limit
    end = traced.regular + 4 * traced.period if traced.most is None else traced.most + 16  # beyond it none is seen
    return min(end, FURTHEST)


def wished(near: Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """The wish for every axis."""
    if near is None:
        return ()
    if len(near) == 1:
        return tuple(near) * rank
    if len(near) != rank:
        raise ValueError(f"the input has {rank} spatial axes, but the wish has {len(near)} sizes")
    return tuple(near)


def moving_inputs(plan: Plan) -> tuple[str, ...]:
    """The first input with axes whose sizes vary, and all others of the same sizes: they are varied together."""
    sizes = {name: [shape[axis] for axis in axes_of(plan, name)] for name, shape in plan.inputs.items()}
    first = next((found for found in sizes.values() if found), None)
    return tuple(name for name, found in sizes.items() if found and found == first)


def axes_of(plan: Plan, name: str) -> tuple[int, ...]:
    """The spatial axes of an input; of numbers that are looked up, the axis of their places."""
    rank = len(plan.inputs[name])
    readers = [row.operation for row in plan.layers if name in row.inputs]
    if rank == 2 and readers and all(isinstance(operation, Lookup) for operation in readers):
        return (1,)
    return plan.layout.spatial_axes(rank)


class Known(NamedTuple):
    """What one axis tells: the sizes that the network takes, those that leave nothing unread, and every shape.

    `few` are those of the sizes to which `shape` need not apply.
    """

    valid: tuple[int, ...]
    clean: tuple[int, ...]
    shape: Callable[[str], Varying]
    few: Mapping[int, Trial]

    def follows(self, name: str, axes: Iterable[int]) -> bool:
        """Whether some of these axes of a tensor are not the same with all sizes that the network takes."""
        ends = [shape_at(self.shape(name), size) for size in (*self.valid[:1], *self.valid[-1:])]
        return any(None in ends or ends[0][axis] != ends[-1][axis] for axis in axes)


def composed(traced: Traced, trial: Trials, axis: int, place: int, limit: int) -> Known:
    """What the laws of all rows tell; smaller sizes than those to which they apply are tried."""
    few = try_sizes(trial, axis, place, range(traced.least, min(traced.regular, limit + 1)))
    regular = regular_sizes(traced, limit)
    clean = regular & ~unread_sizes(traced, limit)
    return Known(
        (*few, *members(regular)),
        (*(size for size, result in few.items() if result.clean), *members(clean)),
        traced.tensors.__getitem__,
        few,
    )


def tried_alone(trial: Trials, axis: int, place: int, limit: int) -> Known:
    """What trying every size up to the limit tells; formulas have to hold far outside as well."""
    tried = try_sizes(trial, axis, place, range(1, limit + 1))
    clean = tuple(size for size, result in tried.items() if result.clean)
    far = try_sizes(trial, axis, place, (size + more for size in CHECKED for more in range(64)))
    every = tried | far

    @cache
    def shape(name: str) -> Varying:
        return fitted({size: result.shapes.get(name) for size, result in every.items()})

    return Known(tuple(tried), clean, shape, {})


def fitted(shapes: Mapping[int, Shape | None]) -> Varying:
    """A tensor's shape from its shapes by input size; an axis is None where no formula fits."""
    ranks = {len(shape) if shape else 0 for shape in shapes.values()}
    if len(ranks) > 1:
        return (None,) * max(ranks)
    result: list[int | Size | None] = []
    for axis in range(max(ranks, default=0)):
        formula = fit({size: shape[axis] for size, shape in shapes.items() if shape})
        size = formula and Size((formula,))
        result.append(size.constant if size and size.constant is not None else size)
    return tuple(result)


def followed(plan: Plan, known: tuple[Known, ...]) -> Iterator[tuple[Output, ...]]:
    """Of every axis what is said of the outputs.

    Where no output has spatial axes, the last layer that has, and whose sizes follow the input's, is told of as well.
    """
    rank = len(known) + 2
    axes = plan.layout.spatial_axes(rank)
    letters = [name[0].upper() for name in axis_names(len(axes))]
    ranks = {name: len(shape or ()) for name, shape in plan.outputs.items()}
    spatial = tuple(name for name in ranks if ranks[name] == rank)
    others = tuple(name for name in ranks if ranks[name] != rank)
    if not spatial:
        others = tuple(name for name in others if any(each.follows(name, range(1, ranks[name])) for each in known))
        spatial = tuple(islice(last_followed(plan, rank, axes, known), 1))
    for place, axis in enumerate(axes):
        yield (
            *(Output(name, None, letters[place], known[place].shape(name)[1:]) for name in others),
            *(along(name, axis, known, letters, place) for name in spatial),
        )


def last_followed(plan: Plan, rank: int, axes: tuple[int, ...], known: tuple[Known, ...]) -> Iterator[str]:
    """The layers, from the last on, with spatial axes that follow from the input's."""
    for row in reversed(plan.layers):
        ran = row.live and not row.training_only
        if ran and row.output_shape is not None and len(row.output_shape) == rank:
            name = row.output_names[0]
            if any(each.follows(name, axes) for each in known):
                yield name


def along(name: str, axis: int, known: tuple[Known, ...], letters: Sequence[str], place: int) -> Output:
    """A tensor's size along an axis as a formula of that axis of the input on which it depends, if it is one."""
    sizes = [each.shape(name)[axis] for each in known]
    varying = [at for at, size in enumerate(sizes) if not isinstance(size, int)]
    if len(varying) > 1:
        return Output(name, None, letters[place])
    at = varying[0] if varying else place
    size = sizes[at]
    if isinstance(size, Size) and known[at].valid:
        ends = {size.at(known[at].valid[0]), size.at(known[at].valid[-1])}
        size = size if len(ends) > 1 else ends.pop()  # it only grows, so it is the same in between
    formula = fixed(size) if isinstance(size, int) else size
    others = [each for each, trial in known[at].few.items() if formula and trial.shapes[name][axis] != formula.at(each)]
    return Output(name, formula, letters[at], None, max(others, default=0) + 1)


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
