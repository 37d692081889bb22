"""How `export` calls layers: what they take, and what they return, is as the frameworks have it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from cnnshape import api
from cnnshape.diagnostics.diagnostic import ArchitectureError
from cnnshape.network.plan import Plan, Row
from cnnshape.studies.verify import verify
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT
from cnnshape.writers import Unwritable, write


def planned(framework: str, shape: list[int], *layers: Any) -> Plan:
    return api.plan({"framework": framework, "input": shape, "layers": list(layers)})


def calls(code: str, of: str = "= self.") -> list[str]:
    return [line.strip() for line in code.splitlines() if of in line and "nn." not in line]


class TestStatesOfAnLSTM:
    """PyTorch's LSTM returns ``y, (h, c)`` and takes ``x, (h, c)``; an LSTMCell returns ``h, c``."""

    def test_they_are_a_pair_where_it_returns_them_and_where_it_is_given_them(self) -> None:
        plan = planned(
            *("pytorch", [20, 8]),
            "y, h, c = LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True, proj_size=3)",
            "z, _, last = LSTM(6, 6, num_layers=2, batch_first=True, bidirectional=True, proj_size=3)(y, h, c)",
            "Linear(6, 2)(z)",
        )
        assert calls(write(plan, "pytorch")) == [
            "y, (h, c) = self.lstm(inputs)",
            "z, (layer__, last) = self.lstm_1(y, (h, c))",
            "x = self.linear(z)",
        ]

    def test_a_cell_takes_a_pair_and_returns_two(self, tmp_path: Path) -> None:
        source = tmp_path / "cell.py"
        source.write_text(CELL, encoding="utf-8")
        code = write(api.plan(f"{source}:Steps", input=(2, 8)), "pytorch")
        assert [line for line in calls(code) if "cell(" in line] == [
            "cell_0, cell_1 = self.cell(x)",
            "cell__2__0, cell__2__1 = self.cell(x, (cell_0, cell_1))",
        ]

    @pytest.mark.parametrize("layer", ["GRU(8, 6, batch_first=True)", "RNN(8, 6, batch_first=True)"])
    def test_others_have_one_state(self, layer: str) -> None:
        plan = planned("pytorch", [20, 8], f"y, h = {layer}", f"z, last = {layer.replace('8', '6')}(y, h)")
        name = layer[:3].lower()
        assert calls(write(plan, "pytorch")) == [f"y, h = self.{name}(inputs)", f"z, last = self.{name}_1(y, h)"]


