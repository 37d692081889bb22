"""Transposed convolution over 1, 2 or 3 spatial axes, by Keras's and by PyTorch's rules."""

from __future__ import annotations

from typing import Literal, Self

from cnnshape.arithmetic import transposed as t
from cnnshape.arithmetic.fields import told, transposed_map
from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times
from cnnshape.arithmetic.windows import AxisWindows, Padding, effective_kernel
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.convolution import Convolving, check_groups
from cnnshape.operations.operation import CHANNELS_LAST, Layout, Result, Weight, axis_names
from cnnshape.value import replace, value

TransposedPadding = Literal["valid", "same"] | tuple[Padding, ...]
"""Keras's rules, or PyTorch's padding as (low, high) per spatial axis."""


@value
class TransposedConvolution(Convolving):
    """A transposed convolution: every input element spreads over a window of `filters` output channels.

    Attributes:
        kernel, strides, dilation, output_padding: per spatial axis; `output_padding` None: as the rule likes.
        padding: a rule, or (low, high) per spatial axis, which crops the output.
        in_channels: the declared number of input channels, checked when given.
        known_channels: refuse an unknown number of input channels, as Keras does.
        activation: the activation applied in place to the output, if any.
        size: what is asked for of the output, less than a stride above the smallest; `output_padding` follows from it.
    """

    filters: int
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: TransposedPadding = "valid"
    output_padding: tuple[int, ...] | None = None
    dilation: tuple[int, ...] = ()
    groups: int = 1
    bias: bool = True
    activation: str | None = None
    layout: Layout = CHANNELS_LAST
    in_channels: int | None = None
    known_channels: bool = False
    size: tuple[int, ...] | None = None

    def of_size(self, shape: Shape) -> Self:
        """The same with the output padding that the asked size needs. Raises `Fault` where none gives it."""
        assert self.size is not None
        plain = replace(self, size=None, output_padding=(0,) * len(self.size))
        least = self.layout.spatial(plain.apply(shape).output)
        added = []
        for name, stride, smallest, asked in zip(axis_names(len(least)), self.strides, least, self.size, strict=True):
            if smallest is None:
                raise Fault(
                    "CS312", f"{LAYER} has to know the {name} of {show(shape)} to give the one that is asked for"
                )
            if not smallest <= asked < smallest + stride:
                sizes = f"{smallest} to {smallest + stride - 1}"
                message = f"{LAYER} gives a {name} from {sizes}, but output_size asks for {asked}"
                raise Fault("CS306", message, argument="output_size")
            added.append(asked - smallest)
        return replace(plain, output_padding=tuple(added))

    def crop(self) -> tuple[t.Crop, ...]:
        """Elements cropped from the (low, high) end of the full output, per spatial axis."""
        added: tuple[int | None, ...] = self.output_padding or (None,) * len(self.kernel)
        if isinstance(self.padding, tuple):
            return tuple(t.crop_explicit(pads, more or 0) for pads, more in zip(self.padding, added, strict=True))
        crop = t.crop_valid if self.padding == "valid" else t.crop_same
        return tuple(crop(e, s, more) for e, s, more in zip(self.extents(), self.strides, added, strict=True))

    def extents(self) -> tuple[int, ...]:
        """The effective kernel per spatial axis."""
        dilation = self.dilation or (1,) * len(self.kernel)
        return tuple(effective_kernel(k, d) for k, d in zip(self.kernel, dilation, strict=True))

    def apply(self, shape: Shape) -> Result:
        """``out = (size - 1) * stride + extent - low - high`` per axis; MACs count on the input grid."""
        if self.size is not None:
            return self.of_size(shape).apply(shape)
        channels = self.channels_of(shape, self.in_channels)
        check_groups(channels, self.filters, self.groups)
        spatial, extents, crop = self.layout.spatial(shape), self.extents(), self.crop()
        sizes = tuple(
            self._count(axis, size, extent, stride, ends)
            for axis, (size, extent, stride, ends) in enumerate(zip(spatial, extents, self.strides, crop, strict=True))
        )
        per_group, rank = self.filters // self.groups, len(self.kernel)
        macs = times(product(spatial), channels, product(self.kernel), per_group)
        dilation = self.dilation or (1,) * rank
        maps = tuple(
            told(s, transposed_map, k, s, d, ends[0])
            for k, s, d, ends in zip(self.kernel, self.strides, dilation, crop, strict=True)
        )
        axes = zip(axis_names(rank), sizes, self.kernel, self.strides, dilation, crop, spatial, strict=True)
        kernel = Weight("kernel", (*self.kernel, per_group, channels))
        found = self.result(shape[0], sizes, self.filters, [kernel], macs, maps)
        return found._replace(written=tuple(AxisWindows._make((*axis, "explicit")) for axis in axes))

    def _count(self, axis: int, size: Dim, extent: int, stride: int, crop: t.Crop) -> Dim:
        if size is None:
            return None
        count = t.count_transposed(size, extent, stride, crop)
        if count < 1:
            full = t.full_size(size, extent, stride)
            raise Fault(
                "CS308",
                f"{LAYER} leaves nothing along the {axis_names(len(self.kernel))[axis]}: its windows cover "
                f"{full}, of which {crop[0] + crop[1]} are cropped",
                fix="use less padding, more output_padding, or a larger kernel",
                argument="padding",
            )
        return count
