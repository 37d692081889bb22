"""Which input sizes a network takes: the smallest, those that leave nothing unread, the nearest to a wish, and
the output size as a formula of the input size.

Every size up to a limit is tried along one axis at a time, the other axes as in the file. Where no expression
of the file looks at sizes, rows are replayed, else the file is planned again; what is reported is planned in
either case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import gcd
from typing import Any, NamedTuple

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.operations.operation import axis_names
from cnnshape.planning.plan import Plan
from cnnshape.studies.replay import Replay, faithful, layout_of, with_axis

Planner = Callable[[Mapping[str, Shape]], Plan]
"""Plans the file with other inputs (one sample each, no batch), faults included."""

LIMIT = 512
"""The largest size that is tried where nothing else is asked for."""

ROOM = 256
"""How far above a wish sizes are tried at least."""

BASES = (224, 256, 299, 320, 331, 384, 512, 572, 640, 1024, 128, 96, 64, 48, 32, 28, 16, 8)
"""Sizes for the other axes where the file's own are unknown or wrong."""


class NoSize(ValueError):  # noqa: N818 - reads as what it is
    """No size that was tried is valid, so there is nothing to study."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message)
        self.plan = plan


class Formula(NamedTuple):
    """An output size: ``multiplier * floor((n + shift) / divisor) + constant``."""

    multiplier: int
    shift: int
    divisor: int
    constant: int

    def at(self, size: int) -> int:
        """The output size for this input size."""
        return self.multiplier * ((size + self.shift) // self.divisor) + self.constant

    def text(self, letter: str) -> str:
        """As people write it: ``ceil(H / 32)``, ``floor((H - 43) / 32)``, ``2 x H``, ``7``."""
        if not self.multiplier:
            return str(self.constant)
        times = f"{self.multiplier} x " if self.multiplier > 1 else ""
        if self.divisor == 1:
            return f"{times}{letter}{signed(self.multiplier * self.shift + self.constant)}"
        whole, rest = divmod(self.shift + 1, self.divisor)
        if rest == 0:
            quotient, more = f"ceil({letter} / {self.divisor})", whole - 1
        elif rest == 1:
            quotient, more = f"floor({letter} / {self.divisor})", whole
        else:
            quotient, more = f"floor(({letter}{signed(self.shift)}) / {self.divisor})", 0
        return f"{times}{quotient}{signed(self.multiplier * more + self.constant)}"


def signed(number: int) -> str:
    """`` + 3``, `` - 3``, nothing for 0."""
    return f" {'+' if number > 0 else '-'} {abs(number)}" if number else ""


class Pattern(NamedTuple):
    """A set of sizes in few words: from `first` on, those with a remainder among `residues` modulo `period`.

    `ranges` are the intervals (lowest, highest) that no rule covers: the sizes before `first`, or all of them
    where `period` is 0.
    """

    first: int
    period: int
    residues: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]

    @property
    def divisor(self) -> int | None:
        """The number whose multiples the sizes are; None where they are something else."""
        return self.period if self.residues == (0,) and not self.ranges else None

    def text(self) -> str:
        """``every size from 75``, ``multiples of 16``, ``multiples of 32 plus 11 from 75``, ``224 to 255``."""
        few = [span(low, high) for low, high in self.ranges[:4]] + (["..."] if len(self.ranges) > 4 else [])
        return "; ".join(filter(None, (self.rule(), ", ".join(few))))

    def rule(self) -> str:
        """The rule alone; empty where there is none."""
        begin = f" from {self.first}" if self.first > self.period else ""
        if self.period <= 1:
            return f"every size{begin or ' from 1'}" if self.period else ""
        if self.residues == (0,):
            return f"multiples of {self.period}{begin}"
        runs = [span(low, high) for low, high in intervals(self.residues)]
        if len(runs) > 4:
            return f"{len(self.residues)} of every {self.period} sizes from {self.first}"
        several = " or ".join(filter(None, (", ".join(runs[:-1]), runs[-1])))
        return f"multiples of {self.period} plus {several}{begin}"


def span(low: int, high: int) -> str:
    """``7``, ``7, 8``, or ``224 to 255``."""
    return f"{low} to {high}" if high > low + 1 else ", ".join(map(str, range(low, high + 1)))


class Output(NamedTuple):
    """How one tensor's size along an axis follows from the input's; None where no simple formula fits."""

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
    layout = layout_of(plan)
    moved = moving_inputs(plan, layout.spatial_axes)
    if not moved:
        raise NoSize(f"{plan.name} has no input with spatial axes", plan)
    rank = len(plan.inputs[moved[0]])
    axes = layout.spatial_axes(rank)
    wishes = wished(near, len(axes))
    limit = max(limit, *(wish + ROOM for wish in wishes)) if wishes else limit
    base = usable(planner, plan, moved, axes)
    spatial = tuple(base.inputs[moved[0]][axis] or 0 for axis in axes)
    trial = Replayed(base, moved) if faithful(base) else Planned(planner, base, moved)
    found = tuple(
        axis_sizes(trial, base, name, axis, limit) for name, axis in zip(axis_names(len(axes)), axes, strict=True)
    )
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


def usable(planner: Planner, plan: Plan, moved: tuple[str, ...], axes: tuple[int, ...]) -> Plan:
    """The plan itself, or with another size where its own is unknown or wrong. Raises `NoSize`."""
    known = all(plan.inputs[name][axis] is not None for name in moved for axis in axes)
    if known and not wrong(plan):
        return plan
    for size in BASES:
        inputs = samples(plan.inputs)
        for axis in axes:
            inputs = with_axis(inputs, moved, axis - 1, size)
        tried = planner(inputs)
        if not wrong(tried):
            return tried
    raise NoSize(f"{plan.name} takes none of the sizes {', '.join(map(str, sorted(BASES)))}", plan)


def samples(inputs: Mapping[str, Shape]) -> dict[str, Shape]:
    """Inputs of one sample, without the batch."""
    return {name: shape[1:] for name, shape in inputs.items()}


class Trial(NamedTuple):
    """What one size gives: every tensor's size along the axis, and whether something is left unread."""

    sizes: Mapping[str, Dim]
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
        sizes = {name: shape[axis] for name, shape in flow.tensors.items() if len(shape) > axis}
        return Trial(sizes, not any(each[position] for each in flow.leftovers if len(each) > position))


