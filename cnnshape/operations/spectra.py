"""Signals as spectra: over time, and of whole axes."""

from __future__ import annotations

from math import ceil, log2
from typing import ClassVar, Literal

from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    distinct_axes,
    refuse_batch,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value


@value
class Spectrogram(Operation):
    """Keras's STFTSpectrogram: each channel by itself through windows with a weight for each frequency.

    Attributes:
        parts: kernels: the real part, the imaginary part, or both.
        both: whether both are given, one beside the other.
        apart: whether the frequencies have an axis of their own.
    """

    frame: int
    step: int
    frequencies: int
    parts: tuple[str, ...] = ("real", "imag")
    both: bool = False
    padding: PaddingRule = "valid"
    apart: bool = False
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """``(batch, frames, channels * frequencies)``; a product per element of each window and frequency."""
        require_rank(shape, 1, self.layout)
        windows = slide(self.layout.spatial(shape), (self.frame,), (self.step,), (), self.padding)
        (frames,) = counts(windows)
        channels = self.layout.channels(shape)
        made = self.frequencies * (2 if self.both else 1)
        weights = tuple(Weight(f"{part}_kernel", (self.frame, 1, self.frequencies)) for part in self.parts)
        macs = times(frames, channels, self.frame, self.frequencies, len(self.parts))
        if self.apart:
            spread = (frames, made) if self.layout.channels_last else (made, frames)
            output = self.layout.join(shape[0], spread, channels)
            return Result((output,), weights, macs, times(2, macs), paths=((Path(0), EVERYTHING, EVERYTHING),))
        output = self.layout.join(shape[0], (frames,), times(channels, made))
        paths = self.layout.paths(window_maps(windows), EVERYTHING)
        return Result((output,), weights, macs, times(2, macs), windows, paths=(paths,))


@value
class MelSpectrogram(Operation):
    """Keras's MelSpectrogram of the last axis, which is padded by half a transform at both ends.

    Decibels (`relative`) are cut off at a distance from the loudest of all. What a fast transform costs is not
    counted here.
    """

    complete: ClassVar[bool] = False

    transform: int
    step: int
    bins: int
    relative: bool = True

    def apply(self, shape: Shape) -> Result:
        """``(..., bins, frames)``, ``frames = 1 + size // step``."""
        if len(shape) < 2:
            raise Fault("CS302", f"{LAYER} needs a batch and an axis of time, but got {show(shape)}")
        size: Dim = shape[-1]
        if size is not None and size <= self.transform // 2:
            raise Fault(
                "CS311",
                f"{LAYER} pads its {size} samples by {self.transform // 2} at both ends, mirrored, which needs more",
                fix=f"use an input of at least {self.transform // 2 + 1}, or a smaller fft_length",
            )
        frames = None if size is None else 1 + size // self.step
        kept = tuple(Path(axis, whole=self.relative and axis > 0) for axis in range(len(shape) - 1))
        return Result(((*shape[:-1], self.bins, frames),), (), None, None, paths=((*kept, EVERYTHING),))


def transform_flops(numbers: Dim, *, real: bool, often: Dim) -> Dim:
    """Of fast transforms of so many numbers: ``5 n log2 n``, for real numbers half of it, rounded up.

    Source: the convention of FFTW's benchmarks (M. Frigo, S. Johnson, "The design and implementation of FFTW3", 2005).
    """
    if not numbers:
        return None
    return times(often, ceil(2.5 * (2 - real) * numbers * log2(numbers)))


