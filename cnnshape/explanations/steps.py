"""The steps of explanations, shared by the operations: windows along an axis, parameters, MACs, FLOPs.

A step is an equation: its formula in words, the same with the numbers in it, and what comes out. Products are
written with ``x``, unknown sizes as ``?``. Subjects name what a step is about: an axis ("height"), "channels",
"parameters", "MACs", "FLOPs".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from cnnshape.arithmetic.sizes import Dim, ceil_div
from cnnshape.arithmetic.windows import AxisWindows, Padding, effective_kernel
from cnnshape.value import NamedTuple


class Step(NamedTuple):
    """One line of an explanation: a formula, the same with the numbers in it, and what comes out.

    `subject` is what the line is about ("height", "parameters", "MACs"); `note` adds a sentence, where one helps.
    """

    subject: str
    formula: str
    numbers: str
    result: str
    note: str = ""


UNITS = {"depth": "slice", "height": "row", "width": "column"}
"""What one element along an axis is called."""


def kernel_words(axis: AxisWindows) -> str:
    """What formulas call the extent."""
    return "kernel" if axis.extent == axis.kernel else "effective kernel"


def number(value: Dim) -> str:
    """A size or count as people read it: ``25,557,032``, unknown ``?``."""
    return "?" if value is None else f"{value:,}"


def times_text(factors: Iterable[Dim | str]) -> str:
    """``3 x 3 x 64``; text factors as they stand."""
    return " x ".join(each if isinstance(each, str) else number(each) for each in factors)


def plural(count: int, unit: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def join(names: Sequence[str]) -> str:
    """``height``, ``height and width``, ``depth, height and width``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def per_axis(names: Sequence[str], explained: Iterable[tuple[Step, ...]]) -> tuple[Step, ...]:
    """The steps of every axis under its name; neighbouring axes with the same steps together."""
    return tuple(
        step._replace(subject=join([name for name, _ in alike]))
        for steps, alike in (
            (steps, list(group)) for steps, group in groupby(zip(names, explained, strict=True), itemgetter(1))
        )
        for step in steps
    )


def window_steps(axes: Sequence[AxisWindows]) -> tuple[Step, ...]:
    """How many windows fit along every axis, where padding falls, and what is never read."""
    return per_axis([axis.axis for axis in axes], map(_along, axes))


def _along(axis: AxisWindows) -> tuple[Step, ...]:
    steps = [kernel_step(axis.kernel, axis.dilation)] if axis.extent != axis.kernel else []
    if axis.rule == "same":
        steps += [_same_output(axis), _same_padding(axis)]
    else:
        if axis.rule in ("same_unstrided", "causal"):
            steps.append(_fixed_padding(axis))
        steps.append(_output(axis))
    return (*steps, *filter(None, (_border(axis), _between(axis))))


def kernel_step(kernel: int, dilation: int) -> Step:
    """The extent of a dilated kernel."""
    return Step(
        "",
        "effective kernel = dilation x (kernel - 1) + 1",
        f"{dilation} x ({kernel} - 1) + 1",
        number(effective_kernel(kernel, dilation)),
        f"the {kernel} taps lie {dilation} apart",
    )


def _output(axis: AxisWindows) -> Step:
    """The count of windows that fit into the padded axis."""
    before, after = axis.padding or (0, 0)
    padded = bool(before or after)
    size, extent, stride = number(axis.size), number(axis.extent), number(axis.stride)
    kernel = kernel_words(axis)
    rounding = "ceil" if axis.rule == "ceil" else "floor"
    words = f"size + padding - {kernel}" if padded else f"size - {kernel}"
    inside = f"{size} + {before} + {after} - {extent}" if padded else f"{size} - {extent}"
    dropped = _dropped(axis)
    return Step(
        "",
        f"output = {rounding}(({words}) / stride) + 1{' - dropped' if dropped is not None else ''}",
        f"{rounding}(({inside}) / {stride}) + 1{' - 1' if dropped is not None else ''}",
        number(axis.windows),
        _output_note(axis, before, after),
    )


def _dropped(axis: AxisWindows) -> Dim:
    """Where the last window would start that ``ceil_mode`` counts and PyTorch drops; None where it drops none."""
    if axis.rule != "ceil" or axis.size is None or axis.windows is None:
        return None
    before, after = axis.padding or (0, 0)
    counted = ceil_div(axis.size + before + after - axis.extent, axis.stride) + 1
    return None if counted == axis.windows else (counted - 1) * axis.stride - before


