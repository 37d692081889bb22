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
from cnnshape.vocabularies.layer import layer_of, noted
from cnnshape.vocabularies.messages import written
from cnnshape.vocabularies.pytorch.values import LAYOUT, Amounts, AskedSize, Declared, Steps, spread, symmetric
from cnnshape.vocabularies.values import LARGEST, Positive, Sizes
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


def refuse_list_of_one(given: dict[str, Any], info: Info) -> dict[str, Any]:
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


@noted(look_over=staticmethod(refuse_list_of_one))
def Conv(
    kind: LayerType,
    in_channels: Declared,
    out_channels: Positive,
    kernel_size: Sizes,
    stride: Steps = 1,
    padding: ConvolutionPadding = 0,
    dilation: Steps = 1,
    groups: Positive = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
) -> Convolution:
    """Conv1d, Conv2d, Conv3d."""
    refuse_undivided(kind, groups, in_channels, out_channels)
    mode: PaddingMode = "constant" if padding_mode == "zeros" else padding_mode
    rule: PaddingRule | tuple[Padding, ...] = "same_unstrided" if padding == "same" else "valid"
    if padding == "same" and max(stride) > 1:
        halves = [effective_kernel(k, d) // 2 for k, d in zip(kernel_size, dilation, strict=True)]
        pads = str(halves[0] if len(set(halves)) == 1 else tuple(halves))
        raise Fault(
            "CS108",
            f'{kind.name} cannot have padding="same" with stride={_short(stride)}: '
            'PyTorch defines "same" for stride 1 only',
            fix=f"use padding={pads}, which halves the size as Keras's padding does for odd kernels"
            if set(stride) == {2}
            else f"use padding={pads}",
            argument="padding",
            replacement=pads,
        )
    if isinstance(padding, tuple):
        if padding_mode == "zeros" and min(padding) < 0:
            raise Fault(
                "CS105",
                f"{kind.name}'s padding must be at least 0, got {_short(padding)}",
                fix=f"crop with ZeroPad{kind.rank}d({min(padding)}) before it",
                argument="padding",
            )
        rule = symmetric(padding)
    window = kernel_size, stride, rule, dilation
    return Convolution(out_channels, *window, groups, bias, None, LAYOUT, in_channels, padding_mode=mode)


LazyConv = layer_of(Conv, "in_channels", "LazyConv1d, LazyConv2d, LazyConv3d: the input's channels are inferred.")


@noted(of_call=frozenset({"output_size"}))
def ConvTranspose(
    kind: LayerType,
    in_channels: Declared,
    out_channels: Positive,
    kernel_size: Sizes,
    stride: Steps = 1,
    padding: Amounts = 0,
    output_padding: Amounts = 0,
    groups: Positive = 1,
    bias: bool = True,
    dilation: Steps = 1,
    padding_mode: Literal["zeros"] = "zeros",
    *,
    output_size: AskedSize = None,
) -> TransposedConvolution:
    """ConvTranspose1d, ConvTranspose2d, ConvTranspose3d."""
    divided = out_channels // groups * groups
    if divided and not bias and kind.name.startswith("Lazy"):
        out_channels = divided  # fewer where groups do not divide them, unasked
    else:
        refuse_undivided(kind, groups, in_channels, out_channels)
    for name, more, step, apart in zip(axis_names(kind.rank or 2), output_padding, stride, dilation, strict=True):
        if more >= max(step, apart):
            raise Fault(
                "CS105",
                f"{kind.name}'s output_padding={more} along the {name} must be smaller than its stride={step} "
                f"or its dilation={apart}",
                fix=f"use output_padding={max(step, apart) - 1} at most",
                argument="output_padding",
            )
    window = kernel_size, stride, symmetric(padding), output_padding, dilation
    return TransposedConvolution(out_channels, *window, groups, bias, None, LAYOUT, in_channels, size=output_size)


LazyConvTranspose = layer_of(
    ConvTranspose,
    "in_channels",
    """LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d: the input's channels are inferred.

    Called with an `output_size`, the output padding follows from it.
    """,
)


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
