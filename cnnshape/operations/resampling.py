"""Padding, cropping, upsampling and other rearrangements of spatial axes."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, ClassVar, Literal

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import (
    IDENTITY,
    LONGEST_PERIOD,
    AxisMap,
    LaterMap,
    Seen,
    adaptive_map,
    as_computed,
    interpolated_map,
    repeated_map,
    told,
    window_map,
)
from cnnshape.arithmetic.sizes import Dim, Shape, divided, nearest_divisor, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.adaptive import reads
from cnnshape.operations.operation import (
    CHANNELS_FIRST,
    CHANNELS_LAST,
    Layout,
    Operation,
    Path,
    Result,
    axis_names,
    require_at_least,
    require_rank,
)
from cnnshape.operations.sliding import counts, slide
from cnnshape.value import value

if TYPE_CHECKING:
    from fractions import Fraction

Interpolation = Literal[
    "repeat", "nearest", "nearest_exact", "linear", "cubic", "lanczos3", "lanczos5", "area", "other"
]
"""How values between input elements come about. ``nearest`` takes input ``floor(i / factor)``, ``nearest_exact`` the
one below the middle of the output element; ``linear`` is bilinear over two axes and trilinear over three."""

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""What PyTorch calls the linear mode over so many spatial axes."""

UNKNOWN_RESAMPLING = AxisMap(1, 1, (Seen(0, 0),), exact=False)
"""Where it is not known how far apart outputs lie: each sees some input element at least."""

TAPS = {"linear": 2, "cubic": 4, "lanczos3": 6, "lanczos5": 10}
"""Input elements per axis that an output element between them is made of."""


def resampling_map(
    mode: Interpolation, size: Dim, target: Dim, ratio: Fraction | None, corners: bool = False
) -> AxisMap | None:
    """What output i sees where neighbouring outputs lie `ratio` input elements apart.

    Output 0 lies at the middle of its share, ``(ratio - 1) / 2``, or with `corners` at input 0. A ratio without a
    short period is taken for the nearest that has one, and counts as inexact; so does one that is not known. The
    frameworks compute places in float32, so that an output whose place is a whole number may fall beside it.
    """
    if mode == "area":
        return UNKNOWN_RESAMPLING if size is None or target is None else adaptive_map(size, target)
    if ratio is None or mode == "other":
        return UNKNOWN_RESAMPLING
    if ratio.denominator > LONGEST_PERIOD:
        near = resampling_map(mode, size, target, ratio.limit_denominator(LONGEST_PERIOD), corners)
        return near and near._replace(exact=False)
    step, outputs = ratio.numerator, ratio.denominator
    if mode == "repeat":
        return repeated_map(outputs) if step == 1 else interpolated_map(step, outputs, 0, 0, 0)
    reach = TAPS.get(mode, 0) // 2
    before = mode == "nearest_exact" or (reach > 0 and not corners)
    after = before and reach > 0
    ideal = interpolated_map(step, outputs, before * step - after * outputs, max(reach - 1, 0), reach)
    return ideal and as_computed(ideal, ratio, before, after, target)


def phases_looked_at(mode: Interpolation, target: Dim, ratio: Fraction | None) -> int:
    """How many phases `resampling_map` looks at, at most."""
    if mode == "area":
        return target or 1
    if ratio is None or mode == "other":
        return 1
    period = ratio.denominator
    exact = mode == "repeat" or not period & (period - 1)
    return min(period if exact else max(period, target or LONGEST_PERIOD), LONGEST_PERIOD)


