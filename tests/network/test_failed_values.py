"""After a fault the shape is failed; what is computed from it fails with it, without a second error."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine


@pytest.mark.parametrize(
    "entry",
    [
        "Conv2D(c // 4, 1)",
        "Conv2D(8, [c, 1])",
        "Conv2D(8 if c == 8 else 4, 1)",
        "inner(c // 4)",
        "{if: c > 4, layers: [ReLU]}",
        "{repeat: c, layers: [ReLU]}",
    ],
)
def test_a_let_of_a_failed_shape_is_no_second_error(entry: str) -> None:
    text = f"""
input: [8, 8, 3]
blocks:
  inner(filters):
    - Conv2D(filters, 1)
  outer:
    - let: {{c: channels(input)}}
    - {entry}
layers:
  - Conv2D(4, 9)
  - outer
"""
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(text=text)
    assert [(finding.code, finding.layer) for finding in caught.value.diagnostics] == [("CS301", "conv2d")]


@pytest.mark.parametrize("size", [".inf", "-.inf", ".nan", "2.5", "-1", "0", "1" + "0" * 400])
def test_an_input_of_no_size_is_a_finding(size: str) -> None:
    (finding,) = examine(text=f"input: [{size}, 3]\nlayers: [Dense(2)]\n").errors
    assert finding.code in ("CS011", "CS115")
    assert finding.span is not None
    assert finding.span.start.row == 1


def test_a_variable_that_cannot_be_computed_fails_what_reads_it_without_a_second_error() -> None:
    result = examine(text="variables: {a: $(1 / 0)}\ninput: [3]\nlayers:\n  - Dense(a)\n  - Dense(2 * a)\n")
    assert [finding.message for finding in result.errors] == ["`1 / 0` divides by zero"]
