"""What layers within layers train, and what calls of layers give, is as Keras says: `tests/data/keras_calls.json.gz`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cnnshape.api import examine
from cnnshape.network.spelled import Unwritable
from cnnshape.reference.execution import ForwardError
from cnnshape.studies.verify import verify
from cnnshape.writers import write

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


def changed(name: str, kind: str, tmp_path: Path, *, given: Any = None, **config: Any) -> Path:
    """A recorded model, of which the first layer of a kind is called with more, or made with other arguments."""
    recorded = json.loads(json.dumps(RECORDED[name]["config"]))
    layer = next(each for each in recorded["config"]["layers"] if each["class_name"] == kind)
    layer["inbound_nodes"][0]["kwargs"] |= given or {}
    layer["config"] |= config
    path = tmp_path / "model.json"
    path.write_text(json.dumps(recorded), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given", "argument"),
    [({"reverse": "yes"}, "reverse"), ({"upside_down": True}, "upside_down"), ({"key": 1}, "key")],
)
def test_what_a_layer_is_called_with_and_is_not_read_is_told(given: Any, argument: str, tmp_path: Path) -> None:
    plan = examine(changed("called: embedding and back", "ReversibleEmbedding", tmp_path, given=given))
    assert [each.code for each in plan.diagnostics] == ["CS116"]
    assert f"it is called with {argument}=, which is not read" in plan.diagnostics[0].message


def test_what_cannot_be_run_is_told_and_contradicts_nothing(tmp_path: Path) -> None:
    path = changed("called: heads with an output of one", "MultiHeadAttention", tmp_path, sliding_window=3)
    with pytest.raises(ForwardError, match=r"the network cannot be run: .* sliding_window=3 is not run"):
        verify(examine(path))


@pytest.mark.parametrize(
    ("axes", "code"), [([0], "CS309"), ([2], "CS309"), ([3], "CS309"), ([1, 1], "CS309"), (["a"], "CS116")]
)
def test_heads_compare_positions(axes: list[Any], code: str, tmp_path: Path) -> None:
    path = changed("called: heads with an output of one", "MultiHeadAttention", tmp_path, attention_axes=axes)
    assert [each.code for each in examine(path).diagnostics if each.code != "CS212"] == [code]


@pytest.mark.parametrize(
    "name", ["called: heads over all positions", "called: embedding and back", "called: Attention of two"]
)
def test_a_call_is_exported_with_what_it_was_called_with(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(RECORDED[name]["config"]), encoding="utf-8")
    source = tmp_path / "source.py"
    source.write_text(write(examine(path), "keras"), encoding="utf-8")
    again = examine(source, batch=1)
    assert [list(shape or ()) for shape in again.outputs.values()] == RECORDED[name]["outputs"]
    with pytest.raises(Unwritable, match="no word of an architecture file is called with"):
        write(examine(path), "yaml")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("called: states of two cells", "the states of several cells are lists"),
        ("called: heads with a mask of weights", "only a mask depends on its weights"),
    ],
)
def test_what_code_would_say_otherwise_is_not_exported(name: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(RECORDED[name]["config"]), encoding="utf-8")
    with pytest.raises(Unwritable, match=why):
        write(examine(path), "keras")


SOURCES = {
    "called: heads with an output of two axes": "x = keras.Input((10, 16)); y = L.MultiHeadAttention(2, 8, output_shape=(4, 5))(x, x)",
    "called: heads with a mask of weights": "x = keras.Input((10, 16)); "
    "y = L.MultiHeadAttention(2, 8)(x, x, attention_mask=L.Dense(10)(x) > 0, use_causal_mask=True)",
    "called: embedding and back": "x = keras.Input((10,), dtype='int32'); e = L.ReversibleEmbedding(50, 8); y = e(e(x), reverse=True)",
    "called: Attention of two": "x = [keras.Input((10, 8)), keras.Input((7, 8))]; "
    "a, s = L.Attention()(x, return_attention_scores=True); y = [a, s]",
    "called: states of two cells": "x = keras.Input((12, 5)); "
    "a, (h, c), s = L.RNN([L.LSTMCell(3), L.GRUCell(4)], return_state=True)(x); y = [a, h, c, s]",
    "called: a mask and a state": "x = [keras.Input((6, 8)), keras.Input((6,)), keras.Input((5,))]; "
    "y = L.GRU(5)(x[0], mask=L.Dense(6)(x[1]) > 0, initial_state=x[2])",
}  # fmt: skip
"""What was recorded, as source."""


@pytest.mark.parametrize("name", SOURCES)
def test_source_is_as_keras_counts_and_runs_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "source.py"
    path.write_text(
        f"import keras\nfrom keras import layers as L\n{SOURCES[name]}\nmodel = keras.Model(x, y)\n", encoding="utf-8"
    )
    plan = examine(path, batch=1)
    assert plan.diagnostics == ()
    assert [list(shape or ()) for shape in plan.outputs.values()] == RECORDED[name]["outputs"]
    assert plan.totals is not None
    assert plan.totals.params == RECORDED[name]["params"]


def test_an_architecture_file_gives_heads_an_output_of_several_axes(tmp_path: Path) -> None:
    path = tmp_path / "network.yaml"
    layer = "MultiHeadAttention(2, 8, output_shape=[4, 5])"
    path.write_text(f"input: [10, 16]\nlayers:\n  - {layer}(input, input)\n", encoding="utf-8")
    plan = examine(path)
    assert plan.totals is not None
    assert (*plan.outputs.values(), plan.totals.params) == ((1, 10, 4, 5), 1156)


@pytest.mark.parametrize("built", ["x", 1.5, [], {"input_shape": "x"}])
def test_a_model_of_its_own_class_that_was_built_of_nothing_is_unknown(built: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Own", "config": {"build_config": built}}), encoding="utf-8")
    assert [each.code for each in examine(path).diagnostics] == ["CS116"]


def test_a_function_without_an_argument_that_it_needs_is_told(tmp_path: Path) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 3, 4], "keras_history": ["x", 0, 0]}}
    called = [
        ("InputLayer", "x", {"batch_shape": [None, 3, 4]}, []),
        ("Reshape", "y", {}, [{"args": [tensor], "kwargs": {}}]),
    ]
    layers = [
        {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}
        | {"module": "keras.src.ops.numpy" if kind == "Reshape" else "keras.layers"}
        for kind, name, config, calls in called
    ]  # fmt: skip
    graph = {"name": "m", "layers": layers, "input_layers": ["x", 0, 0], "output_layers": ["y", 0, 0]}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": graph}), encoding="utf-8")
    assert [each.message for each in examine(path).errors] == ["ops.reshape: ops.reshape needs newshape"]
