"""Resampling: up and down by repetition or interpolation, each framework by its own rule for coordinates.

Interpolation is separable: per axis, every output position is a weighted sum of a few input positions. Positions
of weight 0 are not read at all, so that a NaN there stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, ForwardError
from cnnshape.reference.pooling import adaptive_windows, spatial_axes
from cnnshape.reference.windows import pad, per_axis
from cnnshape.value import NamedTuple


class Taps(NamedTuple):
    """The input positions that each output position of an axis reads, and their weights; both (outputs, taps)."""

    cells: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float32]


def resample(tensor: Array, axis: int, taps: Taps) -> Array:
    """The axis, resampled."""
    shape = [1] * tensor.ndim
    shape[axis] = len(taps.cells)
    total = np.zeros((*tensor.shape[:axis], len(taps.cells), *tensor.shape[axis + 1 :]), np.float32)
    for tap in range(taps.cells.shape[1]):
        weights = taps.weights[:, tap].reshape(shape)
        total += np.where(weights == 0, 0, np.take(tensor, taps.cells[:, tap], axis) * weights)
    return total


def collect(rows: Sequence[Sequence[tuple[int, float]]]) -> Taps:
    """Taps from (cell, weight) pairs per output position, filled up with cell 0 at weight 0."""
    width = max(len(row) for row in rows)
    cells = np.zeros((len(rows), width), np.intp)
    weights = np.zeros((len(rows), width), np.float32)
    for position, row in enumerate(rows):
        for tap, (cell, weight) in enumerate(row):
            cells[position, tap], weights[position, tap] = cell, weight
    return Taps(cells, weights)


def cubic(distance: float, a: float) -> float:
    """Keys 1981: cubic convolution; TensorFlow takes a = -0.5, PyTorch a = -0.75."""
    d = abs(distance)
    if d <= 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    if d < 2:
        return a * (((d - 5) * d + 8) * d - 4)
    return 0.0


def lanczos(distance: float, radius: int) -> float:
    """A sinc under the window of a wider sinc; nothing at whole distances, where both are zero but for rounding."""
    d = abs(distance)
    if d <= 1e-3:
        return 1.0
    if d > radius or abs(d - round(d)) < 1e-9:
        return 0.0
    return radius * math.sin(math.pi * d) * math.sin(math.pi * d / radius) / (math.pi * d) ** 2


class Filter(NamedTuple):
    """A filter of TensorFlow's, or of Pillow's: its weights by distance, and how far they reach."""

    weight: Callable[[float], float]
    radius: float


FILTERS = {
    "bilinear": Filter(lambda distance: max(1 - abs(distance), 0.0), 1),
    "bicubic": Filter(lambda distance: cubic(distance, -0.5), 2),
    "lanczos": Filter(lambda distance: lanczos(distance, 3), 3),  # PyTorch's name
    "lanczos3": Filter(lambda distance: lanczos(distance, 3), 3),
    "lanczos5": Filter(lambda distance: lanczos(distance, 5), 5),
}

NO_WEIGHT = 1e-6
"""Less is what rounding leaves of nothing, where a pixel lies exactly on the edge of a filter."""

CUBIC_STEPS = 1024
"""TensorFlow looks its cubic weights up in a table of so many steps between two cells."""


def keras_taps(length: int, size: int, interpolation: str, antialias: bool) -> Taps:
    """TensorFlow's rule: pixel centres at halves, weights outside the image dropped, the rest scaled to sum 1."""
    step = length / size
    if interpolation == "nearest":  # in float32, as TensorFlow computes it
        cells = np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(step)).astype(int)
        return collect([[(min(cell, length - 1), 1.0)] for cell in cells.tolist()])
    if interpolation == "area":  # each output cell takes from the input what it covers
        shares = [
            [(cell, (min(cell + 1, (i + 1) * step) - max(cell, i * step)) / step) for cell in range(length)]
            for i in range(size)
        ]
        return collect([[(cell, share) for cell, share in row if share > NO_WEIGHT] for row in shares])
    kernel = FILTERS[interpolation]
    stretch = max(step, 1.0) if antialias else 1.0
    rows = []
    for i in range(size):
        centre = (i + 0.5) * step - 0.5
        if interpolation == "bicubic" and not antialias:
            centre = math.floor(centre) + round((centre - math.floor(centre)) * CUBIC_STEPS) / CUBIC_STEPS
        reach = kernel.radius * stretch
        near = range(max(math.ceil(centre - reach), 0), min(math.floor(centre + reach), length - 1) + 1)
        row = [(cell, kernel.weight((cell - centre) / stretch)) for cell in near]
        total = sum(weight for _, weight in row)
        rows.append([(cell, weight / total) for cell, weight in row if abs(weight) > NO_WEIGHT])
    return collect(rows)


