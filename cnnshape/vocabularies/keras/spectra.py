"""Keras's layers of signals. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations import spectra
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.keras.values import DataFormat, Padding, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Number, Positive


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
