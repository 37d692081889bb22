"""Separable convolution: each channel by itself, then a 1 x 1 convolution that mixes them."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product, times, total
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.convolution import Convolving
from cnnshape.operations.operation import CHANNELS_LAST, Layout, Result, Weight
from cnnshape.operations.sliding import PaddingRule, counts, window_maps
from cnnshape.value import value


@value
class SeparableConvolution(Convolving):
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
        channels, windows = self.channels_of(shape), self.windows_of(shape)
        sizes, between = counts(windows), times(channels, self.multiplier)
        kernels = [
            Weight("depthwise_kernel", (*self.kernel, channels, self.multiplier)),
            Weight("pointwise_kernel", (*(1,) * len(self.kernel), between, self.filters)),
        ]
        places = product(sizes)
        macs = total((times(places, between, product(self.kernel)), times(places, between, self.filters)))
        found = self.result(shape[0], sizes, self.filters, kernels, macs, window_maps(windows))
        return found._replace(windows=windows)