def resize(tensor: Array, axes: Sequence[int], size: Sequence[int], interpolation: str, antialias: bool) -> Array:
    """`keras.ops.image.resize` of the given axes."""
    for axis, length in zip(axes, size, strict=True):
        if interpolation != "nearest" and tensor.shape[axis] == length:
            continue
        tensor = resample(tensor, axis, keras_taps(tensor.shape[axis], length, interpolation, antialias))
    return tensor


def fitting_sides(lengths: Sequence[int], size: Sequence[int]) -> tuple[int, int]:
    """Height and width that the image would have at the target's aspect ratio, by its width and by its height."""
    (height, width), (wanted_height, wanted_width) = lengths, size
    return int(width * wanted_height / wanted_width), int(height * wanted_width / wanted_height)


def crop_to_ratio(tensor: Array, axes: Sequence[int], size: Sequence[int]) -> Array:
    """The largest centred part with the target's aspect ratio."""
    lengths = [tensor.shape[axis] for axis in axes]
    sides = zip(lengths, fitting_sides(lengths, size), strict=True)
    return centre(tensor, axes, [max(min(length, fitting), 1) for length, fitting in sides])


def centre(tensor: Array, axes: Sequence[int], size: Sequence[int]) -> Array:
    """The middle of an image, so large."""
    part = [slice(None)] * tensor.ndim
    for axis, length in zip(axes, size, strict=True):
        first = (tensor.shape[axis] - length) // 2
        part[axis] = slice(first, first + length)
    return tensor[tuple(part)]


def pad_to_ratio(tensor: Array, axes: Sequence[int], size: Sequence[int], value: float) -> Array:
    """The image on a larger ground with (about) the target's aspect ratio, the same on both sides."""
    lengths = [tensor.shape[axis] for axis in axes]
    spans = [(0, 0)] * tensor.ndim
    for axis, length, fitting in zip(axes, lengths, fitting_sides(lengths, size), strict=True):
        added = (max(length, fitting) - length) // 2
        spans[axis] = (added, added)
    return pad(tensor, spans, value=value)


def keras_resizing(
    execution: Execution,
    tensor: Array,
    *,
    height: int,
    width: int,
    interpolation: str = "bilinear",
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    antialias: bool = False,
    data_format: str | None = None,
) -> Array:
    """Resizing."""
    axes, size = spatial_axes(tensor, data_format), (height, width)
    if crop_to_aspect_ratio:
        tensor = crop_to_ratio(tensor, axes, size)
    elif pad_to_aspect_ratio:
        tensor = pad_to_ratio(tensor, axes, size, fill_value)
    return resize(tensor, axes, size, interpolation, antialias)


def keras_center_crop(
    execution: Execution, tensor: Array, *, height: int, width: int, data_format: str | None = None
) -> Array:
    """CenterCrop; an image that is smaller on either axis is cropped to the aspect ratio and resized instead."""
    axes, size = spatial_axes(tensor, data_format), (height, width)
    if any(tensor.shape[axis] < length for axis, length in zip(axes, size, strict=True)):
        return resize(crop_to_ratio(tensor, axes, size), axes, size, "bilinear", antialias=False)
    return centre(tensor, axes, size)