class Planned:
    """Tries sizes by planning the file again."""

    def __init__(self, planner: Planner, plan: Plan, moved: tuple[str, ...]) -> None:
        self.planner, self.plan, self.moved = planner, plan, moved

    def __call__(self, axis: int, position: int, size: int) -> Trial | None:
        """As `Replayed`."""
        plan = self.planner(samples(with_axis(self.plan.inputs, self.moved, axis, size)))
        if wrong(plan):
            return None
        sizes = {
            name: shape[axis]
            for row in plan.layers
            for name, shape in zip(row.output_names, row.output_shapes, strict=True)
            if len(shape) > axis
        }
        unread = (
            row.leftover[position] for row in plan.layers if row.live and row.leftover and len(row.leftover) > position
        )
        return Trial(sizes, not any(unread))


def axis_sizes(trial: Replayed | Planned, plan: Plan, name: str, axis: int, limit: int) -> AxisSizes:
    """Every size up to the limit along one axis."""
    position = layout_of(plan).spatial_axes(len(plan.inputs[trial.moved[0]])).index(axis)
    tried = {size: result for size in range(1, limit + 1) if (result := trial(axis, position, size))}
    outputs = tuple(
        Output(layer, fit({size: result.sizes.get(layer) for size, result in tried.items()}), name[0].upper())
        for layer in layers_to_follow(plan, tried)
    )
    clean = tuple(size for size, result in tried.items() if result.clean)
    return AxisSizes(name, limit, tuple(tried), clean, outputs)


