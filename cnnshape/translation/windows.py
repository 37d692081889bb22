"""Convolutions and poolings: layers of both frameworks whose windows slide over the input."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnshape.arithmetic.sizes import times
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.pooling import Pooling
from cnnshape.translation.answer import WORSE, Counterpart, Request
from cnnshape.translation.calls import Call, call, known, short
from cnnshape.translation.comparison import (
    Axes,
    Compared,
    Mean,
    Windowed,
    begins,
    compared,
    hangs,
    is_average,
    mean_of,
    unknown_axes,
)
from cnnshape.translation.padding import keras, mirrored
from cnnshape.value import replace
from cnnshape.vocabularies.vocabulary import title


def sliding(operation: Windowed, request: Request, *more: Call) -> Counterpart:
    """The counterpart of windows that slide; `more` are layers that follow it there."""
    if isinstance(operation, Pooling) and operation.kind in ("lp", "sum"):
        return pooled_otherwise(operation, request)
    if getattr(operation, "padding_mode", "constant") != "constant":
        return padded_otherwise(operation, request)
    if isinstance(operation, Convolution) and operation.separable:
        return separable(operation, request)
    if request.other == "pytorch":
        return to_pytorch(operation, request, more)
    return to_keras(operation, request)


def padded_otherwise(operation: Windowed, request: Request) -> Counterpart:
    """A convolution of PyTorch whose padding is no zeros: for some of it Keras has a function."""
    found = request.nothing("Keras pads with zeros only: use a Pad layer's values before it")
    axes = request.result.windows
    pads = [axis.padding for axis in axes]
    padding = (
        None if None in pads else mirrored(getattr(operation, "padding_mode", ""), [each for each in pads if each])
    )
    if padding is None or refused_by_keras(operation):
        return found
    reason = "Keras's convolutions pad with zeros: the other padding is a function of its own"
    return found._replace(remedy=(padding, written(operation, request)), reason=reason)


def refused_by_keras(operation: Windowed) -> bool:
    """Whether Keras refuses the strides and the dilation together."""
    return max(operation.dilation or (1,)) > 1 and max(operation.strides) > 1


def separable(operation: Convolution, request: Request) -> Counterpart:
    """A convolution of every channel by itself, and one of 1 x 1 that mixes them."""
    rank, channels = len(operation.kernel), request.inputs[0][request.channel_axis]
    first = replace(operation, filters=None, bias=False, activation=None)
    between = known(times(channels, operation.multiplier))
    mixing = call(f"Conv{rank}d", between, operation.filters, 1, bias=False if not operation.bias else None)
    return sliding(first, request, mixing)


def pooled_otherwise(operation: Pooling, request: Request) -> Counterpart:
    """Sum and LP pooling, which only one side has."""
    if operation.kind == "lp":
        return request.nothing("Keras has no LP pooling")
    if len(operation.window) == 1 or operation.padding != "valid":
        return request.nothing("PyTorch has no sum pooling of this kind")
    strides = None if operation.strides == operation.window else short(operation.strides)
    layer = call(f"AvgPool{len(operation.window)}d", short(operation.window), stride=strides, divisor_override=1)
    return request.answer(layer, note="a mean that divides by 1 is a sum")


def written(operation: Windowed, request: Request, padding: Any = None, **more: Any) -> Call:
    """The layer in the other framework's words, with this padding (None: the default)."""
    rank = len(operation.strides)
    suffix = f"{rank}{'D' if request.other == 'keras' else 'd'}"
    strides, dilation = short(operation.strides, 1), short(operation.dilation or (1,) * rank, 1)
    if isinstance(operation, Pooling):
        kind = {"max": "Max", "average": "Average" if request.other == "keras" else "Avg"}[operation.kind]
        name = f"{kind}Pool{'ing' if request.other == 'keras' else ''}{suffix}"
        apart = None if operation.strides == operation.window else short(operation.strides)
        words = {"strides" if request.other == "keras" else "stride": apart, "padding": padding}
        return call(name, short(operation.window), **words, **more)
    channels = known(request.inputs[0][request.channel_axis])
    bias, kernel = None if operation.bias else False, short(operation.kernel)
    groups: Any = short((operation.groups,), 1)
    if request.other == "keras":
        words = {"strides": strides, "padding": padding, "dilation_rate": dilation}
        each = operation.multiplier if operation.filters is None else multiplied_alone(operation, request)
        if each is not None:
            return call(f"DepthwiseConv{suffix}", kernel, **words, depth_multiplier=short((each,), 1), use_bias=bias)
        return call(f"Conv{suffix}", operation.filters, kernel, **words, groups=groups, use_bias=bias)
    filters: Any = operation.filters
    if filters is None:
        filters, groups = known(times(request.inputs[0][request.channel_axis], operation.multiplier)), channels
    words = {"stride": strides, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias}
    return call(f"Conv{suffix}", channels, filters, kernel, **words)


