"""Convolution over 1, 2 or 3 spatial axes: plain, dilated, grouped and depthwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import IDENTITY, repeated_map, window_map
from cnnshape.arithmetic.sizes import Dim, Shape, nearest_divisor, product, times, total
from cnnshape.diagnostics import Fault
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.filling import PaddingMode, pad_size
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    axis_names,
    require_known,
    require_rank,
)

PaddingRule = Literal["valid", "same", "causal", "same_unstrided"]
"""Keras's and ONNX's rules, and PyTorch's ``"same"`` (which is defined for stride 1 only)."""


def resolve_padding(
    rule: PaddingRule | tuple[w.Padding, ...],
    sizes: Shape,
    extents: tuple[int, ...],
    strides: tuple[int, ...],
) -> tuple[w.Padding | None, ...]:
    """The rule as (low, high) per spatial axis; None for an axis whose unknown size decides it."""
    if isinstance(rule, tuple):
        return rule
    if rule == "valid":
        return ((0, 0),) * len(sizes)
    if rule == "causal":
        return tuple(w.causal_padding(extent) for extent in extents)
    if rule == "same_unstrided":
        return tuple(w.same_padding_unstrided(extent) for extent in extents)
    return tuple(
        w.same_padding(size, extent, stride)
        if size is not None
        else ((extent - 1) // 2, extent // 2)
        if stride == 1
        else None
        for size, extent, stride in zip(sizes, extents, strides, strict=True)
    )


def slide(
    sizes: Shape,
    extents: tuple[int, ...],
    strides: tuple[int, ...],
    rule: PaddingRule | tuple[w.Padding, ...],
    *,
    what: str,
    ceil_mode: bool = False,
) -> tuple[Shape, tuple[w.Padding | None, ...], tuple[Dim, ...]]:
    """Windows, resolved padding and leftovers per spatial axis; `ceil_mode` is PyTorch's.

    Raises:
        Fault: CS301 where a window is larger than the padded input.
    """
    padding = resolve_padding(rule, sizes, extents, strides)
    count = w.count_windows_ceil if ceil_mode else w.count_windows
    outputs: list[Dim] = []
    leftovers: list[Dim] = []
    for axis, (size, extent, stride, pads) in enumerate(zip(sizes, extents, strides, padding, strict=True)):
        if size is None or pads is None:
            outputs.append(None)
            leftovers.append(None)
            continue
        windows = count(size, extent, stride, pads)
        if windows < 1:
            raise kernel_too_large(axis, len(sizes), size, extent, pads, what)
        outputs.append(windows)
        leftovers.append(w.leftover(size, extent, stride, pads, windows))
    return tuple(outputs), padding, tuple(leftovers)


def kernel_too_large(axis: int, spatial_rank: int, size: int, extent: int, pads: w.Padding, what: str) -> Fault:
    """The refusal of a window that does not fit even once."""
    padded = size + pads[0] + pads[1]
    padding = f" padded to {padded} ({pads[0]} before, {pads[1]} after)" if padded != size else ""
    return Fault(
        "CS301",
        f"{what}'s window of {extent} is larger than its input along the {axis_names(spatial_rank)[axis]}: "
        f"{size}{padding}",
        fix=f"use a window of at most {padded}, an input of at least {extent - pads[0] - pads[1]}, or more padding",
    )


@dataclass(frozen=True, slots=True)
class Convolution(Operation):
    """A convolution: `filters` output channels, each summing over the channels of its group.

    Attributes:
        kernel, strides, dilation: per spatial axis.
        padding: a rule, or (low, high) per spatial axis.
        in_channels: the declared number of input channels, checked when given.
        known_channels: refuse an unknown number of input channels, as Keras does.
        padding_mode: what the padding holds; reflection and wrapping need an input that is large enough.
        activation: the activation applied in place to the output, if any.
        what: how messages name the layer.
    """

    filters: int
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule | tuple[w.Padding, ...] = "valid"
    dilation: tuple[int, ...] = ()
    groups: int = 1
    bias: bool = True
    activation: str | None = None
    layout: Layout = CHANNELS_LAST
    in_channels: int | None = None
    known_channels: bool = False
    padding_mode: PaddingMode = "constant"
    what: str = "Convolution"

    def apply(self, *inputs: Shape) -> Result:
        """``out = windows per axis x filters``; params ``= filters * (kernel * in_channels / groups + bias)``."""
        (shape,) = inputs
        rank = len(self.kernel)
        require_rank(shape, rank, self.layout, self.what)
        channels = check_channels(self.layout.channels(shape), self.in_channels, self.what)
        if self.known_channels:
            require_known(channels, "channels", self.what)
        check_groups(channels, self.filters, self.groups, self.what)
        dilation = self.dilation or (1,) * rank
        extents = tuple(w.effective_kernel(k, d) for k, d in zip(self.kernel, dilation, strict=True))
        spatial = self.layout.spatial(shape)
        sizes, padding, leftover = slide(spatial, extents, self.strides, self.padding, what=self.what)
        if self.padding_mode != "constant":
            for name, size, pads in zip(axis_names(rank), spatial, padding, strict=True):
                if pads and any(pads):
                    pad_size(size, pads, self.padding_mode, name, self.what)
        per_group = None if channels is None else channels // self.groups
        weights = [Weight("kernel", (*self.kernel, per_group, self.filters))]
        if self.bias:
            weights.append(Weight("bias", (self.filters,)))
        elements = times(product(sizes), self.filters)
        macs = times(elements, product(self.kernel), per_group)
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        maps = tuple(
            window_map(k, s, d, pads[0]) if pads else None
            for k, s, d, pads in zip(self.kernel, self.strides, dilation, padding, strict=True)
        )
        return Result(
            (self.layout.join(shape[0], sizes, self.filters),),
            tuple(weights),
            macs,
            flops,
            padding,
            leftover,
            (self.layout.paths(maps, EVERYTHING),),
        )


@dataclass(frozen=True, slots=True)
class DepthwiseConvolution(Operation):
    """A convolution of each channel by itself with `multiplier` filters: ``channels * multiplier`` outputs."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule | tuple[w.Padding, ...] = "valid"
    dilation: tuple[int, ...] = ()
    multiplier: int = 1
    bias: bool = True
    activation: str | None = None
    layout: Layout = CHANNELS_LAST
    known_channels: bool = False
    what: str = "DepthwiseConvolution"

    def apply(self, *inputs: Shape) -> Result:
        """``out = windows per axis x channels * multiplier``; params ``= channels * multiplier * (kernel + bias)``."""
        (shape,) = inputs
        rank = len(self.kernel)
        require_rank(shape, rank, self.layout, self.what)
        channels = self.layout.channels(shape)
        if self.known_channels:
            require_known(channels, "channels", self.what)
        dilation = self.dilation or (1,) * rank
        extents = tuple(w.effective_kernel(k, d) for k, d in zip(self.kernel, dilation, strict=True))
        sizes, padding, leftover = slide(
            self.layout.spatial(shape), extents, self.strides, self.padding, what=self.what
        )
        filters = times(channels, self.multiplier)
        weights = [Weight("kernel", (*self.kernel, channels, self.multiplier))]
        if self.bias:
            weights.append(Weight("bias", (filters,)))
        elements = times(product(sizes), filters)
        macs = times(elements, product(self.kernel))
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        maps = tuple(
            window_map(k, s, d, pads[0]) if pads else None
            for k, s, d, pads in zip(self.kernel, self.strides, dilation, padding, strict=True)
        )
        channel = Path(
            self.layout.channel_axis(len(shape)),
            IDENTITY if self.multiplier == 1 else repeated_map(self.multiplier),
        )
        return Result(
            (self.layout.join(shape[0], sizes, filters),),
            tuple(weights),
            macs,
            flops,
            padding,
            leftover,
            (self.layout.paths(maps, channel),),
        )


def check_channels(channels: Dim, declared: int | None, what: str, argument: str = "in_channels") -> Dim:
    """The input's channels, or the declared ones where they are unknown; refuses a contradiction."""
    if declared is None:
        return channels
    if channels is not None and channels != declared:
        raise Fault(
            "CS303",
            f"{what} declares {argument}={declared}, but its input has {channels} channels",
            fix=f"use {argument}={channels}",
            argument=argument,
            replacement=str(channels),
        )
    return declared


def check_groups(channels: Dim, filters: int, groups: int, what: str) -> None:
    """Groups have to divide both the input channels and the filters."""
    for count, name in ((channels, "input channels"), (filters, "filters")):
        if count is not None and count % groups:
            raise Fault(
                "CS307",
                f"{what}: groups={groups} does not divide its {count} {name}",
                fix=f"use groups={nearest_divisor(count, groups)}",
                argument="groups",
            )
