"""How each operation explains itself: one function per operation, composed of the pieces in `explaining`.

They stand apart from the operations because most runs never need them. An operation without a function here
is explained by what any result tells: its shape, its weights, its cost per element.
"""

from __future__ import annotations

from functools import singledispatch
from math import gcd, prod

from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times
from cnnshape.arithmetic.windows import Padding, effective_kernel
from cnnshape.operations.activation import Activation, activation_flops
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.explaining import (
    AxisWindows,
    WindowRule,
    channels_step,
    flops_per_element,
    flops_step,
    join,
    kernel_step,
    macs_step,
    no_parameters,
    number,
    parameters_step,
    per_axis,
    plural,
    times_text,
    where,
    window_steps,
)
from cnnshape.operations.merging import Concatenate, Dot, Merge
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Layout, Operation, Result, Step, axis_names, normalize_axis
from cnnshape.operations.padding import Crop, Pad
from cnnshape.operations.parts import Chunk
from cnnshape.operations.pooling import GlobalPooling, Pooling, WithIndices
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.resampling import Interpolate, PixelShuffle, PixelUnshuffle, Unfold, Upsample
from cnnshape.operations.reshaping import Permute, Reshape
from cnnshape.operations.separable import SeparableConvolution
from cnnshape.operations.sliding import PaddingRule
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Flatten, OfRank

Sliding = Convolution | DepthwiseConvolution | SeparableConvolution | Pooling | Unfold
"""The operations whose windows slide over the input."""


def axis_windows(operation: Operation, *inputs: Shape) -> tuple[AxisWindows, ...]:
    """The windows of an operation along each spatial axis; empty where no window slides over its input."""
    if isinstance(operation, WithIndices):
        return axis_windows(operation.pooling, *inputs)
    if not isinstance(operation, Sliding):
        return ()
    (shape,) = inputs
    kernel = operation.window if isinstance(operation, Pooling) else operation.kernel
    rank = len(kernel)
    result = operation.apply(shape)
    sizes = shape[2:] if isinstance(operation, Unfold) else operation.layout.spatial(shape)
    ceil_mode = isinstance(operation, Pooling) and operation.ceil_mode
    padding = result.padding or (None,) * rank
    dilation = operation.dilation or (1,) * rank
    if isinstance(operation, Unfold):
        counts: Shape = tuple(
            None if size is None or pads is None else (size + sum(pads) - d * (k - 1) - 1) // s + 1
            for size, pads, k, s, d in zip(sizes, padding, kernel, operation.strides, dilation, strict=True)
        )
    else:
        counts = operation.layout.spatial(result.output)
    rule = window_rule(operation.padding, ceil_mode=ceil_mode)
    return tuple(
        AxisWindows(name, size, k, s, d, pads, count, rule)
        for name, size, k, s, d, pads, count in zip(
            axis_names(rank), sizes, kernel, operation.strides, dilation, padding, counts, strict=True
        )
    )


def written_windows(operation: Operation, *inputs: Shape) -> tuple[AxisWindows, ...]:
    """The windows of a transposed convolution along each axis of its *output*: input element i writes window i."""
    if not isinstance(operation, TransposedConvolution):
        return ()
    (shape,) = inputs
    rank = len(operation.kernel)
    axes = zip(
        axis_names(rank),
        operation.layout.spatial(operation.apply(shape).output),
        operation.kernel,
        operation.strides,
        operation.dilation or (1,) * rank,
        operation.crop(),
        operation.layout.spatial(shape),
        strict=True,
    )
    return tuple(AxisWindows._make((*axis, "explicit")) for axis in axes)


def window_rule(padding: PaddingRule | tuple[Padding, ...], *, ceil_mode: bool) -> WindowRule:
    """Where the padding of an operation comes from."""
    if ceil_mode:
        return "ceil"
    return "explicit" if isinstance(padding, tuple) else padding


def steps(operation: Operation, *inputs: Shape) -> tuple[Step, ...]:
    """The arithmetic of ``operation.apply(*inputs)``, written out. Raises `Fault` where they do not fit."""
    return explain(operation, operation.apply(*inputs), *inputs)


