"""Transposed windows equal a scatter that writes every tap; crops are those that the frameworks make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.arithmetic import transposed as t
from cnnshape.arithmetic.fields import transposed_map
from cnnshape.arithmetic.windows import effective_kernel

sizes = st.integers(1, 20)
kernels = st.integers(1, 7)
strides = st.integers(1, 6)
dilations = st.integers(1, 4)


def scatter(size: int, kernel: int, stride: int, dilation: int) -> dict[int, set[int]]:
    """Which inputs write to each place of the full output."""
    written: dict[int, set[int]] = {}
    for index in range(size):
        for tap in range(kernel):
            written.setdefault(index * stride + tap * dilation, set()).add(index)
    return written


@given(sizes, kernels, strides, dilations)
def test_the_full_output_ends_with_the_last_place_written(size, kernel, stride, dilation):
    written = scatter(size, kernel, stride, dilation)
    assert t.full_size(size, effective_kernel(kernel, dilation), stride) == max(written) + 1


@given(sizes, kernels, strides, dilations, st.integers(0, 8))
def test_every_output_sees_the_inputs_that_write_to_it(size, kernel, stride, dilation, low):
    written = scatter(size, kernel, stride, dilation)
    axis_map = transposed_map(kernel, stride, dilation, low)
    assert axis_map is not None
    for output in range(t.full_size(size, effective_kernel(kernel, dilation), stride) - low):
        turn, phase = divmod(output, axis_map.period)
        seen = axis_map.phases[phase]
        inputs = set() if seen is None else set(range(seen.low + turn, seen.high + turn + 1, seen.spacing))
        assert inputs & set(range(size)) == written.get(output + low, set())


@pytest.mark.parametrize(
    ("rule", "size", "kernel", "stride", "output_padding", "output"),
    [
        ("valid", 7, 3, 2, None, 15),
        ("valid", 7, 3, 2, 1, 16),
        ("valid", 7, 2, 3, None, 21),  # the kernel is smaller than its stride
        ("valid", 7, 2, 3, 0, 20),
        ("same", 7, 3, 2, None, 14),
        ("same", 7, 3, 2, 0, 13),
        ("same", 7, 3, 2, 1, 14),
        ("same", 7, 4, 2, None, 14),
    ],
)
def test_sizes_as_keras_computes_them(rule, size, kernel, stride, output_padding, output):
    crop = (t.crop_valid if rule == "valid" else t.crop_same)(kernel, stride, output_padding)
    assert t.count_transposed(size, kernel, stride, crop) == output


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "output_padding", "output"),
    [(7, 3, 2, 0, 0, 15), (7, 3, 2, 1, 0, 13), (7, 3, 2, 1, 1, 14), (7, 2, 3, 0, 0, 20), (7, 4, 2, 1, 0, 14)],
)
def test_sizes_as_pytorch_computes_them(size, kernel, stride, padding, output_padding, output):
    crop = t.crop_explicit((padding, padding), output_padding)
    assert t.count_transposed(size, kernel, stride, crop) == output


@given(kernels, strides)
def test_same_crops_the_odd_element_from_the_high_end(kernel, stride):
    low, high = t.crop_same(kernel, stride)
    assert low + high == kernel - stride
    if kernel >= stride:
        assert high - low in (0, 1)
    else:
        assert low == 0
