"""Separable convolution: each channel by itself, then a 1 x 1 convolution that mixes them."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product, times, total
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.activation import activation_flops, with_activation
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Result,
    Weight,
    require_known,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value


@value
class SeparableConvolution(Operation):
    """A depthwise convolution with `multiplier` filters a channel, then `filters` pointwise ones; one bias.

    Attributes:
        kernel, strides, dilation: per spatial axis.
        known_channels: refuse an unknown number of input channels, as Keras does.
        activation: the activation applied in place to the output, if any.
    """

    filters: int
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule | tuple[Padding, ...] = "valid"
    dilation: tuple[int, ...] = ()
    multiplier: int = 1
    bias: bool = True
    activation: str | None = None
    layout: Layout = CHANNELS_LAST
    known_channels: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """Params ``= channels * multiplier * (kernel + filters) + filters``; MACs: both steps on the output grid."""
        (shape,) = inputs
        rank = len(self.kernel)
        require_rank(shape, rank, self.layout)
        channels = self.layout.channels(shape)
        if self.known_channels:
            require_known(channels, "channels")
        windows = slide(self.layout.spatial(shape), self.kernel, self.strides, self.dilation, self.padding)
        sizes = counts(windows)
        between = times(channels, self.multiplier)
        weights = [
            Weight("depthwise_kernel", (*self.kernel, channels, self.multiplier)),
            Weight("pointwise_kernel", (*(1,) * rank, between, self.filters)),
        ]
        if self.bias:
            weights.append(Weight("bias", (self.filters,)))
        places = product(sizes)
        macs = total((times(places, between, product(self.kernel)), times(places, between, self.filters)))
        elements = times(places, self.filters)
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        return Result(
            (self.layout.join(shape[0], sizes, self.filters),),
            tuple(weights),
            macs,
            flops,
            windows,
            paths=(with_activation(self.layout.paths(window_maps(windows), EVERYTHING), self.activation),),
        )
