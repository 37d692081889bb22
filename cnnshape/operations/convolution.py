"""Convolution over 1, 2 or 3 spatial axes: plain, dilated, grouped and depthwise."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import ClassVar

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import IDENTITY, AxisMap, LaterMap, repeated_map, told
from cnnshape.arithmetic.sizes import Dim, Shape, divided, nearest_divisor, product, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.activation import activation_flops, with_activation
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    require_known,
    require_rank,
)
from cnnshape.operations.padding_fill import PaddingMode, pad_size
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value


class Convolving(Operation):
    """What the convolutions have in common: channels that are read, and a bias and an activation behind."""

    __slots__ = ()
    per_sample: ClassVar[bool] = True
    kernel: tuple[int, ...]
    bias: bool
    activation: str | None
    layout: Layout
    known_channels: bool

    def channels_of(self, shape: Shape, declared: int | None = None) -> Dim:
        """The input's channels. Raises `Fault` where it has other axes, or other channels than are declared."""
        require_rank(shape, len(self.kernel), self.layout)
        channels = check_size(self.layout.channels(shape), declared, "in_channels")
        if self.known_channels:
            require_known(channels, "channels")
        return channels

    def result(
        self,
        batch: Dim,
        sizes: Shape,
        filters: Dim,
        kernels: Sequence[Weight],
        macs: Dim,
        maps: tuple[AxisMap | LaterMap | None, ...],
        channel: Path = EVERYTHING,
        windows: tuple[w.AxisWindows, ...] = (),
    ) -> Result:
        """``out = sizes x filters``; one bias a filter, added to every element."""
        elements = times(product(sizes), filters)
        weights = (*kernels, *([Weight("bias", (filters,))] if self.bias else []))
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        paths = with_activation(self.layout.paths(maps, channel), self.activation)
        outputs = (self.layout.join(batch, sizes, filters),)
        return Result(outputs, weights, macs, flops, windows, (), None, (paths,))


@value
class Convolution(Convolving):
    """Windows that slide over the spatial axes, in up to two steps.

    With a `multiplier` each channel is convolved by itself first; `filters` then sum over the channels of their group,
    over the window, or over one element where there was a step before. So a depthwise convolution has no filters, a
    separable one both, a plain one no multiplier.

    Attributes:
        filters: output channels; None: those of the first step.
        kernel, strides, dilation: per spatial axis.
        padding: a rule, or (low, high) per spatial axis.
        in_channels: the declared number of input channels, checked when given.
        known_channels: refuse an unknown number of input channels, as Keras does.
        padding_mode: what the padding holds; reflection and wrapping need an input that is large enough.
        activation: the activation applied in place to the output, if any.
        multiplier: filters of each channel in the first step; 0: there is none.
    """

    filters: int | None
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
    multiplier: int = 0

    @property
    def separable(self) -> bool:
        """Whether it has both steps."""
        return self.filters is not None and self.multiplier > 0

    def apply(self, shape: Shape) -> Result:
        """``out = windows per axis x filters``; params: the kernels of its steps, and one bias a filter."""
        channels = self.channels_of(shape, self.in_channels)
        windows = slide(self.layout.spatial(shape), self.kernel, self.strides, self.dilation, self.padding)
        if self.padding_mode != "constant":
            for axis in windows:
                if axis.padding and any(axis.padding):
                    pad_size(axis.size, axis.padding, self.padding_mode, f"the {axis.axis}")
        sizes = counts(windows)
        kernels, macs, channel, filters, kernel = [], [], EVERYTHING, channels, self.kernel
        if self.multiplier:
            kernels.append(
                Weight("depthwise_kernel" if self.separable else "kernel", (*kernel, channels, self.multiplier))
            )
            filters = times(channels, self.multiplier)
            macs.append(times(product(sizes), filters, product(kernel)))
            apart = IDENTITY if self.multiplier == 1 else told(self.multiplier, repeated_map, self.multiplier)
            channel, kernel = Path(self.layout.channel_axis(len(shape)), apart), (1,) * len(kernel)
        if self.filters is not None:
            check_groups(filters, self.filters, self.groups)
            per_group = divided(filters, self.groups)
            kernels.append(Weight("pointwise_kernel" if kernels else "kernel", (*kernel, per_group, self.filters)))
            filters, channel = self.filters, EVERYTHING
            macs.append(times(product(sizes), filters, product(kernel), per_group))
        maps = window_maps(windows)
        return self.result(shape[0], sizes, filters, kernels, total(macs), maps, channel, windows)


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