@value
class Fourier(Operation):
    """Axes as their frequencies, or back.

    Attributes:
        axes: those that are transformed; None: as many of the last ones as there are sizes, or all.
        sizes: to which each is cut or padded before that; of real numbers that are made, their sizes.
        half: the last axis is "made" half of the frequencies, as they are of real numbers, or "read" as that.
        apart: real and imaginary parts are tensors of their own, as Keras has them; else numbers are complex.
    """

    merges = False

    axes: tuple[int, ...] | None
    sizes: tuple[int, ...] | None = None
    half: Literal["made", "read"] | None = None
    apart: bool = False

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """Both parts of complex numbers, where they are apart."""
        return 2 if self.apart and self.half != "made" else 1

    most = fewest

    def apply(self, shape: Shape, imaginary: Shape | None = None) -> Result:
        """The sizes; ``size // 2 + 1`` of the last axis for real numbers, back from it ``2 * (size - 1)``."""
        if imaginary is not None and imaginary != shape:
            raise Fault("CS305", f"{LAYER} needs parts of one shape, got {show(shape)} and {show(imaginary)}")
        count = len(self.sizes or shape)
        stated = tuple(range(-count, 0)) if self.axes is None else self.axes
        axes = distinct_axes(stated, len(shape), argument="dim")
        if self.sizes is not None and len(self.sizes) != len(axes):
            raise Fault("CS105", f"{LAYER} has {len(self.sizes)} sizes for {len(axes)} axes", argument="s")
        output = list(shape)
        for number, axis in enumerate(axes):
            refuse_batch(axis, "transform", argument="dim")
            output[axis] = self.made_of(shape[axis], number, last=number == len(axes) - 1)
            size = output[axis]
            if size is not None and size < 1:
                raise Fault("CS308", f"{LAYER} would make {size} numbers of axis {axis} of {show(shape)}")
        made = tuple(output)
        lost = any(self.cuts(shape[axis], number, last=number == len(axes) - 1) for number, axis in enumerate(axes))
        spread = {axis: Path(axis, None, lost=True) if lost else Path(axis, whole=True) for axis in axes}
        paths = tuple(spread.get(axis, Path(axis)) for axis in range(len(shape)))
        sizes = self.sizes or [(made if self.half == "read" else shape)[axis] for axis in axes]
        often = product(size for axis, size in enumerate(shape[1:], 1) if axis not in axes)
        return Result(
            (made,) * (2 if self.apart and self.half != "read" else 1),
            flops=transform_flops(product(sizes), real=self.half is not None, often=often),
            paths=(paths,) * (1 if imaginary is None else 2),
            complex=False if self.apart else self.half != "read",
        )

    def cuts(self, size: Dim, number: int, *, last: bool) -> bool:
        """Whether an axis has elements that the transform leaves out."""
        if size is None or self.sizes is None:
            return False
        return size > (self.sizes[number] // 2 + 1 if last and self.half == "read" else self.sizes[number])

    def made_of(self, size: Dim, number: int, *, last: bool) -> Dim:
        """The size of an axis afterwards."""
        wanted = size if self.sizes is None else self.sizes[number]
        if self.half is None or not last or wanted is None:
            return wanted
        if self.half == "made":
            return wanted // 2 + 1
        return 2 * (wanted - 1) if self.sizes is None else wanted


@value
class Parts(Operation):
    """Complex numbers as others see them: one part of each, both as a last axis, or such an axis as complex numbers."""

    how: Literal["part", "taken_apart", "joined"]

    def apply(self, shape: Shape) -> Result:
        """The shape, with an axis of 2 more or less."""
        paths = tuple(Path(axis) for axis in range(len(shape)))
        if self.how == "joined":
            if len(shape) < 2 or shape[-1] not in (None, 2):
                raise Fault("CS302", f"{LAYER} needs a last axis of 2, a real and an imaginary part: got {show(shape)}")
            return Result((shape[:-1],), paths=((*paths[:-1], EVERYTHING),), memory="view", complex=True)
        made = (*shape, 2) if self.how == "taken_apart" else shape
        return Result((made,), paths=(paths,), memory="view", complex=False)


@value
class ShortTime(Operation):
    """Keras's ``stft``: windows of the last axis, side by side, as their frequencies: real and imaginary parts.

    Attributes:
        centered: the signal is mirrored at both ends by half a transform.
    """

    step: int
    transform: int
    centered: bool = True

    def apply(self, shape: Shape) -> Result:
        """``(..., frames, transform // 2 + 1)``, twice."""
        if len(shape) < 2:
            raise Fault("CS302", f"{LAYER} needs a batch and an axis of time, but got {show(shape)}")
        size, pad = shape[-1], self.transform // 2 if self.centered else 0
        if size is not None and size <= pad:
            raise Fault("CS311", f"{LAYER} pads its {size} samples by {pad} at both ends, mirrored, which needs more")
        frames = None if size is None else (size + 2 * pad - self.transform) // self.step + 1
        if frames is not None and frames < 1:
            raise Fault("CS301", f"{LAYER}'s transform of {self.transform} is longer than its {size} samples")
        made = (*shape[:-1], frames, self.transform // 2 + 1)
        paths = (*(Path(axis) for axis in range(len(shape) - 1)), Path(len(shape) - 1, None, lost=True))
        often = product(made[1:-1])
        return Result((made, made), flops=transform_flops(self.transform, real=True, often=often), paths=(paths,))
