"""Signals as spectra over time."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic.sizes import Dim, Shape, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
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