@singledispatch
def explain(operation: Operation, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    """What any result tells: the shape where it stays, the weights one by one, the cost per element."""
    kept = len(inputs) == 1 and result.outputs == inputs
    shape = Step("shape", "output = input", "", show(result.output)) if kept else shape_step(inputs, result.outputs)
    return (shape, *weights_steps(result), *cost_steps(result))


def shape_step(inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Step:
    """From these shapes to those, where no formula says more."""
    return Step("shape", "", ", ".join(map(show, inputs)), ", ".join(map(show, outputs)))


def weights_steps(result: Result) -> tuple[Step, ...]:
    """Parameters as the sum of the weight tensors, with a word on what is not trained."""
    weights = [weight for weight in result.weights if weight.kind != "buffer"]
    steps: list[Step] = []
    if weights:
        names = " + ".join(weight.name for weight in weights)
        numbers = " + ".join(times_text(weight.shape) if weight.shape else "1" for weight in weights)
        untrained = [weight.name for weight in weights if weight.kind == "non_trainable"]
        note = f"{join(untrained)}: computed, not trained" if untrained else ""
        steps.append(parameters_step(names, numbers, result.params, note))
    return (*steps, *buffers_steps(result))


def buffers_steps(result: Result) -> tuple[Step, ...]:
    """PyTorch's buffers, which are kept with the weights but are no parameters."""
    buffers = [weight for weight in result.weights if weight.kind == "buffer"]
    if not buffers:
        return ()
    names = " + ".join(weight.name for weight in buffers)
    numbers = " + ".join(times_text(weight.shape) if weight.shape else "1" for weight in buffers)
    return (Step("buffers", names, numbers, number(result.elements("buffer")), "kept, but no parameters"),)


def cost_steps(result: Result) -> tuple[Step, ...]:
    """FLOPs as a whole number per output element, where they are one."""
    elements = product(result.output[1:])
    if not result.flops or not elements or result.flops % elements:
        return ()
    each = result.flops // elements
    return (Step("FLOPs", "per element x elements", f"{number(each)} x {number(elements)}", number(result.flops)),)


def bias_terms(bias: bool, activation: str | None, elements: Dim) -> list[tuple[str, Dim]]:
    """What a layer with weights computes beside products."""
    return [
        ("bias additions", elements if bias else 0),
        (f"{activation} activation", activation_flops(activation, elements)),
    ]


@explain.register
def _(operation: Convolution, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    channels = result.weights[0].shape[-2]
    whole = times(channels, operation.groups)
    shared = f" / {operation.groups}" if operation.groups > 1 else ""
    groups = " / groups" if shared else ""
    fan_in = f"{times_text((*operation.kernel, whole))}{shared}"
    bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
    sizes = operation.layout.spatial(result.output)
    return (
        *window_steps(axis_windows(operation, shape)),
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
        flops_step(
            result.macs,
            bias_terms(operation.bias, operation.activation, times(product(sizes), operation.filters)),
            result.flops,
        ),
    )


@explain.register
def _(operation: DepthwiseConvolution, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    channels, several = operation.layout.channels(shape), operation.multiplier > 1
    filters = times(channels, operation.multiplier)
    each = f"{number(channels)} channels" + (f" x {operation.multiplier} each" if several else "")
    bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
    sizes, kernel = operation.layout.spatial(result.output), times_text(operation.kernel)
    multiplier = " x multiplier" if several else ""
    numbers = number(channels) + (f" x {operation.multiplier}" if several else "")
    return (
        *window_steps(axis_windows(operation, shape)),
        channels_step(f"channels{multiplier}", numbers, filters),
        parameters_step(f"channels{multiplier} x (kernel{bias})", f"{each} x ({kernel}{one})", result.params),
        macs_step(
            f"output x channels{multiplier} x kernel",
            f"{times_text(sizes)} x {numbers} x {kernel}",
            result.macs,
            "every filter reads one channel",
        ),
        flops_step(
            result.macs,
            bias_terms(operation.bias, operation.activation, times(product(sizes), filters)),
            result.flops,
        ),
    )


@explain.register
def _(operation: SeparableConvolution, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    channels, several = operation.layout.channels(shape), operation.multiplier > 1
    multiplier = " x multiplier" if several else ""
    between = number(channels) + (f" x {operation.multiplier}" if several else "")
    sizes, kernel, filters = operation.layout.spatial(result.output), times_text(operation.kernel), operation.filters
    bias, added = (" + bias", f" + {number(filters)}") if operation.bias else ("", "")
    return (
        *window_steps(axis_windows(operation, shape)),
        channels_step("filters", number(filters), filters),
        parameters_step(
            f"channels{multiplier} x kernel + channels{multiplier} x filters{bias}",
            f"{between} x {kernel} + {between} x {number(filters)}{added}",
            result.params,
            "first a filter for every channel, then 1 x 1 filters that mix the channels",
        ),
        macs_step(
            f"output x channels{multiplier} x (kernel + filters)",
            f"{times_text(sizes)} x {between} x ({kernel} + {number(filters)})",
            result.macs,
        ),
        flops_step(
            result.macs,
            bias_terms(operation.bias, operation.activation, times(product(sizes), filters)),
            result.flops,
        ),
    )


@explain.register
def _(operation: TransposedConvolution, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    spatial, sizes = operation.layout.spatial(shape), operation.layout.spatial(result.output)
    channels, grouped = result.weights[0].shape[-1], operation.groups > 1
    fan_out = f"{number(operation.filters)}" + (f" / {operation.groups}" if grouped else "")
    words, kernel = "filters / groups" if grouped else "filters", times_text(operation.kernel)
    bias, added = (" + bias", f" + {number(operation.filters)}") if operation.bias else ("", "")
    elements = times(product(sizes), operation.filters)
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
        flops_step(result.macs, bias_terms(operation.bias, operation.activation, elements), result.flops),
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
    if extent == kernel:
        return (Step("", f"output = {formula}", numbers, number(output), crop_note(crop)),)
    dilated = formula.replace("kernel", "effective kernel")
    return (
        kernel_step(kernel, dilation),
        Step("", f"output = {dilated}", numbers, number(output), crop_note(crop)),
    )


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
def _(operation: Pooling, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    formula, what = POOLED[operation.kind]
    window, text = prod(operation.window), times_text(operation.window)
    each = {"max": f"({text} - 1)", "sum": f"({text} - 1)", "average": text, "lp": f"2 x {text}"}[operation.kind]
    elements = times(*operation.layout.spatial(result.output), operation.layout.channels(shape))
    cost = Step(
        "FLOPs",
        f"{formula} x output elements",
        f"{each} x {number(elements)}",
        number(result.flops),
        what if window > 1 else "",
    )
    channels = operation.layout.channels(shape)
    return (
        *window_steps(axis_windows(operation, shape)),
        channels_step("input", number(channels), channels),
        no_parameters(),
        cost,
    )


@explain.register
def _(operation: WithIndices, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.pooling, result._replace(outputs=result.outputs[:1]), *inputs)


@explain.register
def _(operation: OfRank, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.operation, result, *inputs)


@explain.register
def _(operation: Interpolate, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.over(inputs[0]), result, *inputs)


@explain.register
def _(operation: GlobalPooling, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
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
        no_parameters(),
        Step("FLOPs", "input elements", times_text(shape[1:]), number(result.flops)),
    )


@explain.register
def _(operation: AdaptivePooling, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    if reduction := operation.reduction(shape):
        return explain(reduction, result, shape)
    names = axis_names(len(operation.sizes))
    sizes = zip(operation.layout.spatial(shape), operation.layout.spatial(result.output), operation.sizes, strict=True)
    channels = operation.layout.channels(shape)
    return (
        *per_axis(names, ((adaptive_step(*axis),) for axis in sizes)),
        channels_step("input", number(channels), channels),
        no_parameters(),
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
def _(operation: Dense, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    features = result.weights[0].shape[0]
    bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
    places = shape[1:-1]
    elements = product(result.output[1:])
    words = "positions x units x features" if places else "units x features"
    return (
        Step("features", "output = units", number(operation.units), number(operation.units)),
        parameters_step(
            f"units x (features{bias})",
            f"{plural(operation.units, 'unit')} x ({number(features)}{one})",
            result.params,
            "the same weights at every position" if places else "",
        ),
        macs_step(words, times_text((*places, operation.units, features)), result.macs),
        flops_step(result.macs, bias_terms(operation.bias, operation.activation, elements), result.flops),
    )


@explain.register
def _(operation: BatchNormalization, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    weights = [weight for weight in result.weights if weight.kind != "buffer"]
    channels = result.output[normalize_axis(operation.axis, len(result.output))]
    elements = product(result.output[1:])
    untrained = [weight.name for weight in weights if weight.kind == "non_trainable"]
    parameters = parameters_step(
        f"({' + '.join(weight.name for weight in weights)}) per channel",
        f"{len(weights)} x {number(channels)}",
        result.params,
        f"{join(untrained)}: updated while training, but not trained" if untrained else "",
    )
    return (
        Step("shape", "output = input", "", show(result.output)),
        parameters if weights else no_parameters(),
        *buffers_steps(result),
        flops_per_element("(product + sum)", 2, elements, result.flops),
    )


@explain.register
def _(operation: Activation, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    axes = sorted(operation.taken_over(shape))
    note = ""
    if axes:
        chosen = f", PyTorch's choice for {len(shape)} axes" if operation.axes is None else ""
        elements = number(product(shape[axis] for axis in axes))
        shares = "logarithms of shares" if operation.name.startswith("log") else "shares"
        named = f"{'axes' if len(axes) > 1 else 'axis'} {join([str(axis) for axis in axes])}"
        note = f"{operation.name} over {named}{chosen}: of every {elements} elements it makes {shares} of 1"
    return (Step("shape", "output = input", "", show(result.output), note), *cost_steps(result))


@explain.register
def _(operation: Merge, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    stretched = any(shape != result.output for shape in inputs)
    note = "shorter shapes get axes of size 1, and an axis of size 1 is repeated" if stretched else ""
    words = "as the inputs, repeated where needed" if stretched else "as every input"
    shape = Step("shape", f"output = {words}", ", ".join(map(show, inputs)), show(result.output), note)
    return (shape, *cost_steps(result))


@explain.register
def _(operation: Concatenate, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    axis = normalize_axis(operation.axis, len(result.output))
    return (
        Step(
            f"axis {axis}",
            "output = sum of the inputs' sizes",
            " + ".join(number(shape[axis]) for shape in inputs),
            number(result.output[axis]),
            "all other axes have to agree",
        ),
    )


@explain.register
def _(operation: Dot, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    elements = result.output[1:]
    left, right = inputs
    axis = normalize_axis(operation.axes[0], len(left))
    summed = left[axis] if left[axis] is not None else right[normalize_axis(operation.axes[1], len(right))]
    return (
        shape_step(inputs, result.outputs),
        macs_step("output x summed size", times_text((*elements, summed)), result.macs),
    )


@explain.register
def _(operation: Pad, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return ends_steps(operation.layout, operation.pads, result, inputs[0], "+", "before + after", "padding")


@explain.register
def _(operation: Crop, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return ends_steps(operation.layout, operation.crops, result, inputs[0], "-", "before - after", "cropped")


def ends_steps(
    layout: Layout | None, ends: tuple[Padding, ...], result: Result, shape: Shape, sign: str, words: str, verb: str
) -> tuple[Step, ...]:
    """What is added to, or cut from, both ends of every axis."""
    rank = len(ends)
    if layout:
        axes, names = layout.spatial_axes(len(shape)), axis_names(rank)
    else:
        axes = tuple(range(len(shape) - rank, len(shape)))
        names = tuple(f"axis {axis}" for axis in axes)
    steps = (
        Step(
            "",
            f"output = size {sign} {words}",
            f"{number(shape[axis])} {sign} {low} {sign} {high}",
            number(result.output[axis]),
            f"{verb} {where((low, high))}" if low != high else "",
        )
        for axis, (low, high) in zip(axes, ends, strict=True)
    )
    return per_axis(names, ((step,) for step in steps))


@explain.register
def _(operation: Upsample, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    sizes, outputs = operation.layout.spatial(inputs[0]), operation.layout.spatial(result.output)
    axes = (
        Step("", "output = size x factor", f"{number(size)} x {factor}", number(output))
        if isinstance(factor, int)
        else Step("", "output = floor(size x factor)", f"floor({number(size)} x {factor})", number(output))
        for size, factor, output in zip(sizes, operation.factors, outputs, strict=True)
    )
    scaled = per_axis(axis_names(len(sizes)), ((step,) for step in axes))
    return (*scaled, no_parameters(), *cost_steps(result))


@explain.register
def _(operation: PixelShuffle, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    *_, channels, height, width = inputs[0]
    factor = operation.factor
    *_, out_channels, out_height, out_width = result.output
    return (
        Step("height", "output = size x factor", f"{number(height)} x {factor}", number(out_height)),
        Step("width", "output = size x factor", f"{number(width)} x {factor}", number(out_width)),
        channels_step("channels / (factor x factor)", f"{number(channels)} / ({factor} x {factor})", out_channels),
    )


@explain.register
def _(operation: PixelUnshuffle, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    *_, channels, height, width = inputs[0]
    factor = operation.factor
    *_, out_channels, out_height, out_width = result.output
    return (
        Step("height", "output = size / factor", f"{number(height)} / {factor}", number(out_height)),
        Step("width", "output = size / factor", f"{number(width)} / {factor}", number(out_width)),
        channels_step("channels x factor x factor", f"{number(channels)} x {factor} x {factor}", out_channels),
    )


@explain.register
def _(operation: Unfold, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    axes = axis_windows(operation, shape)
    _, rows, columns = result.output
    return (
        *window_steps(axes),
        Step("rows", "output = channels x kernel", times_text((shape[1], *operation.kernel)), number(rows)),
        Step("columns", "output = windows", times_text(axis.windows for axis in axes), number(columns)),
    )


@explain.register
def _(operation: Flatten, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    start, end = normalize_axis(operation.start, len(shape)), normalize_axis(operation.end, len(shape))
    merged = shape[start : end + 1]
    return (Step(f"axis {start}", "output = product of the merged sizes", times_text(merged), number(product(merged))),)


@explain.register
def _(operation: Reshape, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    elements, target = product(shape[1:]), operation.target[1:] if operation.batch else operation.target
    if -1 not in target:
        return (
            Step("elements", "as many as before", times_text(result.output[1:]), number(product(result.output[1:]))),
        )
    given = [size for size in target if size != -1]
    filled = result.output[1:][target.index(-1)]
    divisor = times_text(given) or "1"
    return (
        Step(
            f"axis {1 + target.index(-1)}",
            "-1 = elements / product of the other sizes",
            f"{number(elements)} / ({divisor})",
            number(filled),
        ),
    )


@explain.register
def _(operation: Permute, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    order = ", ".join(str(normalize_axis(axis, len(shape))) for axis in operation.order)
    return (Step("shape", f"output axes = input axes {order}", show(shape), show(result.output)),)


@explain.register
def _(operation: Chunk, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    axis = normalize_axis(operation.axis, len(shape))
    size, first = shape[axis], result.outputs[0][axis]
    sizes = ", ".join(number(output[axis]) for output in result.outputs)
    return (
        Step(
            f"axis {axis}",
            "each part = ceil(size / chunks)",
            f"ceil({number(size)} / {operation.count})",
            number(first),
            f"{plural(len(result.outputs), 'part')}: {sizes}",
        ),
    )


@explain.register
def _(operation: Reduce, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    (shape,) = inputs
    axes = [normalize_axis(axis, len(shape)) for axis in operation.axes]
    reduced = [shape[axis] for axis in axes]
    return (
        Step(
            f"{'axes' if len(axes) > 1 else 'axis'} {join([str(axis) for axis in axes])}",
            f"{operation.kind} over the elements",
            times_text(reduced),
            number(product(reduced)),
            "elements become one" + (", and the axes stay with size 1" if operation.keep else ""),
        ),
        reduced_cost(operation, shape, result),
    )


def reduced_cost(operation: Reduce, shape: Shape, result: Result) -> Step:
    """What a reduction costs: so many operations for every element, or one less for every output."""
    elements = times_text(shape[1:])
    each = {"mean": "", "var": "4 x ", "norm": "2 x "}.get(operation.kind)
    if each is None:
        outputs = times_text(result.output[1:]) or "1"
        return Step("FLOPs", "input elements - output elements", f"{elements} - {outputs}", number(result.flops))
    return Step("FLOPs", f"{each}input elements", f"{each}{elements}", number(result.flops))