class TestLayersWithinLayers:
    """A layer that is an argument is made by its class, with its arguments in the words of Python."""

    @pytest.mark.parametrize(
        ("layer", "code"),
        [
            ("TimeDistributed(Dense(3))", "layers.TimeDistributed(layers.Dense(units=3))"),
            (
                "Bidirectional(GRU(6, return_sequences=True))",
                "layers.Bidirectional(layers.GRU(units=6, return_sequences=True))",
            ),
            (
                "Bidirectional(GRU(6), backward_layer=GRU(6, go_backwards=True))",
                "layers.Bidirectional(layers.GRU(units=6), backward_layer=layers.GRU(units=6, go_backwards=True))",
            ),
            ("RNN(LSTMCell(3))", "layers.RNN(layers.LSTMCell(units=3))"),
            ("RNN([LSTMCell(3), GRUCell(4)])", "layers.RNN([layers.LSTMCell(units=3), layers.GRUCell(units=4)])"),
            (
                "RNN(StackedRNNCells([LSTMCell(3), GRUCell(4)]))",
                "layers.RNN(layers.StackedRNNCells(cells=[layers.LSTMCell(units=3), layers.GRUCell(units=4)]))",
            ),
            (
                "SpectralNormalization(Dense(4, trainable=False), power_iterations=2)",
                "layers.SpectralNormalization(layers.Dense(units=4, trainable=False), power_iterations=2)",
            ),
            (
                "TimeDistributed(Sequential([Dense(3), ReLU(max_value=6)]))",
                "layers.TimeDistributed(keras.Sequential(layers=[layers.Dense(units=3), layers.ReLU(max_value=6.0)]))",
            ),
        ],
    )
    def test_keras(self, layer: str, code: str) -> None:
        tree = ast.parse(write(planned("keras", [10, 8], layer), "keras"))
        assert code in (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call))

    @pytest.mark.parametrize(
        ("layer", "code"),
        [
            (
                "Sequential(Conv2d(3, 4, 3), Sequential(ReLU(), Hardtanh(min_val=-2)))",
                """\
        self.sequential = nn.Sequential(
            nn.Conv2d(in_channels=3, out_channels=4, kernel_size=(3, 3)),
            nn.Sequential(nn.ReLU(), nn.Hardtanh(min_val=-2.0)),
        )""",
            ),
            (
                "Conv2dNormActivation(3, 4, 3, activation_layer=nn.SiLU, norm_layer=nn.InstanceNorm2d)",
                """\
        self.conv2d_norm_activation = torchvision.ops.Conv2dNormActivation(
            3, 4, norm_layer=nn.InstanceNorm2d, activation_layer=nn.SiLU
        )""",
            ),
            (
                "weight_norm(Conv2d(3, 8, 3), dim=None)",
                """\
        self.weight_norm = nn.utils.weight_norm(
            nn.Conv2d(in_channels=3, out_channels=8, kernel_size=(3, 3)), dim=None
        )""",
            ),
            (
                "TransformerEncoder(TransformerEncoderLayer(8, 2, 64, batch_first=True), 2, norm=LayerNorm(8))",
                """\
        self.transformer_encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                d_model=8, nhead=2, dim_feedforward=64, batch_first=True
            ),
            2,
            norm=nn.LayerNorm(normalized_shape=(8,)),
        )""",
            ),
        ],
    )
    def test_pytorch(self, layer: str, code: str) -> None:
        plan = planned("pytorch", [10, 8] if layer.startswith("Transformer") else [3, 8, 8], layer)
        assert code in write(plan, "pytorch")

    def test_one_whose_channels_nobody_states_is_refused(self) -> None:
        plan = planned("pytorch", [3, 8, 8], "Sequential(Conv2d(out_channels=4, kernel_size=3))")
        with pytest.raises(Unwritable, match="sequential: the file does not say the in_channels of Conv2d"):
            write(plan, "pytorch")


class TestAugmentation:
    """What is drawn in training is written with all that the file states of it."""

    @pytest.mark.parametrize(
        ("layer", "code"),
        [
            ("RandomRotation(0.1)", "layers.RandomRotation(0.1)"),
            ("RandomZoom(0.2, width_factor=[0.1, 0.3])", "layers.RandomZoom(0.2, width_factor=[0.1, 0.3])"),
            ("RandomFlip('horizontal', seed=3)", "layers.RandomFlip(mode='horizontal', seed=3)"),
            ("RandomErasing(factor=[1.0, 1.0])", "layers.RandomErasing(factor=[1.0, 1.0])"),
            ("RandomContrast(0.1, value_range=[0, 255])", "layers.RandomContrast(0.1)"),
            (
                "Pipeline([RandomFlip('vertical'), RandomZoom(0.1)])",
                "layers.Pipeline([layers.RandomFlip(mode='vertical'), layers.RandomZoom(height_factor=0.1)])",
            ),
        ],
    )
    def test_it_keeps_its_arguments(self, layer: str, code: str) -> None:
        plan = planned("keras", [8, 8, 3], layer)
        tree = ast.parse(write(plan, "keras"))
        assert code in (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call))
        assert verify(plan).agrees

    def test_what_keras_needs_to_be_told_has_to_be_stated(self) -> None:
        with pytest.raises(ArchitectureError, match="RandomZoom needs height_factor"):
            planned("keras", [8, 8, 3], "RandomZoom()")


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("Conv2D(4, 3, kernel_initializer=HeNormal(seed=3))", "kernel_initializer=keras.initializers.HeNormal(seed=3)"),
        ("Dense(4, kernel_regularizer=L2(0.1))", "kernel_regularizer=keras.regularizers.L2(0.1)"),
        ("Conv2D(4, 3, activity_regularizer='l1')", 'activity_regularizer="l1"'),
        ("MaxPooling2D(2, dtype='float16')", 'dtype="float16"'),
    ],
)
def test_what_changes_no_number_is_written_all_the_same(layer: str, code: str) -> None:
    assert f"{code})" in write(planned("keras", [8, 8, 3], layer), "keras").replace(",\n", "")


