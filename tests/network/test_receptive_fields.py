"""Receptive fields equal what a trace of dependencies finds, and the published ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnshape
from cnnshape.arithmetic.fields import (
    IDENTITY,
    AxisMap,
    adaptive_map,
    compose,
    repeated_map,
    shifted_map,
    transposed_map,
    unite,
    window_map,
)

Trace = Callable[[int], set[int]]
"""From an output index to the input indices that it depends on, without borders."""


def trace_window(kernel: int, stride: int, dilation: int, low: int) -> Trace:
    return lambda i: {i * stride - low + tap * dilation for tap in range(kernel)}


def trace_transposed(kernel: int, stride: int, dilation: int, low: int) -> Trace:
    def scatter(i: int) -> set[int]:
        around = range((i + low) // stride - kernel * dilation - 1, (i + low) // stride + 2)
        return {j for j in around if any(j * stride + tap * dilation - low == i for tap in range(kernel))}

    return scatter


def sees(axis_map: AxisMap, index: int) -> tuple[int, int] | None:
    turn, phase = divmod(index, axis_map.period)
    seen = axis_map.phases[phase]
    return None if seen is None else (seen.low + turn * axis_map.step, seen.high + turn * axis_map.step)


def hull(found: set[int]) -> tuple[int, int] | None:
    return (min(found), max(found)) if found else None


def layers() -> st.SearchStrategy[tuple[AxisMap, Trace]]:
    small = st.integers(1, 4)
    window = st.tuples(small, small, st.integers(1, 3), st.integers(0, 3)).map(
        lambda a: (window_map(*a), trace_window(*a))
    )
    transposed = st.tuples(small, small, st.integers(1, 3), st.integers(0, 3)).map(
        lambda a: (transposed_map(*a), trace_transposed(*a))
    )
    repeated = small.map(lambda f: (repeated_map(f), lambda i: {i // f}))
    shifted = st.integers(-3, 3).map(lambda low: (shifted_map(low), lambda i: {i - low}))
    return st.one_of(window, transposed, repeated, shifted)


@settings(max_examples=300)
@given(st.lists(layers(), min_size=1, max_size=5))
def test_a_stack_of_layers_sees_what_a_trace_of_dependencies_finds(stack: list[tuple[AxisMap, Trace]]) -> None:
    total: AxisMap = IDENTITY
    for axis_map, _ in stack:
        composed = compose(axis_map, total)
        assert composed is not None
        total = composed
    for output in range(-3, total.period + 3):
        found = {output}
        for _, trace in reversed(stack):
            found = set().union(*(trace(index) for index in found)) if found else set()
        assert sees(total, output) == hull(found)


@settings(max_examples=200)
@given(st.lists(layers(), min_size=1, max_size=3), st.lists(layers(), min_size=1, max_size=3))
def test_branches_unite(left: list[tuple[AxisMap, Trace]], right: list[tuple[AxisMap, Trace]]) -> None:
    maps = []
    for stack in (left, right):
        total: AxisMap = IDENTITY
        for axis_map, _ in stack:
            composed = compose(axis_map, total)
            assert composed is not None
            total = composed
        maps.append(total)
    united = unite(*maps)
    if united is None:
        assert maps[0].step * maps[1].period != maps[1].step * maps[0].period
        return
    for output in range(united.period + 2):
        both = [seen for seen in (sees(maps[0], output), sees(maps[1], output)) if seen]
        expected = (min(low for low, _ in both), max(high for _, high in both)) if both else None
        assert sees(united, output) == expected


@given(st.integers(1, 30), st.integers(1, 30))
def test_adaptive_windows(size: int, windows: int) -> None:
    axis_map = adaptive_map(size, windows)
    assert axis_map is not None
    for output in range(windows):
        start, end = output * size // windows, -(-(output + 1) * size // windows)
        assert sees(axis_map, output) == (start, end - 1)


@pytest.mark.parametrize(
    ("network", "layer", "size", "jump"),
    [
        ("zoo:keras/vgg16", "block5/pool", 212, 32),
        ("zoo:pytorch/alexnet", None, 195, 32),
        ("zoo:keras/resnet50", None, 483, 32),
        ("zoo:keras/inceptionv3", None, 1311, 32),
        ("zoo:keras/mobilenet", None, 315, 32),
    ],
)
def test_published_fields(network: str, layer: str | None, size: int, jump: int) -> None:
    """Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, table of networks."""
    plan = cnnshape.plan(network)
    before_the_head = [row for row in plan.layers if row.receptive_field and not row.receptive_field.is_global]
    row = next(row for row in plan.layers if row.name == layer) if layer else before_the_head[-1]
    assert row.receptive_field is not None
    assert row.receptive_field.size == (size, size)
    assert row.receptive_field.jump == (jump, jump)
    assert row.receptive_field.exact


def field(text: str) -> cnnshape.network.plan.ReceptiveField | None:  # type: ignore[name-defined]
    return cnnshape.plan(text=text).receptive_field


def test_a_field_that_outgrows_64_bits_is_a_lower_bound() -> None:
    text = 'input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3, strides=2, padding="same") * '
    near, beyond = field(text + "62\n"), field(text + "30000\n")
    assert near is not None
    assert near.exact
    assert beyond is not None
    assert (beyond.exact, beyond.size) == (False, (2**63 - 1, 2**63 - 1))
    assert near.size[0] == 2**63 - 1


def test_global_pooling_makes_a_field_global_and_does_not_widen_it() -> None:
    found = field("input: [32, 32, 3]\nlayers:\n  - Conv2D(4, 3)\n  - GlobalAveragePooling2D\n  - Dense(2)\n")
    assert found is not None
    assert (found.size, found.is_global, found.exact) == ((3, 3), True, True)


def test_a_gate_through_global_pooling_keeps_the_size_of_the_other_branch() -> None:
    found = field(
        "input: [32, 32, 4]\nlayers:\n  - a = Conv2D(4, 5)\n  - GlobalAveragePooling2D(keepdims=True)\n"
        "  - gate = Conv2D(4, 1)\n  - Multiply()(a, gate)\n"
    )
    assert found is not None
    assert (found.size, found.jump, found.is_global) == ((5, 5), (1, 1), True)


def test_flatten_alone_sees_no_more_and_a_dense_layer_sees_everything() -> None:
    flat = "input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n  - Flatten\n"
    before, after = field(flat), field(flat + "  - Dense(2)\n")
    assert before is not None
    assert after is not None
    assert (before.size, before.is_global) == ((3, 3), False)
    assert (after.size, after.is_global) == ((3, 3), True)


def test_a_field_per_axis() -> None:
    found = field("input: [32, 32, 3]\nlayers:\n  - Conv2D(4, (1, 7), strides=(1, 2))\n  - MaxPooling2D((2, 1))\n")
    assert found is not None
    assert (found.size, found.jump) == ((2, 7), (2, 2))


def test_an_input_without_spatial_axes_has_no_field() -> None:
    assert field("input: [12]\nlayers:\n  - Dense(2)\n") is None


def test_same_padding_over_an_unknown_size_keeps_the_extent_and_says_that_the_place_is_assumed() -> None:
    text = "input: [{size}, {size}, 3]\nlayers:\n  - Conv2D(5, 3, strides=2)\n  - MaxPooling2D(2, padding='same')\n"
    known, unknown = field(text.format(size=33)), field(text.format(size="null"))
    assert known is not None
    assert unknown is not None
    assert (unknown.size, unknown.jump) == (known.size, known.jump) == ((5, 5), (4, 4))
    assert (known.exact, unknown.exact) == (True, False)


def test_a_field_that_is_whole_along_one_axis_only_is_no_global_one() -> None:
    found = field("input: [32, 32, 3]\nlayers:\n  - Conv2D(4, 3)\n  - Softmax(axis=1)\n")
    assert found is not None
    assert (found.size, found.is_global, found.exact) == ((3, 3), False, False)


def test_groups_of_rows_share_their_statistics_with_their_group_alone() -> None:
    """GroupNormalization along the height: a row sees the rows of its group, and all of the width."""
    found = field("input: [32, 32, 3]\nlayers:\n  - GroupNormalization(groups=8, axis=1)\n")
    assert found is not None
    assert (found.size[0], found.jump[0], found.is_global) == (4, 1, False)
