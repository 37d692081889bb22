"""Maps from outputs to inputs, composed and united, equal sets followed element by element."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.arithmetic import fields as f

small = st.integers(1, 4)
window_maps = st.builds(f.window_map, st.integers(1, 5), small, st.integers(1, 3), st.integers(0, 4))
transposed_maps = st.builds(f.transposed_map, small, small, st.integers(1, 3), st.integers(0, 3))
repeated_maps = st.builds(f.repeated_map, small)
shifted_maps = st.builds(f.shifted_map, st.integers(-4, 4))
adaptive_maps = st.builds(f.adaptive_map, st.integers(1, 12), st.integers(1, 6))
axis_maps = st.one_of(window_maps, transposed_maps, repeated_maps, shifted_maps, adaptive_maps)


def hull(axis_map: f.AxisMap, outputs: set[int]) -> tuple[int, int] | None:
    """The smallest and largest input that any of these outputs sees."""
    found: list[int] = []
    for output in outputs:
        found += inputs(axis_map, output)
    return (min(found), max(found)) if found else None


def inputs(axis_map: f.AxisMap, output: int) -> list[int]:
    turn, phase = divmod(output, axis_map.period)
    seen = axis_map.phases[phase]
    if seen is None:
        return []
    return [turn * axis_map.step + index for index in range(seen.low, seen.high + 1, seen.spacing)]


@given(axis_maps, axis_maps)
def test_a_stack_sees_what_following_every_element_finds(outer, inner):
    stack = f.compose(outer, inner)
    assert stack is not None
    for output in range(3 * stack.period):
        followed = hull(inner, set(inputs(outer, output)))
        found = inputs(stack, output)
        assert (min(found), max(found)) == followed if followed else found == []


@given(axis_maps, axis_maps)
def test_branches_see_the_hull_of_both(one, other):
    both = f.unite(one, other)
    if one.step * other.period != other.step * one.period:
        assert both is None
        return
    assert both is not None
    for output in range(2 * both.period):
        union = [*inputs(one, output), *inputs(other, output)]
        found = inputs(both, output)
        assert (min(found), max(found)) == (min(union), max(union)) if union else found == []


@pytest.mark.parametrize(
    ("stack", "size", "jump", "start"),
    [
        ([f.window_map(3, 1, 1, 1)] * 2, 5, 1, -2),
        ([f.window_map(7, 2, 1, 3), f.window_map(3, 2, 1, 1)], 11, 4, -5),
        ([f.window_map(3, 1, 2, 2)], 5, 1, -2),
        ([f.window_map(2, 2, 1, 0), f.repeated_map(2)], 2, 1, 0),
        ([f.shifted_map(3), f.window_map(7, 2, 1, 0)], 7, 2, -3),
    ],
)
def test_well_known_stacks(stack, size, jump, start):
    """Layers from the first to the last; the numbers are the published recurrences worked by hand."""
    field = f.IDENTITY
    for layer in stack:
        composed = f.compose(layer, field)
        assert composed is not None
        field = composed
    assert (field.size, field.jump, field.start) == (size, jump, start)


@pytest.mark.parametrize(("strides", "kept"), [(62, True), (63, False)])
def test_a_field_is_kept_as_long_as_its_numbers_stay_below_two_to_the_63(strides, kept):
    field = f.IDENTITY
    for _ in range(strides - 1):
        field = f.compose(f.window_map(1, 2, 1, 0), field)
    assert (f.compose(f.window_map(1, 2, 1, 0), field) is not None) is kept
    assert (f.unite(field, f.AxisMap(1, field.step, (f.Seen(-(2**62), 2**62 - 1),))) is not None) is False