def multiplied_alone(operation: Convolution, request: Request) -> int | None:
    """How many outputs each channel has by itself: such groups have a layer in Keras, for one or two axes.

    TensorFlow runs that with the same stride along all axes alone.
    """
    channels, filters = request.inputs[0][request.channel_axis], operation.filters or 0
    alone = operation.groups > 1 and operation.groups == channels and not filters % operation.groups
    runs = len(operation.kernel) < 3 and len(set(operation.strides)) == 1
    return filters // operation.groups if alone and runs else None


def to_pytorch(operation: Windowed, request: Request, more: tuple[Call, ...]) -> Counterpart:
    """Keras's rule in PyTorch's numbers."""
    axes = request.result.windows
    if operation.padding == "causal":
        (axis,) = axes
        before = call("ConstantPad1d", (axis.extent - 1, 0), 0)
        return request.answer(before, written(operation, request), *more, note="PyTorch has no causal padding")
    pads = [axis.padding for axis in axes]
    if operation.padding == "same" and not isinstance(operation, Pooling) and set(operation.strides) == {1}:
        return request.answer(written(operation, request, "same"), *more)
    if all(each is not None and each[0] == each[1] for each in pads):
        padded = any(each != (0, 0) for each in pads)
        counted = {"count_include_pad": False} if is_average(operation) and padded else {}
        layer = written(operation, request, short([each[0] for each in pads if each], 0), **counted)
        return request.answer(layer, *more, note="Keras leaves padding out of the mean" if counted else "")
    layer = written(operation, request, short([(axis.extent - 1) // 2 for axis in axes], 0))
    worst = compared(operation, layer, request)
    if worst.verdict == "same":
        note = ""
    elif worst.verdict == "other values" and None in pads and max(operation.strides) == 2:
        note = "what Keras pads depends on the size, which is unknown: before and after differ for every other size"
    else:
        note = at_a_size(worst, request, difference(worst, request))
        if fix := padding_before(operation, worst.ours):
            note = f"{note}; {fix} before padding=0 gives Keras's values"
    found = request.answer(layer, *more, verdict=worst.verdict, note=note)
    if found.verdict == "same" or None in pads:
        return found
    if is_average(operation):
        return averaged_over_the_end(found, operation, request)
    padding = padding_before(operation, axes)
    if padding is None:
        return found
    reason = 'Keras\'s "same" pads more after than before: the padding is a layer of its own'
    return found._replace(remedy=(padding, written(operation, request), *more), reason=reason)


def averaged_over_the_end(found: Counterpart, operation: Windowed, request: Request) -> Counterpart:
    """PyTorch's mean where Keras pads more after than before: windows that hang over the end count what is there."""
    low = [axis.padding[0] for axis in request.result.windows if axis.padding]
    counted = False if any(low) else None
    layer = written(operation, request, short(low, 0), ceil_mode=True, count_include_pad=counted)
    if compared(operation, layer, request).verdict != "same":
        return found
    reason = 'Keras\'s "same" pads more after than before: ceil_mode has no end, and counts no padding there'
    return found._replace(remedy=(layer,), reason=reason)


def to_keras(operation: Windowed, request: Request) -> Counterpart:
    """PyTorch's numbers in Keras's two rules: the one that comes nearer, of two alike the more usual."""
    dilation = operation.dilation or (1,)
    if isinstance(operation, Pooling) and max(dilation) > 1:
        return request.nothing("Keras has no dilated pooling")
    if refused_by_keras(operation):
        return request.nothing("Keras refuses strides above 1 together with a dilation above 1")
    axes = request.result.windows
    padded, ceil_mode = any(map(any, (axis.padding or () for axis in axes))), axes[0].rule == "ceil"
    valid, same = written(operation, request), written(operation, request, "same")
    rules = [same, valid] if padded else [valid, same] if ceil_mode else [valid]
    layer, worst = min(
        ((rule, compared(operation, rule, request)) for rule in rules), key=lambda pair: WORSE.index(pair[1].verdict)
    )
    note = ""
    if worst.verdict == "same" and layer is same and ceil_mode and (hangs(worst.ours) or not padded):
        note = "padding='same' does what ceil_mode does" + ("" if unknown_axes(request) else ", at this size")
    elif worst.verdict == "other values" and begins(worst.ours) == begins(worst.theirs):
        note = mean_note(operation, mean_of(request.framework, request.argument))
    elif worst.verdict != "same" and ceil_mode and hangs(worst.ours):
        last = "a last window that hangs over the edge" if unknown_axes(request) else "the last window"
        kept = ", padding='same' keeps it here" if worst.verdict == "other values" else ""
        note = f"Keras has no ceil_mode: padding='valid' drops {last}{kept}"
    elif worst.verdict != "same":
        note = at_a_size(worst, request, difference(worst, request))
        if fix := zeros_before(operation, worst.ours):
            note = f'{note}; {fix} before padding="valid" gives PyTorch\'s values'
    found = request.answer(layer, verdict=worst.verdict, note=note)
    if found.verdict == "same" or any(axis.padding is None or axis.windows is None for axis in axes):
        return found
    if is_average(operation):
        return averaged_over_zeros(found, operation, request)
    padding = zeros_before(operation, axes) or nothing_before(operation, axes)
    if padding is None:
        return found
    reason = "Keras knows no numbers of padding: the padding is a layer of its own"
    return found._replace(remedy=(padding, valid), reason=reason)


def averaged_over_zeros(found: Counterpart, operation: Windowed, request: Request) -> Counterpart:
    """Keras's mean where PyTorch counts padding, or divides by a number: zeros are elements of the input before."""
    axes, mean = request.result.windows, mean_of(request.framework, request.argument)
    if not isinstance(operation, Pooling) or (mean.divisor is None and (hangs(axes) or not mean.counts_padding)):
        return found
    pads = whole_padding(axes)
    layers = [keras("ZeroPadding", pads)] if any(map(any, pads)) else []
    layers.append(written(operation, request))
    if mean.divisor is not None:
        layers.append(call("ops.multiply", x2=prod(operation.window) / mean.divisor))
    return found._replace(remedy=tuple(layers), reason=mean_note(operation, mean))


def mean_note(operation: Windowed, mean: Mean) -> str:
    """Why two averages over the same windows differ."""
    if mean.divisor is None:
        return "Keras leaves padding out of the mean, PyTorch counts it unless count_include_pad=False"
    elements = prod(operation.window) if isinstance(operation, Pooling) else 0
    return f"PyTorch divides by divisor_override={mean.divisor}, Keras by those of the {elements} that are no padding"


def at_a_size(found: Compared, request: Request, note: str) -> str:
    """The note, said of one size where the sizes are not known."""
    if not unknown_axes(request):
        return note
    axis = next(
        (one for one, two in zip(found.ours, found.theirs, strict=False) if one.padding != two.padding), found.ours[0]
    )
    return f"with a {axis.axis} of {axis.size}, for example, {note}"


def difference(found: Compared, request: Request) -> str:
    """Where both pad differently, along the first axis where they do."""
    differing = (pair for pair in zip(found.ours, found.theirs, strict=False) if pair[0].padding != pair[1].padding)
    ours, theirs = next(differing, (found.ours[0], found.ours[0]))
    (low, high), (their_low, their_high) = ours.padding or (0, 0), theirs.padding or (0, 0)
    there, here = title(request.other), title(request.framework)
    padded = f"{there} pads the {ours.axis} by {their_low} before and {their_high} after, {here} by {low} and {high}"
    shift = their_low - low
    if found.verdict != "other values" or not shift:
        return padded
    plural = "" if abs(shift) == 1 else "s"
    return f"{padded}, so its windows start {abs(shift)} element{plural} {'earlier' if shift > 0 else 'later'}"


def padding_before(operation: Windowed, axes: Axes) -> Call | None:
    """How PyTorch gets Keras's padding: by a layer of its own before. An average would count it."""
    if is_average(operation) or any(axis.padding is None for axis in axes):
        return None
    amounts = tuple(amount for axis in reversed(axes) for amount in axis.padding or (0, 0))
    return call(f"ConstantPad{len(axes)}d", amounts, float("-inf") if isinstance(operation, Pooling) else 0)


def zeros_before(operation: Windowed, axes: Axes) -> Call | None:
    """How Keras gets PyTorch's padding: by a layer of its own before. Padding of a maximum is no zero."""
    if isinstance(operation, Pooling) or any(axis.padding is None for axis in axes):
        return None
    return keras("ZeroPadding", tuple(axis.padding or (0, 0) for axis in axes))


def nothing_before(operation: Windowed, axes: Axes) -> Call | None:
    """How Keras pads a maximum as PyTorch does: by less than any number, which only a function does."""
    if is_average(operation) or any(axis.padding is None for axis in axes):
        return None
    return call("ops.pad", ((0, 0), *whole_padding(axes), (0, 0)), constant_values=float("-inf"))


def whole_padding(axes: Axes) -> tuple[Padding, ...]:
    """Padding with which every window lies within: what hangs over the end (``ceil_mode``) is padding as well."""
    pads = [axis.padding or (0, 0) for axis in axes]
    ends = [(axis.end or 0) - (axis.size or 0) for axis in axes]
    return tuple((low, max(high, end)) for (low, high), end in zip(pads, ends, strict=True))
