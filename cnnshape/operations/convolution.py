"""Convolution over 1, 2 or 3 spatial axes: plain, dilated, grouped and depthwise."""

from __future__ import annotations

from math import gcd

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import IDENTITY, repeated_map
from cnnshape.arithmetic.sizes import Dim, Shape, nearest_divisor, product, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.activation import activation_flops, with_activation
from cnnshape.operations.filling import PaddingMode, pad_size
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    require_known,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value


@value
class Convolution(Operation):
    """A convolution: `filters` output channels, each summing over the channels of its group.

    Attributes:
        kernel, strides, dilation: per spatial axis.
        padding: a rule, or (low, high) per spatial axis.
        in_channels: the declared number of input channels, checked when given.
        known_channels: refuse an unknown number of input channels, as Keras does.
        padding_mode: what the padding holds; reflection and wrapping need an input that is large enough.
        activation: the activation applied in place to the output, if any.
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

    def apply(self, *inputs: Shape) -> Result:
        """``out = windows per axis x filters``; params ``= filters * (kernel * in_channels / groups + bias)``."""
        (shape,) = inputs
        rank = len(self.kernel)
        require_rank(shape, rank, self.layout)
        channels = check_channels(self.layout.channels(shape), self.in_channels)
        if self.known_channels:
            require_known(channels, "channels")
        check_groups(channels, self.filters, self.groups)
        spatial = self.layout.spatial(shape)
        windows = slide(spatial, self.kernel, self.strides, self.dilation, self.padding)
        sizes = counts(windows)
        if self.padding_mode != "constant":
            for axis in windows:
                if axis.padding and any(axis.padding):
                    pad_size(axis.size, axis.padding, self.padding_mode, f"the {axis.axis}")
        per_group = None if channels is None else channels // self.groups
        weights = [Weight("kernel", (*self.kernel, per_group, self.filters))]
        if self.bias:
            weights.append(Weight("bias", (self.filters,)))
        elements = times(product(sizes), self.filters)
        macs = times(elements, product(self.kernel), per_group)
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        return Result(
            (self.layout.join(shape[0], sizes, self.filters),),
            tuple(weights),
            macs,
            flops,
            windows,
            paths=(with_activation(self.layout.paths(window_maps(windows), EVERYTHING), self.activation),),
        )


@value
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

    def apply(self, *inputs: Shape) -> Result:
        """``out = windows per axis x channels * multiplier``; params ``= channels * multiplier * (kernel + bias)``."""
        (shape,) = inputs
        rank = len(self.kernel)
        require_rank(shape, rank, self.layout)
        channels = self.layout.channels(shape)
        if self.known_channels:
            require_known(channels, "channels")
        windows = slide(self.layout.spatial(shape), self.kernel, self.strides, self.dilation, self.padding)
        sizes = counts(windows)
        filters = times(channels, self.multiplier)
        weights = [Weight("kernel", (*self.kernel, channels, self.multiplier))]
        if self.bias:
            weights.append(Weight("bias", (filters,)))
        elements = times(product(sizes), filters)
        macs = times(elements, product(self.kernel))
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        channel = Path(
            self.layout.channel_axis(len(shape)),
            IDENTITY if self.multiplier == 1 else repeated_map(self.multiplier),
        )
        return Result(
            (self.layout.join(shape[0], sizes, filters),),
            tuple(weights),
            macs,
            flops,
            windows,
            paths=(with_activation(self.layout.paths(window_maps(windows), channel), self.activation),),
        )


def check_channels(channels: Dim, declared: int | None, argument: str = "in_channels") -> Dim:
    """The input's channels, or the declared ones where they are unknown; refuses a contradiction."""
    if declared is None:
        return channels
    if channels is not None and channels != declared:
        raise Fault(
            "CS303",
            f"{LAYER} declares {argument}={declared}, but its input has {channels} channel{'s' * (channels != 1)}",
            fix=f"use {argument}={channels}",
            argument=argument,
            replacement=str(channels),
        )
    return declared


def check_groups(channels: Dim, filters: int, groups: int) -> None:
    """Groups have to divide both the input channels and the filters."""
    for count, name in ((channels, "input channels"), (filters, "filters")):
        if count is not None and count % groups:
            nearest = nearest_divisor(gcd(filters, filters if channels is None else channels), groups)
            raise Fault(
                "CS307",
                f"{LAYER}: groups={groups} does not divide its {count} {name}",
                fix=f"use groups={nearest}",
                argument="groups",
                replacement=str(nearest),
            )
