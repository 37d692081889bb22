"""Images read at places that another tensor states, or that chance decides: channels first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution
from cnnshape.reference.resampling import cubic
from cnnshape.reference.windows import per_axis

Places = Sequence[Any]
"""For each axis of the image an array of coordinates, all of one shape."""


def values_at(image: Array, places: Places) -> Any:
    """``(channels, ...)`` at whole coordinates of a single image, 0 outside."""
    inside: Any = True
    for at, size in zip(places, image.shape[1:], strict=True):
        inside = inside & (at >= 0) & (at < size)
    kept = tuple(np.clip(at, 0, size - 1).astype(int) for at, size in zip(places, image.shape[1:], strict=True))
    return np.where(inside, image[(slice(None), *kept)], np.float32(0))


def interpolated(image: Array, places: Places) -> Any:
    """``(channels, ...)`` between the nearest whole coordinates, by how near they are."""
    below = [np.floor(at) for at in places]
    total: Any = 0
    for corner in product((0, 1), repeat=len(places)):
        weight: Any = 1
        for at, low, up in zip(places, below, corner, strict=True):
            weight = weight * (at - low if up else 1 - (at - low))
        total = total + weight * values_at(image, [low + up for low, up in zip(below, corner, strict=True)])
    return total


def read_at(image: Array, places: Places, mode: str) -> Any:
    """``(channels, ...)`` at the nearest places of an image, or between them; 0 outside."""
    return values_at(image, [np.rint(at) for at in places]) if mode == "nearest" else interpolated(image, places)


def reflected(at: Any, low: float, high: float) -> Any:
    """Coordinates mirrored at two borders until they lie between."""
    span = high - low
    if span <= 0:
        return np.zeros_like(at)
    turns, rest = np.divmod(np.abs(at - low), span)
    return np.where(turns % 2 == 0, rest + low, span - rest + low)


def grid_sample(tensor: Array, grid: Array, mode: str, padding_mode: str, align_corners: bool | None) -> Array:
    """`torch.nn.functional.grid_sample`: places are from -1 to 1, the last axis first."""
    sizes = tensor.shape[2:]

    def settled(at: Any, size: int) -> Any:
        if padding_mode == "reflection":
            at = reflected(at, *((0, size - 1) if align_corners else (-0.5, size - 0.5)))
        return at if padding_mode == "zeros" else np.clip(at, 0, size - 1)

    images = []
    for image, where in zip(tensor, grid, strict=True):
        places = []
        for axis, size in enumerate(sizes):
            at = where[..., len(sizes) - 1 - axis].astype(np.float64)
            places.append((at + 1) / 2 * (size - 1) if align_corners else ((at + 1) * size - 1) / 2)
        if mode == "bicubic":
            images.append(bicubic(image, places, settled))
        else:
            images.append(read_at(image, [settled(at, size) for at, size in zip(places, sizes, strict=True)], mode))
    return np.stack(images).astype(np.float32)


def affine_grid(execution: Execution, matrix: Array, *, size: Any, align_corners: bool | None = None) -> Array:
    """`torch.nn.functional.affine_grid`: places from -1 to 1, the last axis first, moved by the matrix."""
    sides = tuple(size)[2:]
    along = [np.linspace(-1, 1, side) if side > 1 else np.zeros(1) for side in sides]
    if not align_corners:
        along = [places * (len(places) - 1) / len(places) for places in along]
    ones = np.ones((*sides, 1))
    places = np.concatenate([np.stack(np.meshgrid(*along, indexing="ij")[::-1], -1), ones], -1)
    execution.multiplications += len(matrix) * int(np.prod(sides)) * matrix[0].size
    moved: Array = np.einsum("...k,bjk->b...j", places, matrix).astype(np.float32)
    return moved


def bicubic(image: Array, places: Places, settled: Callable[[Any, int], Any]) -> Any:
    """``(channels, ...)`` by cubic weights of the four nearest along both axes."""
    weigh = np.vectorize(lambda distance: cubic(distance, -0.75), otypes=[float])
    below = [np.floor(at) for at in places]
    total: Any = 0
    for taps in product((-1, 0, 1, 2), repeat=2):
        weight: Any = 1
        for at, low, tap in zip(places, below, taps, strict=True):
            weight = weight * weigh(np.abs(at - low - tap))
        spots = [settled(low + tap, size) for low, tap, size in zip(below, taps, image.shape[1:], strict=True)]
        total = total + weight * values_at(image, spots)
    return total


def max_unpooling(
    execution: Execution,
    tensor: Array,
    indices: Array,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Array:
    """MaxUnpool1d, MaxUnpool2d, MaxUnpool3d: values where the indices say, 0 elsewhere."""
    rank = tensor.ndim - 2
    sizes, steps = per_axis(kernel_size, rank), per_axis(kernel_size if stride is None else stride, rank)
    cut = per_axis(padding, rank)
    least = [
        (length - 1) * step - 2 * pad + size
        for length, step, pad, size in zip(tensor.shape[2:], steps, cut, sizes, strict=True)
    ]
    output = list(output_size)[-rank:] if output_size else least
    flat = np.zeros((*tensor.shape[:2], int(np.prod(output))), np.float32)
    places = execution.indices(indices, flat.shape[-1]).reshape(*tensor.shape[:2], -1)
    np.put_along_axis(flat, places, tensor.reshape(*tensor.shape[:2], -1), -1)
    return flat.reshape(*tensor.shape[:2], *output)


def fractional_pooling(
    execution: Execution,
    tensor: Array,
    *,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """FractionalMaxPool2d, FractionalMaxPool3d: where windows begin is drawn for each sample and channel."""
    rank, shape = tensor.ndim - 2, tensor.shape[2:]
    windows = per_axis(kernel_size, rank)
    if output_size is not None:
        output = per_axis(output_size, rank)
    else:
        ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * rank
        output = tuple(int(size * ratio) for size, ratio in zip(shape, ratios, strict=True))
    chance = np.random.default_rng([execution.seed, *execution.layer.encode()])
    samples = chance.random((*tensor.shape[:2], rank)) if _random_samples is None else np.asarray(_random_samples)
    samples = np.broadcast_to(samples, (*tensor.shape[:2], rank))
    values = np.empty((*tensor.shape[:2], *output), np.float32)
    places = np.empty_like(values)
    for number in np.ndindex(tensor.shape[:2]):
        starts = [
            window_starts(size, count, extent, float(draw))
            for size, count, extent, draw in zip(shape, output, windows, samples[number], strict=True)
        ]
        for cell in np.ndindex(*output):
            begin = [starts[axis][index] for axis, index in enumerate(cell)]
            part = tensor[number][tuple(slice(at, at + size) for at, size in zip(begin, windows, strict=True))]
            found = np.unravel_index(int(np.argmax(part)), part.shape)
            values[(*number, *cell)] = part[found]
            places[(*number, *cell)] = np.ravel_multi_index(
                [at + one for at, one in zip(begin, found, strict=True)], shape
            )
    return (values, places) if return_indices else values


def window_starts(size: int, count: int, window: int, sample: float) -> list[int]:
    """Where the windows of fractional pooling begin: about evenly, shifted by a number between 0 and 1."""
    if count == 1:
        return [size - window]
    step = np.float32(size - window) / np.float32(count - 1)
    shift = int(np.float32(sample) * step)
    starts = [int((np.float32(index) + np.float32(sample)) * step) - shift for index in range(count - 1)]
    return [*starts, size - window]


# -- Regions of torchvision


def boxes_of(execution: Execution, boxes: Array, batch: int, scale: float) -> list[tuple[int, Any]]:
    """The sample of each box and its scaled corners (x1, y1, x2, y2); a list for each sample has no numbers."""
    if boxes.ndim == 3:
        return [(sample, box * np.float32(scale)) for sample, each in enumerate(boxes) for box in each]
    samples = execution.indices(boxes[:, 0], batch)
    return [(int(sample), box * np.float32(scale)) for sample, box in zip(samples, boxes[:, 1:], strict=True)]


def clamped(image: Array, places: Places) -> Any:
    """As `interpolated`, but up to one outside the border counts as on it, and beyond is 0."""
    sizes = image.shape[1:]
    inside: Any = True
    for at, size in zip(places, sizes, strict=True):
        inside = inside & (at >= -1) & (at <= size)
    settled = [np.clip(at, 0, size - 1) for at, size in zip(places, sizes, strict=True)]
    return np.where(inside, interpolated(image, settled), 0)


def align(image: Array, box: Any, size: Sequence[int], ratio: int, aligned: bool, shared: bool) -> Any:
    """The cells of a box, each the mean of points; `shared`: each cell has channels of its own."""
    left, top, right, bottom = (float(each) - (0.5 if aligned else 0) for each in box)
    width, height = right - left, bottom - top
    if not aligned:
        least = 0.1 if shared else 1.0
        width, height = max(width, least), max(height, least)
    steps = (height / size[0], width / size[1])
    counts = [ratio if ratio > 0 else max(ceil(step), 0) for step in steps]
    if not all(counts):
        channels = len(image) // (size[0] * size[1]) if shared else len(image)
        return np.zeros((channels, *size), np.float32)
    along = [
        begin + step * (np.arange(cells)[:, None] + (np.arange(count)[None] + 0.5) / count)
        for begin, step, cells, count in zip((top, left), steps, size, counts, strict=True)
    ]
    high, wide = along[0][:, None, :, None], along[1][None, :, None, :]
    high, wide = np.broadcast_arrays(high, wide)
    values = clamped(image, [high, wide]).mean((-2, -1))
    return of_cells(values, size) if shared else values


def of_cells(values: Any, size: Sequence[int]) -> Any:
    """Of ``(channels * cells, rows, columns)`` those channels of each cell that are its own."""
    apart = values.reshape(-1, *size, *size)
    return np.stack([[apart[:, i, j, i, j] for j in range(size[1])] for i in range(size[0])]).transpose(2, 0, 1)


def region_align(
    execution: Execution,
    tensor: Array,
    boxes: Array,
    *,
    output_size: Any,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool = False,
    shared: bool,
) -> Array:
    """RoIAlign, and (`shared`) PSRoIAlign."""
    size, shift = per_axis(output_size, 2), np.float32(0.5 if shared else 0)
    found = [
        align(tensor[sample], box - shift, size, sampling_ratio, aligned, shared)
        for sample, box in boxes_of(execution, boxes, len(tensor), spatial_scale)
    ]
    return np.stack(found).astype(np.float32)


def region_pool(
    execution: Execution, tensor: Array, boxes: Array, *, output_size: Any, spatial_scale: float, shared: bool
) -> Array:
    """RoIPool, the maximum of each cell, and (`shared`) PSRoIPool, the mean."""
    size = per_axis(output_size, 2)
    found = [
        pooled_cells(tensor[sample], box, size, spatial_scale, shared)
        for sample, box in boxes_of(execution, boxes, len(tensor), 1.0)
    ]
    return np.stack(found).astype(np.float32)


def half_away(value: Any) -> int:
    """The nearest whole number, halves away from zero, as C rounds."""
    return int(np.copysign(np.floor(np.abs(value) + 0.5), value))


def pooled_cells(image: Array, box: Any, size: Sequence[int], scale: float, shared: bool) -> Any:
    """The cells of a box of whole pixels."""
    first, last = ([half_away(each * np.float32(scale)) for each in corner] for corner in (box[:2], box[2:]))
    extent = [max(high - low + (not shared), 1) for low, high in zip(first[::-1], last[::-1], strict=True)]
    begin = first[::-1]
    limits = [
        length - shared for length in image.shape[1:]
    ]  # torchvision's position-sensitive pool leaves the last one out
    channels = len(image) // (size[0] * size[1]) if shared else len(image)
    result = np.zeros((channels, *size), np.float32)
    for i, j in np.ndindex(*size):
        part = []
        for index, start, length, cells, limit in zip((i, j), begin, extent, size, limits, strict=True):
            step = np.float32(length) / np.float32(cells)
            low, high = np.floor(np.float32(index) * step), np.ceil(np.float32(index + 1) * step)
            part.append(slice(*(int(np.clip(each + start, 0, limit)) for each in (low, high))))
        cell = image[(slice(None), *part)]
        if shared:
            cell = cell.reshape(channels, *size, *cell.shape[1:])[:, i, j]
        if cell.shape[-1] and cell.shape[-2]:
            result[:, i, j] = cell.mean((-2, -1)) if shared else cell.max((-2, -1))
    return result


def deformable_convolution(
    execution: Execution,
    tensor: Array,
    offset: Array,
    *masks: Array,
    out_channels: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: bool = True,
) -> Array:
    """torchvision's DeformConv2d. Weights: weight (filters, channels of a group, height, width), bias."""
    size, steps, pads, apart = (per_axis(each, 2) for each in (kernel_size, stride, padding, dilation))
    channels = tensor.shape[1]
    fan_in = channels // groups * size[0] * size[1]
    weight = execution.kernel("weight", (out_channels, channels // groups, *size), fan_in)
    rows, columns = offset.shape[2:]
    moved = offset.reshape(len(tensor), -1, *size, 2, rows, columns)
    shares = masks[0].reshape(len(tensor), -1, *size, rows, columns) if masks else None
    split = channels // moved.shape[1]
    taken = np.zeros((len(tensor), channels, *size, rows, columns), np.float32)
    base = [np.arange(count) * step - pad for count, step, pad in zip((rows, columns), steps, pads, strict=True)]
    for sample, part, i, j in np.ndindex(len(tensor), moved.shape[1], *size):
        shift = moved[sample, part, i, j]
        places = [base[0][:, None] + i * apart[0] + shift[0], base[1][None] + j * apart[1] + shift[1]]
        own = slice(part * split, (part + 1) * split)
        values = interpolated(tensor[sample, own], places)
        taken[sample, own, i, j] = values if shares is None else values * shares[sample, part, i, j]
    grouped = taken.reshape(len(tensor), groups, fan_in, rows * columns)
    matrix = weight.reshape(groups, -1, fan_in)
    result: Array = np.einsum("gof,ngfp->ngop", matrix, grouped).reshape(len(tensor), out_channels, rows, columns)
    execution.multiplications += result.size * fan_in
    return result + execution.bias(out_channels)[:, None, None] if bias else result
