"""Names that are like a written one: those that `difflib` finds, without comparing what cannot be like it."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.spelling import alike

NAMES = st.text("abAB12_", max_size=8)


@given(NAMES, st.lists(NAMES, max_size=20), st.sampled_from([0.5, 0.6, 0.75]))
def test_the_nearest_names_are_those_that_difflib_finds(name: str, known: list[str], cutoff: float) -> None:
    assert alike(name, known, 3, cutoff) == tuple(get_close_matches(name, known, 3, cutoff))


def test_names_that_share_too_few_letters_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    quick_ratio = SequenceMatcher.quick_ratio
    monkeypatch.setattr(SequenceMatcher, "quick_ratio", lambda self: compared.append(self.a) or quick_ratio(self))
    assert alike("Conv2DD", ["Conv2D", *(f"Dense{number}" for number in range(1000))]) == ("Conv2D",)
    assert compared == ["Conv2D"]
