"""PyTorch's ``torch.fft``, and its functions of complex numbers."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations.choosing import AlongAxis
from cnnshape.operations.operation import Operation
from cnnshape.operations.spectra import Fourier, Parts
from cnnshape.vocabularies.layer import also_called
from cnnshape.vocabularies.pytorch.values import AXIS, Axes, OptionalAxes
from cnnshape.vocabularies.values import Integer, Kept, Positive
from cnnshape.vocabularies.vocabulary import LayerType


def half_of(kind: LayerType) -> Literal["made", "read"] | None:
    """Whether a transform makes half of the frequencies of real numbers, or reads it."""
    name = kind.name.removeprefix("fft.")
    return "made" if name.startswith("r") else "read" if name.startswith("ir") else None


@also_called(AXIS)
def AlongOne(kind: LayerType, n: Positive | None = None, dim: Integer = -1, norm: Kept = None) -> Operation:
    """fft.fft, ifft, rfft, irfft: an axis as its frequencies, or back."""
    return Fourier((dim,), None if n is None else (n,), half_of(kind))


@also_called(AXIS)
def AlongTwo(kind: LayerType, s: OptionalAxes = None, dim: Axes = (-2, -1), norm: Kept = None) -> Operation:
    """fft.fft2, ifft2, rfft2, irfft2: two axes as their frequencies, or back."""
    return Fourier(dim, s, half_of(kind))


@also_called(AXIS)
def AlongSeveral(kind: LayerType, s: OptionalAxes = None, dim: OptionalAxes = None, norm: Kept = None) -> Operation:
    """fft.fftn, ifftn, rfftn, irfftn: axes as their frequencies, or back; as many as there are sizes, or all."""
    return Fourier(dim, s, half_of(kind))


def Shifted(dim: Axes) -> Operation:
    """fft.fftshift, ifftshift: frequencies in another order, those of nothing in the middle."""
    return AlongAxis(dim[0] if len(dim) == 1 else 0 if 0 in dim else None, flops=0)


def Part() -> Operation:
    """real, imag: of each complex number."""
    return Parts("part")


def TakenApart() -> Operation:
    """view_as_real: real and imaginary part as a last axis."""
    return Parts("taken_apart")


def Joined() -> Operation:
    """view_as_complex: a last axis of real and imaginary part as complex numbers."""
    return Parts("joined")
