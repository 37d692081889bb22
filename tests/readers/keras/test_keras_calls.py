"""What layers within layers train, and what calls of layers give, is as Keras says: `tests/data/keras_calls.json.gz`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cnnshape.api import examine
from cnnshape.studies.verify import verify

DATA = Path(__file__).parents[2] / "data"

RECORDED = json.loads(gzip.decompress((DATA / "keras_calls.json.gz").read_bytes()))
"""Recorded by `tests/data/record_keras_calls.py`."""


@pytest.mark.parametrize("name", RECORDED)
def test_a_model_is_as_keras_counts_and_runs_it(name: str, tmp_path: Path) -> None:
    recorded = RECORDED[name]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(recorded["config"]), encoding="utf-8")
    plan = examine(path)
    assert plan.diagnostics == ()
    assert [list(shape or ()) for shape in plan.outputs.values()] == recorded["outputs"]
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (recorded["params"], recorded["trainable"])
    assert verify(plan, fields=False).agrees


@pytest.mark.parametrize(
    ("written", "trainable"),
    [
        ("TimeDistributed(Dense(4, trainable=False))", 0),
        ("TimeDistributed(Dense(4, trainable=True))", 36),
        ("Bidirectional(LSTM(4), backward_layer=LSTM(4, go_backwards=True, trainable=False))", 208),
        ("RNN([GRUCell(3, trainable=False), LSTMCell(2)])", 48),
    ],
)
def test_an_architecture_file_freezes_layers_within_layers(written: str, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "network.yaml"
    path.write_text(f"input: [6, 8]\nlayers:\n  - {written}\n", encoding="utf-8")
    totals = examine(path).totals
    assert totals is not None
    assert totals.trainable_params == trainable


@pytest.mark.parametrize("given", [[0], []])
def test_a_layer_at_every_step_that_is_called_with_no_tensor_is_wrong(given: list[int], tmp_path: Path) -> None:
    config = json.loads(json.dumps(RECORDED["within TimeDistributed"]["config"]))
    config["config"]["layers"][1]["inbound_nodes"] = [{"args": given, "kwargs": {}}]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    assert [each.code for each in examine(path).errors] == ["CS203"]


def test_a_layer_at_every_step_takes_as_many_tensors_as_at_one(tmp_path: Path) -> None:
    path = tmp_path / "network.yaml"
    path.write_text("inputs: {a: [6, 8], b: [6, 8]}\nlayers:\n  - TimeDistributed(Dense(4))(a, b)\n", encoding="utf-8")
    assert [each.message for each in examine(path).errors] == ["TimeDistributed takes 1 input, got 2"]
