"""What the other framework would give for the same layer, and why.

A counterpart is the layer that people write when they move between Keras and PyTorch. The shape is often the
same where the values are not, as both pad differently; the verdict says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any, Literal, NamedTuple

from cnnshape.arithmetic.sizes import Dim, Shape, show, times
from cnnshape.arithmetic.windows import Padding, count_windows, same_padding
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.explaining import AxisWindows, number
from cnnshape.operations.explanations import axis_windows
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Operation, Result, Step
from cnnshape.operations.pooling import GlobalPooling, Pooling
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Flatten

Framework = Literal["keras", "pytorch"]
Verdict = Literal["same", "other values", "other shape", "none"]
"""Same: shape and, with the same weights, values. None: the other framework has no such layer."""

TITLES: dict[str, str] = {"keras": "Keras", "pytorch": "PyTorch"}


class Counterpart(NamedTuple):
    """The layer of the other framework.

    Attributes:
        framework: whose layer it is.
        layer: how it is written there; "" where there is none.
        output_shape: in the axis order of that framework.
        params: as that framework counts them.
        padding: (before, after) per spatial axis; None where the notion does not apply.
        note: why it differs, and what to write for the same values.
    """

    framework: Framework
    layer: str
    output_shape: Shape | None
    params: Dim
    padding: tuple[Padding | None, ...] | None
    verdict: Verdict
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The counterpart as JSON states it."""
        return {
            "framework": self.framework,
            "layer": self.layer or None,
            "output_shape": self.output_shape and list(self.output_shape),
            "params": self.params,
            "padding": self.padding and [pads and list(pads) for pads in self.padding],
            "verdict": self.verdict,
            "note": self.note,
        }


class Request(NamedTuple):
    """A layer of `framework` with what it answered; the question is what `other` gives.

    `usual_layout` says whether its channels lie where the framework has them by default.
    """

    framework: Framework
    other: Framework
    result: Result
    inputs: tuple[Shape, ...]
    usual_layout: bool

    def answer(
        self,
        layer: str,
        verdict: Verdict = "same",
        note: str = "",
        *,
        shape: Shape | None = None,
        params: Dim = None,
        padding: tuple[Padding | None, ...] | None = None,
        moved: bool = True,
    ) -> Counterpart:
        """The counterpart; what is not given is as in the layer itself, channels moved to their usual place."""
        output = self.result.output if shape is None else shape
        return Counterpart(
            self.other,
            layer,
            moved_channels(output, self.other) if moved and self.usual_layout else output,
            self.result.params if params is None else params,
            self.result.padding if padding is None else padding,
            verdict,
            note,
        )

    def nothing(self, note: str) -> Counterpart:
        """The other framework has no such layer."""
        return Counterpart(self.other, "", None, None, None, "none", note)


def counterpart(operation: Operation, framework: str, *inputs: Shape) -> Counterpart | None:
    """What the other framework gives; None where nothing is known of it. Raises `Fault` where shapes do not fit."""
    ours: Framework = "pytorch" if framework == "pytorch" else "keras"
    other: Framework = "keras" if ours == "pytorch" else "pytorch"
    layout = getattr(operation, "layout", None)
    usual = layout is None or layout.channels_last == (ours == "keras")
    found = convert(operation, Request(ours, other, operation.apply(*inputs), inputs, usual))
    activation = getattr(operation, "activation", None)
    if found is None or not found.layer or activation in (None, "linear"):
        return found
    return with_activation(found, activation, dim=-1 if isinstance(operation, Dense) else 1)