@value
class Upsample(Operation):
    """Upsampling by a factor per spatial axis; the factor may be a fraction, also below 1.

    `corners` keeps the corner elements in place (PyTorch's ``align_corners=True``); `recomputed` has the factor decide
    the sizes, and the sizes what lies between them (``recompute_scale_factor=True``).
    """

    per_sample: ClassVar[bool] = True

    factors: tuple[int | float, ...]
    mode: Interpolation = "repeat"
    layout: Layout = CHANNELS_LAST
    corners: bool = False
    recomputed: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out = floor(size * factor)`` per spatial axis."""
        rank = len(self.factors)
        require_rank(shape, rank, self.layout)
        spatial = self.layout.spatial(shape)
        sizes = tuple(map(self._scaled, axis_names(rank), spatial, self.factors))
        factors = tuple(
            None if self.recomputed or goes_by_sizes(self.mode, size, target, sizes) else factor
            for size, target, factor in zip(spatial, sizes, self.factors, strict=True)
        )
        return resampled(self, shape, sizes, factors)

    def _scaled(self, name: str, size: Dim, factor: int | float) -> Dim:
        if size is None:
            return None
        scaled = size * factor if isinstance(factor, int) else floor(size * factor)
        if scaled < 1:
            why = f"{LAYER} leaves nothing of the {name}: {size} times {factor} is less than 1"
            raise Fault("CS308", why, fix=f"use a factor of at least {'1' if size <= 1 else f'1/{size}'}")
        return scaled


SMALL_IMAGE = 128
"""The largest sum of height and width for which PyTorch finds the nearest elements by its vectorized kernel."""


def goes_by_sizes(mode: Interpolation, size: Dim, target: Dim, targets: Shape) -> bool:
    """Whether PyTorch, on a CPU, leaves the factor of an axis aside, so that the sizes decide what an output sees.

    Linear interpolation copies an axis that keeps its size. So does the nearest element in a small image, and there
    it repeats the elements of an axis that becomes twice as large.
    """
    if size is None or target is None:
        return False
    if mode == "nearest" and len(targets) == 2 and None not in targets:
        return target in (size, 2 * size) and sum(each or 0 for each in targets) <= SMALL_IMAGE
    return mode == "linear" and target == size


@value
class Resize(Operation):
    """Resampling to given spatial sizes."""

    sizes: tuple[int, ...]
    mode: Interpolation = "nearest"
    layout: Layout = CHANNELS_LAST
    corners: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out = sizes``, whatever the input."""
        require_rank(shape, len(self.sizes), self.layout)
        return resampled(self, shape, self.sizes, (None,) * len(self.sizes))


def resampled(operation: Upsample | Resize, shape: Shape, sizes: Shape, factors: tuple[float | None, ...]) -> Result:
    """The result of resampling to `sizes`; outputs lie as far apart as the factors say, else as the sizes do.

    FLOPs per element: ``2 * taps - 1`` (bilinear: 4 products, 3 sums = 7), the window for area, 0 for nearest.
    """
    mode, layout, corners = operation.mode, operation.layout, operation.corners
    spatial = layout.spatial(shape)
    ratios = [distance(*each, corners) for each in zip(spatial, sizes, factors, strict=True)]
    maps = tuple(
        told(phases_looked_at(mode, target, ratio), resampling_map, mode, size, target, ratio, corners)
        for size, target, ratio in zip(spatial, sizes, ratios, strict=True)
    )
    channels = layout.channels(shape)
    flops: Dim = 0
    if mode in TAPS:
        flops = times(channels, product(sizes), 2 * TAPS[mode] ** len(sizes) - 1)
    elif mode == "area":
        flops = times(channels, product(map(reads, spatial, sizes)))
    elif mode == "other":
        flops = None
    paths = layout.paths(maps, layout.channel_path(len(shape)))
    return Result((layout.join(shape[0], sizes, channels),), flops=flops, paths=(paths,))


def distance(size: Dim, target: Dim, factor: int | float | None, corners: bool) -> Fraction | None:
    """How far apart neighbouring outputs lie, in input elements; None where that is not known.

    ``1 / factor``, else ``size / target``; where both corners stay in place, ``(size - 1) / (target - 1)``. A factor
    is the decimal that was written: no binary fraction holds 1.35.
    """
    from fractions import Fraction  # seldom

    if corners:
        return Fraction(size - 1, target - 1) if size and target and min(size, target) > 1 else None
    if factor is not None:
        return 1 / Fraction(str(factor))
    return None if size is None or target is None else Fraction(size, target)


