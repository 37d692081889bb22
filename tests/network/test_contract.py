"""The plan's JSON and the Python API, as users and their CI build on them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.api import UsageError, examine

TUTORIAL = """\
name: tutorial
framework: keras
input: [8, 16, 3]
batch: 10
dtype: float32
layers:
  - Conv2D(5, 3, strides=(2, 2), padding="valid", activation="relu")
  - MaxPooling2D: {pool_size: 2, strides: 2, padding: same}
"""


def test_the_json_of_the_tutorial() -> None:
    plan = cnnshape.plan(text=TUTORIAL, filename="tutorial.yaml").to_dict()
    conv = plan["layers"][0]
    assert conv == {
        "name": "conv2d",
        "type": "Conv2D",
        "arguments": {"filters": 5, "kernel_size": [3, 3], "strides": [2, 2], "activation": "relu"},
        "inputs": ["input"],
        "input_shapes": [[10, 8, 16, 3]],
        "output_shape": [10, 3, 7, 5],
        "output_shapes": [[10, 3, 7, 5]],
        "params": 140,
        "trainable_params": 140,
        "non_trainable_params": 0,
        "buffers": 0,
        "macs": 2835,
        "flops": 5880,
        "output_bytes": 4200,
        "padding": [[0, 0], [0, 0]],
        "leftover": [1, 1],
        "receptive_field": {
            "size": [3, 3],
            "jump": [2, 2],
            "start": [0, 0],
            "global": False,
            "exact": True,
            "of": "input",
        },
        "trainable": True,
        "shared_with": None,
        "operator": False,
        "live": True,
        "training_only": False,
        "line": 7,
        "column": 5,
        "used_at": [],
    }
    del plan["layers"]
    assert plan == {
        "schema_version": 1,
        "name": "tutorial",
        "framework": "keras",
        "dtype": "float32",
        "batch": 10,
        "filename": "tutorial.yaml",
        "inputs": {"input": [10, 8, 16, 3]},
        "outputs": {"max_pooling2d": [10, 2, 4, 5]},
        "totals": {
            "layers": 2,
            "params": 140,
            "trainable_params": 140,
            "non_trainable_params": 0,
            "buffers": 0,
            "macs": 2835,
            "flops": 6000,
            "weight_bytes": 560,
            "buffer_bytes": 0,
            "peak_activation_bytes": 19560,
            "peak_layer": "conv2d",
            "freed_after": "last reader",
            "peak_training_bytes": None,
            "training": {
                "optimizer": "adam",
                "weights": 560,
                "gradients": 560,
                "optimizer_state": 1120,
                "activations": 21160,
                "total": 23400,
                "estimated": True,
                "phase": None,
                "layer": None,
                "curve": [],
                "amp": None,
            },
        },
        "counting": "cnnshape",
        "diagnostics": [],
    }


def test_a_plan_is_json() -> None:
    assert json.loads(json.dumps(cnnshape.plan(text=TUTORIAL).to_dict()))["batch"] == 10


def test_an_infinite_argument_is_the_text_that_a_file_writes_for_it() -> None:
    padded = {"ConstantPad2d": {"padding": 1, "value": float("-inf")}}
    plan = cnnshape.plan({"framework": "pytorch", "input": [3, 8, 8], "layers": [padded]})
    layer = json.loads(json.dumps(plan.to_dict(), allow_nan=False))["layers"][0]
    assert layer["arguments"]["value"] == "-.inf"


def test_arguments_are_the_positional_ones_and_those_that_differ_from_the_default() -> None:
    plan = cnnshape.plan(
        {"input": [8, 8, 3], "layers": ["MaxPooling2D(2, 2)", "MaxPooling2D(pool_size=2, padding='same')"]}
    )
    assert [row.to_dict()["arguments"] for row in plan.layers] == [
        {"pool_size": [2, 2], "strides": [2, 2]},
        {"padding": "same"},
    ]


def test_the_api_of_the_design() -> None:
    plan = cnnshape.plan({"input": [8, 16, 3], "layers": [{"Conv2D": {"filters": 5, "kernel_size": 3}}]}, batch=10)
    assert plan.layers[0].output_shape == (10, 6, 14, 5)
    assert plan.totals is not None
    assert plan.totals.params == 140


def test_a_wrong_architecture_raises_with_its_diagnostics_and_the_rows_up_to_the_fault() -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan({"input": [8, 16, 3], "layers": ["Conv2D(4, 3)", "Conv2D(5, 9)"]})
    error = caught.value
    assert [finding.code for finding in error.diagnostics] == ["CS301"]
    assert error.plan.layers[0].output_shape == (1, 6, 14, 4)
    assert error.plan.layers[1].output_shape is None
    assert error.plan.to_dict()["totals"] is None


def test_an_architecture_is_loaded_once_and_planned_often(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn.yaml"
    path.write_text(TUTORIAL.replace("name: tutorial\n", ""), encoding="utf-8")
    architecture = cnnshape.load(path)
    path.unlink()
    first, second = cnnshape.plan(architecture), cnnshape.plan(architecture, batch=3, input=(9, 17, 3))
    assert first.name == "a"
    assert first.layers[0].output_shape == (10, 3, 7, 5)
    assert second.layers[0].output_shape == (3, 4, 8, 5)


def test_unknown_sizes_stay_unknown_and_are_null() -> None:
    plan = cnnshape.plan(
        {
            "input": [None, None, 3],
            "layers": ["Conv2D(4, 3)", "Conv2D(4, 3, strides=2, padding='same')", "GlobalAveragePooling2D", "Dense(2)"],
        }
    )
    assert [row.output_shape for row in plan.layers] == [
        (1, None, None, 4),
        (1, None, None, 4),
        (1, 4),
        (1, 2),
    ]
    assert plan.totals is not None
    assert plan.totals.params == 112 + 148 + 10
    assert plan.totals.macs is None
    assert plan.totals.peak_activation_bytes is None
    assert plan.layers[0].to_dict()["macs"] is None


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"framework": "pytorch"}, "the file says framework: keras, the request pytorch"),
        ({"framework": "jax"}, "framework is one of keras, pytorch, got 'jax'"),
        ({"batch": 0}, "batch has to be a whole number of at least 1, got 0"),
        (
            {"optimizer": "lamb"},
            "optimizer is one of sgd, momentum, adam, adamw, adafactor, lion, adam8bit, got 'lamb'",
        ),
        ({"input": [8, 0, 3]}, "an input is a list of sizes of at least 1 (None where unknown), got [8, 0, 3]"),
        (
            {"input": {"input": "8xax3"}},
            "an input is a list of sizes of at least 1 (None where unknown), got '8xax3'",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_a_usage_error(request_: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        cnnshape.plan(text=TUTORIAL, **request_)
    assert str(caught.value) == message


def test_a_file_that_is_not_there_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(TUTORIAL, encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(tmp_path / "modle.yaml")
    finding = caught.value.diagnostics[0]
    assert finding.code == "CS001"
    assert finding.message.endswith(f"modle.yaml: {os.strerror(2)}")
    assert finding.fix is not None
    assert "model.yaml" in finding.fix


def test_an_empty_name_is_no_folder() -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan("")
    finding = caught.value.diagnostics[0]
    assert (finding.code, finding.message, finding.fix) == ("CS001", "no file is named", "name a path, - or zoo:NAME")


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"input: [8]\nname: \xff\n")
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(tmp_path / "a.yaml")
    assert caught.value.diagnostics[0].code == "CS002"
    assert caught.value.diagnostics[0].message.endswith("is not UTF-8: byte 0xff on line 2")


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_one_sample_and_a_batch_differ_only_in_the_batch(framework: str) -> None:
    layer = {"keras": "Conv2D(4, 3)", "pytorch": "LazyConv2d(4, 3)"}[framework]
    file = {"framework": framework, "input": [9, 9, 9], "layers": [layer]}
    one, ten = cnnshape.plan(file), cnnshape.plan(file, batch=10)
    assert one.totals is not None
    assert ten.totals is not None
    assert (one.totals.params, one.totals.macs) == (ten.totals.params, ten.totals.macs)
    assert (ten.totals.peak_activation_bytes or 0) == 10 * (one.totals.peak_activation_bytes or 0)


def test_examine_returns_what_plan_raises() -> None:
    plan = examine(text="input: [8]\nlayers:\n  - Dense(0)\n")
    assert [finding.code for finding in plan.errors] == ["CS105"]
