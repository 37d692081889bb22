"""What `export` makes of files of Keras whose layers are called in ways of their own.

`exported_calls.json.gz` has their configurations, with what Keras says of them (`tests/data/record_exported_calls.py`).
"""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network.plan import Plan
from cnnshape.reference.execution import ForwardError
from cnnshape.studies.verify import verify
from cnnshape.writers import Unwritable, write
from cnnshape.writers.weights import weights_map

RECORDED: dict[str, Any] = json.loads(
    gzip.decompress((Path(__file__).parent / "data" / "exported_calls.json.gz").read_bytes())
)


def planned(name: str, tmp_path: Path) -> Plan:
    """The plan of a recorded model."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(RECORDED[name]["config"]), encoding="utf-8")
    return examine(path)


def calls(code: str) -> list[str]:
    """What is applied to what, a line each, however long."""
    (build,) = (node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef))
    return [ast.unparse(node) for node in build.body]


class TestModelsAtEveryStep:
    """TimeDistributed around a model is around each of its layers: what a layer sees is one step."""

    @pytest.mark.parametrize("name", ["timed", "timed_images", "timed_twice", "timed_functions", "timed_joining"])
    def test_shapes_are_those_of_keras(self, name: str, tmp_path: Path) -> None:
        plan = planned(name, tmp_path)
        assert [list(shape or ())[1:] for shape in plan.outputs.values()] == [
            each[1:] for each in RECORDED[name]["outputs"]
        ]

    @pytest.mark.parametrize("name", ["timed", "timed_images", "timed_twice", "timed_joining"])
    def test_a_run_proves_every_layer(self, name: str, tmp_path: Path) -> None:
        assert verify(planned(name, tmp_path)).agrees

    def test_code_has_it_around_each(self, tmp_path: Path) -> None:
        assert calls(write(planned("timed_images", tmp_path), "keras"))[1:4] == [
            "x = layers.TimeDistributed(layers.Conv2D(filters=4, kernel_size=(3, 3), "
            "data_format='channels_last'))(input_layer)",
            "x = layers.TimeDistributed(layers.GlobalAveragePooling2D(data_format='channels_last'))(x)",
            "x = layers.Dense(3)(x)",
        ]
        twice = calls(write(planned("timed_twice", tmp_path), "keras"))
        assert twice[2] == "x = layers.TimeDistributed(layers.TimeDistributed(layer=layers.Dense(units=4)))(x)"

    def test_source_is_read_alike(self, tmp_path: Path) -> None:
        (tmp_path / "net.py").write_text(SOURCE, encoding="utf-8")
        code = write(cnnshape.plan(f"{tmp_path}/net.py:build"), "keras")
        assert calls(code)[1:3] == [
            "x = layers.TimeDistributed(layers.Flatten())(input_layer)",
            "x = layers.TimeDistributed(layers.Dense(units=4))(x)",
        ]

    @pytest.mark.parametrize("name", ["timed", "timed_images", "timed_twice", "timed_joining"])
    def test_an_architecture_file_plans_to_the_same(self, name: str, tmp_path: Path) -> None:
        plan = planned(name, tmp_path)
        again = cnnshape.plan(text=write(plan, "yaml"))
        assert list(again.outputs.values()) == list(plan.outputs.values())
        assert again.totals.params == plan.totals.params

    def test_what_has_no_such_word_is_refused(self, tmp_path: Path) -> None:
        functions, joining = planned("timed_functions", tmp_path), planned("timed_joining", tmp_path)
        with pytest.raises(Unwritable, match=r"time_distributed/mean: ops\.mean is applied at every step"):
            write(functions, "keras")
        with pytest.raises(ForwardError, match="time_distributed/mean: the forward pass runs no function at every"):
            verify(functions)
        with pytest.raises(Unwritable, match=r"concatenate: Keras's TimeDistributed takes one tensor, not 2"):
            write(joining, "keras")


@pytest.mark.parametrize("to", ["keras", "pytorch", "onnx"])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("quantized", r"dense: Dense would have 528 weights of its own, not 544 \(it has scale instead"),
        ("adapted", r"conv2d: Conv2D would have 296 weights of its own, not 428 \(it has lora_kernel_a, lora_kernel_b"),
    ],
)
def test_weights_beside_those_of_a_layer_have_no_place(name: str, told: str, to: str, tmp_path: Path) -> None:
    plan = planned(name, tmp_path)
    for written in (write, weights_map):
        with pytest.raises(Unwritable, match=told):
            written(plan, to)


class TestCalls:
    """What a layer is called with beside its tensors is in the code, or is refused by name."""

    @pytest.mark.parametrize(
        ("name", "lines"),
        [
            (
                "states",
                [
                    "lstm_1_0, lstm_1_1, lstm_1_2 = layers.LSTM(16, return_sequences=True, return_state=True)"
                    "(input_layer_1, initial_state=[lstm_1, lstm_2])"
                ],
            ),
            (
                "states_of_many",
                [
                    "gru = layers.GRU(4)(input_layer, initial_state=input_layer_2)",
                    "rnn = layers.RNN(layers.LSTMCell(units=4))"
                    "(input_layer, initial_state=[input_layer_2, input_layer_3])",
                    "lstm = lstm_layer(input_layer, initial_state=[input_layer_2, input_layer_3])",
                    "lstm_1_ = lstm_layer(input_layer, initial_state=[input_layer_3, input_layer_2])",
                ],
            ),
            (
                "masked",
                [
                    "input_layer_1 = keras.Input((6,), dtype='bool')",
                    "gru = layers.GRU(5)(input_layer, initial_state=input_layer_2, mask=input_layer_1)",
                ],
            ),
            ("masked_by_embedding", ["x = layers.LSTM(5, return_sequences=True)(x)"]),
            ("dropping", ["x = layers.Dropout(0.5)(input_layer, training=True)", "x = layers.BatchNormalization()(x)"]),
            ("stateful", ["input_layer = keras.Input((5, 3), batch_size=2)"]),
            ("fixed_batch", ["input_layer = keras.Input((8, 8, 3), batch_size=4)"]),
        ],
    )
    def test_keras(self, name: str, lines: list[str], tmp_path: Path) -> None:
        found = calls(write(planned(name, tmp_path), "keras"))
        assert [line for line in lines if line not in found] == []

    def test_source_says_it_alike(self, tmp_path: Path) -> None:
        (tmp_path / "net.py").write_text(CALLING, encoding="utf-8")
        assert calls(write(cnnshape.plan(f"{tmp_path}/net.py:build"), "keras"))[1:6] == [
            "input_layer_1 = keras.Input((6,), dtype='bool')",
            "x = layers.MultiHeadAttention(2, 4)(input_layer, input_layer, use_causal_mask=True)",
            "x = layers.Dropout(0.5)(x, training=True)",
            "x = layers.BatchNormalization()(x)",
            "x = layers.GRU(5)(x, mask=input_layer_1)",
        ]

    def test_attention_is_asked_for_its_scores_and_for_what_came_before(self, tmp_path: Path) -> None:
        found = calls(write(planned("scores", tmp_path), "keras"))
        assert found[2].endswith("(input_layer, input_layer_1, return_attention_scores=True)")
        found = calls(write(planned("causal", tmp_path), "keras"))
        assert found[1].endswith("(input_layer, input_layer, use_causal_mask=True)")

    @pytest.mark.parametrize(
        ("name", "to", "told"),
        [
            ("masked_by_function", "keras", "gru: GRU is called with a mask, which is no input of the network"),
            ("masked", "yaml", "gru: no word of an architecture file is called with mask"),
            ("attention_mask", "yaml", "no word of an architecture file is called with attention_mask"),
            ("causal", "pytorch", "MultiHeadAttention is called with use_causal_mask, which can be said in Keras"),
            ("dropping", "onnx", "dropout: Dropout is called with training, which can be said in Keras alone"),
            ("code", "keras", "lambda: nothing is known of Lambda"),
        ],
    )
    def test_what_cannot_be_said_is_refused(self, name: str, to: str, told: str, tmp_path: Path) -> None:
        plan = planned(name, tmp_path)
        with pytest.raises(Unwritable, match=told):
            write(plan, to)

    def test_pytorch_is_tried_with_numbers_of_things(self, tmp_path: Path) -> None:
        assert "torch.zeros(1, 7, dtype=torch.long)" in write(planned("tokens", tmp_path), "pytorch")
        text = "framework: pytorch\ninput: [7]\nlayers: ['Embedding(30, 16)', 'Linear(16, 4)']"
        code = write(cnnshape.plan(text=text), "pytorch")
        assert code.endswith(".eval()(torch.zeros(1, 7, dtype=torch.long)))\n")


class TestFunctionsWithConstants:
    """A number in the place of a tensor is an argument; a constant of several elements is none."""

    def test_numbers_are_written_in_their_places(self, tmp_path: Path) -> None:
        plan = planned("chosen", tmp_path)
        assert verify(plan).agrees
        assert [line for line in calls(write(plan, "keras")) if "where" in line][:3] == [
            "where = ops.where(greater, input_layer, 0.0)",
            "where_1 = ops.where(greater_1, 1.0, input_layer)",
            "where_2 = ops.where(greater_2, 1.0, 0.0)",
        ]

    def test_constants_are_not_known(self, tmp_path: Path) -> None:
        plan = planned("constant", tmp_path)
        assert [list(shape or ())[1:] for shape in plan.outputs.values()] == [[4, 4, 6]]
        with pytest.raises(ForwardError, match=r"conv: ops\.conv: the plan does not have the constants"):
            verify(plan)
        with pytest.raises(Unwritable, match="conv with these arguments is not all that the file says of it"):
            write(plan, "keras")


class TestNamesOfWeights:
    """The map names the weights of a file as the model has them that Keras loads from it."""

    @pytest.mark.parametrize("name", ["convnext", "nested", "states", "tokens"])
    def test_they_are_the_paths_of_the_loaded_model(self, name: str, tmp_path: Path) -> None:
        entries = weights_map(planned(name, tmp_path), "keras")["weights"]
        found = [[entry["from"], entry["from_shape"]] for entry in entries if "from" in entry]
        assert sorted(found) == sorted(RECORDED[name]["weights"])

    def test_those_that_keras_calls_alike_are_refused(self, tmp_path: Path) -> None:
        paths = [path for path, _ in RECORDED["named_alike"]["weights"]]
        assert paths == ["dense/kernel", "dense/bias"] * 2
        with pytest.raises(Unwritable, match="dense/kernel: two weights of the file have this name"):
            weights_map(planned("named_alike", tmp_path), "pytorch")


CALLING = """\
import keras
from keras import layers as L

def build():
    i = keras.Input((6, 8))
    m = keras.Input((6,), dtype="bool")
    x = L.MultiHeadAttention(2, 4)(i, i, use_causal_mask=True)
    x = L.Dropout(0.5)(x, training=True)
    x = L.BatchNormalization()(x, training=False)
    return keras.Model([i, m], L.GRU(5)(x, mask=m))
"""

SOURCE = """\
import keras
from keras import layers as L

def build():
    i = keras.Input((5, 6, 7))
    return keras.Model(i, L.TimeDistributed(keras.Sequential([L.Flatten(), L.Dense(4)]))(i))
"""