CELL = """\
from torch import nn

class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(8, 6)

    def forward(self, x):
        h, c = self.cell(x[:, 0])
        h, c = self.cell(x[:, 1], (h, c))
        return h
"""

KEPT = """\
import keras
from keras import layers

KERNEL = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"}}
model = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(l2=1e-4), bias_constraint="non_neg"),
        layers.Conv2D(4, 3, kernel_initializer=KERNEL, kernel_constraint=keras.constraints.MaxNorm(axis=[0, 1, 2])),
        layers.BatchNormalization(gamma_initializer="zeros", beta_initializer=keras.initializers.Zeros()),
        layers.Reshape((-1, 4)),
        layers.LSTM(4, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02)),
        layers.Dense(2, kernel_initializer=keras.initializers.HeNormal(), bias_initializer=lambda shape, dtype: None),
    ]
)
"""
OBJECTS = [
    {"kernel_regularizer": "L2(l2=0.0001)", "bias_constraint": "non_neg"},
    {
        "kernel_initializer": "VarianceScaling(scale=2.0, mode='fan_out', distribution='uniform')",
        "kernel_constraint": "MaxNorm(axis=[0, 1, 2])",
    },
    {"gamma_initializer": "zeros"},
    {},
    {"kernel_initializer": "RandomNormal(stddev=0.02)"},
    {"kernel_initializer": "he_normal"},
]


def objects_of(row: Row) -> dict[str, Any]:
    """What a row has of what is kept for export."""
    return {name: value for name, value in row.arguments.items() if name.endswith(KEPT_FOR_EXPORT)}


def test_what_weights_begin_with_and_are_held_to_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(KEPT, encoding="utf-8")
    plan = api.plan(f"{path}:model")
    assert [objects_of(row) for row in plan.layers] == OBJECTS
    assert "kernel_regularizer=keras.regularizers.L2(l2=0.0001)" in write(plan, "keras")


def test_a_file_of_keras_tells_what_weights_begin_with_and_are_held_to(tmp_path: Path) -> None:
    objects = {  # as `to_json()` has them, of a layer that is told "he_normal", "l2" and MaxNorm(3)
        "kernel_initializer": ("HeNormal", {"seed": None, "input_axes": None, "output_axes": None}),
        "bias_initializer": ("Zeros", {}),
        "kernel_regularizer": ("L2", {"l2": 0.01}),
        "bias_constraint": ("MaxNorm", {"max_value": 3, "axis": 0}),
        "kernel_constraint": ("Own", {"size": 3}),
    }
    config = {"units": 2, **{name: {"class_name": each, "config": told} for name, (each, told) in objects.items()}}
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "input_layer"}}
    model = {"name": "m", "layers": [start, {"class_name": "Dense", "config": config | {"name": "dense"}}]}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": model}), encoding="utf-8")
    assert objects_of(api.plan(path).layers[0]) == {
        "kernel_initializer": "he_normal",
        "kernel_regularizer": "L2(l2=0.01)",
        "bias_constraint": "MaxNorm(max_value=3, axis=0)",
    }
