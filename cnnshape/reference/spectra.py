"""Fourier transforms: of PyTorch, in complex numbers, and of Keras, whose real and imaginary parts are apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.execution import NEEDED, Kernel, plain
from cnnshape.reference.formulas import framed_spectrum

TRANSFORMS: dict[str, Callable[..., Any]] = {
    "": np.fft.fftn,
    "i": np.fft.ifftn,
    "r": np.fft.rfftn,
    "ir": np.fft.irfftn,
}
"""By what stands before ``fft``."""


def single(values: Any) -> Any:
    """In single precision, complex or not."""
    return np.asarray(values, np.complex64 if np.iscomplexobj(values) else np.float32)


def along_one(how: str) -> Kernel:
    """`torch.fft.fft` and its like."""

    def transformed(tensor: Array, n: int | None, dim: int, norm: str | None) -> Any:
        return single(TRANSFORMS[how](tensor, None if n is None else (n,), (dim,), norm or "backward"))

    return plain(transformed, n=None, dim=-1, norm=None)


def along_several(how: str, axes: tuple[int, ...] | None) -> Kernel:
    """`torch.fft.fft2`, `torch.fft.fftn` and their like: without axes as many as there are sizes, or all."""

    def transformed(tensor: Array, s: Any, dim: Any, norm: str | None) -> Any:
        axes = tuple(range(-len(s or tensor.shape), 0)) if dim is None else axes_of(dim)
        return single(TRANSFORMS[how](tensor, axes_of(s), axes, norm or "backward"))

    return plain(transformed, s=None, dim=axes, norm=None)


PYTORCH_SPECTRA: dict[str, Kernel] = {
    **{f"fft.{how}fft": along_one(how) for how in TRANSFORMS},
    **{f"fft.{how}fft2": along_several(how, (-2, -1)) for how in TRANSFORMS},
    **{f"fft.{how}fftn": along_several(how, None) for how in TRANSFORMS},
    "fft.fftshift": plain(np.fft.fftshift, dim=NEEDED),
    "fft.ifftshift": plain(np.fft.ifftshift, dim=NEEDED),
    "real": plain(np.real),
    "imag": plain(np.imag),
    "view_as_real": plain(lambda x: np.stack((np.real(x), np.imag(x)), -1)),
    "view_as_complex": plain(lambda x: single(x[..., 0] + 1j * x[..., 1])),
}


def parts(values: Any) -> tuple[Array, Array]:
    """Real and imaginary part."""
    return np.asarray(np.real(values), np.float32), np.asarray(np.imag(values), np.float32)


def keras_transform(how: str, axes: tuple[int, ...]) -> Kernel:
    """`keras.ops.fft`, `fft2`, `ifft2`: of both parts."""
    return plain(lambda real, imaginary: parts(TRANSFORMS[how](real + 1j * imaginary, axes=axes)))


def short_time(
    tensor: Array, sequence_length: int, sequence_stride: int, fft_length: int, window: Any, center: bool
) -> tuple[Array, ...]:
    """`keras.ops.stft`."""
    return parts(framed_spectrum(tensor, fft_length, sequence_stride, sequence_length, window, centered=center))


KERAS_SPECTRA: dict[str, Kernel] = {
    "fft": keras_transform("", (-1,)),
    "fft2": keras_transform("", (-2, -1)),
    "ifft2": keras_transform("i", (-2, -1)),
    "rfft": plain(lambda x, length: parts(np.fft.rfft(x, length)), fft_length=None),
    "irfft": plain(lambda real, imaginary, n: single(np.fft.irfft(real + 1j * imaginary, n)), fft_length=None),
    "stft": plain(
        short_time, sequence_length=NEEDED, sequence_stride=NEEDED, fft_length=NEEDED, window="hann", center=True
    ),
}
