"""PyTorch's pooling modules and functions."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.operation import Operation, axis_names
from cnnshape.operations.pooling import Pooling, WithIndices
from cnnshape.operations.sampling import FractionalPooling, Unpooling
from cnnshape.vocabularies.declaration import Before, Info, optional
from cnnshape.vocabularies.layer import layer_of, noted
from cnnshape.vocabularies.pytorch.values import LAYOUT, Amounts, AskedSize, OptionalSteps, Steps, symmetric
from cnnshape.vocabularies.values import Sizes, at_least, extended
from cnnshape.vocabularies.vocabulary import LayerType


def refuse_large_padding(kind: LayerType, kernel: tuple[int, ...], padding: tuple[int, ...]) -> None:
    """PyTorch pads a pool by at most half of its kernel, so that no window lies in the padding alone."""
    for name, size, pad in zip(axis_names(kind.rank or 2), kernel, padding, strict=True):
        if pad > size // 2:
            raise Fault(
                "CS311",
                f"{kind.name}'s padding={pad} along the {name} is more than half of its kernel_size={size}",
                fix=f"use padding={size // 2} at most, or a pad layer before it",
                argument="padding",
            )


def MaxPool(
    kind: LayerType,
    kernel_size: Steps,
    stride: OptionalSteps = None,
    padding: Amounts = 0,
    dilation: Steps = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Operation:
    """MaxPool1d, MaxPool2d, MaxPool3d: the largest value of each window; the stride defaults to it."""
    refuse_large_padding(kind, kernel_size, padding)
    pads = symmetric(padding)
    pooling = Pooling("max", kernel_size, stride or kernel_size, pads, dilation, ceil_mode, LAYOUT)
    return WithIndices(pooling) if return_indices else pooling


def MaxPoolFunction(
    kind: LayerType,
    kernel_size: Steps,
    stride: OptionalSteps = None,
    padding: Amounts = 0,
    dilation: Steps = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Operation:
    """max_pool1d, max_pool2d, max_pool3d, whose last arguments come the other way round."""
    return MaxPool(kind, kernel_size, stride, padding, dilation, return_indices, ceil_mode)


def divisor(value: Any, info: Info) -> int:
    """Any integer but 0."""
    if value == 0 and not isinstance(value, bool):
        raise ValueError("must not be 0")
    return at_least(-(2**63), value, info)


def AvgPool(
    kind: LayerType,
    kernel_size: Steps,
    stride: OptionalSteps = None,
    padding: Amounts = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Annotated[int | None, Before(optional(divisor), int | None)] = None,
) -> Pooling:
    """AvgPool2d, AvgPool3d."""
    refuse_large_padding(kind, kernel_size, padding)
    pads, fits = symmetric(padding), kind.rank == 3
    return Pooling("average", kernel_size, stride or kernel_size, pads, (), ceil_mode, LAYOUT, fits_unpadded=fits)


AvgPool1d = layer_of(
    AvgPool,
    "divisor_override",
    "AvgPool1d: the mean of each window; over three axes it has to fit into the input without padding.",
)


def norm_type(value: Any) -> float:
    """A number other than 0; infinity is the largest magnitude."""
    power = extended(value)
    if power == 0:
        raise ValueError("must not be 0")
    return power


def factor(value: Any, info: Info) -> Any:
    """The window of LPPool1d is a number: PyTorch multiplies by it, which a list fails."""
    rank: int | None = info.context["rank"] if info.context else None
    if rank == 1 and isinstance(value, list | tuple):
        raise ValueError("must be a whole number, not a list")
    return value


def LPPool(
    kind: LayerType,
    norm_type: Annotated[float, Before(norm_type, float)],
    kernel_size: Annotated[Sizes, Before(factor, int | list[int])],
    stride: OptionalSteps = None,
    ceil_mode: bool = False,
) -> Pooling:
    """LPPool1d, LPPool2d, LPPool3d: the norm of each window; over three axes it has to fit into the input."""
    step, fits = stride or kernel_size, kind.rank == 3
    return Pooling("lp", kernel_size, step, ceil_mode=ceil_mode, layout=LAYOUT, fits_unpadded=fits)


def output_size(value: Any, info: Info) -> tuple[int | None, ...]:
    """One positive integer, or one or None (as it is) per spatial axis; over one axis None is refused."""
    rank: int = info.context["rank"] if info.context else 2
    if not isinstance(value, list | tuple):
        if value is None:
            raise ValueError(f"must be a whole number or a list of {rank}")
        return (at_least(1, value, info),) * rank
    if len(value) != rank:
        raise ValueError(f"must be one whole number or {rank}, one per axis")
    if rank == 1 and value[0] is None:
        raise ValueError("must be a whole number")
    return tuple(None if each is None else at_least(1, each, info) for each in value)


OutputSize = Annotated[tuple[int | None, ...], Before(output_size, int | list[int | None])]


def AdaptiveAvgPool(kind: LayerType, output_size: OutputSize) -> Operation:
    """AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d."""
    one_each = kind.rank != 1 and set(output_size) == {1}
    return AdaptivePooling("average", output_size, LAYOUT, more_axes=one_each)


def AdaptiveMaxPool(output_size: OutputSize, return_indices: bool = False) -> Operation:
    """AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d."""
    pooling = AdaptivePooling("max", output_size, LAYOUT)
    return WithIndices(pooling) if return_indices else pooling


@noted(of_call=frozenset({"output_size"}))
def MaxUnpool(
    kernel_size: Steps, stride: OptionalSteps = None, padding: Amounts = 0, *, output_size: AskedSize = None
) -> Operation:
    """MaxUnpool1d, MaxUnpool2d, MaxUnpool3d: called with what a pool has given and its indices."""
    return Unpooling(kernel_size, stride or kernel_size, symmetric(padding), output_size)


def ratio(value: Any, info: Info) -> tuple[float, ...]:
    """Numbers between 0 and 1, per spatial axis."""
    rank: int = info.context["rank"] if info.context else 2
    if info.context and info.context["kind"].name == "fractional_max_pool2d" and not isinstance(value, list | tuple):
        raise ValueError(f"must be a list of {rank}: this function takes no single number")
    each = tuple(value) if isinstance(value, list | tuple) else (value,) * rank
    if len(each) != rank or not all(0 < extended(one) < 1 for one in each):
        raise ValueError(f"must be between 0 and 1, one number or {rank}")
    return each


def FractionalMaxPool(
    kind: LayerType,
    kernel_size: Steps,
    output_size: AskedSize = None,
    output_ratio: Annotated[tuple[float, ...] | None, Before(optional(ratio), float | list[float] | None)] = None,
    return_indices: bool = False,
) -> Operation:
    """FractionalMaxPool2d, FractionalMaxPool3d: the largest value of windows that begin at random places."""
    if (output_size is None) == (output_ratio is None):
        message = f"{kind.name} needs either output_size or output_ratio"
        raise Fault("CS105", message, argument="output_size")
    pooling = FractionalPooling(kernel_size, output_size, output_ratio)
    return WithIndices(pooling) if return_indices else pooling
