"""PyTorch's modules and functions that change the resolution: upsampling, pixel shuffling, unfolding."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import resampling as operations
from cnnshape.operations.operation import Operation
from cnnshape.operations.resampling import Interpolation
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import layer_of
from cnnshape.vocabularies.pytorch.values import OptionalFactor, OptionalSize, symmetric
from cnnshape.vocabularies.values import Counts, Positive, Sizes
from cnnshape.vocabularies.vocabulary import LayerType

ModeName = Literal["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area", "lanczos"]


class Mode(NamedTuple):
    """A mode of `interpolate`: the operation's word, the numbers of spatial axes, and what it may be combined with."""

    interpolation: Interpolation
    ranks: tuple[int, ...]
    corners: bool = False
    antialias: bool = False


MODES: dict[ModeName, Mode] = {
    "nearest": Mode("nearest", (1, 2, 3)),
    "nearest-exact": Mode("nearest_exact", (1, 2, 3)),
    "linear": Mode("linear", (1,), corners=True),
    "bilinear": Mode("linear", (2,), corners=True, antialias=True),
    "trilinear": Mode("linear", (3,), corners=True),
    "bicubic": Mode("cubic", (2,), corners=True, antialias=True),
    "area": Mode("area", (1, 2, 3)),
    "lanczos": Mode("lanczos3", (2,), antialias=True),
}


def Interpolate(
    kind: LayerType,
    size: OptionalSize = None,
    scale_factor: OptionalFactor = None,
    mode: ModeName = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> operations.Interpolate:
    """torch.nn.functional.interpolate, over as many axes as the input has."""
    if (size is None) == (scale_factor is None):
        given = "neither" if size is None else f"size={size} and scale_factor={scale_factor}"
        raise Fault(
            "CS108",
            f"{kind.name} needs either size or scale_factor, got {given}",
            fix="write scale_factor=2, for example" if size is None else "keep one of them",
            argument=None if size is None else "scale_factor",
        )
    if recompute_scale_factor and size is not None:
        raise Fault(
            "CS108",
            f"{kind.name} takes recompute_scale_factor=True with a scale_factor only, not with size={size}",
            fix="leave recompute_scale_factor out",
            argument="recompute_scale_factor",
        )
    chosen = MODES[mode]
    if align_corners is not None and not chosen.corners:
        raise Fault(
            "CS108",
            f'{kind.name} in mode "{mode}" takes no align_corners; only linear, bilinear, trilinear and bicubic do',
            fix="leave align_corners out",
            argument="align_corners",
        )
    if antialias and not chosen.antialias:
        raise Fault(
            "CS108",
            f'{kind.name} in mode "{mode}" takes no antialias=True; only bilinear, bicubic and lanczos do',
            fix="leave antialias out",
            argument="antialias",
        )
    if mode == "lanczos" and not antialias:
        raise Fault(
            "CS108",
            f'{kind.name} in mode "lanczos" needs antialias=True',
            fix='use interpolate(..., mode="lanczos", antialias=True)',
            argument="mode",
        )
    return operations.Interpolate(
        size,
        scale_factor,
        "other" if antialias else chosen.interpolation,  # a filter as wide as the factor has no fixed taps
        bool(align_corners),
        chosen.ranks,
        mode,
        bool(recompute_scale_factor),
    )


Upsample = layer_of(Interpolate, "antialias", "Upsample, over as many axes as the input has.")


def UpsamplingNearest(
    kind: LayerType, size: OptionalSize = None, scale_factor: OptionalFactor = None
) -> operations.Interpolate:
    """UpsamplingNearest2d, which takes inputs with any number of axes all the same."""
    return Interpolate(kind, size, scale_factor)


def UpsamplingBilinear(
    kind: LayerType, size: OptionalSize = None, scale_factor: OptionalFactor = None
) -> operations.Interpolate:
    """UpsamplingBilinear2d, which aligns the corners."""
    return Interpolate(kind, size, scale_factor, "bilinear", align_corners=True)


def PixelShuffle(upscale_factor: Positive) -> Operation:
    """PixelShuffle and pixel_shuffle: channels to space."""
    return operations.PixelShuffle(upscale_factor)


def PixelUnshuffle(downscale_factor: Positive) -> Operation:
    """PixelUnshuffle and pixel_unshuffle: space to channels."""
    return operations.PixelUnshuffle(downscale_factor)


def ChannelShuffle(groups: Positive) -> Operation:
    """ChannelShuffle and channel_shuffle: channels dealt out over groups."""
    return operations.ChannelShuffle(groups)


def Unfold(kernel_size: Sizes, dilation: Sizes = 1, padding: Counts = 0, stride: Sizes = 1) -> Operation:
    """Unfold and unfold, over two axes: windows as columns."""
    return operations.Unfold(kernel_size, stride, symmetric(padding), dilation)


def Fold(
    output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Counts = 0, stride: Sizes = 1
) -> Operation:
    """Fold and fold, over two axes: columns back into an image."""
    pads = symmetric(padding)
    return operations.Fold(output_size, kernel_size, stride, pads, dilation)
