"""Windows that slide over one axis: how many fit, what they pad, and what they never read.

Sizes are in elements. The padding of an axis is a pair (low, high): before its first and after its last
element. Every rule resolves to such a pair once (`same_padding`, `causal_padding`), then one path counts
windows (`count_windows`).
"""

from __future__ import annotations

from typing import Literal

from cnnshape.arithmetic.sizes import Dim, ceil_div
from cnnshape.value import NamedTuple

Padding = tuple[int, int]
"""Elements added before and after an axis."""


def effective_kernel(kernel: int, dilation: int = 1) -> int:
    """The extent of a dilated kernel: ``dilation * (kernel - 1) + 1``."""
    return dilation * (kernel - 1) + 1


def count_windows(size: int, extent: int, stride: int, padding: Padding = (0, 0)) -> int:
    """``floor((size + low + high - extent) / stride) + 1`` windows fit; 0 where not even one does.

    `extent` is the effective kernel. Keras calls this ``valid`` (with no padding); PyTorch and ONNX use it
    for explicit padding.
    """
    room = size + padding[0] + padding[1] - extent
    return room // stride + 1 if room >= 0 else 0


def count_windows_ceil(size: int, extent: int, stride: int, padding: Padding = (0, 0)) -> int:
    """``ceil((size + low + high - extent) / stride) + 1`` windows, less one that would start in the high padding.

    PyTorch's ``ceil_mode=True``: a last window may hang over the edge, but it has to start inside the input
    or the low padding (``(windows - 1) * stride < size + low``). Source: observed behaviour of
    `torch.nn.MaxPool2d`, and the note on its page. May be 0 or negative for inputs far smaller than the window.
    """
    low, high = padding
    windows = ceil_div(size + low + high - extent, stride) + 1
    if (windows - 1) * stride >= size + low:
        windows -= 1
    return windows


def same_padding(size: int, extent: int, stride: int, *, odd_pixel: str = "high") -> Padding:
    """The padding that makes ``ceil(size / stride)`` windows fit: ``max((windows - 1) * stride + extent - size, 0)``.

    It is shared evenly; an odd pixel goes to the ``high`` side (Keras, ONNX ``SAME_UPPER``) or the ``low`` side
    (ONNX ``SAME_LOWER``).
    """
    needed = max((ceil_div(size, stride) - 1) * stride + extent - size, 0)
    half, odd = divmod(needed, 2)
    return (half + odd, half) if odd_pixel == "low" else (half, half + odd)


def same_padding_unstrided(extent: int) -> Padding:
    """PyTorch's ``padding="same"`` (stride 1 only): ``extent - 1`` in total, the odd element on the high side."""
    needed = extent - 1
    return needed // 2, needed - needed // 2


def causal_padding(extent: int) -> Padding:
    """``extent - 1`` elements before the axis and none after: output t sees only inputs up to t."""
    return extent - 1, 0


def leftover(size: int, extent: int, stride: int, padding: Padding, windows: int) -> int:
    """Elements at the high border of the input that no window reads.

    The last window ends at ``(windows - 1) * stride + extent - low``; what lies behind it is left over.
    """
    end = (windows - 1) * stride + extent - padding[0]
    return min(max(size - end, 0), size)


WindowRule = Literal["valid", "same", "causal", "same_unstrided", "explicit", "ceil"]
"""How an axis is padded: by a rule, by given (low, high), or by (low, high) with PyTorch's ``ceil_mode``."""

MOST_READ = 1_000_000
"""Axes along which more elements are read than this are not searched for those that windows step over."""


class AxisWindows(NamedTuple):
    """Windows that slide along one axis, resolved.

    Attributes:
        axis: the axis's name, such as ``height``.
        size: the input's elements along it.
        kernel, stride, dilation: of the window.
        padding: elements added (before, after); None where an unknown size decides it.
        windows: how many fit, which is the output size.
        rule: where the padding comes from.
    """

    axis: str
    size: Dim
    kernel: int
    stride: int
    dilation: int
    padding: Padding | None
    windows: Dim
    rule: WindowRule

    @property
    def extent(self) -> int:
        """The elements from a window's first to its last tap."""
        return effective_kernel(self.kernel, self.dilation)

    @property
    def end(self) -> Dim:
        """The input index after the last one that the last window reaches."""
        if self.windows is None or self.padding is None:
            return None
        return (self.windows - 1) * self.stride + self.extent - self.padding[0]

    @property
    def leftover(self) -> Dim:
        """Elements at the far border that no window reads."""
        end = self.end
        return None if end is None or self.size is None else min(max(self.size - end, 0), self.size)

    @property
    def skipped(self) -> tuple[int, ...]:
        """Indices within the windows' reach that no tap reads; () where sizes are unknown, or too large to look."""
        if self.size is None or self.windows is None or self.padding is None:
            return ()
        gapless = self.dilation == 1 and self.stride <= self.kernel
        if gapless or self.windows * self.kernel > MOST_READ or self.size > MOST_READ:
            return ()
        read = {
            window * self.stride - self.padding[0] + tap * self.dilation
            for window in range(self.windows)
            for tap in range(self.kernel)
        }
        return tuple(index for index in range(min(self.end or 0, self.size)) if index not in read)
