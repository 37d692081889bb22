"""One layer, asked about by itself: the shape as people write it, the operation, and what it answers.

Standard library only, as the one-off commands start with nothing else.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.operations.operation import (
    CHANNELS_FIRST,
    CHANNELS_LAST,
    Layout,
    Operation,
    Result,
    axis_names,
    check_integers,
)

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


class Answer(NamedTuple):
    """What is known of the layer."""

    input: Input
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


def ask(operation: Operation, given: Input) -> Answer:
    """The operation applied to the input. Raises `Fault` where it does not fit."""
    result = operation.apply(given.shape)
    check_integers(result, getattr(operation, "what", "the layer"))
    return Answer(given, operation, result)


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


def convolution(given: Input, **arguments: Any) -> Operation:
    """A convolution from the arguments of ``cnnshape conv``. Raises `ArgumentError` where it cannot be built."""
    from cnnshape.operations.convolution import Convolution

    rank, framework = arguments["rank"], arguments["framework"]
    strides = per_axis(arguments["strides"], rank, "strides")
    dilation = per_axis(arguments["dilation"], rank, "dilation")
    refuse_stride_with_dilation(strides, dilation, framework)
    return Convolution(
        require_filters(arguments["filters"], given),
        per_axis(arguments["kernel_size"], rank, "kernel_size"),
        strides,
        padding_rule(arguments["padding"], rank, framework, strides),
        dilation,
        arguments["groups"],
        arguments["bias"],
        read_activation(arguments["activation"]),
        given.layout,
        what=class_name("Conv", rank, framework),
    )


def depthwise_convolution(given: Input, **arguments: Any) -> Operation:
    """A depthwise convolution; PyTorch spells it as a convolution with as many groups as channels."""
    from cnnshape.operations.convolution import DepthwiseConvolution

    rank, framework = arguments["rank"], arguments["framework"]
    strides = per_axis(arguments["strides"], rank, "strides")
    return DepthwiseConvolution(
        per_axis(arguments["kernel_size"], rank, "kernel_size"),
        strides,
        padding_rule(arguments["padding"], rank, framework, strides),
        per_axis(arguments["dilation"], rank, "dilation"),
        arguments["multiplier"],
        arguments["bias"],
        read_activation(arguments["activation"]),
        given.layout,
        what=class_name("DepthwiseConv", rank, framework),
    )


def separable_convolution(given: Input, **arguments: Any) -> Operation:
    """A depthwise convolution, then a 1x1 convolution over its channels."""
    from cnnshape.operations.separable import SeparableConvolution

    rank, framework = arguments["rank"], arguments["framework"]
    strides = per_axis(arguments["strides"], rank, "strides")
    return SeparableConvolution(
        require_filters(arguments["filters"], given),
        per_axis(arguments["kernel_size"], rank, "kernel_size"),
        strides,
        padding_rule(arguments["padding"], rank, framework, strides),
        per_axis(arguments["dilation"], rank, "dilation"),
        arguments["multiplier"],
        arguments["bias"],
        read_activation(arguments["activation"]),
        given.layout,
        what=class_name("SeparableConv", rank, framework),
    )


def transposed_convolution(given: Input, **arguments: Any) -> Operation:
    """A transposed convolution by Keras's padding names or by PyTorch's numbers."""
    from cnnshape.operations.transposed import TransposedConvolution

    rank, framework = arguments["rank"], arguments["framework"]
    strides = per_axis(arguments["strides"], rank, "strides")
    dilation = per_axis(arguments["dilation"], rank, "dilation")
    refuse_stride_with_dilation(strides, dilation, framework)
    padding = arguments["padding"]
    if padding == "causal" or (framework == "pytorch" and padding == "same"):
        raise ArgumentError(
            f"{padding!r} is not for {TITLES[framework]}'s transposed convolution; give a number or valid", "padding"
        )
    if framework == "pytorch" and padding == "valid":
        padding = ((0, 0),)
    output_padding = arguments["output_padding"] and per_axis(arguments["output_padding"], rank, "output_padding")
    for added, stride, gap in zip(output_padding or (), strides, dilation, strict=False):
        most = max(stride, gap) if framework == "pytorch" else stride
        if added >= most:
            raise ArgumentError(f"must be smaller than the stride, got {added} with stride {stride}", "output_padding")
    rule: Any = padding if isinstance(padding, str) else per_axis(padding, rank, "padding")
    return TransposedConvolution(
        require_filters(arguments["filters"], given),
        per_axis(arguments["kernel_size"], rank, "kernel_size"),
        strides,
        rule,
        output_padding,
        dilation,
        arguments["groups"],
        arguments["bias"],
        read_activation(arguments["activation"]),
        given.layout,
        what=f"Conv{rank}DTranspose" if framework == "keras" else f"ConvTranspose{rank}d",
    )


def pooling(given: Input, **arguments: Any) -> Operation:
    """Max, average, sum or Lp pooling; the strides are the window where they are not given."""
    from cnnshape.operations.pooling import Pooling

    rank, framework, ceil_mode = arguments["rank"], arguments["framework"], arguments["ceil_mode"]
    window = per_axis(arguments["kernel_size"], rank, "kernel_size")
    dilation = per_axis(arguments["dilation"], rank, "dilation")
    strides = per_axis(arguments["strides"], rank, "strides") if arguments["strides"] else window
    if ceil_mode and framework == "keras":
        raise ArgumentError("is PyTorch's; Keras rounds down, or up with --padding same", "ceil_mode")
    if max(dilation) > 1 and framework == "keras":
        raise ArgumentError("is PyTorch's; Keras's pooling has no dilation", "dilation")
    if framework == "pytorch" and arguments["padding"] == "same":
        raise ArgumentError("'same' is not for PyTorch's pooling; give a number of at most half the window", "padding")
    rule = padding_rule(arguments["padding"], rank, framework, strides, pooling=True)
    if framework == "pytorch" and isinstance(rule, tuple):
        for pads, size, gap in zip(rule, window, dilation, strict=True):
            if max(pads) > (gap * (size - 1) + 1) // 2:
                raise ArgumentError(
                    f"must be at most half the window, got {max(pads)} with a window of {size}", "padding"
                )
    kind = arguments["type"]
    names = {"max": "Max", "average": "Avg" if framework == "pytorch" else "Average", "sum": "Sum", "lp": "LP"}
    suffix = f"Pool{rank}d" if framework == "pytorch" else f"Pooling{rank}D"
    return Pooling(kind, window, strides, rule, dilation, ceil_mode, given.layout, what=f"{names[kind]}{suffix}")


def dense(**arguments: Any) -> Operation:
    """A dense layer over the last axis."""
    from cnnshape.operations.dense import Dense

    what = "Dense" if arguments["framework"] == "keras" else "Linear"
    return Dense(arguments["units"], arguments["bias"], read_activation(arguments["activation"]), what=what)


TITLES = {"keras": "Keras", "pytorch": "PyTorch"}


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