@value
class PixelShuffle(Operation):
    """Channels to space: ``(..., C * r * r, H, W)`` becomes ``(..., C, H * r, W * r)``. Channels first."""

    per_sample: ClassVar[bool] = True

    factor: int

    def apply(self, shape: Shape) -> Result:
        """``channels / factor ** 2``, height and width times `factor`."""
        require_at_least(shape, 4, because=" (batch, channels, height, width)")
        *batch, channels, height, width = shape
        square = self.factor**2
        if channels is not None and channels % square:
            raise Fault(
                "CS313",
                f"{LAYER} needs channels that {self.factor} x {self.factor} = {square} divides, "
                f"but its input has {channels}",
                fix=f"give it {_nearest_multiple(channels, square)} channels",
            )
        output = (*batch, divided(channels, square), times(height, self.factor), times(width, self.factor))
        maps = window_map(square, square, 1, 0), *(told(self.factor, repeated_map, self.factor),) * 2
        return Result((output,), paths=(shuffled(len(shape), maps),))


@value
class PixelUnshuffle(Operation):
    """Space to channels: ``(..., C, H * r, W * r)`` becomes ``(..., C * r * r, H, W)``. Channels first."""

    factor: int

    def apply(self, shape: Shape) -> Result:
        """``channels * factor ** 2``, height and width divided by `factor`."""
        require_at_least(shape, 4, because=" (batch, channels, height, width)")
        *batch, channels, height, width = shape
        for name, size in (("height", height), ("width", width)):
            if size is not None and size % self.factor:
                raise Fault(
                    "CS313",
                    f"{LAYER} needs a {name} that {self.factor} divides, but its input's is {size}",
                    fix=f"use an input whose {name} is {_nearest_multiple(size, self.factor)} here",
                )
        square, window = self.factor**2, window_map(self.factor, self.factor, 1, 0)
        output = (*batch, times(channels, square), divided(height, self.factor), divided(width, self.factor))
        maps = told(square, repeated_map, square), window, window
        return Result((output,), paths=(shuffled(len(shape), maps),))


def shuffled(rank: int, maps: tuple[AxisMap | LaterMap | None, ...]) -> tuple[Path, ...]:
    """The paths of axes of which the last three are shuffled.

    With more than four axes, the channels lie on an axis that counts as spatial. What an output sees of it then
    depends on the output's height and width as well, and no map of one axis tells it.
    """
    last = maps if rank == 4 else (None, None, None)
    return *(Path(axis) for axis in range(rank - 3)), *(Path(rank - 3 + place, each) for place, each in enumerate(last))


def _nearest_multiple(size: int, divisor: int) -> str:
    """The multiples around `size`, as a fix names them: ``8 or 12``."""
    below, above = size // divisor * divisor, -(-size // divisor) * divisor
    return f"{below} or {above}" if below else f"{above}"


