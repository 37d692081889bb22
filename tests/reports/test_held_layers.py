"""A layer that another one holds is text where a report has its arguments."""

from __future__ import annotations

import json

import cnnshape
from cnnshape.reports.indented import pieces
from cnnshape.reports.plans.json import documents


def test_a_held_layer_is_written_as_in_a_file() -> None:
    plan = cnnshape.plan(text="input: [10, 8]\nlayers:\n  - Bidirectional(LSTM(3))\n")
    (row,) = json.loads("".join(pieces(documents([plan]))))["layers"]
    assert row["arguments"] == {"layer": "LSTM(units=3)"}