PYTORCH_ACTIVATIONS = {
    "celu": "CELU()", "elu": "ELU()", "gelu": "GELU()", "glu": "GLU(DIM)", "hard_shrink": "Hardshrink()",
    "hard_sigmoid": "Hardsigmoid()", "hard_silu": "Hardswish()", "hard_swish": "Hardswish()", "hard_tanh": "Hardtanh()",
    "leaky_relu": "LeakyReLU(0.2)", "log_sigmoid": "LogSigmoid()", "log_softmax": "LogSoftmax(DIM)", "mish": "Mish()",
    "relu": "ReLU()", "relu6": "ReLU6()", "selu": "SELU()", "sigmoid": "Sigmoid()", "silu": "SiLU()",
    "soft_shrink": "Softshrink()", "softmax": "Softmax(DIM)", "softplus": "Softplus()", "softsign": "Softsign()",
    "swish": "SiLU()", "tanh": "Tanh()", "tanh_shrink": "Tanhshrink()",
}  # fmt: skip
"""Keras's names of activations as PyTorch's layers, with the values that Keras gives their parameters."""


def with_activation(found: Counterpart, activation: str, dim: int) -> Counterpart:
    """PyTorch's layers have no activation of their own: it is a second layer."""
    layer = PYTORCH_ACTIVATIONS.get(activation)
    if layer is not None:
        return found._replace(layer=f"{found.layer}, {layer.replace('DIM', f'dim={dim}')}")
    note = f"PyTorch has no layer for the activation {activation}"
    return found._replace(
        verdict="other shape" if found.verdict == "other shape" else "other values",
        note=f"{found.note}; {note}" if found.note else note,
    )


def moved_channels(shape: Shape, framework: Framework) -> Shape:
    """A shape with its channels where the framework has them by default: last (Keras), first (PyTorch)."""
    if len(shape) < 3:
        return shape
    if framework == "pytorch":
        return (shape[0], shape[-1], *shape[1:-1])
    return (shape[0], *shape[2:], shape[1])


def call(name: str, *positional: object, **keywords: object) -> str:
    """A layer as it is written; keywords that are None are left out."""
    given = [*map(str, positional), *(f"{key}={value}" for key, value in keywords.items() if value is not None)]
    return f"{name}({', '.join(given)})"


def short(values: Sequence[int], default: int | None = None) -> str | None:
    """One number where all axes agree, else all of them; None where that is the default."""
    if len(set(values)) == 1:
        return None if values[0] == default else str(values[0])
    return f"({', '.join(map(str, values))})"


@singledispatch
def convert(operation: Operation, request: Request) -> Counterpart | None:
    """The counterpart of one kind of operation."""
    return None


Windowed = Convolution | DepthwiseConvolution | Pooling


def written(operation: Windowed, request: Request, padding: str | None, **more: str | None) -> str:
    """The layer in the other framework's words, with this padding (None: the default)."""
    rank = len(operation.strides)
    suffix = f"{rank}{'D' if request.other == 'keras' else 'd'}"
    if isinstance(operation, Pooling):
        kind = {"max": "Max", "average": "Average" if request.other == "keras" else "Avg", "sum": "Sum"}
        name = f"{kind.get(operation.kind, '')}Pool{'ing' if request.other == 'keras' else ''}{suffix}"
        strides = None if operation.strides == operation.window else short(operation.strides)
        words = {"strides" if request.other == "keras" else "stride": strides, "padding": padding}
        return call(name, short(operation.window), **words, **more)
    channels = operation.layout.channels(request.inputs[0])
    strides, dilation = short(operation.strides, 1), short(operation.dilation or (1,) * rank, 1)
    if request.other == "keras":
        bias = None if operation.bias else "False"
        words = {"strides": strides, "padding": padding, "dilation_rate": dilation}
        if isinstance(operation, DepthwiseConvolution):
            multiplier = short((operation.multiplier,), 1)
            return call(
                f"DepthwiseConv{suffix}", short(operation.kernel), **words, depth_multiplier=multiplier, use_bias=bias
            )
        groups = short((operation.groups,), 1)
        return call(f"Conv{suffix}", operation.filters, short(operation.kernel), **words, groups=groups, use_bias=bias)
    words = {"stride": strides, "padding": padding, "dilation": dilation}
    bias = None if operation.bias else "False"
    inside = "?" if channels is None else str(channels)
    if isinstance(operation, DepthwiseConvolution):
        filters = times(channels, operation.multiplier)
        outside = "?" if filters is None else str(filters)
        return call(f"Conv{suffix}", inside, outside, short(operation.kernel), **words, groups=inside, bias=bias)
    groups = short((operation.groups,), 1)
    return call(f"Conv{suffix}", inside, operation.filters, short(operation.kernel), **words, groups=groups, bias=bias)


