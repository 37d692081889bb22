"""The windows of both frameworks laid beside each other, axis by axis.

Where sizes are unknown, windows are compared at one size for every residue modulo the stride, after which all
rules repeat themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.arithmetic.windows import AxisWindows, count_windows
from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import Pooling
from cnnshape.translation.answer import WORSE, Request, Verdict
from cnnshape.translation.calls import Call
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import Framework

Windowed = Convolution | Pooling
Axes = tuple[AxisWindows, ...]

MOST_SIZES = 64
"""Of larger strides not every residue is compared."""


class Mean(NamedTuple):
    """What an average divides by: the elements of the window, with padding or without, or a given number."""

    counts_padding: bool = False
    divisor: int | None = None


class Compared(NamedTuple):
    """Both sides' windows for one input."""

    ours: Axes
    theirs: Axes
    verdict: Verdict


def compared(operation: Windowed, layer: Call, request: Request) -> Compared:
    """Both sides' windows at the input, or where sizes are unknown at the one of several where they differ most."""
    try:
        theirs = layer.operation(request.other, request.unknown)
    except Fault:
        return Compared(request.result.windows, (), "none")
    return max(
        (compared_at(operation, theirs, layer, request, shape) for shape in known_shapes(operation, request)),
        key=lambda each: WORSE.index(each.verdict),
    )


def compared_at(operation: Windowed, theirs: Operation, layer: Call, request: Request, shape: Shape) -> Compared:
    """Both sides' windows at one input."""
    ours = operation.apply(shape).windows
    try:
        other = theirs.apply(request.there(shape)).windows
    except Fault:
        return Compared(ours, (), "none")
    if any(one.windows != two.windows for one, two in zip(ours, other, strict=True)):
        return Compared(ours, other, "other shape")
    means = (mean_of(request.framework, request.argument), mean_of(request.other, layer.keywords.get))
    one, two = (resolved(operation, *side) for side in zip((ours, other), means, strict=True))
    return Compared(ours, other, "same" if one == two else "other values")


def resolved(operation: Windowed, axes: Axes, mean: Mean) -> tuple[Any, ...]:
    """What the windows read, and are divided by: equal where the values are, however a framework says it.

    Of a maximum padding is never what counts; where the first and the last window read the same, so do those between.
    """
    if isinstance(operation, Pooling) and operation.kind == "max" and max(operation.dilation or (1,)) == 1:
        return tuple(read_by(axis, window) for axis in axes for window in (0, (axis.windows or 1) - 1))
    return (*begins(axes), divisor(mean, axes) if is_average(operation) else 1)


def begins(axes: Axes) -> tuple[int, ...]:
    """How far before the elements the first window begins."""
    return tuple((axis.padding or (0, 0))[0] for axis in axes)


def divisor(mean: Mean, axes: Axes) -> int | str:
    """A number where it is the same for all windows, or what they count."""
    if mean.divisor is not None:
        return mean.divisor
    if mean.counts_padding and any(map(reads_padding, axes)):
        return "padding"
    return "elements" if any(map(reaches_out, axes)) else prod(axis.kernel for axis in axes)


def known_shapes(operation: Windowed, request: Request) -> Iterator[Shape]:
    """The input, with numbers for what is not known: sizes from the window on, up to one stride more."""
    shape = request.stood_for(request.inputs[0])
    unknown = unknown_axes(request)
    axes = dict(zip(operation.layout.spatial_axes(len(shape)), operation.apply(shape).windows, strict=True))
    periods = max((axes[each].stride for each in unknown), default=1)
    for more in range(min(periods, MOST_SIZES)):
        yield tuple(axes[at].extent + more if at in unknown else size for at, size in enumerate(shape))


def unknown_axes(request: Request) -> tuple[int, ...]:
    """The spatial axes of the input whose size is not known."""
    return tuple(at for at in range(1, request.rank) if request.shape[at] is None and at != request.channel_axis)


def read_by(axis: AxisWindows, window: int) -> tuple[int, int]:
    """The first element that a window reads, and the one after the last."""
    begin = window * axis.stride - (axis.padding or (0, 0))[0]
    return max(begin, 0), min(begin + axis.extent, axis.size or 0)


def hangs(axes: Axes) -> bool:
    """Whether ``ceil_mode`` makes a window more than would fit."""
    return any(
        axis.size is None or count_windows(axis.size, axis.extent, axis.stride, axis.padding or (0, 0)) != axis.windows
        for axis in axes
    )


def mean_of(framework: Framework, argument: Callable[[str], Any]) -> Mean:
    """What an average divides by, of a layer with these arguments; Keras leaves padding out."""
    counts = framework == "pytorch" and argument("count_include_pad") is not False
    return Mean(counts, argument("divisor_override"))


def is_average(operation: Windowed) -> bool:
    """Whether values depend on what they are divided by."""
    return isinstance(operation, Pooling) and operation.kind == "average"


def reaches_out(axis: AxisWindows) -> bool:
    """Whether some window reaches beyond the elements."""
    return (axis.padding or (0, 0))[0] > 0 or (axis.end or 0) > (axis.size or 0)


def reads_padding(axis: AxisWindows) -> bool:
    """Whether some window reads padding; what hangs over the edge behind it, PyTorch never counts."""
    low, high = axis.padding or (0, 0)
    return low > 0 or (high > 0 and reaches_out(axis))
