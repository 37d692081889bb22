"""Products by a formula, distances, and signals as spectra."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.reference.activation import activate
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, NotRunError


def spelled_out(equation: str, tensors: tuple[Array, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the output; ``...`` as letters of its own."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    more = "".join(each for each in "ZYXWVUTSRQPONM" if each not in equation)
    spread = max(tensor.ndim - len(term.replace("...", "")) for term, tensor in zip(terms, tensors, strict=True))
    letters = more[:spread]
    filled = [
        term.replace("...", letters[spread - (tensor.ndim - len(term.replace("...", ""))) :])
        for term, tensor in zip(terms, tensors, strict=True)
    ]
    if not arrow:
        joined = "".join(filled)
        right = "".join(sorted({letter for letter in joined if joined.count(letter) == 1}))
    return filled, right.replace("...", letters)


def sum_of_products(execution: Execution, equation: str, *tensors: Array) -> Array:
    """A sum of products by a formula, counted as one product for each combination of indices and further operand."""
    terms, right = spelled_out(equation, tensors)
    sizes = {
        letter: size
        for term, tensor in zip(terms, tensors, strict=True)
        for letter, size in zip(term, tensor.shape, strict=True)
    }
    if len(tensors) > 1:
        execution.multiplications += int(np.prod(list(sizes.values()))) * (len(tensors) - 1)
    return np.asarray(np.einsum(f"{','.join(terms)}->{right}", *tensors), np.float32)


def keras_einsum_dense(
    execution: Execution,
    tensor: Array,
    *,
    equation: str,
    output_shape: Any,
    activation: Any = None,
    bias_axes: str | None = None,
    gptq_unpacked_column_size: Any = None,
) -> Array:
    """EinsumDense. Weights: kernel, and a bias with the axes that are asked for."""
    left, _, right = equation.replace(" ", "").partition("->")
    given, _, letters = left.partition(",")
    (filled,), right = spelled_out(f"{given}->{right}", (tensor,))
    sizes = dict(zip(filled, tensor.shape, strict=True))
    asked = output_shape if isinstance(output_shape, (list, tuple)) else (output_shape,)
    sizes |= {letter: size for letter, size in zip(reversed(right), reversed(asked), strict=False) if size is not None}
    shape = tuple(sizes[letter] for letter in letters)
    kernel = execution.kernel("kernel", shape, int(np.prod([sizes[each] for each in letters if each not in right])))
    result = sum_of_products(execution, f"{filled},{letters}->{right}", tensor, kernel)
    if bias_axes:
        first = min(map(right.find, bias_axes))
        sides = tuple(sizes[each] if each in bias_axes else 1 for each in right[first:])
        result = result + execution.parameter("bias", sides, -0.1, 0.1)
    return activate(activation, result)


def cosine_similarity(execution: Execution, one: Array, other: Array, *, dim: int = 1, eps: float = 1e-8) -> Array:
    """CosineSimilarity, and the function: each length counts as `eps` at least."""
    one, other = np.broadcast_arrays(one, other)

    def unit(tensor: Array) -> Any:
        return tensor / np.maximum(np.linalg.norm(tensor, axis=dim, keepdims=True), np.float32(eps))

    return np.asarray(np.sum(unit(one) * unit(other), axis=dim), np.float32)


def pairwise_distance(
    execution: Execution, one: Array, other: Array, *, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Array:
    """PairwiseDistance, and the function."""
    return np.asarray(np.linalg.norm(one - other + np.float32(eps), p, -1, keepdims=keepdim), np.float32)


def all_distances(
    execution: Execution,
    one: Array,
    other: Array,
    *,
    p: float = 2.0,
    compute_mode: Any = "use_mm_for_euclid_dist_if_necessary",
) -> Array:
    """`torch.cdist`: counted as a product for each pair of elements."""
    difference = one[..., :, None, :] - other[..., None, :, :]
    execution.multiplications += difference.size
    return np.asarray(np.linalg.norm(difference, p, -1), np.float32)


def cross_map_normalization(
    execution: Execution, tensor: Array, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1
) -> Array:
    """CrossMapLRN2d: by the squares of the channels around, and of the first one, which PyTorch never takes out again.

    As many on both sides: an even size reads one channel less than it divides by.
    """
    around = (size - 1) // 2
    squares = np.pad(np.square(tensor), [(0, 0), (around + 1, around), *[(0, 0)] * (tensor.ndim - 2)])
    sums = np.cumsum(squares, axis=1, dtype=np.float64)
    window = sums[:, 2 * around + 1 :] - sums[:, : tensor.shape[1]]
    window[:, around + 1 :] += np.square(tensor[:, :1])
    result: Array = (tensor * (k + alpha / size * window) ** -beta).astype(np.float32)
    return result


# -- Spectra


def window_values(name: Any, length: int, periodic: bool) -> Any:
    """The window of that name; a number of SciPy's names is not known."""
    if name is None:
        return np.ones(length)
    known = {"hann": np.hanning, "hamming": np.hamming}
    if name not in known:
        raise NotRunError(f"the window {name!r} is not known here: {', '.join(known)}")
    return known[name](length + 1)[:-1] if periodic else known[name](length)


