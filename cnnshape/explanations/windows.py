"""Convolutions and poolings explained: windows along every axis, and what each of them costs."""

from __future__ import annotations

from math import gcd, prod

from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.arithmetic.windows import Padding, effective_kernel
from cnnshape.explanations.registry import explain, flops_step
from cnnshape.explanations.steps import (
    NO_PARAMETERS,
    Step,
    channels_step,
    join,
    kernel_step,
    macs_step,
    number,
    parameters_step,
    per_axis,
    plural,
    times_text,
    window_steps,
)
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import Result, axis_names
from cnnshape.operations.pooling import GlobalPooling, Pooling
from cnnshape.operations.resampling import Unfold
from cnnshape.operations.transposed import TransposedConvolution


@explain.register
def _(operation: Convolution, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    if operation.multiplier:
        return by_channel_steps(operation, result, *inputs)
    assert operation.filters is not None  # or it would do nothing
    channels = result.weights[0].shape[-2]
    whole = times(channels, operation.groups)
    shared = f" / {operation.groups}" if operation.groups > 1 else ""
    groups = " / groups" if shared else ""
    fan_in = f"{times_text((*operation.kernel, whole))}{shared}"
    bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
    sizes = operation.layout.spatial(result.output)
    return (
        *window_steps(result.windows),
        channels_step("filters", number(operation.filters), operation.filters),
        parameters_step(
            f"filters x (kernel x channels{groups}{bias})",
            f"{plural(operation.filters, 'filter')} x ({fan_in}{one})",
            result.params,
        ),
        macs_step(
            f"output x filters x kernel x channels{groups}",
            f"{times_text((*sizes, operation.filters))} x {fan_in}",
            result.macs,
        ),
        flops_step(operation, result),
    )


def by_channel_steps(operation: Convolution, result: Result, shape: Shape) -> tuple[Step, ...]:
    """Each channel by itself, then, where it is separable, all of them mixed."""
    channels, filters = operation.layout.channels(shape), operation.filters
    several = (" x multiplier", f" x {operation.multiplier}") if operation.multiplier > 1 else ("", "")
    words, numbers = f"channels{several[0]}", f"{number(channels)}{several[1]}"
    sizes, kernel = times_text(operation.layout.spatial(result.output)), times_text(operation.kernel)
    if filters is None:
        bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
        each = f"{number(channels)} channels{several[1] and f'{several[1]} each'}"
        steps = (
            channels_step(words, numbers, times(channels, operation.multiplier)),
            parameters_step(f"{words} x (kernel{bias})", f"{each} x ({kernel}{one})", result.params),
            macs_step(
                f"output x {words} x kernel",
                f"{sizes} x {numbers} x {kernel}",
                result.macs,
                "every filter reads one channel",
            ),
        )
    else:
        bias, one = (" + bias", f" + {number(filters)}") if operation.bias else ("", "")
        note = "first a filter for every channel, then 1 x 1 filters that mix the channels"
        steps = (
            channels_step("filters", number(filters), filters),
            parameters_step(
                f"{words} x kernel + {words} x filters{bias}",
                f"{numbers} x {kernel} + {numbers} x {number(filters)}{one}",
                result.params,
                note,
            ),
            macs_step(
                f"output x {words} x (kernel + filters)",
                f"{sizes} x {numbers} x ({kernel} + {number(filters)})",
                result.macs,
            ),
        )
    return (*window_steps(result.windows), *steps, flops_step(operation, result))


@explain.register
def _(operation: TransposedConvolution, result: Result, shape: Shape) -> tuple[Step, ...]:
    operation = operation if operation.size is None else operation.of_size(shape)
    spatial, sizes = operation.layout.spatial(shape), operation.layout.spatial(result.output)
    channels, grouped = result.weights[0].shape[-1], operation.groups > 1
    fan_out = f"{number(operation.filters)}" + (f" / {operation.groups}" if grouped else "")
    words, kernel = "filters / groups" if grouped else "filters", times_text(operation.kernel)
    bias, added = (" + bias", f" + {number(operation.filters)}") if operation.bias else ("", "")
    return (
        *transposed_steps(operation, spatial, sizes),
        channels_step("filters", number(operation.filters), operation.filters),
        parameters_step(
            f"kernel x {words} x channels{bias}",
            f"{kernel} x {fan_out} x {number(channels)}{added}",
            result.params,
        ),
        macs_step(
            f"input x channels x kernel x {words}",
            f"{times_text((*spatial, channels))} x {kernel} x {fan_out}",
            result.macs,
            "counted on the input: each of its elements writes one window",
        ),
        flops_step(operation, result),
    )


def transposed_steps(operation: TransposedConvolution, spatial: Shape, sizes: Shape) -> tuple[Step, ...]:
    """The output size of transposed windows per axis."""
    rank = len(operation.kernel)
    added: tuple[int | None, ...] = operation.output_padding or (None,) * rank
    rules = operation.padding if isinstance(operation.padding, tuple) else (operation.padding,) * rank
    axes = zip(
        spatial,
        operation.kernel,
        operation.dilation or (1,) * rank,
        operation.strides,
        rules,
        added,
        operation.crop(),
        sizes,
        strict=True,
    )
    return per_axis(axis_names(rank), [transposed_axis(*axis) for axis in axes])


def transposed_axis(
    size: Dim,
    kernel: int,
    dilation: int,
    stride: int,
    rule: str | Padding,
    output_padding: int | None,
    crop: Padding,
    output: Dim,
) -> tuple[Step, ...]:
    """One axis: the extent of a dilated kernel, the framework's formula, and what it crops."""
    extent = effective_kernel(kernel, dilation)
    formula, numbers = transposed_formula(size, extent, stride, rule, output_padding)
    dilated = [kernel_step(kernel, dilation)] if extent != kernel else []
    words = formula.replace("kernel", "effective kernel") if dilated else formula
    return (*dilated, Step("", f"output = {words}", numbers, number(output), crop_note(crop)))


def transposed_formula(
    size: Dim, extent: int, stride: int, padding: str | Padding, output_padding: int | None
) -> tuple[str, str]:
    """The framework's rule for one axis, in words and with the numbers."""
    more = f" + {output_padding}" if output_padding else ""
    words = " + output padding" if output_padding else ""
    full = f"({number(size)} - 1) x {stride}"
    if isinstance(padding, tuple):
        low, high = padding
        less, minus = (" - padding", f" - {low} - {high}") if low or high else ("", "")
        return f"(size - 1) x stride + kernel{less}{words}", f"{full} + {extent}{minus}{more}"
    if padding == "valid" and output_padding is None:
        return "(size - 1) x stride + max(kernel, stride)", f"{full} + max({extent}, {stride})"
    if padding == "valid":
        return f"(size - 1) x stride + kernel{words}", f"{full} + {extent}{more}"
    if output_padding is None:
        return "size x stride", f"{number(size)} x {stride}"
    return (
        f"(size - 1) x stride + kernel - 2 x floor(kernel / 2){words}",
        f"{full} + {extent} - 2 x floor({extent} / 2){more}",
    )


def crop_note(crop: Padding) -> str:
    """What is cut from, or added to, all that the windows cover."""
    low, high = crop
    notes = []
    if low > 0 or high > 0:
        notes.append(f"cut from all that the windows cover: {max(low, 0)} before, {max(high, 0)} after")
    if high < 0:
        notes.append(f"{-high} more after, which no window writes")
    return "; ".join(notes)


POOLED = {
    "max": ("(window - 1)", "comparisons"),
    "sum": ("(window - 1)", "additions"),
    "average": ("window", "additions and one division"),
    "lp": ("2 x window", "powers and additions, or magnitudes and comparisons for an infinite power"),
}
"""What one output element of a pooling costs."""


@explain.register
def _(operation: Pooling, result: Result, shape: Shape) -> tuple[Step, ...]:
    formula, what = POOLED[operation.kind]
    window, text = prod(operation.window), times_text(operation.window)
    channels = operation.layout.channels(shape)
    elements = times(*operation.layout.spatial(result.output), channels)
    cost = Step(
        "FLOPs",
        f"{formula} x output elements",
        f"{formula.replace('window', text)} x {number(elements)}",
        number(result.flops),
        what if window > 1 else "",
    )
    return (
        *window_steps(result.windows),
        channels_step("input", number(channels), channels),
        NO_PARAMETERS,
        cost,
    )


@explain.register
def _(operation: GlobalPooling, result: Result, shape: Shape) -> tuple[Step, ...]:
    spatial, channels = operation.layout.spatial(shape), operation.layout.channels(shape)
    return (
        Step(
            join(axis_names(operation.rank)),
            "one window over everything",
            times_text(spatial),
            number(product(spatial)),
            "elements become one" + (", and the axes stay with size 1" if operation.keepdims else ""),
        ),
        channels_step("input", number(channels), channels),
        NO_PARAMETERS,
        Step("FLOPs", "input elements", times_text(shape[1:]), number(result.flops)),
    )


@explain.register
def _(operation: AdaptivePooling, result: Result, shape: Shape) -> tuple[Step, ...]:
    if reduction := operation.reduction(shape):
        return explain(reduction, result, shape)
    names = axis_names(len(operation.sizes))
    sizes = zip(operation.layout.spatial(shape), operation.layout.spatial(result.output), operation.sizes, strict=True)
    channels = operation.layout.channels(shape)
    return (
        *per_axis(names, ((adaptive_step(*axis),) for axis in sizes)),
        channels_step("input", number(channels), channels),
        NO_PARAMETERS,
        adaptive_cost(operation, shape, result),
    )


def adaptive_cost(operation: AdaptivePooling, shape: Shape, result: Result) -> Step:
    """What all windows read, each element as often as a window reads it; a maximum compares one time less a window."""
    outputs = operation.layout.spatial(result.output)
    read = times_text(
        number(size) if size == output else f"({number(size)} + {number(output)} - {common(size, output)})"
        for size, output in zip(operation.layout.spatial(shape), outputs, strict=True)
    )
    channels, elements = number(operation.layout.channels(shape)), "elements that the windows read"
    note = "size + output - gcd(size, output) along an axis: where two windows meet inside an element, both read it"
    if operation.kind == "max":
        numbers = f"{channels} x ({read} - {times_text(outputs)})"
        return Step("FLOPs", f"channels x ({elements} - output elements)", numbers, number(result.flops), note)
    return Step("FLOPs", f"channels x {elements}", f"{channels} x {read}", number(result.flops), note)


def common(size: Dim, output: Dim) -> str:
    """Their greatest common divisor."""
    return "?" if size is None or output is None else number(gcd(size, output))


MOST_SPREAD = 4096
"""The lengths of more adaptive windows than this are not compared."""


def adaptive_step(size: Dim, windows: Dim, wanted: int | None) -> Step:
    """One axis of adaptive pooling: which windows make the size that was asked for."""
    if wanted is None:
        return Step("", "output = size", number(size), number(windows))
    note = "window i reads floor(i x size / output) up to ceil((i + 1) x size / output) - 1"
    if size is not None and wanted <= MOST_SPREAD:
        lengths = {-(-(i + 1) * size // wanted) - i * size // wanted for i in range(min(wanted, size))}
        spread = str(min(lengths)) if len(lengths) == 1 else f"{min(lengths)} to {max(lengths)}"
        note = f"{note}: {plural(wanted, 'window')} of {spread} among {number(size)} elements"
    return Step("", "output = as asked for", number(wanted), number(windows), note)


@explain.register
def _(operation: Unfold, result: Result, shape: Shape) -> tuple[Step, ...]:
    _, rows, columns = result.output
    return (
        *window_steps(result.windows),
        Step("rows", "output = channels x kernel", times_text((shape[1], *operation.kernel)), number(rows)),
        Step("columns", "output = windows", times_text(axis.windows for axis in result.windows), number(columns)),
    )
