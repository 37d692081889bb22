"""Receptive fields observed: a NaN in a single input pixel, and which outputs become NaN.

A plain disturbance would die in a ReLU or in a maximum that lies elsewhere; a NaN goes wherever it is read. So many
neighbouring pixels are tried as the network's largest jump is wide: one of them lies on each edge of every row's
field, wherever the field lies inside the input. One more run with NaN in every pixel tells which outputs stand for
padding, and see none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cnnshape.network.fields import FieldWork, View, Views, view_of_input
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import UnitNormalization
from cnnshape.reference.arrays import Array
from cnnshape.reference.run import Step, take_inputs
from cnnshape.studies.nan_marks import marked_steps
from cnnshape.studies.pace import Pace
from cnnshape.studies.run_memory import memory_available, memory_needed
from cnnshape.value import NamedTuple

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how many steps of it are done, and of how many."""

Seen: TypeAlias = npt.NDArray[np.bool_]

MOST_TOGETHER = 8
"""Probes in one batch."""


@dataclass(slots=True)
class Observed:
    """What probes reached: per row and per spatial axis of the input, which outputs saw which pixel.

    Rows are told by the first tensor that they make: a module that is called again is another row of the same name.
    `seen[row][axis]` is (probes, outputs along the tensor's axis that moves over that input axis), of that tensor;
    `reached[tensor]` tells for each probe whether it reached any element, `everywhere[row]` whether it reached all.
    """

    input: str
    pixels: tuple[tuple[int, ...], ...] = ()
    lengths: tuple[int, ...] = ()
    seen: dict[str, list[Seen | None]] = field(default_factory=dict)
    reached: dict[str, Seen] = field(default_factory=dict)
    alive: dict[str, list[Seen | None]] = field(default_factory=dict)
    """Per row and axis: which outputs see any pixel at all. The others stand for padding."""
    everywhere: dict[str, Seen] = field(default_factory=dict)
    claims: Mapping[str, Views] = field(default_factory=dict)
    mirrored: frozenset[str] = frozenset()
    """Rows whose border may show pixels from elsewhere."""
    undecided: frozenset[str] = frozenset()
    """Rows of which one run does not tell what they see on every machine."""

    @property
    def probes(self) -> int:
        """The number of pixels tried."""
        return max((len(axis) for axis in self.pixels), default=0)

    def view(self, tensor: str) -> View | None:
        """How a tensor claims to see the input that is observed."""
        return next((view for view in self.claims[tensor] if view.of == self.input), None)


def claims_of(plan: Plan) -> dict[str, Views]:
    """How every tensor of a plan sees the model's inputs: what the plan's receptive fields are read from."""
    channels_last, work = plan.layout.channels_last, FieldWork()
    views = {name: view_of_input(name, shape, channels_last) for name, shape in plan.inputs.items()}
    for row in plan.layers:
        paths = row.result.paths if row.result else None
        view = work.advance(tuple(views[name] for name in row.inputs), paths)
        views |= dict.fromkeys(row.output_names, view)
    return views


def probed_inputs(plan: Plan, last: int) -> tuple[str, ...]:
    """The inputs that receptive fields of the rows up to the row `last` are of."""
    return tuple(dict.fromkeys(row.receptive_field.of for row in plan.layers[: last + 1] if row.receptive_field))


class Probes(NamedTuple):
    """The pixels to try of an input: per spatial axis its number in the tensor, its length, and the pixels along it."""

    axes: tuple[int, ...]
    lengths: tuple[int, ...]
    pixels: tuple[tuple[int, ...], ...]

    @property
    def number(self) -> int:
        """How many are tried."""
        return max((len(axis) for axis in self.pixels), default=0)


def probes_of(plan: Plan, name: str, last: int) -> Probes:
    """The pixels of an input that tell the fields of all rows up to the row `last`."""
    claims = claims_of(plan)
    rows = plan.layers[: last + 1]
    shape = [length or 1 for length in plan.inputs[name]]
    axes = tuple(view.axis for view in claims[name][0].axes if view.axis is not None)
    lengths = tuple(shape[axis] for axis in axes)
    pixels = tuple(
        probing_pixels(length, largest_jump(rows, claims, name, axis)) for axis, length in enumerate(lengths)
    )
    return Probes(axes, lengths, pixels)


