"""Convolution over 1, 2 or 3 spatial axes: plain, dilated, grouped and depthwise."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import IDENTITY, AxisMap, LaterMap, repeated_map, told
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


class Convolving(Operation):
    """What the convolutions have in common: channels that are read, and a bias and an activation behind."""

    __slots__ = ()
    kernel: tuple[int, ...]
    bias: bool
    activation: str | None
    layout: Layout
    known_channels: bool

    def channels_of(self, shape: Shape, declared: int | None = None) -> Dim:
        """The input's channels. Raises `Fault` where it has other axes, or other channels than are declared."""
        require_rank(shape, len(self.kernel), self.layout)
        channels = check_channels(self.layout.channels(shape), declared)
        if self.known_channels:
            require_known(channels, "channels")
        return channels

    def windows_of(self, shape: Shape) -> tuple[w.AxisWindows, ...]:
        """The windows that slide over the input."""
        return slide(self.layout.spatial(shape), self.kernel, self.strides, self.dilation, self.padding)  # type: ignore[attr-defined]  # all but the transposed one slide

    def result(
        self,
        batch: Dim,
        sizes: Shape,
        filters: Dim,
        kernels: Sequence[Weight],
        macs: Dim,
        maps: tuple[AxisMap | LaterMap | None, ...],
        channel: Path = EVERYTHING,
    ) -> Result:
        """``out = sizes x filters``; one bias a filter, added to every element."""
        elements = times(product(sizes), filters)
        weights = (*kernels, *([Weight("bias", (filters,))] if self.bias else []))
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        paths = with_activation(self.layout.paths(maps, channel), self.activation)
        return Result((self.layout.join(batch, sizes, filters),), weights, macs, flops, paths=(paths,))


@value
class Convolution(Convolving):
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
        channels = self.channels_of(shape, self.in_channels)
        check_groups(channels, self.filters, self.groups)
        windows = self.windows_of(shape)
        if self.padding_mode != "constant":
            for axis in windows:
                if axis.padding and any(axis.padding):
                    pad_size(axis.size, axis.padding, self.padding_mode, f"the {axis.axis}")
        sizes, per_group = counts(windows), None if channels is None else channels // self.groups
        macs = times(product(sizes), self.filters, product(self.kernel), per_group)
        kernel = Weight("kernel", (*self.kernel, per_group, self.filters))
        found = self.result(shape[0], sizes, self.filters, [kernel], macs, window_maps(windows))
        return found._replace(windows=windows)


@value
class DepthwiseConvolution(Convolving):
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
        channels, windows = self.channels_of(shape), self.windows_of(shape)
        sizes, filters = counts(windows), times(channels, self.multiplier)
        macs = times(product(sizes), filters, product(self.kernel))
        kernel = Weight("kernel", (*self.kernel, channels, self.multiplier))
        apart = IDENTITY if self.multiplier == 1 else told(self.multiplier, repeated_map, self.multiplier)
        channel = Path(self.layout.channel_axis(len(shape)), apart)
        found = self.result(shape[0], sizes, filters, [kernel], macs, window_maps(windows), channel)
        return found._replace(windows=windows)


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
