"""One layer, asked about by itself: the shape as people write it, the operation, and what it answers.

The layers are those that files declare, so that both answer alike. Nothing heavy is imported, as the one-off commands
start with nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import (
    CHANNELS_FIRST,
    CHANNELS_LAST,
    Layout,
    Operation,
    Result,
    axis_names,
    check_integers,
)
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, bind, model_of
from cnnshape.vocabularies.vocabulary import title, vocabulary

Written = Literal["spatial", "sample", "batch"]
"""What the shape states: the spatial sizes alone, one sample, or a batch of samples."""

LAYOUTS = {"keras": CHANNELS_LAST, "pytorch": CHANNELS_FIRST}


class ArgumentError(ValueError):
    """An argument that makes no layer at all; `argument` is its name, where it is about one."""

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class Input(NamedTuple):
    """The input of the layer: batch first, with unknown batch and channels where they were not written."""

    shape: Shape
    written: Written
    layout: Layout

    def as_written(self, shape: Shape) -> Shape:
        """Of a full shape only what the user's shape states too."""
        if self.written == "spatial":
            return self.layout.spatial(shape)
        return shape[1:] if self.written == "sample" else shape


class Asked(NamedTuple):
    """A layer by its name, and what it is."""

    name: str
    operation: Operation


class Answer(NamedTuple):
    """What is known of the layer."""

    input: Input
    layer: str
    operation: Operation
    result: Result

    @property
    def output_shape(self) -> Shape:
        """The output in the form in which the input was written."""
        return self.input.as_written(self.result.output)

    @property
    def padding_means(self) -> str:
        """What the operation's padding does: a transposed convolution crops by it."""
        return "cropped" if hasattr(self.operation, "crop") else "padding"

    @property
    def receptive_field(self) -> tuple[int | None, ...] | None:
        """What one output element sees per spatial axis, in input elements; None where it sees everything."""
        if not self.result.paths:
            return None
        axes = self.input.layout.spatial_axes(len(self.input.shape)) if self.result.padding else ()
        paths = [self.result.paths[0][axis] for axis in axes]
        return tuple(path.map.size if path.map and path.axis is not None else None for path in paths)

    def to_dict(self) -> dict[str, Any]:
        """The answer with the keys that the rows of a plan have; what is not known is None."""
        spatial_only = self.input.written == "spatial"
        result = self.result
        return {
            "input_shape": list(self.input.as_written(self.input.shape)),
            "output_shape": list(self.output_shape),
            "params": None if spatial_only else result.params,
            "trainable_params": None if spatial_only else result.elements("trainable"),
            "non_trainable_params": None if spatial_only else result.elements("non_trainable"),
            "macs": None if spatial_only else result.macs,
            "flops": None if spatial_only else result.flops,
            "padding": result.padding and [pads and list(pads) for pads in result.padding],
            "leftover": result.leftover and list(result.leftover),
            "receptive_field": self.receptive_field and list(self.receptive_field),
        }


def ask(layer: Asked, given: Input) -> Answer:
    """The layer applied to the input. Raises `Fault` where it does not fit."""
    try:
        result = layer.operation.apply(given.shape)
        check_integers(result, result.params)
    except Fault as fault:
        raise fault.named(layer.name) from None
    return Answer(given, *layer, result)


