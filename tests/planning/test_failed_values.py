"""After a fault the shape is failed; what is computed from it fails with it, without a second error."""

from __future__ import annotations

import pytest

import cnnshape


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
