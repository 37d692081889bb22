"""Windows that slide over one axis: how many fit, what they pad, and what they never read.

Sizes are in elements. The padding of an axis is a pair (low, high): before its first and after its last
element. Every rule resolves to such a pair once (`same_padding`, `causal_padding`), then one path counts
windows (`count_windows`).
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import ceil_div

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


def count_windows_same(size: int, stride: int) -> int:
    """``ceil(size / stride)``: Keras's (and ONNX's) ``same``, whatever the kernel.

    The rule ``ceil((size - kernel + stride) / stride)`` found in tutorials agrees only by accident.
    """
    return ceil_div(size, stride)


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


def read_elements(
    size: int, kernel: int, stride: int, dilation: int, padding: Padding, windows: int
) -> list[list[int]]:
    """For each window the input indices it reads, negative or past the end where it reads padding."""
    low = padding[0]
    return [[window * stride - low + tap * dilation for tap in range(kernel)] for window in range(windows)]
