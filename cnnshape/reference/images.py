"""Functions of `keras.ops.image`, and those that take images apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from cnnshape.reference import resampling, reshaping
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import NEEDED, Execution, Kernel, again, plain
from cnnshape.reference.sampling import read_at
from cnnshape.reference.windows import per_axis, same_padding, trimmed


def images(
    kernel: Kernel, execution: Execution, x: Array, *, block_size: int, data_format: str = "channels_last"
) -> Array:
    """A kernel of PyTorch on blocks of channels, as Keras's functions lay images out."""
    name = "upscale_factor" if kernel is reshaping.pytorch_pixel_shuffle else "downscale_factor"
    first = np.moveaxis(x, -1, 1) if data_format == "channels_last" else x
    found: Any = regrouped(kernel, execution, first, name, block_size)
    return np.moveaxis(found, 1, -1) if data_format == "channels_last" else found


def regrouped(kernel: Kernel, execution: Execution, image: Array, name: str, size: int) -> Array:
    """Keras has the places of a block before the channels, PyTorch behind them."""
    count, square = image.shape[1], size * size
    if name == "upscale_factor":
        image = image.reshape(len(image), square, count // square, *image.shape[2:]).swapaxes(1, 2)
        image = image.reshape(len(image), count, *image.shape[3:])
    found: Any = kernel(execution, image, **{name: size})
    if name == "downscale_factor":
        apart = found.reshape(len(found), count, square, *found.shape[2:]).swapaxes(1, 2)
        found = apart.reshape(found.shape)
    return found  # type: ignore[no-any-return]


def image_resize(execution: Execution, tensor: Array, *, size: Any, **words: Any) -> Array:
    """`keras.ops.image.resize`."""
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    return resampling.keras_resizing(execution, tensor, height=height, width=width, **words)


def extract_patches(
    tensor: Array, size: Any, strides: Any, dilation_rate: Any, padding: str, data_format: str | None
) -> Array:
    """`keras.ops.image.extract_patches` and `_3d`: each window as a vector, its channels last."""
    rank = tensor.ndim - 2
    window = per_axis(size, rank)
    steps, apart = per_axis(window if strides is None else strides, rank), per_axis(dilation_rate, rank)
    image = np.moveaxis(tensor, 1, -1) if data_format == "channels_first" else tensor
    if padding == "same":
        spans = [
            same_padding(length, (extent - 1) * gap + 1, step)
            for length, extent, gap, step in zip(image.shape[1:-1], window, apart, steps, strict=True)
        ]
        image = np.pad(image, [(0, 0), *spans, (0, 0)])
    taken = []
    for place in np.ndindex(window):
        begin = [index * gap for index, gap in zip(place, apart, strict=True)]
        counts = [
            (length - (extent - 1) * gap - 1) // step + 1
            for length, extent, gap, step in zip(image.shape[1:-1], window, apart, steps, strict=True)
        ]
        parts = [
            slice(at, at + (count - 1) * step + 1, step) for at, count, step in zip(begin, counts, steps, strict=True)
        ]
        taken.append(image[(slice(None), *parts)])
    found = np.concatenate(taken, -1)
    return np.moveaxis(found, -1, 1) if data_format == "channels_first" else found


def settled(at: Any, size: int, mode: str) -> Any:
    """Places outside an image as places within it, as TensorFlow's ``ImageProjectiveTransformV3`` has them."""
    if mode == "nearest":
        return np.clip(at, 0, size - 1)
    if mode == "reflect":
        period = 2 * size
        at = np.where(at < 0, at + period * np.trunc(-at / period) * (at < period), at)
        at = np.where(at < 0, np.where(at < -size, at + period, -at - 1), at)
        beyond = at - period * np.trunc(at / period)
        at = np.where(at > size - 1, np.where(beyond >= size, period - beyond - 1, beyond), at)
        return np.clip(at, 0, size - 1)
    if mode == "wrap":
        last = max(size - 1, 1)
        below = at + size * (np.trunc(-at / last) + 1)
        return np.clip(
            np.where(at < 0, below, np.where(at > size - 1, at - size * np.trunc(at / last), at)), 0, size - 1
        )
    return at


def affine_transform(
    tensor: Array, transform: Array, interpolation: str, fill_mode: str, fill_value: float, data_format: str | None
) -> Array:
    """`keras.ops.image.affine_transform`: each place of the output is read from another one of the input."""
    images = tensor if data_format == "channels_first" else np.moveaxis(tensor, -1, 1)
    rows, columns = np.meshgrid(*map(np.arange, images.shape[2:]), indexing="ij")
    found = []
    for number, image in enumerate(images):
        a, b, c, d, e, f, g, h = (float(each) for each in transform[number if len(transform) > 1 else 0])
        depth = g * columns + h * rows + 1
        across, down = (a * columns + b * rows + c) / depth, (d * columns + e * rows + f) / depth
        down, across = settled(down, images.shape[2], fill_mode), settled(across, images.shape[3], fill_mode)
        found.append(read_at(image - np.float32(fill_value), (down, across), interpolation) + np.float32(fill_value))
    result = np.asarray(found, np.float32)
    return result if data_format == "channels_first" else np.moveaxis(result, 1, -1)


Ends = tuple[int | None, int | None, int | None]


def spans_of(tensor: Array, data_format: str | None, height: Ends, width: Ends) -> list[tuple[int, int]]:
    """Margins of the axes, of which two of what lies before, behind, and of the size afterwards are given."""
    first = 2 if data_format == "channels_first" else 1
    spans = [(0, 0)] * tensor.ndim
    for axis, (before, behind, size) in enumerate((height, width), first):
        margin = 0 if size is None else abs(size - tensor.shape[axis])
        low = margin - (behind or 0) if before is None else before
        spans[axis] = (low, margin - low if behind is None else behind)
    return spans


def framed(word: str, change: Callable[[Array, list[tuple[int, int]]], Array]) -> Kernel:
    """`keras.ops.image.crop_images`, `pad_images`: a change by margins, of which two of three numbers are given."""

    def kernel(
        x: Array, top: Any, left: Any, bottom: Any, right: Any, height: Any, width: Any, data_format: str | None
    ) -> Array:
        return change(x, spans_of(x, data_format, (top, bottom, height), (left, right, width)))

    sides = dict.fromkeys([f"{side}_{word}" for side in ("top", "left", "bottom", "right")])
    return plain(kernel, **sides, target_height=None, target_width=None, data_format=None)


def grayscale(tensor: Array, data_format: str | None) -> Array:
    """`keras.ops.image.rgb_to_grayscale`."""
    axis = 1 if data_format == "channels_first" else -1
    if tensor.shape[axis] == 1:
        return tensor
    shares = np.array([0.2989, 0.5870, 0.1140], np.float32)
    return np.expand_dims(np.tensordot(tensor, shares, (axis, 0)), axis)


def gaussian_blur(
    execution: Execution,
    tensor: Array,
    *,
    kernel_size: Any = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Array:
    """`keras.ops.image.gaussian_blur`: a window of fixed numbers, each channel by itself."""
    window = per_axis(kernel_size, 2)
    spreads = sigma if isinstance(sigma, (list, tuple)) else (sigma, sigma)
    curves = []
    for size, spread in zip(window, spreads, strict=True):
        curve = np.exp(-0.5 * (np.arange(size, dtype=np.float32) - (size - 1) / 2) ** 2 / spread**2)
        curves.append(curve / curve.sum())
    channels = tensor.shape[1 if data_format == "channels_first" else -1]
    flat = np.outer(curves[1], curves[0])  # laid out as if the first number were the width, and read otherwise
    kernel = np.broadcast_to(flat.reshape(*window, 1, 1), (*window, channels, 1)).astype(np.float32)
    words: dict[str, Any] = {"kernel_size": window, "padding": "same", "use_bias": False, "data_format": data_format}
    return execution.beside({"kernel": kernel}, "DepthwiseConv2D", tensor, **words)


KERAS_IMAGES: Mapping[str, Kernel] = {
    "depth_to_space": partial(images, reshaping.pytorch_pixel_shuffle),
    "space_to_depth": partial(images, reshaping.pytorch_pixel_unshuffle),
    "image.resize": again(image_resize, resampling.keras_resizing, size=NEEDED),
    **dict.fromkeys(
        ("image.extract_patches", "image.extract_patches_3d"),
        plain(extract_patches, size=NEEDED, strides=None, dilation_rate=1, padding="valid", data_format=None),
    ),
    "image.affine_transform": plain(
        affine_transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None
    ),
    "image.crop_images": framed("cropping", trimmed),
    "image.pad_images": framed("padding", np.pad),
    "image.rgb_to_grayscale": plain(grayscale, data_format=None),
    "image.gaussian_blur": gaussian_blur,
}
