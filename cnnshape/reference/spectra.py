"""Fourier transforms: of PyTorch, in complex numbers, and of Keras, whose real and imaginary parts are apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, Kernel
from cnnshape.reference.formulas import window_values
from cnnshape.reference.keras_functions import tuple_of

TRANSFORMS: dict[str, Callable[..., Any]] = {
    "": np.fft.fftn,
    "i": np.fft.ifftn,
    "r": np.fft.rfftn,
    "ir": np.fft.irfftn,
}
"""By what stands before ``fft``."""


def plain(values: Any) -> Any:
    """In single precision, complex or not."""
    return np.asarray(values, np.complex64 if np.iscomplexobj(values) else np.float32)


def along_one(how: str) -> Kernel:
    """`torch.fft.fft` and its like."""

    def kernel(
        execution: Execution, tensor: Array, *, n: int | None = None, dim: int = -1, norm: str | None = None
    ) -> Array:
        found: Array = plain(TRANSFORMS[how](tensor, None if n is None else (n,), (dim,), norm or "backward"))
        return found

    return kernel


def along_two(how: str) -> Kernel:
    """`torch.fft.fft2` and its like."""

    def kernel(
        execution: Execution, tensor: Array, *, s: Any = None, dim: Any = (-2, -1), norm: str | None = None
    ) -> Array:
        found: Array = plain(TRANSFORMS[how](tensor, tuple_of(s), tuple_of(dim), norm or "backward"))
        return found

    return kernel


def along_several(how: str) -> Kernel:
    """`torch.fft.fftn` and its like: without axes as many as there are sizes, or all."""

    def kernel(
        execution: Execution, tensor: Array, *, s: Any = None, dim: Any = None, norm: str | None = None
    ) -> Array:
        axes = tuple(range(-len(s or tensor.shape), 0)) if dim is None else tuple_of(dim)
        found: Array = plain(TRANSFORMS[how](tensor, tuple_of(s), axes, norm or "backward"))
        return found

    return kernel


def shift(move: Callable[..., Any]) -> Kernel:
    """`torch.fft.fftshift`, `ifftshift`."""

    def kernel(execution: Execution, tensor: Array, *, dim: Any) -> Array:
        moved: Array = move(tensor, tuple_of(dim))
        return moved

    return kernel


def real(execution: Execution, tensor: Array) -> Array:
    """`torch.real`."""
    return np.real(tensor)


def imaginary(execution: Execution, tensor: Array) -> Array:
    """`torch.imag`."""
    return np.imag(tensor)


def taken_apart(execution: Execution, tensor: Array) -> Array:
    """`torch.view_as_real`."""
    return np.stack((np.real(tensor), np.imag(tensor)), -1)


def joined(execution: Execution, tensor: Array) -> Array:
    """`torch.view_as_complex`."""
    found: Array = plain(tensor[..., 0] + 1j * tensor[..., 1])
    return found


PYTORCH_SPECTRA: dict[str, Kernel] = {
    **{
        f"fft.{how}fft{suffix}": along(how)
        for how in TRANSFORMS
        for suffix, along in (("", along_one), ("2", along_two), ("n", along_several))
    },
    "fft.fftshift": shift(np.fft.fftshift),
    "fft.ifftshift": shift(np.fft.ifftshift),
    "real": real,
    "imag": imaginary,
    "view_as_real": taken_apart,
    "view_as_complex": joined,
}


def parts(values: Any) -> tuple[Array, Array]:
    """Real and imaginary part."""
    return np.asarray(np.real(values), np.float32), np.asarray(np.imag(values), np.float32)


def keras_transform(how: str, axes: tuple[int, ...]) -> Kernel:
    """`keras.ops.fft`, `fft2`, `ifft2`: of both parts."""

    def kernel(execution: Execution, real: Array, imaginary: Array) -> tuple[Array, ...]:
        return parts(TRANSFORMS[how](real + 1j * imaginary, axes=axes))

    return kernel


def keras_of_real(execution: Execution, tensor: Array, *, fft_length: int | None = None) -> tuple[Array, ...]:
    """`keras.ops.rfft`."""
    return parts(np.fft.rfft(tensor, fft_length))


def keras_to_real(execution: Execution, real: Array, imaginary: Array, *, fft_length: int | None = None) -> Array:
    """`keras.ops.irfft`."""
    return np.asarray(np.fft.irfft(real + 1j * imaginary, fft_length), np.float32)


def short_time(
    execution: Execution,
    tensor: Array,
    *,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> tuple[Array, ...]:
    """`keras.ops.stft`."""
    if center:
        pad = fft_length // 2
        tensor = np.pad(tensor, [*[(0, 0)] * (tensor.ndim - 1), (pad, pad)], mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(tensor, fft_length, -1)[..., ::sequence_stride, :]
    shape = np.zeros(fft_length)
    begin = (fft_length - sequence_length) // 2
    shape[begin : begin + sequence_length] = window_values(window, sequence_length, periodic=True)
    return parts(np.fft.rfft(frames * shape))


KERAS_SPECTRA: dict[str, Kernel] = {
    "fft": keras_transform("", (-1,)),
    "fft2": keras_transform("", (-2, -1)),
    "ifft2": keras_transform("i", (-2, -1)),
    "rfft": keras_of_real,
    "irfft": keras_to_real,
    "stft": short_time,
}