@value
class Unfold(Operation):
    """Sliding blocks as columns (im2col): ``(N, C, *sizes)`` becomes ``(N, C * kernel, windows)``. Channels first."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: tuple[w.Padding, ...]
    dilation: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """``channels * product(kernel)`` rows, one column per window."""
        require_rank(shape, len(self.kernel), CHANNELS_FIRST)
        windows = slide(shape[2:], self.kernel, self.strides, self.dilation, self.padding)
        taps = times(*self.kernel)
        output = (shape[0], times(shape[1], taps), product(counts(windows)))
        rows = Path(1, told(taps, repeated_map, taps) if taps else None)
        paths = (Path(0), rows, *(Path(2, None) for _ in windows))
        return Result((output,), windows=windows, paths=(paths,))


@value
class Fold(Operation):
    """Columns summed back into an image (col2im): the reverse of `Unfold`, ``(N, C * kernel, windows)`` to
    ``(N, C, *sizes)``. Channels first.
    """

    sizes: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: tuple[w.Padding, ...]
    dilation: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """``channels = rows / product(kernel)``; the columns have to be the windows of an image of `sizes`."""
        if len(shape) != 3:
            raise Fault(
                "CS302",
                f"{LAYER} needs 3 axes (batch, channels * kernel, windows), "
                f"but its input {show(shape)} has {len(shape)}",
            )
        batch, rows, columns = shape
        taps = times(*self.kernel) or 1
        if rows is not None and rows % taps:
            raise Fault(
                "CS313",
                f"{LAYER} needs rows that its window of {taps} elements divides, but its input has {rows}",
                fix=f"give it {_nearest_multiple(rows, taps)} rows",
            )
        windows = counts(slide(self.sizes, self.kernel, self.strides, self.dilation, self.padding))
        expected = product(windows)
        if columns is not None and columns != expected:
            raise Fault(
                "CS306",
                f"{LAYER} needs {expected} columns for an output of {show(self.sizes)} "
                f"({' x '.join(map(str, windows))} windows), but its input has {columns}",
                fix=f"give it {expected} columns, or another output_size",
            )
        output = (batch, divided(rows, taps), *self.sizes)
        paths = (Path(0), Path(1, window_map(taps, taps, 1, 0)), Path(2, None))
        return Result((output,), flops=times(rows, expected), padded=self.padding, paths=(paths,))


@value
class ChannelShuffle(Operation):
    """Channels dealt out in turn over `groups`: neighbours come from different groups. Channels first."""

    per_sample: ClassVar[bool] = True

    groups: int

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        require_at_least(shape, 3, because=" (batch, channels, ...)")
        channels = shape[1]
        if channels is not None and channels % self.groups:
            message = f"{LAYER}: groups={self.groups} does not divide its {channels} input channels"
            fix = f"use groups={nearest_divisor(channels, self.groups)}"
            raise Fault("CS307", message, fix=fix, argument="groups")
        mixed = Path(1, IDENTITY if self.groups == 1 else None)
        return Result((shape,), paths=((Path(0), mixed, *(Path(axis) for axis in range(2, len(shape)))),))


@value
class Interpolate(Operation):
    """PyTorch's upsampling, to a size or by a factor, over as many axes as the input has. Channels first.

    Attributes:
        size, factor: one of them; a single number is for every spatial axis.
        ranks: the numbers of spatial axes that the mode takes; `mode_name` is what PyTorch calls it.
        recomputed: whether the factor is computed anew from the sizes.
    """

    size: int | tuple[int, ...] | None = None
    factor: float | tuple[float, ...] | None = None
    mode: Interpolation = "nearest"
    corners: bool = False
    ranks: tuple[int, ...] = (1, 2, 3)
    mode_name: str = "nearest"
    recomputed: bool = False

    def apply(self, shape: Shape) -> Result:
        """As `Resize` or `Upsample`, for the rank of the input."""
        return self.over(shape).apply(shape)

    def over(self, shape: Shape) -> Resize | Upsample:
        """The operation for the spatial axes of this input."""
        rank = len(shape) - 2
        if rank not in self.ranks:
            counts = " or ".join(str(each + 2) for each in self.ranks)
            alike = LINEAR.get(rank) if self.mode_name in LINEAR.values() else None
            raise Fault(
                "CS302",
                f'{LAYER} in mode "{self.mode_name}" needs {counts} axes, but its input {show(shape)} has {len(shape)}',
                fix=alike and f'use mode="{alike}"',
                argument="mode",
            )
        argument, given = ("size", self.size) if self.size is not None else ("scale_factor", self.factor)
        if isinstance(given, tuple) and len(given) != rank:
            raise Fault(
                "CS302",
                f"{LAYER} has {argument}={list(given)} for {len(given)} axes, but its input {show(shape)} has "
                f"{rank} spatial {'axis' if rank == 1 else 'axes'}",
                fix=f"give one number, or {rank}",
                argument=argument,
            )
        if self.size is not None:
            sizes = self.size if isinstance(self.size, tuple) else (self.size,) * rank
            return Resize(sizes, self.mode, CHANNELS_FIRST, self.corners)
        factor = self.factor if self.factor is not None else 1
        factors = factor if isinstance(factor, tuple) else (factor,) * rank
        return Upsample(factors, self.mode, CHANNELS_FIRST, self.corners, self.recomputed)
