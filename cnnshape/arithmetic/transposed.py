"""Transposed windows: how large a transposed convolution's output is, and what each framework crops from it.

Every input element spreads over one window, windows start `stride` apart, so the full output spans
``(size - 1) * stride + extent`` elements. Each rule resolves to one pair (low, high) of elements cropped from
its two ends; a negative number adds elements that no window (or only the bias) writes. The pair depends on
the window alone, never on the input, so unknown sizes stay exact. One path then counts (`count_transposed`).
"""

from __future__ import annotations

from cnnshape.arithmetic.windows import Padding

Crop = tuple[int, int]
"""Elements cropped from the low and the high end of the full output; negative ones are added."""


def full_size(size: int, extent: int, stride: int) -> int:
    """``(size - 1) * stride + extent``: all that the windows of `size` inputs cover."""
    return (size - 1) * stride + extent


def count_transposed(size: int, extent: int, stride: int, crop: Crop = (0, 0)) -> int:
    """``(size - 1) * stride + extent - low - high`` elements come out; 0 or less where the crop takes all."""
    return full_size(size, extent, stride) - crop[0] - crop[1]


def crop_valid(extent: int, stride: int, output_padding: int | None = None) -> Crop:
    """Keras's ``valid``: nothing is cropped and ``output_padding`` is added at the high end.

    Without output_padding, ``max(stride - extent, 0)`` is added, so that ``(size - 1) * stride + max(extent,
    stride)`` elements come out: a kernel smaller than its stride still fills whole strides.
    """
    return 0, -(max(stride - extent, 0) if output_padding is None else output_padding)


def crop_same(extent: int, stride: int, output_padding: int | None = None) -> Crop:
    """Keras's ``same``: ``extent - stride`` is cropped, so that ``size * stride`` elements come out.

    With output_padding, ``extent - extent % 2 - output_padding`` is cropped instead, so that ``(size - 1) *
    stride + extent % 2 + output_padding`` elements come out. The odd element is cropped from the high end.
    """
    total = extent - (stride if output_padding is None else extent % 2 + output_padding)
    low = max(total, 0) // 2
    return low, total - low


def same_cannot_run(extent: int, output_padding: int | None) -> bool:
    """Whether TensorFlow refuses Keras's ``same`` when it runs, though Keras plans its shape.

    Observed of Keras 3.15 on TensorFlow 2.21, at every size but where one element comes out: an even extent with an
    output_padding of 0.
    """
    return extent % 2 == 0 and output_padding == 0


def crop_explicit(padding: Padding, output_padding: int = 0) -> Crop:
    """PyTorch and ONNX: the padding of the convolution that is undone is cropped, output_padding added high.

    ``out = (size - 1) * stride - low - high + extent + output_padding``.
    """
    return padding[0], padding[1] - output_padding