class Probing(NamedTuple):
    """What all probes of a plan are run with, up to the row `last`."""

    plan: Plan
    last: int
    seed: int
    drawn: dict[str, Array]
    progress: Progress
    pace: Pace

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are run."""
        return self.plan.layers[: self.last + 1]

    def run(self, inputs: Mapping[str, Array], samples: int) -> Iterator[Step]:
        """The steps of the rows, as long as there is time for them. Raises `OutOfTimeError`."""
        walk = marked_steps(self.plan, inputs, self.seed, self.drawn)
        for row in self.rows:
            self.pace.before(row, samples)
            yield next(walk)


def observe_input(probing: Probing, name: str) -> Observed:
    """Run the network once per probing pixel of one input, and record which outputs they reach.

    Raises `OutOfTimeError` where that takes too long.
    """
    plan, rows = probing.plan, probing.rows
    claims = claims_of(plan)
    axes, lengths, pixels = probes_of(plan, name, probing.last)
    for together in (probes_together(plan), plan.batch or 1):
        observed = Observed(
            *(name, pixels, lengths),
            claims=claims,
            mirrored=mirrored_rows(rows),
            undecided=centred_rows(rows)
            | rows_below(rows, makes_another_batch)
            | {row.output_names[0] for row in rows if row.type == "Weight"},
        )
        try:
            probe_all(probing, observed, axes, together)
        except ValueError:  # a layer states the batch: it can only be run with the plan's own
            if together == plan.batch:
                raise
        else:
            break
    return observed


def probe_all(probing: Probing, observed: Observed, axes: Sequence[int], together: int) -> None:
    """Run all probes, so many together in one batch, and record what they reach; then all pixels at once.

    All samples of a batch are the first that the plan was run with. Where samples see each other, all have the same
    pixel.
    """
    plan = probing.plan
    samples = {name: value[:1] for name, value in take_inputs(plan, {}, probing.seed).items()}
    mixed = any(map(mixes_samples, probing.rows))
    together = 1 if mixed else together
    for first in range(0, observed.probes, together):
        batch = range(first, min(first + together, observed.probes))
        probing.progress("probing receptive fields", first, observed.probes)
        copies = (plan.batch or 1) if mixed else together
        inputs = {name: np.repeat(value, copies, axis=0) for name, value in samples.items()}
        for sample, probe in enumerate(batch):
            where: list[int | slice] = [slice(None)] * inputs[observed.input].ndim
            where[0] = slice(None) if mixed else sample
            for axis, along in zip(axes, observed.pixels, strict=True):
                where[axis] = along[probe % len(along)]
            inputs[observed.input][tuple(where)] = np.nan
        for step in probing.run(inputs, copies):
            if step.row.output_names[0] in observed.undecided:
                continue
            if any(value.shape[:1] != (copies,) for value in step.outputs):
                raise ValueError(f"`{step.row.name}` makes another batch of the probes")
            record(observed, batch, step)
    inputs = {name: np.repeat(value, plan.batch or 1, axis=0) for name, value in samples.items()}
    inputs[observed.input][:] = np.nan
    for step in probing.run(inputs, plan.batch or 1):
        view = observed.view(step.row.output_names[0])
        if view is not None:
            flooded = marks_along(view, step.outputs[0][:1])
            observed.alive[step.row.output_names[0]] = [None if marks is None else marks[0] for marks in flooded]


def mixes_samples(row: Row) -> bool:
    """Whether a row gives a sample what depends on the others of its batch."""
    return isinstance(row.operation, Activation | UnitNormalization) and any(
        0 in row.operation.taken_over(shape) for shape in row.input_shapes if shape
    )


def probes_together(plan: Plan) -> int:
    """The probes that are run as one batch, which is faster than one by one, as far as memory goes."""
    needed, available = memory_needed(plan), memory_available()
    if not needed or not available:
        return 1
    per_sample = max(needed // (plan.batch or 1), 1)
    return max(min(available // 4 // per_sample, MOST_TOGETHER), plan.batch or 1)


def mirrored_rows(rows: Sequence[Row]) -> frozenset[str]:
    """The rows below padding that is not made of constants: it shows pixels of the inside beyond the border."""

    def mirrors(row: Row) -> bool:
        mode = row.arguments.get("mode" if row.type in ("pad", "ops.pad") else "padding_mode", "zeros")
        named = row.type.startswith(("ReflectionPad", "ReplicationPad", "CircularPad"))
        return named or mode not in ("zeros", "constant")

    return rows_below(rows, mirrors)


def centred_rows(rows: Sequence[Row]) -> frozenset[str]:
    """The rows below Keras's 3-D windows that lie apart under `same`.

    TensorFlow's own kernels, which the run follows, start them later than those of oneDNN, which plans follow; which
    of them a machine takes depends on its processor.
    """

    def lies_apart(row: Row) -> bool:
        strides, kernel = getattr(row.operation, "strides", ()), getattr(row.operation, "kernel", ())
        return (
            len(kernel) == 3
            and getattr(row.operation, "padding", None) == "same"
            and any(stride > size + 1 for stride, size in zip(strides, kernel, strict=True))
        )

    return rows_below(rows, lies_apart)


def rows_below(rows: Sequence[Row], begins: Callable[[Row], bool]) -> frozenset[str]:
    """The rows of which this is so, and all that read what they make."""
    tensors: set[str] = set()
    found: set[str] = set()
    for row in rows:
        if begins(row) or tensors.intersection(row.inputs):
            tensors.update(row.output_names)
            found.add(row.output_names[0])
    return frozenset(found)


def makes_another_batch(row: Row) -> bool:
    """Whether samples do not lie along the first axis of what a row reads or gives: no probe is told from another."""
    shapes = (*row.input_shapes[:1], *row.output_shapes)
    moved = row.operation is not None and row.operation.batch_axis > 0
    return moved or len({shape[:1] for shape in shapes if shape}) > 1


def largest_jump(rows: Sequence[Row], claims: Mapping[str, Views], name: str, axis: int) -> int:
    """The pixels between neighbouring fields along an axis of the input, where they lie farthest apart."""
    jumps = [
        view.axes[axis].map.jump
        for row in rows
        for view in claims[row.output_names[0]]
        if view.of == name and view.axes[axis].axis is not None
    ]
    return ceil(max(jumps, default=1))


def probing_pixels(length: int, jump: int) -> tuple[int, ...]:
    """So many neighbouring pixels as the jump is wide, in the middle of the axis, those on a multiple of it first.

    A probe takes one pixel of each axis: where strides skip pixels, they then skip it along every axis or along none.
    """
    jump = max(jump, 1)
    count = min(jump, length)
    first = (length - count) // 2
    return tuple(sorted(range(first, first + count), key=lambda pixel: pixel % jump))


def marks_along(view: View, value: Array) -> list[Seen | None]:
    """Per axis of a view, which indices hold a NaN: (samples, indices); None where no index moves over it."""
    moving = sorted({axis.axis for axis in view.axes if axis.axis is not None and not axis.merged})
    rest = tuple(axis for axis in range(1, value.ndim) if axis not in moving)
    with np.errstate(all="ignore"):
        marks = np.isnan(value.sum(axis=rest))  # a sum with a NaN is NaN, and faster than looking for one
    along: list[Seen | None] = []
    for axis in view.axes:
        if axis.axis is None or axis.merged:
            along.append(None)
            continue
        position = moving.index(axis.axis) + 1
        along.append(marks.any(axis=tuple(other for other in range(1, marks.ndim) if other != position)))
    return along


def record(observed: Observed, batch: range, step: Step) -> None:
    """Note where the NaN of every probe of a batch arrived."""
    row, value = step.row, step.outputs[0][: len(batch)]
    view = observed.view(row.output_names[0])
    if view is None:
        return
    probes = slice(batch.start, batch.stop)
    along = marks_along(view, value)
    known_axes = [each for each in along if each is not None]
    for number, (tensor, output) in enumerate(zip(row.output_names, step.outputs, strict=True)):
        reached = observed.reached.setdefault(tensor, np.zeros(observed.probes, np.bool_))
        cheap = number == 0 and known_axes
        reached[probes] = known_axes[0].any(axis=1) if cheap else has_nan(output[: len(batch)])
    if any(axis.is_global for axis in view.axes):
        everywhere = observed.everywhere.setdefault(row.output_names[0], np.zeros(observed.probes, np.bool_))
        everywhere[probes] = np.isnan(value).all(axis=tuple(range(1, value.ndim)))
    known = observed.seen.setdefault(row.output_names[0], [None] * len(view.axes))
    for number, marks in enumerate(along):
        if marks is None:
            continue
        kept = known[number]
        if kept is None:
            kept = known[number] = np.zeros((observed.probes, marks.shape[1]), np.bool_)
        kept[probes] = marks


def has_nan(value: Array) -> Seen:
    """Which samples hold a NaN."""
    with np.errstate(all="ignore"):
        found: Seen = np.isnan(value.sum(axis=tuple(range(1, value.ndim))))
    return found