def read_input(sizes: Shape, rank: int, framework: str) -> Input:
    """Sizes as written, to a full shape: rank + 2 of them have a batch, rank + 1 have none, fewer are spatial."""
    layout = LAYOUTS[framework]
    count = len(sizes)
    if count == rank + 2:
        return Input(sizes, "batch", layout)
    if count == rank + 1:
        return Input((None, *sizes), "sample", layout)
    if count in {1, rank}:
        return Input(layout.join(None, sizes * (rank // count), None), "spatial", layout)
    order = ", ".join(("batch", *axis_names(rank), "channels") if layout.channels_last else ("batch", "channels"))
    if not layout.channels_last:
        order = f"{order}, {', '.join(axis_names(rank))}"
    other = "; or use --rank " + str(count - 2) if 3 <= count <= 5 else ""
    raise ArgumentError(
        f"a {rank}-D layer reads at most {rank + 2} sizes ({order}), got {count}: {show(sizes)}{other}", "shape"
    )


def read_features(sizes: Shape) -> Input:
    """The input of a dense layer: one size is the features of one sample, more have the batch first."""
    if len(sizes) == 1:
        return Input((None, *sizes), "sample", CHANNELS_LAST)
    return Input(sizes, "batch", CHANNELS_LAST)


def per_axis(values: tuple[Any, ...], rank: int, argument: str) -> tuple[Any, ...]:
    """One value for every axis, or one per axis."""
    if len(values) == 1:
        return values * rank
    if len(values) != rank:
        raise ArgumentError(f"needs 1 value, or {rank}, one per axis, got {len(values)}", argument)
    return values


def require_filters(filters: int | None, given: Input) -> int:
    """The number of filters; where only spatial sizes are asked for it plays no role."""
    if filters is not None:
        return filters
    if given.written == "spatial":
        return 1
    raise ArgumentError("is needed where the input has channels: how many filters has the layer?", "filters")


WORDS: dict[str, dict[str, str]] = {
    "keras": {
        "dilation": "dilation_rate",
        "bias": "use_bias",
        "multiplier": "depth_multiplier",
        "kernel_size": "pool_size",
    },
    "pytorch": {"filters": "out_channels", "units": "out_features", "strides": "stride"},
}
"""What the frameworks call the options, where they do not call them by the same name."""


def lowered(
    framework: str, name: str, options: Mapping[str, Any], *, called: str | None = None, **beyond: Any
) -> Asked:
    """The operation of a layer as the vocabulary declares it.

    Args:
        options: what the command line says, by the options' names.
        called: its name, where that is not the layer's.
        beyond: what no layer of the framework is told, such as padding by numbers in Keras: the operation is.

    Raises:
        ArgumentError: the framework has no such layer.
        Fault: the layer refuses its arguments.
    """
    kind = vocabulary(framework).types.get(name)
    if kind is None:
        raise ArgumentError(f"{title(framework)} has no {name}", "rank")
    known = declared(model_of(kind))
    arguments = {}
    for option, setting in options.items():
        word = option if option in known else WORDS[framework].get(option, option)
        if word in known and option != "activation":  # which is named in the words of either framework
            arguments[word] = setting
        elif setting is not None:
            beyond.setdefault(option, setting)
    try:
        operation = bind(kind, (), arguments).operation()
    except Faults as refused:
        raise refused.faults[0] from None
    names: tuple[str, ...] = tuple(operation.__slots__)
    values = {field: getattr(operation, field) for field in names}
    free = dict.fromkeys({"known_channels", "known_features"}.intersection(names), False)
    made: Operation = type(operation)(**values | free | beyond)
    return Asked(called or name, made)


def convolution(given: Input, **arguments: Any) -> Asked:
    """A convolution from the arguments of ``cnnshape conv``. Raises as `lowered` does."""
    rank, framework = arguments["rank"], arguments["framework"]
    options = windows_of(arguments)
    refuse_stride_with_dilation(options["strides"], options["dilation"], framework)
    options |= {"filters": require_filters(arguments["filters"], given), "groups": arguments["groups"]}
    rule = padding_rule(arguments["padding"], rank, framework, options["strides"])
    return lowered(framework, class_name("Conv", rank, framework), options, **padded(rule, options, framework))


def depthwise_convolution(given: Input, **arguments: Any) -> Asked:
    """A depthwise convolution; PyTorch spells it as a convolution with as many groups as channels."""
    return depthwise("DepthwiseConv", given, windows_of(arguments), arguments)


def separable_convolution(given: Input, **arguments: Any) -> Asked:
    """A depthwise convolution, then a 1x1 convolution over its channels."""
    options = windows_of(arguments) | {"filters": require_filters(arguments["filters"], given)}
    return depthwise("SeparableConv", given, options, arguments)


def depthwise(stem: str, given: Input, options: dict[str, Any], arguments: Mapping[str, Any]) -> Asked:
    """The convolutions that have classes of their own in Keras alone; PyTorch's rules are those of its padding."""
    rank, framework = arguments["rank"], arguments["framework"]
    rule = padding_rule(arguments["padding"], rank, framework, options["strides"])
    more = padded(rule, options, "keras")
    options["multiplier"] = arguments["multiplier"]
    named = class_name(stem, rank, framework)
    return lowered("keras", f"{stem}{rank}D", options, layout=given.layout, called=named, **more)


def transposed_convolution(given: Input, **arguments: Any) -> Asked:
    """A transposed convolution by Keras's padding names or by PyTorch's numbers."""
    rank, framework, padding = arguments["rank"], arguments["framework"], arguments["padding"]
    options = windows_of(arguments)
    strides, dilation = options["strides"], options["dilation"]
    refuse_stride_with_dilation(strides, dilation, framework)
    if padding == "causal" or (framework == "pytorch" and padding == "same"):
        raise ArgumentError(
            f"{padding!r} is not for {title(framework)}'s transposed convolution; give a number or valid", "padding"
        )
    added = arguments["output_padding"] and per_axis(arguments["output_padding"], rank, "output_padding")
    for more, stride, gap in zip(added or (), strides, dilation, strict=False):
        if more >= (max(stride, gap) if framework == "pytorch" else stride):
            raise ArgumentError(f"must be smaller than the stride, got {more} with stride {stride}", "output_padding")
    options |= {"filters": require_filters(arguments["filters"], given)}
    if added:
        options["output_padding"] = added
    if arguments["groups"] > 1 or framework == "pytorch":
        options["groups"] = arguments["groups"]
    name = f"Conv{rank}DTranspose" if framework == "keras" else f"ConvTranspose{rank}d"
    rule = padding if isinstance(padding, str) else per_axis(padding, rank, "padding")
    return lowered(framework, name, options, **padded(rule, options, framework))


def pooling(given: Input, **arguments: Any) -> Asked:
    """Max, average, sum or Lp pooling; the strides are the window where they are not given."""
    rank, framework, kind = arguments["rank"], arguments["framework"], arguments["type"]
    window = per_axis(arguments["kernel_size"], rank, "kernel_size")
    dilation = per_axis(arguments["dilation"], rank, "dilation")
    strides = per_axis(arguments["strides"], rank, "strides") if arguments["strides"] else window
    if arguments["ceil_mode"] and framework == "keras":
        raise ArgumentError("is PyTorch's; Keras rounds down, or up with --padding same", "ceil_mode")
    if max(dilation) > 1 and framework == "keras":
        raise ArgumentError("is PyTorch's; Keras's pooling has no dilation", "dilation")
    if framework == "pytorch" and arguments["padding"] == "same":
        raise ArgumentError("'same' is not for PyTorch's pooling; give a number of at most half the window", "padding")
    rule = padding_rule(arguments["padding"], rank, framework, strides, pooling=True)
    if framework == "pytorch" and isinstance(rule, tuple):
        for pads, size in zip(rule, window, strict=True):
            if max(pads) > size // 2:
                raise ArgumentError(
                    f"must be at most half the window, got {max(pads)} with a window of {size}", "padding"
                )
    options = {"kernel_size": window, "strides": strides}
    if framework == "pytorch":
        options |= {"ceil_mode": arguments["ceil_mode"]} | ({"dilation": dilation} if max(dilation) > 1 else {})
    more = padded(rule, options, framework)
    name = pooling_class(kind, rank, framework)
    if name in vocabulary(framework).types:
        return lowered(framework, name, options | ({"norm_type": 2} if kind == "lp" else {}), **more)
    return lowered(framework, pooling_class("max", rank, framework), options, kind=kind, called=name, **more)


def pooling_class(kind: str, rank: int, framework: str) -> str:
    """``MaxPooling2D`` in Keras, ``MaxPool2d`` in PyTorch."""
    names = {"max": "Max", "average": "Avg" if framework == "pytorch" else "Average", "sum": "Sum", "lp": "LP"}
    return names[kind] + (f"Pool{rank}d" if framework == "pytorch" else f"Pooling{rank}D")


def dense(given: Input, **arguments: Any) -> Asked:
    """A dense layer over the last axis, by the rules of Keras's Dense, or of PyTorch's Linear."""
    framework = arguments["framework"]
    options = {"units": arguments["units"], "bias": arguments["bias"]}
    options["activation"] = read_activation(arguments["activation"])
    return lowered(framework, "Dense" if framework == "keras" else "Linear", options)


def windows_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options that all convolutions have, per axis."""
    per_axis_of = ("kernel_size", "strides", "dilation")
    options: dict[str, Any] = {name: per_axis(arguments[name], arguments["rank"], name) for name in per_axis_of}
    return options | {"bias": arguments["bias"], "activation": read_activation(arguments["activation"])}


def padded(rule: Any, options: dict[str, Any], framework: str) -> dict[str, Any]:
    """The padding as the layer takes it, added to its options; returned is what only the operation takes.

    PyTorch takes numbers, the same for both ends of an axis, and Keras none.
    """
    if not isinstance(rule, tuple):
        options["padding"] = "same" if rule == "same_unstrided" else rule
        if framework == "pytorch" and rule == "valid":
            options["padding"] = 0
        return {"padding": rule} if rule == "same_unstrided" and framework == "keras" else {}
    if framework == "pytorch":
        options["padding"] = tuple(max(pads) for pads in rule)
    return {} if framework == "pytorch" and all(low == high for low, high in rule) else {"padding": rule}


def class_name(stem: str, rank: int, framework: str) -> str:
    """``Conv2D`` in Keras, ``Conv2d`` in PyTorch."""
    return f"{stem}{rank}{'D' if framework == 'keras' else 'd'}"


def padding_rule(
    padding: str | tuple[tuple[int, int], ...],
    rank: int,
    framework: str,
    strides: tuple[int, ...],
    *,
    pooling: bool = False,
) -> Any:
    """The padding as operations take it, by the rules of the framework."""
    if isinstance(padding, tuple):
        return per_axis(padding, rank, "padding")
    if padding == "causal" and (framework != "keras" or rank != 1 or pooling):
        raise ArgumentError("'causal' is for Keras's Conv1D alone: add --rank 1, or use same or valid", "padding")
    if padding == "same" and framework == "pytorch":
        if max(strides) > 1:
            raise ArgumentError(
                f"'same' needs stride 1 in PyTorch, got stride {max(strides)}; give a number instead", "padding"
            )
        return "same_unstrided"
    return padding


def read_activation(name: str | None) -> str | None:
    """An activation by Keras's name, which PyTorch writes without its underscores: ``leaky_relu``, ``LeakyReLU``."""
    if name is None:
        return None
    from cnnshape.operations.activation import FLOPS_PER_ELEMENT, KEEPING_SHAPE, NO_ACTIVATION

    known = {each.replace("_", ""): each for each in KEEPING_SHAPE.union(FLOPS_PER_ELEMENT, NO_ACTIVATION)}
    folded = name.replace("_", "").lower()
    if folded not in known:
        from cnnshape.spelling import nearest  # only where there is something to correct

        close = nearest(folded, sorted(known))
        hint = f"did you mean {known[close]}?" if close else f"they are {', '.join(sorted(known.values()))}"
        raise ArgumentError(f"names {name!r}, which is no activation of a layer; {hint}", "activation")
    return known[folded]


def refuse_stride_with_dilation(strides: tuple[int, ...], dilation: tuple[int, ...], framework: str) -> None:
    """Keras computes no convolution that both strides and dilates, on whatever axes."""
    if framework == "keras" and max(strides) > 1 and max(dilation) > 1:
        raise ArgumentError(
            f"cannot be {max(dilation)} while --strides is {max(strides)}: Keras allows only one of them above 1 "
            "(PyTorch both: --framework pytorch)",
            "dilation",
        )