def keras_upsampling(
    execution: Execution,
    tensor: Array,
    *,
    size: Any = 2,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Array:
    """UpSampling2D, UpSampling3D."""
    axes = spatial_axes(tensor, data_format)
    factors = per_axis(size, len(axes))
    if interpolation != "nearest":
        target = [tensor.shape[axis] * factor for axis, factor in zip(axes, factors, strict=True)]
        return resize(tensor, axes, target, interpolation, antialias=False)
    for axis, factor in zip(axes, factors, strict=True):
        tensor = np.repeat(tensor, factor, axis)
    return tensor


def pytorch_taps(length: int, size: int, mode: str, scale: float, align_corners: bool) -> Taps:
    """PyTorch's rule; `scale` is input cells per output cell, in float32 as PyTorch computes coordinates."""
    step = np.float32(scale)
    if mode == "area":
        parts = adaptive_windows(length, size)
        return collect([[(cell, 1 / len(cells)) for cell in cells] for cells in parts])
    if mode == "nearest":
        return collect([[(min(int(np.floor(np.float32(i) * step)), length - 1), 1.0)] for i in range(size)])
    if mode == "nearest-exact":
        return collect(
            [[(min(int(np.floor((np.float32(i) + np.float32(0.5)) * step)), length - 1), 1.0)] for i in range(size)]
        )
    if align_corners:
        step = np.float32((length - 1) / (size - 1)) if size > 1 else np.float32(0)
    rows = []
    for i in range(size):
        centre = float(step * i if align_corners else step * np.float32(i + 0.5) - np.float32(0.5))
        if mode == "bicubic":
            first = math.floor(centre)
            row = [(min(max(cell, 0), length - 1), cubic(centre - cell, -0.75)) for cell in range(first - 1, first + 3)]
        else:
            centre = max(centre, 0.0)
            first = min(math.floor(centre), length - 1)
            share = centre - first
            row = [(first, 1 - share), (min(first + 1, length - 1), share)]
        rows.append(row)
    return collect(rows)


def pytorch_antialiased_taps(length: int, size: int, mode: str, scale: float, align_corners: bool) -> Taps:
    """PyTorch's `antialias=True`: a filter as wide as an output pixel, in Pillow's manner (with its cubic)."""
    step = (length - 1) / (size - 1) if align_corners and size > 1 else 0.0 if align_corners else scale
    stretch = max(step, 1.0)
    kernel = FILTERS[mode]
    reach = kernel.radius * stretch
    rows = []
    for i in range(size):
        centre = step * (i + 0.5)
        near = range(max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), length))
        row = [(cell, kernel.weight((cell - centre + 0.5) / stretch)) for cell in near]
        total = sum(weight for _, weight in row)
        rows.append([(cell, weight / total) for cell, weight in row])
    return collect(rows)


def shortcuts(mode: str, sizes: Sequence[int], antialias: bool) -> tuple[int, ...]:
    """For which growths of an axis, such as 1 for an axis as long as before, PyTorch leaves its scale factor aside."""
    if antialias or mode in ("linear", "bilinear", "trilinear"):
        return (1,)
    return (1, 2) if mode == "nearest" and len(sizes) == 2 and sum(sizes) <= 128 else ()


def pytorch_upsampling(
    execution: Execution,
    tensor: Array,
    *,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Array:
    """Upsample, and `torch.nn.functional.interpolate`.

    A given scale factor also sets the coordinates, unless it is recomputed from the sizes, or PyTorch takes a short
    cut: where its filters find an axis as long as it was, and where its vectorized kernel of the nearest cell, for
    images of no more than 128 rows and columns together, finds one as long or twice as long.
    """
    axes = range(2, tensor.ndim)
    if (size is None) == (scale_factor is None):
        raise ForwardError("Upsample takes either `size` or `scale_factor`")
    factors: Sequence[Any] = per_axis(scale_factor, len(axes))
    sizes: Sequence[int] = per_axis(size, len(axes))
    if size is None:
        sizes = [math.floor(tensor.shape[axis] * factor) for axis, factor in zip(axes, factors, strict=True)]
    growths = shortcuts(mode, sizes, antialias)
    for axis, length, factor in zip(axes, sizes, factors, strict=True):
        short = length in [growth * tensor.shape[axis] for growth in growths]
        stated = factor is not None and not recompute_scale_factor and not short
        scale = 1 / factor if stated else tensor.shape[axis] / length
        rule = pytorch_antialiased_taps if antialias else pytorch_taps
        tensor = resample(tensor, axis, rule(tensor.shape[axis], length, mode, scale, bool(align_corners)))
    return tensor