def layers_to_follow(plan: Plan, tried: Mapping[int, Trial]) -> tuple[str, ...]:
    """The outputs with spatial axes; where there are none, the last layer whose size follows the input's."""
    rank = max((len(shape) for shape in plan.inputs.values()), default=0)
    outputs = tuple(name for name, shape in plan.outputs.items() if shape and len(shape) == rank)
    if outputs:
        return outputs
    for row in reversed(plan.layers):
        ran = row.live and not row.training_only
        followed = ran and row.output_shape is not None and len(row.output_shape) == rank
        if followed and len({result.sizes.get(row.output_names[0]) for result in tried.values()}) > 1:
            return (row.output_names[0],)
    return ()


def fit(sizes: Mapping[int, Dim]) -> Formula | None:
    """The formula that gives every output size from its input size; None where no such formula does."""
    known = {size: output for size, output in sizes.items() if output is not None}
    if len(known) < 2 or len(known) < len(sizes):
        return None
    least = min(known.values())
    step = gcd(*(output - least for output in known.values()))
    if not step:
        return Formula(0, 0, 1, least)
    factors = [factor for factor in range(1, step + 1) if step % factor == 0]
    fits = (fit_multiple(known, factor, least) for factor in factors)
    return next((formula for formula in fits if formula), None)


def fit_multiple(known: Mapping[int, int], multiplier: int, least: int) -> Formula | None:
    """The formula with this multiplier."""
    first, last = min(known), max(known)
    rises = (known[last] - known[first]) // multiplier
    if rises < 1:
        return None
    constant = least % multiplier
    quotients = {size: (output - constant) // multiplier for size, output in known.items()}
    for divisor in range(max((last - first) // (rises + 1), 1), (last - first) // max(rises - 1, 1) + 2):
        low = max(divisor * quotient - size for size, quotient in quotients.items())
        high = min(divisor * quotient + divisor - 1 - size for size, quotient in quotients.items())
        if low <= high:
            return Formula(multiplier, simplest(low, high, divisor), divisor, constant)
    return None


def simplest(low: int, high: int, divisor: int) -> int:
    """Of the shifts from low to high the one that reads best: none, then rounding up, then the nearest to 0."""
    plain = [shift for shift in (0, divisor - 1) if low <= shift <= high]
    return plain[0] if plain else min(low, high, key=abs)


def pattern(sizes: Sequence[int], limit: int) -> Pattern | None:
    """The sizes (ascending, up to the limit) in few words; None where there are none.

    A period counts when it holds from the first quarter of the sizes tried on, and at least twice.
    """
    if not sizes:
        return None
    members = frozenset(sizes)
    for period in range(1, limit // 3 + 1):
        start = repeats_from(members, period, limit)
        if start <= max(limit // 4, sizes[0]) and start + 2 * period <= limit:
            later = [size for size in sizes if size >= start]
            if later:
                residues = tuple(sorted({size % period for size in later}))
                return Pattern(later[0], period, residues, tuple(intervals([s for s in sizes if s < start])))
    return Pattern(sizes[0], 0, (), tuple(intervals(sizes)))


def repeats_from(members: Collection[int], period: int, limit: int) -> int:
    """The least size from which on membership is the same `period` further."""
    size = limit - period
    while size >= 1 and (size in members) == (size + period in members):
        size -= 1
    return size + 1


def intervals(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring sizes as (lowest, highest)."""
    if not sizes:
        return
    begin = previous = sizes[0]
    for size in sizes[1:]:
        if size != previous + 1:
            yield begin, previous
            begin = size
        previous = size
    yield begin, previous


def smallest_together(
    planner: Planner, plan: Plan, moved: tuple[str, ...], axes: tuple[int, ...], found: tuple[AxisSizes, ...]
) -> tuple[int, ...] | None:
    """The smallest sizes of all axes at once; None where the network refuses them together."""
    if not all(each.valid for each in found):
        return None
    inputs = dict(plan.inputs)
    for axis, each in zip(axes, found, strict=True):
        inputs = with_axis(inputs, moved, axis, each.valid[0])
    return None if wrong(planner(samples(inputs))) else tuple(each.valid[0] for each in found)


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
