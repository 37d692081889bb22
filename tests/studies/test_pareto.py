"""Pareto fronts: comparing every point with every other is the oracle."""

from __future__ import annotations

from random import Random

import pytest

from cnnshape.studies import pareto


@pytest.mark.parametrize("together", [1, 7, 2048])
def test_the_front_is_what_no_other_point_dominates(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pareto, "TOGETHER", together)
    random = Random(together)
    for _ in range(200):
        size, axes = random.randrange(60), random.randrange(1, 5)
        points = [tuple(random.randrange(8) for _ in range(axes)) for _ in range(size)]
        expected = [
            place
            for place, point in enumerate(points)
            if not any(
                other != point and all(one <= two for one, two in zip(other, point, strict=True)) for other in points
            )
        ]
        assert pareto.front(points) == expected


def test_ten_thousand_points_none_of_which_dominates_another_are_all_on_the_front() -> None:
    points = [(number, -number, 0, 0, 0) for number in range(10_000)]
    assert pareto.front(points) == [*range(10_000)]