def _output_note(axis: AxisWindows, before: int, after: int) -> str:
    """What a reader of the count should know: the clip of ``ceil_mode``, and where explicit padding lies."""
    notes = [f"padding {where((before, after))}"] if axis.rule in ("explicit", "ceil") and before + after else []
    if axis.rule == "ceil" and axis.size is not None and axis.windows is not None:
        starts = _dropped(axis)
        if starts is not None:
            place = "in the padding behind" if starts < axis.size + after else "behind"
            notes.append(
                f"ceil gives {number(axis.windows + 1)}, but the last window would start at {number(starts)}, "
                f"{place} the {number(axis.size)} elements: it is dropped"
            )
        elif axis.end is not None and axis.end > axis.size + after:
            notes.append(
                f"ceil_mode keeps a last window that hangs {number(axis.end - axis.size - after)} over the edge"
            )
    return "; ".join(notes)


def _same_output(axis: AxisWindows) -> Step:
    """``ceil(size / stride)``, with a word to readers who learned another rule."""
    size, stride = number(axis.size), number(axis.stride)
    note = ""
    if axis.size is not None and axis.stride != axis.extent:
        learned = ceil_div(axis.size - axis.extent + axis.stride, axis.stride)
        wrong = f"ceil(({size} - {axis.extent} + {stride}) / {stride}) = {learned}"
        verdict = (
            f"gives {wrong} here too, by accident" if learned == axis.windows else f"would give {wrong}, which is wrong"
        )
        note = f"ceil((n - k + s) / s), as some learn it, {verdict}: under same the kernel does not change the size"
    return Step("", "output = ceil(size / stride)", f"ceil({size} / {stride})", number(axis.windows), note)


def _same_padding(axis: AxisWindows) -> Step:
    """The padding that makes that many windows fit, and where it falls."""
    numbers = f"max(({number(axis.windows)} - 1) x {axis.stride} + {axis.extent} - {number(axis.size)}, 0)"
    kernel = kernel_words(axis)
    return Step(
        "",
        f"padding = max((output - 1) x stride + {kernel} - size, 0)",
        numbers,
        "?" if axis.padding is None else where(axis.padding),
        "the odd one goes after" if axis.padding and axis.padding[0] != axis.padding[1] else "",
    )


def _fixed_padding(axis: AxisWindows) -> Step:
    """Padding that the kernel alone decides: causal, and PyTorch's ``same``."""
    kernel = kernel_words(axis)
    note = "all of it before: an output sees only what came earlier" if axis.rule == "causal" else ""
    return Step("", f"padding = {kernel} - 1", f"{axis.extent} - 1", where(axis.padding or (0, 0)), note)


def where(padding: Padding) -> str:
    """``5: 2 before, 3 after``; ``0`` alone where nothing is padded."""
    before, after = padding
    total = before + after
    return f"{total}: {before} before, {after} after" if total else "0"


def _border(axis: AxisWindows) -> Step | None:
    """The elements at the far border that no window reaches; None where there are none."""
    if not axis.leftover or axis.size is None:
        return None
    unit = UNITS.get(axis.axis, "element")
    first, last = axis.size - axis.leftover, axis.size - 1
    which = f"{unit} {first}" if first == last else f"{unit}s {first} to {last}"
    before = (axis.padding or (0, 0))[0]
    words, minus = (" - padding before", f" - {before}") if before else ("", "")
    return Step(
        "",
        f"never read = size - ((output - 1) x stride + {kernel_words(axis)}{words})",
        f"{number(axis.size)} - (({number(axis.windows)} - 1) x {axis.stride} + {axis.extent}{minus})",
        number(axis.leftover),
        f"{which} of 0 to {last}",
    )


def _between(axis: AxisWindows) -> Step | None:
    """The elements that the windows step over; None where there are none."""
    skipped = axis.skipped
    if not skipped:
        return None
    unit = UNITS.get(axis.axis, "element")
    shown = ", ".join(map(str, skipped[:3])) + (", ..." if len(skipped) > 3 else "")
    note = f"{unit if len(skipped) == 1 else unit + 's'} {shown}: between the taps of all windows"
    return Step("", "stepped over", "", number(len(skipped)), note)


def channels_step(formula: str, numbers: str, result: Dim) -> Step:
    """How many channels come out."""
    return Step("channels", f"output = {formula}", numbers, number(result))


def parameters_step(formula: str, numbers: str, result: Dim, note: str = "") -> Step:
    """The parameters, term by term."""
    return Step("parameters", formula, numbers, number(result), note)


NO_PARAMETERS = Step("parameters", "", "", "0", "nothing to learn")


def macs_step(formula: str, numbers: str, result: Dim, note: str = "") -> Step:
    """The products of one sample."""
    return Step("MACs", formula, numbers, number(result), note)


def sum_step(subject: str, terms: Iterable[tuple[str, str | Dim]], result: Dim) -> Step:
    """A count as the sum of its terms, of those that are not 0."""
    present = [(name, value if isinstance(value, str) else number(value)) for name, value in terms if value != 0]
    words, numbers = (" + ".join(pair[at] for pair in present) for at in (0, 1))
    return Step(subject, words, numbers, number(result))