def keras_stft_spectrogram(
    execution: Execution,
    tensor: Array,
    *,
    mode: str = "log",
    frame_length: int = 256,
    frame_step: int | None = None,
    fft_length: int | None = None,
    window: Any = "hann",
    periodic: bool = False,
    scaling: str | None = "density",
    padding: str = "valid",
    expand_dims: bool = False,
    data_format: str | None = None,
) -> Array:
    """STFTSpectrogram: convolutions with the waves of each frequency. Weights: real_kernel, imag_kernel."""
    if data_format == "channels_first":
        tensor = tensor.swapaxes(1, 2)
    frequencies = (fft_length or frame_length) // 2 + 1
    names = (mode,) if mode in ("real", "imag") else ("real", "imag")
    found = {}
    for name in names:
        kernel = execution.kernel(f"{name}_kernel", (frame_length, 1, frequencies), frame_length)
        flat = tensor.swapaxes(1, 2).reshape(-1, tensor.shape[1], 1)
        step = frame_step or frame_length // 2
        words: dict[str, Any] = {"filters": frequencies, "kernel_size": frame_length, "strides": step}
        words |= {"padding": padding, "data_format": "channels_last"}
        found[name] = execution.beside({"kernel": kernel}, "Conv1D", flat, use_bias=False, **words)
    whole = spectrum(mode, found)
    shape = (len(tensor), tensor.shape[2], *whole.shape[1:])
    result: Array = whole.reshape(shape).transpose(0, 2, 1, 3)  # batch, frames, channels, frequencies
    if expand_dims:
        result = result.swapaxes(2, 3)
        return result.transpose(0, 3, 1, 2) if data_format == "channels_first" else result
    result = result.reshape(*result.shape[:2], -1)
    return result.swapaxes(1, 2) if data_format == "channels_first" else result


def spectrum(mode: str, found: dict[str, Any]) -> Any:
    """What is asked for of the real and the imaginary part, ``(samples, frames, frequencies)``."""
    if mode in found:
        return found[mode]
    real, imaginary = found["real"], found["imag"]
    if mode == "stft":
        return np.concatenate([real, imaginary], -1)
    if mode == "angle":
        return np.arctan2(imaginary, real)
    power = np.square(real) + np.square(imaginary)
    if mode == "psd":  # frequencies but the first and the last stand for two
        power[..., 1:-1] *= 2
        return power
    magnitude = np.sqrt(np.maximum(power, np.float32(1e-7)))
    return np.log(np.maximum(magnitude, np.float32(1e-7))) if mode == "log" else magnitude


def framed_spectrum(tensor: Array, transform: int, stride: int, length: int, window: Any, *, centered: bool) -> Any:
    """The frequencies of windows along the last axis; centered: mirrored at both ends by half a transform before."""
    if centered:
        half = transform // 2
        tensor = np.pad(tensor, [*[(0, 0)] * (tensor.ndim - 1), (half, half)], mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(tensor, transform, -1)[..., ::stride, :]
    shape = np.zeros(transform)
    begin = (transform - length) // 2
    shape[begin : begin + length] = window_values(window, length, periodic=True)
    return np.fft.rfft(frames * shape)


def keras_mel_spectrogram(
    execution: Execution,
    tensor: Array,
    *,
    fft_length: int = 2048,
    sequence_stride: int = 512,
    sequence_length: int | None = None,
    window: Any = "hann",
    sampling_rate: int = 16000,
    num_mel_bins: int = 128,
    min_freq: float = 20.0,
    max_freq: float | None = None,
    power_to_db: bool = True,
    top_db: float = 80.0,
    mag_exp: float = 2.0,
    min_power: float = 1e-10,
    ref_power: float = 1.0,
) -> Array:
    """MelSpectrogram: bands of the spectrum, in decibels unless told."""
    length = sequence_length or fft_length
    spectrum = framed_spectrum(tensor, fft_length, sequence_stride, length, window, centered=True)
    top = max_freq or sampling_rate / 2
    mel = np.abs(spectrum) ** mag_exp @ mel_bands(num_mel_bins, fft_length // 2 + 1, sampling_rate, min_freq, top)
    if power_to_db:
        level = 10 * np.log10(np.maximum(mel, min_power)) - 10 * np.log10(np.maximum(abs(ref_power), min_power))
        mel = np.maximum(level, np.max(level) - top_db)
    return np.asarray(mel.swapaxes(-1, -2), np.float32)


def mel_bands(bins: int, frequencies: int, rate: int, low: float, high: float) -> Any:
    """``(frequencies, bins)``: how much of each frequency counts for each band, triangles on the mel scale."""

    def mel(frequency: Any) -> Any:
        return 1127.0 * np.log(1.0 + frequency / 700.0)

    spectrogram = mel(np.linspace(0.0, rate / 2, frequencies)[1:])[:, None]
    edges = np.linspace(mel(low), mel(high), bins + 2)
    lower, center, upper = edges[:-2][None], edges[1:-1][None], edges[2:][None]
    rising, falling = (spectrogram - lower) / (center - lower), (upper - spectrogram) / (upper - center)
    return np.pad(np.maximum(0, np.minimum(rising, falling)), [(1, 0), (0, 0)])
