"""Functions of `keras.ops.image`, and those that take images apart."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Operation
from cnnshape.operations.padding import Framed, Grayscale
from cnnshape.operations.patches import Patches
from cnnshape.operations.resampling import PixelShuffle, PixelUnshuffle, Resize
from cnnshape.operations.sampling import Warped
from cnnshape.operations.weighted import Weighted
from cnnshape.operations.wrapping import ChannelsLast
from cnnshape.vocabularies.declaration import Before, optional
from cnnshape.vocabularies.keras.functions import OptionalPerAxis, PerAxis, pair
from cnnshape.vocabularies.keras.resampling import MODES, Interpolation
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.keras.weighted import Shape, layer
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Number, Positive, non_negative
from cnnshape.vocabularies.vocabulary import LayerType


def Blocks(
    kind: LayerType, block_size: Positive, data_format: Literal["channels_last", "channels_first"] = "channels_last"
) -> Operation:
    """depth_to_space, space_to_depth: channels as blocks of the image, or the other way round."""
    shuffle = PixelShuffle(block_size) if kind.name == "ops.depth_to_space" else PixelUnshuffle(block_size)
    return ChannelsLast(shuffle) if data_format == "channels_last" else shuffle


def Resized(
    defaults: Defaults,
    size: PerAxis,
    interpolation: Interpolation = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: Kept = "constant",
    fill_value: Number = 0.0,
    data_format: DataFormat = None,
) -> Operation:
    """image.resize: to a height and width."""
    if isinstance(size, tuple) and len(size) != 2:
        raise Fault(
            "CS105", f"{LAYER}'s size has {len(size)} numbers: an image has a height and a width", argument="size"
        )
    regular = not (crop_to_aspect_ratio or pad_to_aspect_ratio or antialias)
    return Resize(pair(size), MODES[interpolation] if regular else "other", layout(data_format, defaults))


def PatchesOf(
    kind: LayerType,
    defaults: Defaults,
    size: PerAxis,
    strides: OptionalPerAxis = None,
    dilation_rate: PerAxis = 1,
    padding: Padding = "valid",
    data_format: DataFormat = None,
) -> Operation:
    """image.extract_patches, extract_patches_3d: windows of an image, side by side unless told, as vectors."""
    rank = 3 if kind.name.endswith("_3d") or (isinstance(size, tuple) and len(size) == 3) else 2
    window, steps, apart = (pair(each, rank) for each in (size, strides or size, dilation_rate))
    return Patches(window, steps, apart, padding, layout(data_format, defaults))


def Affine(
    defaults: Defaults,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    fill_mode: Literal["constant", "nearest", "wrap", "reflect"] = "constant",
    fill_value: Number = 0,
    data_format: DataFormat = None,
) -> Operation:
    """image.affine_transform: called with images and eight numbers for each, from where its places are read."""
    return Warped(8, layout(data_format, defaults), interpolation == "bilinear")


Margin = Annotated[int | None, Before(optional(non_negative), int | None)]


Numbers = tuple[int | None, int | None, int | None]


def framed(grow: bool, defaults: Defaults, height: Numbers, width: Numbers, data_format: DataFormat) -> Operation:
    """Images with margins on or off, of which two of three numbers are given for each axis."""
    for words, numbers in ((("top", "bottom", "target_height"), height), (("left", "right", "target_width"), width)):
        if numbers.count(None) != 1:
            does = "padding" if grow else "cropping"
            names = f"{words[0]}_{does}, {words[1]}_{does} and {words[2]}"
            raise Fault("CS108", f"{LAYER} takes two of {names}, got {3 - numbers.count(None)}", argument=words[2])
    return Framed((height, width), grow, layout(data_format, defaults))


def Cropped(
    defaults: Defaults,
    top_cropping: Margin = None,
    left_cropping: Margin = None,
    bottom_cropping: Margin = None,
    right_cropping: Margin = None,
    target_height: Positive | None = None,
    target_width: Positive | None = None,
    data_format: DataFormat = None,
) -> Operation:
    """image.crop_images: without margins, of which two of three numbers are given for each axis."""
    height, width = (top_cropping, bottom_cropping, target_height), (left_cropping, right_cropping, target_width)
    return framed(False, defaults, height, width, data_format)


def Padded(
    defaults: Defaults,
    top_padding: Margin = None,
    left_padding: Margin = None,
    bottom_padding: Margin = None,
    right_padding: Margin = None,
    target_height: Positive | None = None,
    target_width: Positive | None = None,
    data_format: DataFormat = None,
) -> Operation:
    """image.pad_images: with margins of zeros, of which two of three numbers are given for each axis."""
    height, width = (top_padding, bottom_padding, target_height), (left_padding, right_padding, target_width)
    return framed(True, defaults, height, width, data_format)


def Gray(defaults: Defaults, data_format: DataFormat = None) -> Operation:
    """image.rgb_to_grayscale: one channel of three."""
    return Grayscale(layout(data_format, defaults))


def Blurred(
    defaults: Defaults, kernel_size: PerAxis = (3, 3), sigma: Kept = (1.0, 1.0), data_format: DataFormat = None
) -> Operation:
    """image.gaussian_blur: each channel by itself through one window of fixed numbers."""

    def make(_: Shape) -> Operation:
        words = {"kernel_size": pair(kernel_size), "padding": "same", "data_format": data_format}
        return layer("DepthwiseConv2D", defaults, **words)

    return Weighted(make, (), 0)
