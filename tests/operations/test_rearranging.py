"""Operations that only move elements, held to NumPy moving them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.diagnostics import Fault
from cnnshape.operations import reshaping as r
from cnnshape.operations.adaptive import reads
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.operations.padding import Crop, Pad
from cnnshape.operations.parts import Chunk, Select, Split, Stack
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.resampling import ChannelShuffle, Fold, PixelShuffle, PixelUnshuffle, Unfold
from cnnshape.operations.views import Flatten

sizes = st.integers(1, 5)
shapes = st.lists(sizes, min_size=2, max_size=5).map(tuple)


def moved(shape):
    """A tensor of this shape whose elements are their own numbers."""
    return np.arange(np.prod(shape)).reshape(shape)


@given(shapes, st.data())
def test_flatten_is_reshape(shape, data):
    start = data.draw(st.integers(1, len(shape) - 1))
    end = data.draw(st.integers(start, len(shape) - 1))
    expected = moved(shape).reshape(*shape[:start], -1, *shape[end + 1 :]).shape
    assert Flatten(start, end).apply(shape).output == expected
    assert Flatten(start - len(shape), end - len(shape)).apply(shape).output == expected


@given(shapes, st.data())
def test_reshape_fills_in_minus_one(shape, data):
    target = list(data.draw(st.permutations(shape[1:])))
    expected = moved(shape).reshape(shape[0], *target).shape
    assert r.Reshape(tuple(target)).apply(shape).output == expected
    assert r.Reshape((shape[0], *target), batch=True).apply(shape).output == expected
    target[data.draw(st.integers(0, len(target) - 1))] = -1
    assert r.Reshape(tuple(target)).apply(shape).output == expected
    assert r.Reshape((shape[0], *target), batch=True).apply(shape).output == expected


@given(shapes, st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_a_reshape_that_does_not_fit_says_what_would(shape, target):
    elements = int(np.prod(shape[1:]))
    if np.prod(target) == elements:
        return
    with pytest.raises(Fault) as refusal:
        r.Reshape(tuple(target)).apply(shape)
    assert refusal.value.code == "CS306"
    if refusal.value.fix.startswith("use ("):
        proposed = refusal.value.fix.removeprefix("use (").rstrip(",)").split(", ")
        assert np.prod([int(size) for size in proposed]) == elements
        assert sum(int(new) != old for new, old in zip(proposed, target, strict=True)) == 1


@given(shapes, st.data())
def test_permute_and_transpose_move_axes_and_their_paths(shape, data):
    order = (0, *data.draw(st.permutations(range(1, len(shape)))))
    result = r.Permute(order).apply(shape)
    assert result.output == moved(shape).transpose(order).shape
    assert all(order[path.axis] == axis for axis, path in enumerate(result.paths[0]))
    one, other = (data.draw(st.integers(1, len(shape) - 1)) for _ in range(2))
    assert r.Transpose(one, other).apply(shape).output == np.swapaxes(moved(shape), one, other).shape


@given(shapes, st.data())
def test_parts_of_an_axis_put_together_are_the_axis(shape, data):
    axis = data.draw(st.integers(1, len(shape) - 1))
    part = data.draw(st.integers(1, 6))
    cuts = range(part, shape[axis], part)
    expected = [each.shape for each in np.split(moved(shape), cuts, axis)]
    assert list(Split(part, axis).apply(shape).outputs) == expected
    chunks = data.draw(st.integers(1, 6))
    parts = Chunk(chunks, axis).apply(shape).outputs
    assert sum(each[axis] for each in parts) == shape[axis]
    assert len(parts) <= chunks


@given(shapes, st.data())
def test_tile_repeat_squeeze_and_stack(shape, data):
    tensor = moved(shape)
    counts = (1, *data.draw(st.lists(st.integers(1, 3), min_size=len(shape) - 1, max_size=len(shape) - 1)))
    assert r.Tile(counts).apply(shape).output == np.tile(tensor, counts).shape
    assert r.Tile(counts[1:]).apply(shape).output == np.tile(tensor, counts[1:]).shape
    axis = data.draw(st.integers(1, len(shape) - 1))
    assert r.RepeatElements(2, axis).apply(shape).output == np.repeat(tensor, 2, axis).shape
    assert r.Unsqueeze(axis).apply(shape).output == np.expand_dims(tensor, axis).shape
    assert r.Unsqueeze(-1).apply(shape).output == np.expand_dims(tensor, -1).shape
    ones = tuple(each for each, size in enumerate(shape) if size == 1 and each)
    assert r.Squeeze(tuple(range(1, len(shape)))).apply(shape).output == np.squeeze(tensor, ones).shape
    assert Stack(axis).apply(shape, shape, shape).output == np.stack([tensor] * 3, axis).shape
    assert r.Flip((axis,)).apply(shape).output == np.flip(tensor, axis).shape
    assert r.Repeat(3).apply((2, 5)).output == (2, 3, 5)


@given(shapes, st.data(), st.booleans())
def test_reduce_takes_axes_out(shape, data, keep):
    axes = tuple(data.draw(st.sets(st.integers(1, len(shape) - 1), min_size=1)))
    result = Reduce(axes, keep=keep).apply(shape)
    assert result.output == moved(shape).mean(axes, keepdims=keep).shape
    assert result.flops == np.prod(shape[1:])
    largest = Reduce(axes, "max", keep).apply(shape)
    assert largest.flops == np.prod(shape[1:]) - np.prod(result.output[1:])
    assert [path.axis for path in result.paths[0] if path.axis is not None] == sorted(
        axis if keep else axis - sum(other < axis for other in axes) for axis in range(len(shape)) if axis not in axes
    )


@given(
    st.tuples(sizes, sizes, sizes, sizes),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=2),
)
def test_padding_adds_and_cropping_takes_it_away(shape, pads):
    padded = np.pad(moved(shape), [(0, 0), (0, 0), *pads])
    result = Pad(tuple(pads), CHANNELS_FIRST).apply(shape)
    assert result.output == padded.shape
    assert Crop(tuple(pads), CHANNELS_FIRST).apply(result.output).output == shape
    negative = tuple((-low, -high) for low, high in pads)
    assert Pad(negative, None).apply(result.output).output == shape


@given(sizes, st.integers(1, 3), sizes, sizes, sizes)
def test_pixel_shuffles_undo_each_other(batch, factor, channels, height, width):
    wide = (batch, channels * factor**2, height, width)
    large = (batch, channels, height * factor, width * factor)
    assert PixelShuffle(factor).apply(wide).output == large
    assert PixelUnshuffle(factor).apply(large).output == wide
    assert ChannelShuffle(factor).apply((batch, channels * factor, height)).output == (batch, channels * factor, height)


@given(
    sizes,
    sizes,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_unfold_has_a_column_for_every_window_and_fold_undoes_it(batch, channels, image, kernel, stride, padding):
    windows = 1
    for size, extent in zip(image, kernel, strict=True):
        windows *= sum(start + extent <= size + 2 * padding for start in range(0, size + 2 * padding, stride))
    pads = ((padding, padding),) * 2
    unfold = Unfold(kernel, (stride, stride), pads, (1, 1))
    if not windows:
        with pytest.raises(Fault):
            unfold.apply((batch, channels, *image))
        return
    columns = (batch, channels * kernel[0] * kernel[1], windows)
    assert unfold.apply((batch, channels, *image)).output == columns
    assert Fold(image, kernel, (stride, stride), pads, (1, 1)).apply(columns).output == (batch, channels, *image)


@given(st.integers(1, 60), st.integers(1, 80))
def test_adaptive_windows_read_each_element_once_and_more_where_they_meet_inside_one(size, windows):
    covered = [range(i * size // windows, -(-(i + 1) * size // windows)) for i in range(windows)]
    assert reads(size, windows) == sum(map(len, covered))
    assert set().union(*covered) == set(range(size))


@pytest.mark.parametrize(
    "operation",
    [
        Flatten(0, 1),
        r.Unflatten(0, (2, -1)),
        r.Permute((1, 0, 2)),
        r.Transpose(0, 1),
        r.Unsqueeze(0),
        Chunk(2, 0),
        Split(1, 0),
        Reduce((0,)),
        r.Flip((0,)),
        r.Tile((2, 1, 1)),
        r.RepeatElements(2, 0),
        Select(0, 0, 1),
        Stack(0),
        r.Reshape((-1, 2), batch=True),
        Pad(((1, 1), (0, 0), (0, 0)), None),
    ],
)
def test_nothing_moves_the_batch(operation):
    with pytest.raises(Fault) as refusal:
        operation.apply((4, 3, 2))
    assert refusal.value.code == "CS310"
