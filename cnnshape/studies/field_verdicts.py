"""What probes showed of a receptive field, held against what the plan claims of it.

Nothing here computes a field: a claim is read as the first and the last pixel that each output sees.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnshape.arithmetic.fields import AxisMap
from cnnshape.network.fields import AxisView, View
from cnnshape.network.plan import Row
from cnnshape.studies.nan_probes import Observed, Seen

FieldVerdict: TypeAlias = Literal["proven", "contained", "at least", "global", "wrong", "unseen"]
"""What the probing pixels showed of a row's receptive field.

`proven`: both edges of the field were met, and nothing beyond. `contained`: nothing beyond the field, whose edges
lie outside the input. `at least`: the plan states a lower bound, and that was seen. `global`: every probe that reached
what the row reads reached every output. `unseen`: the field cannot be observed, since no index moves over the input
any more, or the values are NaN without a probe.
"""

Indices: TypeAlias = npt.NDArray[np.int64]


def judge_global(
    axis: AxisView, number: int, observed: Observed, row: Row, due: Seen
) -> tuple[FieldVerdict, str | None]:
    """A field that is said to take in a whole axis: every probe that is `due` arrives, also outside the windows."""
    if not axis.exact:
        return "unseen", None
    claim = axis.map
    seen, alive = observed.seen[row.output_names[0]][number], observed.alive[row.output_names[0]][number]
    if not all(observed.reached[row.output_names[0]][due]):
        return "wrong", "a pixel reaches no output, planned to be seen by all"
    if not due.any():
        return "unseen", None
    if all(observed.everywhere[row.output_names[0]][due]):
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


def due_probes(observed: Observed, row: Row, view: View, along: int) -> Seen:
    """The probes that a row whose axis `along` is global has to show.

    They have reached what it reads (a pixel that a stride has skipped is nowhere below), and lie in its windows along
    the axes that are not global. Where it reads something that is global already, that alone tells.
    """
    due = np.zeros(observed.probes, np.bool_)
    views = {tensor: observed.view(tensor) for tensor in row.inputs}
    global_already = [tensor for tensor, read in views.items() if read and read.axes[along].is_global]
    for tensor in global_already or row.inputs:
        if tensor == observed.input:
            due[:] = True
        elif tensor in observed.reached:
            due |= observed.reached[tensor]
    for number, axis in enumerate(view.axes):
        seen = observed.seen[row.output_names[0]][number]
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

    An inexact claim is a lower bound, so that more may be seen; where the place is not exact, no edge is held against
    it. Below mirrors at the border, only outputs whose field lies inside the input are held to see nothing else.
    """
    seen, alive = observed.seen[row.output_names[0]][number], observed.alive[row.output_names[0]][number]
    if seen is None or alive is None:
        return "unseen", None
    pixels, length, exact = observed.pixels[number], observed.lengths[number], axis.exact and axis.map.exact
    low, high = hulls(axis.map, seen.shape[1])
    real = alive & (low <= high)
    held = (low >= 0) & (high < length) if row.output_names[0] in observed.mirrored else np.ones(len(low), np.bool_)
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
            missed = np.flatnonzero((edge == pixel) & real & ~outputs & axis.map.exact)
            if len(missed):
                output = int(missed[0])
                return "wrong", f"output {output} does not see pixel {pixel}, planned {low[output]} to {high[output]}"
            met[side] |= bool(((edge == pixel) & outputs).any())
    if not exact:
        return "at least", None
    return ("proven" if all(met) else "contained"), None


def hulls(claim: AxisMap, outputs: int) -> tuple[Indices, Indices]:
    """The first and the last pixel that each of so many outputs sees."""
    fields = [hull(claim, output) for output in range(outputs)]
    return np.array([low for low, _ in fields]), np.array([high for _, high in fields])


def hull(claim: AxisMap, output: int) -> tuple[int, int]:
    """The first and the last pixel that an output sees; an empty range (1, 0) where it sees none."""
    period, phase = divmod(output, claim.period)
    seen = claim.phases[phase]
    return (period * claim.step + seen.low, period * claim.step + seen.high) if seen else (1, 0)


def misstated(observed: Observed, row: Row) -> str | None:
    """What is wrong with the stated size, jump and start, by the first and the last pixel that outputs see."""
    field, view = row.receptive_field, observed.view(row.output_names[0])
    if field is None or view is None or not field.exact:
        return None
    for number, axis in enumerate(view.axes):
        if observed.seen[row.output_names[0]][number] is None:
            continue
        period = axis.map.period
        low, high = hulls(axis.map, 2 * period)
        real = low <= high
        size = int((high - low)[real].max(initial=0)) + 1
        jump = float(low[period] - low[0]) / period if real[0] else None
        start = int(low[0]) if real[0] else None
        for what, stated, found in (
            ("size", field.size[number], size),
            ("jump", field.jump[number], jump),
            ("start", field.start[number], start),
        ):
            if found is not None and stated != found:
                return f"along axis {number + 1}, the {what} is planned as {stated}, and comes to {found:g}"
    return None


def verdict_of(observed: Observed, row: Row) -> tuple[FieldVerdict, str | None]:
    """What the probes say of what a row claims to see, and what contradicts the claim."""
    view = observed.view(row.output_names[0])
    if view is None or row.output_names[0] in observed.undecided:
        return "unseen", None
    verdicts: list[FieldVerdict] = []
    for number, axis in enumerate(view.axes):
        if axis.is_global:
            verdict, complaint = judge_global(axis, number, observed, row, due_probes(observed, row, view, number))
        else:
            verdict, complaint = judge(axis, number, observed, row)
        if complaint:
            return "wrong", f"along axis {number + 1}, {complaint}"
        verdicts.append(verdict)
    order: tuple[FieldVerdict, ...] = ("unseen", "at least", "contained", "global", "proven")
    return min(verdicts, key=order.index, default="unseen"), None
