"""PyTorch's convolutions. Source of names, order, defaults and refusals: torch.nn, PyTorch 2.14."""

from __future__ import annotations

from math import gcd
from typing import Annotated, Any, Literal

from cnnshape.arithmetic.sizes import nearest_divisor
from cnnshape.arithmetic.windows import Padding, effective_kernel
from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import axis_names
from cnnshape.operations.padding_fill import PaddingMode
from cnnshape.operations.sliding import PaddingRule
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.pytorch.values import LAYOUT, Amounts, AskedSize, Declared, Steps, spread, symmetric
from cnnshape.vocabularies.values import LARGEST, Positive, Sizes, written
from cnnshape.vocabularies.vocabulary import LayerType


def padding(value: Any, info: Info) -> str | tuple[int, ...]:
    """``"same"``, ``"valid"`` or integers per spatial axis."""
    if isinstance(value, str):
        if value not in ("same", "valid"):
            raise ValueError('must be "same", "valid" or whole numbers')
        return value
    return spread(value, info, -LARGEST)


ConvolutionPadding = Annotated[
    Literal["same", "valid"] | tuple[int, ...],
    Before(padding, Literal["same", "valid"] | int | list[int]),
]


class InChannels(Layer):
    """The first argument of every convolution that is not lazy."""

    in_channels: Declared = None


class LazyConv(Layer):
    """LazyConv1d, LazyConv2d, LazyConv3d: the input's channels are inferred."""

    out_channels: Positive
    kernel_size: Sizes
    stride: Steps = 1
    padding: ConvolutionPadding = 0
    dilation: Steps = 1
    groups: Positive = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    @classmethod
    def look_over(cls, given: dict[str, Any], info: Info) -> dict[str, Any]:
        """PyTorch pads by itself in all modes but zeros, and then does not spread a list of one over the axes."""
        kind: LayerType | None = info.context and info.context["kind"]
        mode, argument = given.get("padding_mode", "zeros"), "dilation" if given.get("padding") == "same" else "padding"
        value = given.get(argument)
        if kind and mode != "zeros" and kind.rank != 1 and isinstance(value, list | tuple) and len(value) == 1:
            raise Fault(
                "CS105",
                f"{kind.name}'s {argument} must be one whole number or {kind.rank}, one per axis, "
                f'with padding_mode="{mode}", got {written(value)}',
                fix=f"write {argument}={written(value[0])}",
                argument=argument,
                replacement=written(value[0]),
            )
        return given

    def declared_channels(self) -> int | None:
        """The number of input channels that the layer states."""
        return None

    def lower(self, kind: LayerType, defaults: Defaults) -> Convolution:
        """PyTorch refuses ``same`` with stride, and negative padding with zeros."""
        refuse_undivided(kind, self.groups, self.declared_channels(), self.out_channels)
        mode: PaddingMode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        return Convolution(
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding_rule(kind),
            self.dilation,
            self.groups,
            self.bias,
            layout=LAYOUT,
            in_channels=self.declared_channels(),
            padding_mode=mode,
        )

    def padding_rule(self, kind: LayerType) -> PaddingRule | tuple[Padding, ...]:
        """The padding as the operation states it."""
        if self.padding == "same" and max(self.stride) > 1:
            extents = [effective_kernel(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
            halves = [extent // 2 for extent in extents]
            pads = str(halves[0] if len(set(halves)) == 1 else tuple(halves))
            raise Fault(
                "CS108",
                f'{kind.name} cannot have padding="same" with stride={_short(self.stride)}: '
                'PyTorch defines "same" for stride 1 only',
                fix=f"use padding={pads}, which halves the size as Keras's padding does for odd kernels"
                if set(self.stride) == {2}
                else f"use padding={pads}",
                argument="padding",
                replacement=pads,
            )
        if not isinstance(self.padding, tuple):
            return "same_unstrided" if self.padding == "same" else "valid"
        if self.padding_mode == "zeros" and min(self.padding) < 0:
            raise Fault(
                "CS105",
                f"{kind.name}'s padding must be at least 0, got {_short(self.padding)}",
                fix=f"crop with ZeroPad{kind.rank}d({min(self.padding)}) before it",
                argument="padding",
            )
        return symmetric(self.padding)


class Conv(LazyConv, InChannels):
    """Conv1d, Conv2d, Conv3d."""

    def declared_channels(self) -> int | None:
        """``in_channels``."""
        return self.in_channels


class LazyConvTranspose(Layer):
    """LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d: the input's channels are inferred.

    Called with an `output_size`, the output padding follows from it.
    """

    keyword_only = frozenset({"output_size"})
    of_call = frozenset({"output_size"})

    out_channels: Positive
    kernel_size: Sizes
    stride: Steps = 1
    padding: Amounts = 0
    output_padding: Amounts = 0
    groups: Positive = 1
    bias: bool = True
    dilation: Steps = 1
    padding_mode: Literal["zeros"] = "zeros"
    output_size: AskedSize = None

    def declared_channels(self) -> int | None:
        """The number of input channels that the layer states."""
        return None

    def made_channels(self, kind: LayerType) -> int:
        """``out_channels``; a lazy layer without a bias makes fewer where groups do not divide them, unasked."""
        divided = self.out_channels // self.groups * self.groups
        if divided and not self.bias and kind.name.startswith("Lazy"):
            return divided
        refuse_undivided(kind, self.groups, self.declared_channels(), self.out_channels)
        return self.out_channels

    def lower(self, kind: LayerType, defaults: Defaults) -> TransposedConvolution:
        """PyTorch refuses an output padding that reaches both the stride and the dilation."""
        channels = self.made_channels(kind)
        names = axis_names(kind.rank or 2)
        for name, more, stride, dilation in zip(names, self.output_padding, self.stride, self.dilation, strict=True):
            if more >= max(stride, dilation):
                raise Fault(
                    "CS105",
                    f"{kind.name}'s output_padding={more} along the {name} must be smaller than its stride={stride} "
                    f"or its dilation={dilation}",
                    fix=f"use output_padding={max(stride, dilation) - 1} at most",
                    argument="output_padding",
                )
        return TransposedConvolution(
            channels,
            self.kernel_size,
            self.stride,
            symmetric(self.padding),
            self.output_padding,
            self.dilation,
            self.groups,
            self.bias,
            layout=LAYOUT,
            in_channels=self.declared_channels(),
            size=self.output_size,
        )


class ConvTranspose(LazyConvTranspose, InChannels):
    """ConvTranspose1d, ConvTranspose2d, ConvTranspose3d."""

    def declared_channels(self) -> int | None:
        """``in_channels``."""
        return self.in_channels


def refuse_undivided(kind: LayerType, groups: int, in_channels: int | None, out_channels: int) -> None:
    """PyTorch refuses groups that do not divide the declared channels before it sees an input."""
    nearest = nearest_divisor(gcd(out_channels if in_channels is None else in_channels, out_channels), groups)
    certain = in_channels is not None
    for argument, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels is not None and channels % groups:
            condition = "" if certain else " if that divides the input's channels"
            raise Fault(
                "CS307",
                f"{kind.name}'s groups={groups} does not divide {argument}={channels}",
                fix=f"use groups={nearest}{condition}, or an {argument} that {groups} divides",
                argument="groups",
                replacement=str(nearest) if certain else None,
            )


def _short(values: tuple[int, ...]) -> str:
    """One number where all axes agree: ``2``, else ``[2, 1]``."""
    return str(values[0]) if len(set(values)) == 1 else str(list(values))