@convert.register(Convolution)
@convert.register(DepthwiseConvolution)
@convert.register(Pooling)
def _(operation: Windowed, request: Request) -> Counterpart | None:
    axes = axis_windows(operation, *request.inputs)
    if isinstance(operation, Pooling) and operation.kind in ("lp", "sum"):
        return pooled_otherwise(operation, request)
    if getattr(operation, "padding_mode", "constant") != "constant":
        return request.nothing("Keras pads with zeros only: use a Pad layer's values before it")
    if request.other == "pytorch":
        return to_pytorch(operation, request, axes)
    return to_keras(operation, request, axes)


def pooled_otherwise(operation: Pooling, request: Request) -> Counterpart | None:
    """Sum and LP pooling, which only one side has."""
    if operation.kind == "lp":
        return request.nothing("Keras has no LP pooling")
    if len(operation.window) == 1 or operation.padding != "valid":
        return request.nothing("PyTorch has no sum pooling of this kind")
    strides = None if operation.strides == operation.window else short(operation.strides)
    layer = call(f"AvgPool{len(operation.window)}d", short(operation.window), stride=strides, divisor_override=1)
    return request.answer(layer, note="a mean that divides by 1 is a sum")


def to_pytorch(operation: Windowed, request: Request, axes: tuple[AxisWindows, ...]) -> Counterpart:
    """Keras's rule in PyTorch's numbers."""
    average = isinstance(operation, Pooling) and operation.kind == "average"
    if operation.padding == "valid":
        return request.answer(written(operation, request, None))
    if operation.padding == "causal":
        (axis,) = axes
        note = f"after ConstantPad1d(({axis.extent - 1}, 0), 0), as PyTorch has no causal padding"
        return request.answer(written(operation, request, None), note=note)
    pads = [axis.padding for axis in axes]
    if not isinstance(operation, Pooling) and set(operation.strides) == {1}:
        return request.answer(written(operation, request, '"same"'))
    if all(each is not None and each[0] == each[1] for each in pads):
        counted = {"count_include_pad": "False"} if average and any(each != (0, 0) for each in pads) else {}
        layer = written(operation, request, short([each[0] for each in pads if each], 0), **counted)
        return request.answer(layer, note="Keras leaves padding out of the mean" if counted else "")
    usual = [(axis.extent - 1) // 2 for axis in axes]
    layer = written(operation, request, short(usual, 0))
    ends = tuple((pad, pad) for pad in usual)
    shape = resized(operation, request, [counted_with(axis, each) for axis, each in zip(axes, ends, strict=True)])
    if None in pads:
        note = "what Keras pads depends on the size, which is unknown: before and after differ for every other size"
        return request.answer(layer, "other values", note, shape=shape, padding=ends)
    return request.answer(
        layer,
        "other values" if shape == request.result.output else "other shape",
        shifted_note(axes, ends, shape == request.result.output, "PyTorch", "Keras") + asymmetric_fix(operation, pads),
        shape=shape,
        padding=ends,
    )


def asymmetric_fix(operation: Windowed, pads: Sequence[Padding | None]) -> str:
    """How PyTorch gets Keras's padding: by a layer of its own before."""
    rank = len(pads)
    amounts = [str(amount) for each in reversed(pads) for amount in each or ()]
    if isinstance(operation, Pooling) and operation.kind == "average":
        return ""
    fill = "-inf" if isinstance(operation, Pooling) else "0"
    value = f'float("{fill}")' if fill == "-inf" else fill
    pad = call(f"ConstantPad{rank}d", f"({', '.join(amounts)})", value)
    return f"; {pad} before padding=0 gives Keras's values"


def shifted_note(axes: Sequence[AxisWindows], ends: Sequence[Padding], same_shape: bool, there: str, here: str) -> str:
    """Where both pad differently, along the first axis where they do."""
    axis, end = next((axis, end) for axis, end in zip(axes, ends, strict=True) if axis.padding != end)
    low, high = axis.padding or (0, 0)
    differ = f"{there} pads the {axis.axis} by {end[0]} before and {end[1]} after, {here} by {low} and {high}"
    shift = end[0] - low
    if not same_shape or not shift:
        return differ
    plural = "" if abs(shift) == 1 else "s"
    return f"{differ}, so its windows start {abs(shift)} element{plural} {'earlier' if shift > 0 else 'later'}"


def to_keras(operation: Windowed, request: Request, axes: tuple[AxisWindows, ...]) -> Counterpart:
    """PyTorch's numbers in Keras's two rules."""
    pooling, rank = isinstance(operation, Pooling), len(axes)
    dilation = operation.dilation or (1,) * rank
    if pooling and max(dilation) > 1:
        return request.nothing("Keras has no dilated pooling")
    if max(dilation) > 1 and max(operation.strides) > 1:
        return request.nothing("Keras refuses strides above 1 together with a dilation above 1")
    pads = [axis.padding or (0, 0) for axis in axes]
    floors = [counted_with(axis, each) for axis, each in zip(axes, pads, strict=True)]
    hangs = floors != [axis.windows for axis in axes]
    if not hangs and not any(map(any, pads)):
        return request.answer(written(operation, request, None))
    average = pooling and operation.kind == "average"  # type: ignore[union-attr]
    same = [None if axis.size is None else same_padding(axis.size, axis.extent, axis.stride) for axis in axes]
    if operation.padding == "same_unstrided" or (same == pads and not hangs):
        note = "Keras leaves padding out of the mean, PyTorch counts it unless count_include_pad=False"
        verdict: Verdict = "other values" if average else "same"
        return request.answer(written(operation, request, '"same"'), verdict, note if average else "")
    counts = [None if axis.size is None else -(-axis.size // axis.stride) for axis in axes]
    shape = resized(operation, request, counts)
    resolved = tuple(each or (0, 0) for each in same)
    layer = written(operation, request, '"same"')
    agrees = shape == request.result.output
    verdict = "other values" if agrees else "other shape"
    if hangs and agrees and all(each and each[0] == low for each, (low, _) in zip(same, pads, strict=True)):
        return request.answer(layer, "same", "padding='same' does what ceil_mode does, at this size", padding=resolved)
    if hangs:
        note = "Keras has no ceil_mode: padding='valid' drops the last window" + (
            ", padding='same' keeps it here" if agrees else ""
        )
        return request.answer(layer, verdict, note, shape=shape, padding=resolved)
    if None in same:
        note = f"what Keras pads depends on the size, which is unknown{explicit_fix(operation, pads)}"
        return request.answer(layer, verdict, note, shape=shape, padding=tuple(same))
    note = shifted_note(axes, resolved, agrees, "Keras", "PyTorch") + explicit_fix(operation, pads)
    return request.answer(layer, verdict, note, shape=shape, padding=resolved)


def explicit_fix(operation: Windowed, pads: Sequence[Padding]) -> str:
    """How Keras gets PyTorch's padding: by a layer of its own before. Padding of a maximum is no zero."""
    if isinstance(operation, Pooling):
        return ""
    alike = len({amount for each in pads for amount in each}) == 1
    amounts = str(pads[0][0]) if alike else str(tuple(pads) if len(pads) > 1 else pads[0])
    return f'; ZeroPadding{len(pads)}D({amounts}) before padding="valid" gives PyTorch\'s values'


def counted_with(axis: AxisWindows, pads: Padding) -> Dim:
    """How many windows fit with other padding."""
    return None if axis.size is None else count_windows(axis.size, axis.extent, axis.stride, pads)


def resized(operation: Windowed, request: Request, sizes: Sequence[Dim]) -> Shape:
    """The output with other spatial sizes, axes as they were."""
    output = request.result.output
    return operation.layout.join(output[0], tuple(sizes), operation.layout.channels(output))


@convert.register
def _(operation: TransposedConvolution, request: Request) -> Counterpart | None:
    rank = len(operation.kernel)
    channels = operation.layout.channels(request.inputs[0])
    dilation = operation.dilation or (1,) * rank
    crops = operation.crop()
    strides, apart = short(operation.strides, 1), short(dilation, 1)
    if request.other == "pytorch":
        pads = [max(low, high, 0) for low, high in crops]
        more = [pad - high for pad, (_, high) in zip(pads, crops, strict=True)]
        exact = all(pad == low for pad, (low, _) in zip(pads, crops, strict=True))
        limits = [max(s, d) for s, d in zip(operation.strides, dilation, strict=True)]
        if not exact:
            more = [pad * 2 - low - high for pad, (low, high) in zip(pads, crops, strict=True)]
        if any(extra >= limit for extra, limit in zip(more, limits, strict=True)):
            return request.nothing("PyTorch has no padding and output_padding that give this size")
        layer = call(
            f"ConvTranspose{rank}d",
            "?" if channels is None else channels,
            operation.filters,
            short(operation.kernel),
            stride=strides,
            padding=short(pads, 0),
            output_padding=short(more, 0),
            groups=short((operation.groups,), 1),
            bias=None if operation.bias else "False",
            dilation=apart,
        )
        cut = tuple((pad, pad - extra) for pad, extra in zip(pads, more, strict=True))
        if exact:
            return request.answer(layer, padding=cut)
        return request.answer(layer, "other values", cut_note("PyTorch", cut, "Keras", crops), padding=cut)
    if operation.groups > 1:
        return request.nothing("Keras's transposed convolutions have no groups")
    if max(operation.strides) > 1 and max(dilation) > 1:
        return request.nothing("Keras refuses strides above 1 together with a dilation above 1")
    return transposed_to_keras(operation, request, crops, strides, apart)


def transposed_to_keras(
    operation: TransposedConvolution,
    request: Request,
    crops: tuple[Padding, ...],
    strides: str | None,
    dilation: str | None,
) -> Counterpart:
    """PyTorch's crop by Keras's ``valid`` (which crops nothing) or ``same``."""
    from cnnshape.arithmetic.transposed import count_transposed, crop_same, crop_valid

    rank, extents = len(operation.kernel), operation.extents()
    spatial = operation.layout.spatial(request.inputs[0])
    output = request.result.output
    least = min(operation.strides)
    rules = [(rule, more) for more in (None, *range(least)) for rule in ("valid", "same")]
    ends = {
        (rule, more): tuple(
            (crop_valid if rule == "valid" else crop_same)(extent, stride, more)
            for extent, stride in zip(extents, operation.strides, strict=True)
        )
        for rule, more in rules
    }
    shapes = {
        key: operation.layout.join(
            output[0],
            tuple(
                None if size is None else count_transposed(size, extent, stride, crop)
                for size, extent, stride, crop in zip(spatial, extents, operation.strides, theirs, strict=True)
            ),
            operation.filters,
        )
        for key, theirs in ends.items()
    }
    exact = next((key for key in rules if ends[key] == crops), None)
    alike = next((key for key in rules if shapes[key] == output), None)
    rule, more = chosen = exact or alike or ("same", None)
    layer = call(
        f"Conv{rank}DTranspose",
        operation.filters,
        short(operation.kernel),
        strides=strides,
        padding='"same"' if rule == "same" else None,
        output_padding=more,
        dilation_rate=dilation,
        use_bias=None if operation.bias else "False",
    )
    if exact:
        return request.answer(layer, padding=crops)
    verdict: Verdict = "other values" if alike else "other shape"
    note = cut_note("Keras", ends[chosen], "PyTorch", crops)
    return request.answer(layer, verdict, note, shape=shapes[chosen], padding=ends[chosen])


def cut_note(there: str, theirs: Sequence[Padding], here: str, ours: Sequence[Padding]) -> str:
    """What both cut from all that the windows cover, along the first axis where they differ."""
    their, our = next((their, our) for their, our in zip(theirs, ours, strict=True) if their != our)
    return (
        f"of all that the windows cover {there} cuts {their[0]} before and {their[1]} after, "
        f"{here} {our[0]} and {our[1]}"
    )


@convert.register
def _(operation: GlobalPooling, request: Request) -> Counterpart | None:
    if request.other == "keras":
        return None
    kind = "Avg" if operation.kind == "average" else "Max"
    layer = f"Adaptive{kind}Pool{operation.rank}d(1)"
    return request.answer(layer if operation.keepdims else f"{layer}, then Flatten()")


@convert.register
def _(operation: AdaptivePooling, request: Request) -> Counterpart | None:
    rank, average = len(operation.sizes), operation.kind == "average"
    if request.other == "keras" and set(operation.sizes) == {1} and operation.reduction(request.inputs[0]) is None:
        kind = "Average" if average else "Max"
        return request.answer(f"Global{kind}Pooling{rank}D(keepdims=True)")
    return None


@convert.register
def _(operation: Dense, request: Request) -> Counterpart | None:
    features = request.result.weights[0].shape[0]
    if request.other == "pytorch":
        inside = "?" if features is None else features
        return request.answer(
            call("Linear", inside, operation.units, bias=None if operation.bias else "False"), moved=False
        )
    return request.answer(call("Dense", operation.units, use_bias=None if operation.bias else "False"), moved=False)


@convert.register
def _(operation: BatchNormalization, request: Request) -> Counterpart | None:
    result = request.result
    channels = result.weights[0].shape[0] if result.weights else None
    if operation.scale != operation.center or not operation.statistics or getattr(operation, "renorm", False):
        return None
    affine = 2 if operation.scale else 0
    rank = max(len(result.output) - 2, 1)
    defaults = "values agree where both get the same epsilon (Keras's default is 0.001, PyTorch's 0.00001)"
    if request.other == "pytorch":
        layer = call(f"BatchNorm{rank}d", "?" if channels is None else channels, affine=None if affine else "False")
        note = f"mean and variance are buffers in PyTorch, not parameters; {defaults}"
        return request.answer(layer, "same", note, params=times(affine, channels) if affine else 0)
    layer = call("BatchNormalization", center=None if affine else "False", scale=None if affine else "False")
    note = f"mean and variance are non-trainable parameters in Keras; {defaults}"
    return request.answer(layer, "same", note, params=times(affine + 2, channels))


@convert.register
def _(operation: Flatten, request: Request) -> Counterpart | None:
    (shape,) = request.inputs
    if operation.start != 1 or operation.end not in (-1, len(shape) - 1):
        return None
    layer = "Flatten()"
    if sum(size != 1 for size in shape[1:]) <= 1:
        return request.answer(layer, moved=False)
    order = {"keras": "rows, columns, then channels", "pytorch": "channels, rows, then columns"}
    if len(shape) != 4:
        order = {"keras": "positions, then channels", "pytorch": "channels, then positions"}
    note = f"as many features in another order: PyTorch goes through {order['pytorch']}, Keras through {order['keras']}"
    return request.answer(layer, "other values", note, moved=False)


VERDICTS = {
    "same": "the same",
    "other values": "the same shape, but other values",
    "other shape": "another shape",
    "none": "no counterpart",
}


def counterpart_step(other: Counterpart) -> Step:
    """The counterpart as a line of an explanation."""
    result = ""
    if other.output_shape is not None:
        params = f", {number(other.params)} parameters" if other.params else ""
        result = f"{show(other.output_shape)}{params}"
    verdict = VERDICTS[other.verdict]
    return Step(
        f"in {TITLES[other.framework]}", other.layer, "", result, f"{verdict}: {other.note}" if other.note else verdict
    )
