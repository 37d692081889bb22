"""No text makes the program fail: what hypothesis finds here, and what it has found before."""

from __future__ import annotations

from random import Random

import pytest
from hostile_inputs import KINDS, check, edit, mend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOUND = [
    "framework: pytorch\ninput: [3, 8, 8]\nlayers:\n  - permute(1, 0, -2, 3)(input)\n",
    "input: [8]\nlayers:\n  - ops.ones([1, 0])\n",
    "input: [null, 4]\nlayers:\n  - ops.split([], axis=-2)\n",
    "framework: pytorch\ninput: [1, 1, 1]\nlayers:\n  - broadcast_to([0, 0, 0, 0])\n",
    "framework: pytorch\ninput: [3, 8, 8]\nlayers:\n  - Sequential(Linear(8, 8), ReLU())\n",
    "input: [8, 8, 3]\nlayers:\n  - Con(" + "[i for i in x]" * 90 + "\n",
    "framework: pytorch\ninput: [2, 8, 8, 8]\nlayers:\n  - Sequential(modules=[])\n",
    "framework: pytorch\ninput: [3, null, null]\nlayers:\n  - index_select(dim=-1, index=[])\n",
    "input: [16]\nlayers:\n  - AlphaDropout(0.5, noise_shape=true)\n",
    "input: [9, 9, 1]\nlayers:\n  - ops.average_pool([2, 2], strides=[1, 1, 1])\n",
    "input: [7, 5, 4]\nlayers:\n  - ops.conv()(input, input)\n",
    "input: [null, null, null]\nlayers:\n  - ops.conv()(input, input)\n",
    "framework: pytorch\ninput: [3, 16]\nlayers:\n  - Parameter(2)\n",
    '{"input": [8], "layers": ["ops.sparse_sigmoid(start=i)"]}',
    "input: [8, 1e999, 4]\nlayers: [ReLU]\n",
    "input: [8]\nlayers:\n  - first = \n    D(5, 3)\n",
    '{"input": ["$(2 ** 63)"], "layers": ["ReLU"]}',
    '{"input": [8], "layers": [{"ReLU": {}, "name": "$(2 ** 63)"}]}',
    "input: [8]\nlayers:\n  - ReLU(name=min())\n",
    "input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)\nexpect:\n    ",
    "input: [8]\nlayers: [ReLU]\noutputs: ['x[1 // 0]']\n",
    "framework: pytorch\ninput: [8]\nlayers:\n  - a[1 // 0], b = chunk(2, dim=1)\n",
    "input: [8]\nlayers:\n  - {include: zoo:keras/lenet5, until: 'x[0.5]'}\n",
    'input: [8]\nlayers:\n  - {"Re\\x1b[31mLU": {}}\n',
    "input: [8]\nlayers:\n  - Dense]:\n",
    "framework: pytorch\ninput: [2, 8, 8, 8]\nlayers:\n  - AdaptiveAvgPool2d(1)\n",
    "input: [32, 32, 3]\nlayers:\n  - ReLU\n  - repeat: 100000\n    s:\n      - ReLU\n",
]
"""Inputs that once failed, or took too long, smallest form."""


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(sorted(KINDS)), random=st.randoms(use_true_random=False))
def test_whatever_a_text_holds_it_is_checked(kind: str, random: Random) -> None:
    check(KINDS[kind](random))


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_checked(content: str) -> None:
    check(content)


@pytest.mark.parametrize("content", FOUND)
def test_what_once_failed_is_checked(content: str) -> None:
    check(content)


@pytest.mark.parametrize(
    "content",
    [
        '{"backend": "pytorch", "input": [8], "layers": ["ReLU"]}',
        "input: [8]\nlayers:\n  - Dense(" + "$(" * 30 + "1" + ")" * 30 + ")\n",
        "input: [8]\nlayers:\n  - Dense($(1) +\n      $(2 + $(3)))\n",
    ],
)
def test_what_once_was_mended_badly_is_mended(content: str) -> None:
    assert mend(content) == 1


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(sorted(KINDS)), random=st.randoms(use_true_random=False))
def test_whatever_an_editor_asks_is_answered(kind: str, random: Random) -> None:
    edit(KINDS[kind](random), random)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(sorted(KINDS)), random=st.randoms(use_true_random=False))
def test_a_mended_text_needs_no_mending(kind: str, random: Random) -> None:
    mend(KINDS[kind](random))


def test_some_texts_are_mended() -> None:
    assert sum(mend(KINDS["slips"](Random(number))) > 0 for number in range(40)) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_sound_and_broken_files(kind: str) -> None:
    """Inputs that are all refused at the first line would test little."""
    counts = [check(KINDS[kind](Random(number))).findings for number in range(60)]
    assert any(count > 0 for count in counts)
    assert len(set(counts)) > 2
