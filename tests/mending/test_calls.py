"""A call with a slip of the finger in it: the help is the call as it should stand, and it reads."""

from __future__ import annotations

import pytest

from cnnshape.api import examine

HEAD = "input: [32, 32, 3]\nlayers:\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Conv2D(16, 3) x 3", "Conv2D(16, 3) * 3"),
        ("Conv2D(16, 3) × 3", "Conv2D(16, 3) * 3"),
        ("Conv2D(16, 3", "Conv2D(16, 3)"),
        ("x = Conv2D(16, [3, 3", "x = Conv2D(16, [3, 3])"),
        ("Conv2D(16, (3, 3, activation=None))", "Conv2D(16, (3, 3), activation=None)"),
        ("Conv2D(16, [3, 3, use_bias=False)", "Conv2D(16, [3, 3], use_bias=False)"),
        ("Conv2D(1O, 3l)", "Conv2D(10, 31)"),
        ("Conv2D(16 3)", "Conv2D(16, 3)"),
        ("Conv2D(16, (3 3))", "Conv2D(16, (3, 3))"),
        ("Conv2D(16, 3 strides=2)", "Conv2D(16, 3, strides=2)"),
    ],
)
def test_the_help_is_the_call_as_it_should_stand(written: str, meant: str) -> None:
    (finding,) = examine(text=f"{HEAD}  - {written}\n").errors
    assert finding.fix == f"write `{meant}`"
    assert examine(text=f"{HEAD}  - {meant}\n").errors == ()


@pytest.mark.parametrize("written", ["Conv2D(16, 3, ))", "Conv2D(16,, 3)", "Conv2D(16 +)", "Conv2D(1 2 3 4)"])
def test_what_is_no_single_slip_gets_no_guess(written: str) -> None:
    (finding,) = examine(text=f"{HEAD}  - {written}\n").errors
    assert not (finding.fix or "").startswith("write `Conv2D")
