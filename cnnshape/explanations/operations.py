"""Operations without windows explained, those that have more to say than any result: one function each."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, Shape, product, show
from cnnshape.arithmetic.windows import Padding
from cnnshape.explanations.registry import (
    buffers_steps,
    cost_steps,
    explain,
    flops_step,
    shape_step,
)
from cnnshape.explanations.steps import (
    NO_PARAMETERS,
    Step,
    channels_step,
    join,
    macs_step,
    number,
    parameters_step,
    per_axis,
    plural,
    sum_step,
    times_text,
    where,
)
from cnnshape.operations.activation import Activation
from cnnshape.operations.applied import Applied
from cnnshape.operations.composed import Composed
from cnnshape.operations.dense import Dense
from cnnshape.operations.merging import Concatenate, Dot, Merge
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Layout, Operation, Result, axis_names, normalize_axis
from cnnshape.operations.padding import Crop, Pad
from cnnshape.operations.parts import Chunk
from cnnshape.operations.pooling import WithIndices
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.resampling import Interpolate, PixelShuffle, PixelUnshuffle, Upsample
from cnnshape.operations.reshaping import Permute, Reshape
from cnnshape.operations.views import Flatten, OfRank
from cnnshape.operations.wrapping import BatchSecond, Frozen, exchanged


@explain.register
def _(operation: WithIndices, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.pooling, result._replace(outputs=result.outputs[:1]), *inputs)


@explain.register
def _(operation: Composed, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    parts = [(part.name, each) for part, each in zip(operation.parts, operation.results(*inputs), strict=True)]
    counts: list[tuple[str, list[tuple[str, Dim]], Dim]] = [
        ("parameters", [(name, each.params) for name, each in parts], result.params),
        ("MACs", [(name, each.macs) for name, each in parts], result.macs),
        ("FLOPs", [(name, each.flops) for name, each in parts], result.flops),
    ]
    shapes = (Step(name, "", "", ", ".join(map(show, each.outputs))) for name, each in parts)
    return (*shapes, *(sum_step(*each) for each in counts), *buffers_steps(result))


@explain.register
def _(operation: BatchSecond, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    count = operation.inputs
    steps = explain(operation.operation, result, *map(exchanged, inputs[:count]), *inputs[count:])
    return (shape_step(inputs, result.outputs), *(step for step in steps if step.subject != "shape"))


@explain.register
def _(operation: Frozen, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.operation, result, *inputs)


@explain.register
def _(operation: Applied, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    if operation != Applied(operation.operation, batch=operation.batch, weightless=True):
        return explain.dispatch(Operation)(operation, result, *inputs)  # what any result tells
    steps = explain(operation.operation, operation.operation.apply(*inputs), *inputs)
    return tuple(step for step in steps if step.subject not in ("parameters", "buffers"))  # they are kept elsewhere


@explain.register
def _(operation: OfRank, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.operation, result, *inputs)


@explain.register
def _(operation: Interpolate, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    return explain(operation.over(inputs[0]), result, *inputs)


@explain.register
def _(operation: Dense, result: Result, shape: Shape) -> tuple[Step, ...]:
    features = result.weights[0].shape[0]
    bias, one = (" + bias", " + 1 bias") if operation.bias else ("", "")
    places = shape[1:-1]
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
        flops_step(operation, result),
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
        parameters if weights else NO_PARAMETERS,
        *buffers_steps(result),
        Step("FLOPs", "(product + sum) x output elements", f"2 x {number(elements)}", number(result.flops)),
    )


@explain.register
def _(operation: Activation, result: Result, shape: Shape) -> tuple[Step, ...]:
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
    return (*scaled, NO_PARAMETERS, *cost_steps(result))


@explain.register
def _(operation: PixelShuffle | PixelUnshuffle, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    channels, *sizes = inputs[0][-3:]
    out_channels, *outputs = result.output[-3:]
    factor, grows = operation.factor, isinstance(operation, PixelShuffle)
    sign = "x" if grows else "/"
    squared = "/ ({0} x {0})" if grows else "x {0} x {0}"
    return (
        *(
            Step(axis, f"output = size {sign} factor", f"{number(size)} {sign} {factor}", number(output))
            for axis, size, output in zip(("height", "width"), sizes, outputs, strict=True)
        ),
        channels_step(
            f"channels {squared.format('factor')}", f"{number(channels)} {squared.format(factor)}", out_channels
        ),
    )


@explain.register
def _(operation: Flatten, result: Result, shape: Shape) -> tuple[Step, ...]:
    start, end = normalize_axis(operation.start, len(shape)), normalize_axis(operation.end, len(shape))
    merged = shape[start : end + 1]
    return (Step(f"axis {start}", "output = product of the merged sizes", times_text(merged), number(product(merged))),)


@explain.register
def _(operation: Reshape, result: Result, shape: Shape) -> tuple[Step, ...]:
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
def _(operation: Permute, result: Result, shape: Shape) -> tuple[Step, ...]:
    order = ", ".join(str(normalize_axis(axis, len(shape))) for axis in operation.order)
    return (Step("shape", f"output axes = input axes {order}", show(shape), show(result.output)),)


@explain.register
def _(operation: Chunk, result: Result, shape: Shape) -> tuple[Step, ...]:
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
def _(operation: Reduce, result: Result, shape: Shape) -> tuple[Step, ...]:
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
