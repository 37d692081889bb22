"""Keras's layers of signals, and its Fourier transforms, which have real and imaginary parts as two tensors."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations import spectra
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType


def STFTSpectrogram(
    defaults: Defaults,
    mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log",
    frame_length: Positive = 256,
    frame_step: Positive | None = None,
    fft_length: Positive | None = None,
    window: Kept = "hann",
    periodic: bool = False,
    scaling: Literal["density", "spectrum"] | None = "density",
    padding: Padding = "valid",
    expand_dims: bool = False,
    data_format: DataFormat = None,
) -> Operation:
    """STFTSpectrogram: a window of the signal as its frequencies; the window moves by half of itself unless told."""
    if frame_length == 1 and frame_step is None:
        raise Fault("CS105", f"{LAYER}'s frame_step would be half of frame_length=1: name it", argument="frame_length")
    parts = (mode,) if mode in ("real", "imag") else ("real", "imag")
    return spectra.Spectrogram(
        frame_length,
        frame_step or frame_length // 2,
        (fft_length or frame_length) // 2 + 1,
        parts,
        mode == "stft",
        padding,
        expand_dims,
        layout(data_format, defaults),
    )


def MelSpectrogram(
    fft_length: Positive = 2048,
    sequence_stride: Positive = 512,
    sequence_length: Positive | None = None,
    window: Kept = "hann",
    sampling_rate: Positive = 16000,
    num_mel_bins: Positive = 128,
    min_freq: Number = 20.0,
    max_freq: Number | None = None,
    power_to_db: bool = True,
    top_db: Number = 80.0,
    mag_exp: Number = 2.0,
    min_power: Number = 1e-10,
    ref_power: Number = 1.0,
) -> Operation:
    """MelSpectrogram: the loudness of bands of frequencies over time."""
    return spectra.MelSpectrogram(fft_length, sequence_stride, num_mel_bins, power_to_db)


def Transformed(kind: LayerType) -> Operation:
    """fft, fft2, ifft2: the last axis, or the last two, as frequencies, or back."""
    return spectra.Fourier((-2, -1) if kind.name.endswith("2") else (-1,), apart=True)


def OfReal(kind: LayerType, fft_length: Positive | None = None) -> Operation:
    """rfft, irfft: the last axis as half of its frequencies, as real numbers have them, or back."""
    half: Literal["made", "read"] = "made" if kind.name == "ops.rfft" else "read"
    return spectra.Fourier((-1,), None if fft_length is None else (fft_length,), half, apart=True)


def WindowsOf(
    sequence_length: Positive,
    sequence_stride: Positive,
    fft_length: Positive,
    window: Kept = "hann",
    center: bool = True,
) -> Operation:
    """stft: windows of the last axis as half of their frequencies."""
    if fft_length < sequence_length:
        raise Fault("CS105", f"{LAYER}'s fft_length={fft_length} is less than its sequence_length={sequence_length}")
    return spectra.ShortTime(sequence_stride, fft_length, center)
