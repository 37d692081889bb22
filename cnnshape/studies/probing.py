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
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnshape.arithmetic.fields import AxisMap
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import UnitNormalization
from cnnshape.planning.fields import AxisView, View, Views, advance, view_of_input
from cnnshape.planning.plan import Plan, Row
from cnnshape.reference.arrays import Array
from cnnshape.reference.run import Step, steps, take_inputs
from cnnshape.studies.run_memory import memory_available, memory_needed

FieldVerdict: TypeAlias = Literal["proven", "contained", "global", "wrong", "unseen"]
"""What the probing pixels showed of a row's receptive field.

`proven`: both edges of the field were met, and nothing beyond. `contained`: nothing beyond the field, whose edges
lie outside the input. `global`: every probe that reached what the row reads reached every output. `unseen`: the field
cannot be observed, since no index moves over the input any more, or the values are NaN without a probe.
"""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how many steps of it are done, and of how many."""

Seen: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.int64]

MOST_TOGETHER = 8
"""Probes in one batch."""


@dataclass(slots=True)
class Observed:
    """What probes reached: per row and per spatial axis of the input, which outputs saw which pixel.

    `seen[name][axis]` is (probes, outputs along the tensor's axis that moves over that input axis); `reached[name]`
    tells for each probe whether it reached any output, `everywhere[name]` whether it reached all.
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
    makers: Mapping[str, str] = field(default_factory=dict)
    """The row that every tensor comes from."""
    mirrored: frozenset[str] = frozenset()
    """Rows whose border may show pixels from elsewhere."""

    @property
    def probes(self) -> int:
        """The number of pixels tried."""
        return max((len(axis) for axis in self.pixels), default=0)

    def view(self, tensor: str) -> View | None:
        """How a tensor claims to see the input that is observed."""
        return next((view for view in self.claims[tensor] if view.of == self.input), None)


def claims_of(plan: Plan) -> dict[str, Views]:
    """How every tensor of a plan sees the model's inputs: what the plan's receptive fields are read from."""
    channels_last = plan.framework == "keras" and plan.data_format == "channels_last"
    views = {name: view_of_input(name, shape, channels_last) for name, shape in plan.inputs.items()}
    for row in plan.layers:
        paths = row.result.paths if row.result else None
        view = advance(tuple(views[name] for name in row.inputs), paths)
        views |= dict.fromkeys(row.output_names, view)
    return views


def observe_fields(plan: Plan, last: int, seed: int, drawn: dict[str, Array], progress: Progress) -> Observed:
    """Run the network once per probing pixel, up to the row `last`."""
    claims = claims_of(plan)
    rows = plan.layers[: last + 1]
    name = next((row.receptive_field.of for row in rows if row.receptive_field), None)
    if name is None:
        return Observed("")
    shape = [length or 1 for length in plan.inputs[name]]
    axes = [view.axis for view in claims[name][0].axes if view.axis is not None]
    lengths = tuple(shape[axis] for axis in axes)
    pixels = tuple(
        probing_pixels(length, largest_jump(rows, claims, name, axis)) for axis, length in enumerate(lengths)
    )
    makers = {tensor: row.name for row in rows for tensor in row.output_names}
    for together in (probes_together(plan), plan.batch or 1):
        observed = Observed(name, pixels, lengths, claims=claims, makers=makers, mirrored=mirrored_rows(rows))
        try:
            probe_all(plan, last, seed, drawn, progress, observed, axes, together)
        except ValueError:  # a layer states the batch: it can only be run with the plan's own
            if together == plan.batch:
                raise
        else:
            break
    return observed


def probe_all(
    plan: Plan,
    last: int,
    seed: int,
    drawn: dict[str, Array],
    progress: Progress,
    observed: Observed,
    axes: Sequence[int],
    together: int,
) -> None:
    """Run all probes, so many together in one batch, and record what they reach; then all pixels at once.

    All samples of a batch are the first that the plan was run with. Where samples see each other, all have the same
    pixel.
    """
    samples = {name: value[:1] for name, value in take_inputs(plan, {}, seed).items()}
    mixed = any(mixes_samples(row) for row in plan.layers[: last + 1])
    together = 1 if mixed else together
    for first in range(0, observed.probes, together):
        batch = range(first, min(first + together, observed.probes))
        progress("probing receptive fields", first, observed.probes)
        copies = (plan.batch or 1) if mixed else together
        inputs = {name: np.repeat(value, copies, axis=0) for name, value in samples.items()}
        for sample, probe in enumerate(batch):
            where: list[int | slice] = [slice(None)] * inputs[observed.input].ndim
            where[0] = slice(None) if mixed else sample
            for axis, along in zip(axes, observed.pixels, strict=True):
                where[axis] = along[probe % len(along)]
            inputs[observed.input][tuple(where)] = np.nan
        for step in up_to(last, steps(plan, inputs, seed=seed, drawn=drawn)):
            record(observed, batch, step)
    inputs = {name: np.repeat(value, plan.batch or 1, axis=0) for name, value in samples.items()}
    inputs[observed.input][:] = np.nan
    for step in up_to(last, steps(plan, inputs, seed=seed, drawn=drawn)):
        view = observed.view(step.row.output_names[0])
        if view is not None:
            flooded = marks_along(view, step.outputs[0][:1])
            observed.alive[step.row.name] = [None if marks is None else marks[0] for marks in flooded]


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
    tensors: set[str] = set()
    found: set[str] = set()
    for row in rows:
        mirrors = row.type.startswith(("ReflectionPad", "ReplicationPad", "CircularPad"))
        mode = row.arguments.get("padding_mode", "zeros") if row.type != "pad" else row.arguments.get("mode", "zeros")
        if mirrors or mode not in ("zeros", "constant") or tensors.intersection(row.inputs):
            tensors.update(row.output_names)
            found.add(row.name)
    return frozenset(found)


def up_to(last: int, walk: Iterator[Step]) -> Iterator[Step]:
    """The steps up to the row of that number."""
    for number, step in enumerate(walk):
        yield step
        if number == last:
            return


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
    reached = observed.reached.setdefault(row.name, np.zeros(observed.probes, np.bool_))
    along = marks_along(view, value)
    known_axes = [each for each in along if each is not None]
    reached[probes] = known_axes[0].any(axis=1) if known_axes else has_nan(value)
    if any(axis.is_global for axis in view.axes):
        everywhere = observed.everywhere.setdefault(row.name, np.zeros(observed.probes, np.bool_))
        everywhere[probes] = np.isnan(value).all(axis=tuple(range(1, value.ndim)))
    known = observed.seen.setdefault(row.name, [None] * len(view.axes))
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


def judge_global(
    claim: AxisMap, number: int, observed: Observed, row: Row, due: Seen
) -> tuple[FieldVerdict, str | None]:
    """A field that is said to take in a whole axis: every probe that is `due` arrives, also outside the windows."""
    seen, alive = observed.seen[row.name][number], observed.alive[row.name][number]
    if not all(observed.reached[row.name][due]):
        return "wrong", "a pixel reaches no output, planned to be seen by all"
    if not due.any():
        return "unseen", None
    if all(observed.everywhere[row.name][due]):
        return "global", None
    if seen is None or alive is None or seen.shape[1] == 1:
        return "unseen", None
    pixels = observed.pixels[number]
    low, high = hulls(claim, seen.shape[1])
    real = alive & (low <= high)
    for probe in np.flatnonzero(due).tolist():
        pixel = pixels[probe % len(pixels)]
        outside = ((pixel < low) | (pixel > high)) & real
        if outside.any() and not (seen[probe] & outside).any():
            return "wrong", f"pixel {pixel} reaches no output beyond its windows, planned to be seen by all"
    return "global", None


def due_probes(observed: Observed, row: Row, view: View) -> Seen:
    """The probes that a row with a global axis has to show.

    They have reached what it reads (a pixel that a stride has skipped is nowhere below), and lie in its windows along
    the axes that are not global.
    """
    due = np.zeros(observed.probes, np.bool_)
    for tensor in row.inputs:
        if tensor == observed.input:
            due[:] = True
        elif observed.makers.get(tensor) in observed.reached:
            due |= observed.reached[observed.makers[tensor]]
    for number, axis in enumerate(view.axes):
        seen = observed.seen[row.name][number]
        if seen is not None and not axis.is_global:
            pixels = observed.pixels[number]
            windows = np.array([covers(axis.map, seen.shape[1], pixel) for pixel in pixels])
            due &= windows[np.arange(observed.probes) % len(pixels)]
    return due


def covers(claim: AxisMap, outputs: int, pixel: int) -> bool:
    """Whether any of so many outputs sees a pixel."""
    for output in range(outputs):
        turn, phase = divmod(output, claim.period)
        seen = claim.phases[phase]
        if seen and pixel - turn * claim.step in range(seen.low, seen.high + 1, seen.spacing):
            return True
    return False


def judge(axis: AxisView, number: int, observed: Observed, row: Row) -> tuple[FieldVerdict, str | None]:
    """What was seen along one axis against what is claimed of it: the verdict, and what contradicts it.

    An inexact claim is a lower bound, so that more may be seen. Below mirrors at the border, only outputs whose field
    lies inside the input are held to see nothing else.
    """
    seen, alive = observed.seen[row.name][number], observed.alive[row.name][number]
    if seen is None or alive is None:
        return "unseen", None
    pixels, length, exact = observed.pixels[number], observed.lengths[number], axis.exact
    low, high = hulls(axis.map, seen.shape[1])
    real = alive & (low <= high)
    held = (low >= 0) & (high < length) if row.name in observed.mirrored else np.ones(len(low), np.bool_)
    met = [False, False]
    for probe, outputs in enumerate(seen):
        pixel = pixels[probe % len(pixels)]
        beyond = np.flatnonzero(outputs & ((pixel < low) | (pixel > high)) & held)
        if exact and len(beyond):
            output = int(beyond[0])
            return "wrong", f"output {output} sees pixel {pixel}, planned {low[output]} to {high[output]}"
        if not outputs.any():  # the pixel lies in a gap of another axis
            continue
        for side, edge in enumerate((low, high)):
            missed = np.flatnonzero((edge == pixel) & real & ~outputs)
            if len(missed):
                output = int(missed[0])
                return "wrong", f"output {output} does not see pixel {pixel}, planned {low[output]} to {high[output]}"
            met[side] |= bool(((edge == pixel) & outputs).any())
    return ("proven" if all(met) and exact else "contained"), None


def hulls(claim: AxisMap, outputs: int) -> tuple[Indices, Indices]:
    """The first and the last pixel that each of so many outputs sees."""
    fields = [hull(claim, output) for output in range(outputs)]
    return np.array([low for low, _ in fields]), np.array([high for _, high in fields])


def hull(claim: AxisMap, output: int) -> tuple[int, int]:
    """The first and the last pixel that an output sees; an empty range (1, 0) where it sees none."""
    period, phase = divmod(output, claim.period)
    seen = claim.phases[phase]
    return (period * claim.step + seen.low, period * claim.step + seen.high) if seen else (1, 0)


def verdict_of(observed: Observed, row: Row) -> tuple[FieldVerdict, str | None]:
    """What the probes say of what a row claims to see, and what contradicts the claim."""
    view = observed.view(row.output_names[0])
    if view is None:
        return "unseen", None
    verdicts: list[FieldVerdict] = []
    for number, axis in enumerate(view.axes):
        if axis.is_global:
            verdict, complaint = judge_global(axis.map, number, observed, row, due_probes(observed, row, view))
        else:
            verdict, complaint = judge(axis, number, observed, row)
        if complaint:
            return "wrong", f"along axis {number + 1}, {complaint}"
        verdicts.append(verdict)
    order: tuple[FieldVerdict, ...] = ("unseen", "contained", "global", "proven")
    return min(verdicts, key=order.index, default="unseen"), None
