"""A closed block is one line of a table, and says of the block as a whole what it would say of a row."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.reports.plans.columns import column
from cnnshape.reports.plans.lines import lines

TEXT = """
input: [64, 64, 3]
blocks:
  two(f):
    - c1 = Conv2D(f, 3, strides=2, padding="same")
    - {Conv2D: {filters: 8, kernel_size: 3}, name: c2, trainable: false}
  frozen:
    - {Conv2D: {filters: 8, kernel_size: 3}, trainable: false}
    - ReLU
  join()(a, b):
    - Add()(a, b)
    - ReLU
layers:
  - stem = Conv2D(8, 3, padding="same")
  - x = two(8)
  - y = frozen()
  - z = Shared(y)(y)
  - u = Conv2D(8, 1)(z)
  - w = join()(z, u)
  - GlobalAveragePooling2D
"""

CELLS = {
    "stem": {"inputs": "input", "input_shapes": "1x64x64x3", "trainable": "yes", "line": "14", "padding": "1:1x1:1"},
    "x": {
        "inputs": "stem",
        "input_shapes": "1x64x64x8",
        "trainable": "partly",
        "line": "15",
        "padding": "in 1",
        "arguments": "",
    },
    "y": {"inputs": "x/c2", "trainable": "no", "line": "16", "padding": "", "leftover": ""},
    "z": {"inputs": "y/re_lu", "trainable": "no", "line": "17", "shared_with": "y"},
    "w": {"inputs": "z/re_lu, u", "input_shapes": "1x26x26x8, 1x26x26x8", "line": "19"},
}


@pytest.mark.parametrize("label", CELLS)
def test_a_block_reads_from_outside_and_stands_where_it_is_used(label: str) -> None:
    (line,) = [line for line in lines(cnnshape.plan(text=TEXT).layers) if line.label == label]
    assert {key: column(key).text(line) for key in CELLS[label]} == CELLS[label]
