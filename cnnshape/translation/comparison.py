"""The windows of both frameworks laid beside each other, axis by axis.

Where sizes are unknown, windows are compared at one size for every residue modulo the stride, after which all
rules repeat themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnnshape.arithmetic.sizes import Shape
from cnnshape.arithmetic.windows import AxisWindows, count_windows
from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import Pooling
from cnnshape.translation.answer import WORSE, Request, Verdict
from cnnshape.translation.calls import Call
from cnnshape.value import NamedTuple

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
    found = Compared(ours, other, "same")
    if any(one.windows != two.windows for one, two in zip(ours, other, strict=True)):
        return found._replace(verdict="other shape")
    if not placed_alike(found) and not (is_maximum(operation) and all(map(read_alike, ours, other))):
        return found._replace(verdict="other values")
    if is_average(operation):
        mean, axes = (mean_of(request), ours) if request.framework == "pytorch" else (mean_written(layer), other)
        return found if divides_as_keras(mean, axes) else found._replace(verdict="other values")
    return found


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
    (shape,) = request.inputs
    return tuple(at for at in range(1, len(shape)) if shape[at] is None and at != request.channel_axis)


def placed_alike(found: Compared) -> bool:
    """Whether both sides' windows start at the same elements, and are as many."""
    return all(
        one.windows == two.windows and (one.padding or (0,))[0] == (two.padding or (0,))[0]
        for one, two in zip(found.ours, found.theirs, strict=False)
    )


def read_alike(one: AxisWindows, two: AxisWindows) -> bool:
    """Whether every window reads the same elements on both sides, whatever padding it reaches into.

    The first and the last do only if they agree, or both span the whole axis, and then so do those between.
    """
    return one.windows is not None and all(
        read_by(one, window) == read_by(two, window) for window in (0, one.windows - 1)
    )


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


def is_average(operation: Windowed) -> bool:
    """Whether values depend on what they are divided by."""
    return isinstance(operation, Pooling) and operation.kind == "average"


def is_maximum(operation: Windowed) -> bool:
    """Whether padding is never what counts."""
    return isinstance(operation, Pooling) and operation.kind == "max" and max(operation.dilation or (1,)) == 1


def mean_of(request: Request) -> Mean:
    """What PyTorch's average divides by, in the layer that is asked about."""
    return Mean(request.argument("count_include_pad") is not False, request.argument("divisor_override"))


def mean_written(layer: Call) -> Mean:
    """The same of a layer that is the answer."""
    return Mean(layer.keywords.get("count_include_pad", True), layer.keywords.get("divisor_override"))


def divides_as_keras(mean: Mean, axes: Axes) -> bool:
    """Whether PyTorch's average is Keras's, which divides by those elements of a window that are no padding."""
    if mean.divisor is not None:
        return mean.divisor == prod(axis.kernel for axis in axes) and not any(map(reaches_out, axes))
    return not (mean.counts_padding and any(map(reads_padding, axes)))


def reaches_out(axis: AxisWindows) -> bool:
    """Whether some window reaches beyond the elements."""
    return (axis.padding or (0, 0))[0] > 0 or (axis.end or 0) > (axis.size or 0)


def reads_padding(axis: AxisWindows) -> bool:
    """Whether some window reads padding; what hangs over the edge behind it, PyTorch never counts."""
    low, high = axis.padding or (0, 0)
    return low > 0 or (high > 0 and reaches_out(axis))
