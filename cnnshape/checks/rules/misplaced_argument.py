"""CS520: a number that is read as another argument than its author seems to mean."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by
from cnnshape.network.plan import Row

LARGE_KERNEL = 8
LARGE_DEPTHWISE_KERNEL = 16
"""A kernel of that size, moved by the size of a usual kernel, is rather a number of filters."""
USUAL_KERNELS = (1, 3, 5, 7)
LARGEST_FACTOR = 8


def check(view: AdviceView) -> Iterator[Advice]:
    """Filters as a kernel, PyTorch's channels as Keras's filters, a factor as a size."""
    for (row,) in view.once(with_such_arguments):
        for read_as, meant in (depthwise_filters(row), channels_as_filters(view, row), factor_as_size(row)):
            if meant:
                yield Advice(row, f"{row.type} {read_as}", meant)


def with_such_arguments(view: AdviceView) -> Iterator[tuple[Row]]:
    """The rows that have a kernel and strides, or a size."""
    for row in view:
        if row.type == "Upsample" or {"kernel_size", "strides"} <= row.arguments.keys():
            yield (row,)


def windows(row: Row) -> tuple[tuple[int, ...], int]:
    """The kernel, and the stride where it is the same along all axes (else 0)."""
    kernel, strides = row.arguments.get("kernel_size"), row.arguments.get("strides")
    if not isinstance(kernel, tuple) or not isinstance(strides, tuple) or len(set(strides)) > 1:
        return (), 0
    return kernel, strides[0]


def depthwise_filters(row: Row) -> tuple[str, str]:
    """``DepthwiseConv2D(32, 3)``: such a layer has no filters to state."""
    kernel, stride = windows(row)
    if not row.type.startswith("Depthwise") or stride not in USUAL_KERNELS[1:] or min(kernel) < LARGE_DEPTHWISE_KERNEL:
        return "", ""
    read_as = f"has one filter a channel, and its first argument is the kernel: it reads {by(kernel)} every {stride}"
    return read_as, f"if {stride} is the kernel, write `{row.type}({stride})`"


def channels_as_filters(view: AdviceView, row: Row) -> tuple[str, str]:
    """``Conv2D(3, 16, 3)``: PyTorch states the channels of the input first, Keras does not."""
    kernel, stride = windows(row)
    filters, shape = row.arguments.get("filters"), row.input_shapes[0]
    if not shape or not kernel or stride not in USUAL_KERNELS or min(kernel) < LARGE_KERNEL or filters is None:
        return "", ""
    if filters != view.plan.layout.channels(shape) or len(set(kernel)) > 1:
        return "", ""
    read_as = f"gives {filters} filters of {by(kernel)} every {stride}: in Keras the input's channels are not stated"
    return read_as, f"if {kernel[0]} filters of {stride} are meant, write `{row.type}({kernel[0]}, {stride})`"


def factor_as_size(row: Row) -> tuple[str, str]:
    """``Upsample(2)``: its first argument is the size of the output."""
    size, shape = row.arguments.get("size"), row.input_shapes[0]
    if row.type != "Upsample" or not isinstance(size, int) or not shape or not 1 < size <= LARGEST_FACTOR:
        return "", ""
    spatial = [each for each in shape[2:] if each is not None]
    if not spatial or min(spatial) <= size:
        return "", ""
    read_as = f"makes {by([size] * len(spatial))} of {by(spatial)}: its first argument is the output's size"
    return read_as, f"if {size} is the factor, write `Upsample(scale_factor={size})`"
