"""Sizes with names in them: what cancels is known, what does not is a name."""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.arithmetic.symbols import chosen, dims, evaluated, exactly, named
from cnnshape.arithmetic.tensors import broadcast_shapes, einsum, reshaped, sliced

N, H = named("N"), named("H")


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (N * 4, "4*N"),
        (N + N - N * 2 + 3, "3"),
        ((N * 12) // 4, "3*N"),
        ((N * H * 6) // (H * 2), "3*N"),
        ((H - 1) // 2 + 1, "1 + (-1 + H)//(2)"),
        ((N * 6) % 3, "0"),
        (chosen(max, N, N), "N"),
        (chosen(min, 3, 5), "3"),
        (1 - N + N, "1"),
    ],
)
def test_what_cancels_is_gone(size: Any, written: str) -> None:
    assert str(size) == written


def test_two_sizes_that_are_computed_alike_are_the_same() -> None:
    assert (H + 5) // 2 == (5 + H) // 2
    assert (H + 5) // 2 != (H + 6) // 2


@pytest.mark.parametrize(
    ("size", "by", "quotient"),
    [(N * 4, N, 4), (N * 4, 3, None), (12, 5, None), (12, 4, 3), (N + 1, N, None), (N, 0, None)],
)
def test_a_quotient_is_exact_or_none(size: Any, by: Any, quotient: Any) -> None:
    assert exactly(size, by) == quotient


def test_a_size_has_a_value_once_its_names_have() -> None:
    assert evaluated(N * H * 3 + 1, {"N": 2, "H": 5}) == 31
    assert evaluated(N * H, {"N": 2}) is None


@pytest.mark.parametrize("grow", [lambda size: size * size, lambda size: size * (size + 1), lambda size: size * 2 + 1])
def test_sizes_stay_small_however_often_they_are_multiplied(grow: Any) -> None:
    size: Any = N
    for _ in range(200):
        size = grow(size)
    assert len(str(size)) < 2_000


@pytest.mark.parametrize(
    ("shape", "target", "output"),
    [
        ((N, 3, 4), (N, -1), (None, 12)),
        ((N, 3, 4), (-1, 12), (None, 12)),
        ((N * 2, 3), (N, -1), (None, 6)),
        ((N, H, 4), (N, -1), (None, None)),
        ((2, 3, 4), (-1,), (24,)),
    ],
)
def test_a_reshape_fills_in_what_is_left(shape: Any, target: Any, output: Any) -> None:
    assert dims(reshaped(shape, target)) == output


@pytest.mark.parametrize(
    ("shape", "target"), [((2, 3), (4, -1)), ((2, 3), (-1, -1)), ((2, 3), (5,)), ((2, 3), (0, -1))]
)
def test_a_reshape_that_cannot_be_is_refused(shape: Any, target: Any) -> None:
    with pytest.raises(ValueError, match="reshape"):
        reshaped(shape, target)


def test_broadcasting_takes_the_number_of_a_number_and_a_name() -> None:
    assert broadcast_shapes((N, 1, 3), (4, 1)) == (N, 4, 3)
    assert broadcast_shapes((H,), (5,)) == (5,)
    with pytest.raises(ValueError, match="do not broadcast"):
        broadcast_shapes((2,), (3,))


@pytest.mark.parametrize(
    ("equation", "shapes", "output", "products"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)], (2, 4), 24),
        ("bij->b", [(5, 2, 3)], (5,), 30),
        ("...ij,jk->...ik", [(7, 2, 3), (3, 4)], (7, 2, 4), 168),
        ("ij,ij", [(2, 3), (2, 3)], (), 6),
    ],
)
def test_an_einstein_sum_is_its_letters(equation: str, shapes: Any, output: Any, products: int) -> None:
    assert einsum(equation, shapes) == (output, products)


@pytest.mark.parametrize(
    ("size", "bounds", "taken"),
    [(10, (2, -2, None), 6), (10, (None, None, -3), 4), (10, (20, None, None), 0), (N, (0, None, 1), N)],
)
def test_a_slice_takes_what_pythons_takes(size: Any, bounds: Any, taken: Any) -> None:
    assert sliced(size, *bounds) == taken
