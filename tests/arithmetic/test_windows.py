"""Window formulas equal a slide that counts windows one by one."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnshape.arithmetic import windows as w

sizes = st.integers(1, 60)
kernels = st.integers(1, 9)
strides = st.integers(1, 7)
dilations = st.integers(1, 4)
paddings = st.tuples(st.integers(0, 6), st.integers(0, 6))


def slide(size: int, kernel: int, stride: int, dilation: int, padding: tuple[int, int]) -> list[list[int]]:
    """Every window that fits into the padded axis, as the input indices of its taps."""
    low, high = padding
    windows = []
    start = -low
    while start + dilation * (kernel - 1) < size + high:
        windows.append([start + tap * dilation for tap in range(kernel)])
        start += stride
    return windows


@given(sizes, kernels, strides, dilations, paddings)
def test_windows_are_counted_as_a_slide_counts_them(size, kernel, stride, dilation, padding):
    extent = w.effective_kernel(kernel, dilation)
    assert w.count_windows(size, extent, stride, padding) == len(slide(size, kernel, stride, dilation, padding))


@given(sizes, kernels, strides, dilations, paddings)
def test_leftover_is_what_lies_behind_the_last_tap(size, kernel, stride, dilation, padding):
    windows = slide(size, kernel, stride, dilation, padding)
    assume(windows)
    behind = [index for index in range(size) if index > windows[-1][-1]]
    extent = w.effective_kernel(kernel, dilation)
    assert w.leftover(size, extent, stride, padding, len(windows)) == len(behind)


@given(sizes, kernels, strides, dilations, st.integers(0, 3))
def test_ceil_mode_lets_the_last_window_hang_over_if_it_starts_inside(size, kernel, stride, dilation, pad):
    extent = w.effective_kernel(kernel, dilation)
    assume(2 * pad <= extent <= size + 2 * pad)  # PyTorch refuses more padding than half a window
    windows, start = 1, -pad
    while start + extent < size + pad and start + stride < size:  # not all covered, and the next starts inside
        start += stride
        windows += 1
    assert w.count_windows_ceil(size, extent, stride, (pad, pad)) == windows


@given(sizes, kernels, strides, dilations)
def test_same_puts_a_window_at_every_stride_with_as_little_padding_as_possible(size, kernel, stride, dilation):
    extent = w.effective_kernel(kernel, dilation)
    low, high = w.same_padding(size, extent, stride)
    windows = len(range(0, size, stride))
    assert len(slide(size, kernel, stride, dilation, (low, high))) == windows
    assert high - low in (0, 1)
    if high:
        assert len(slide(size, kernel, stride, dilation, (low, high - 1))) < windows
    assert w.same_padding(size, extent, stride, odd_pixel="low") == (high, low)


@given(sizes, kernels, dilations)
def test_unstrided_same_and_causal_keep_the_size(size, kernel, dilation):
    extent = w.effective_kernel(kernel, dilation)
    same, causal = w.same_padding_unstrided(extent), w.causal_padding(extent)
    assert len(slide(size, kernel, 1, dilation, same)) == size
    assert same[1] - same[0] in (0, 1)
    windows = slide(size, kernel, 1, dilation, causal)
    assert [taps[-1] for taps in windows] == list(range(size))


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "windows"),
    [
        (224, 7, 2, (3, 3), 112),
        (16, 3, 2, (0, 0), 7),
        (5, 2, 2, (0, 0), 2),
        (1, 3, 1, (0, 0), 0),
        (2, 5, 3, (1, 1), 0),
    ],
)
def test_well_known_windows(size, kernel, stride, padding, windows):
    assert w.count_windows(size, kernel, stride, padding) == windows


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad", "windows", "naive"),
    [(5, 2, 2, 1, 3, 4), (9, 4, 4, 2, 3, 4), (12, 1, 2, 0, 6, 7), (2, 3, 3, 1, 1, 2)],
)
def test_ceil_mode_as_pytorch_counts_where_the_naive_formula_does_not(size, kernel, stride, pad, windows, naive):
    """Observed with torch.nn.MaxPool2d; the formula without the clipped last window gives `naive`."""
    assert w.count_windows_ceil(size, kernel, stride, (pad, pad)) == windows
    assert -(-(size + 2 * pad - kernel) // stride) + 1 == naive


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(224, 7, 2, (2, 3)), (5, 2, 2, (0, 1)), (7, 3, 2, (1, 1)), (8, 1, 3, (0, 0)), (6, 3, 1, (1, 1))],
)
def test_same_padding_as_keras_pads(size, kernel, stride, padding):
    assert w.same_padding(size, kernel, stride) == padding
