"""Indented JSON: the standard library's text, with lists of numbers on one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.reports.indented import indented

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ("a\n\u00e9\x1b\x9b\u202e\udcff", '"a\\n\\u00e9\\u001b\\u009b\\u202e\\udcff"'),
        ([1, None, True, 1.5], "[1, null, true, 1.5]"),
        ({"shape": (1, None, 3), "name": "a"}, '{\n  "shape": [1, null, 3],\n  "name": "a"\n}'),
        ([[0, 1], [2, 3]], "[\n  [0, 1],\n  [2, 3]\n]"),
        (["a", 1], '[\n  "a",\n  1\n]'),
        ({"a": [{}, []]}, '{\n  "a": [\n    {},\n    []\n  ]\n}'),
    ],
)
def test_the_text(value: Any, text: str) -> None:
    assert indented(value) == text


@given(VALUES)
def test_only_the_room_between_values_differs_from_the_standard_library(value: Any) -> None:
    text = indented(value)
    assert repr(json.loads(text)) == repr(json.loads(json.dumps(value)))
    assert all(line == line.rstrip(" ") for line in text.split("\n"))
