"""A layer in a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.reports.plans.salient import salient

KERAS = [
    ('Conv2D(64, 3, padding="same")', "Conv2D 3x3 same, 64"),
    ('Conv2D(64, (3, 5), strides=2, activation="relu")', "Conv2D 3x5/2, 64, relu"),
    ("Conv2D(64, 3, dilation_rate=2)", "Conv2D 3x3 d2, 64"),
    ("Conv2D(64, 3, strides=(2, 1), use_bias=False)", "Conv2D 3x3/2x1, 64"),
    ("Conv2D(32, 3, groups=16)", "Conv2D 3x3 g16, 32"),
    ('DepthwiseConv2D(3, padding="same")', "DepthwiseConv2D 3x3 same"),
    ("Conv2DTranspose(8, 2, strides=2)", "Conv2DTranspose 2x2/2, 8"),
    ("MaxPooling2D", "MaxPooling2D 2x2/2"),
    ('AveragePooling2D(3, strides=1, padding="same")', "AveragePooling2D 3x3 same"),
    ("BatchNormalization(epsilon=1.001e-5)", "BatchNormalization"),
    ('Activation("swish")', "Activation swish"),
    ("Dropout(0.5)", "Dropout 0.5"),
    ("ZeroPadding2D(1)", "ZeroPadding2D 1"),
    ("ZeroPadding2D(((0, 1), (0, 1)))", "ZeroPadding2D 0:1"),
    ("ZeroPadding2D((1, 2))", "ZeroPadding2D 1x2"),
    ("Reshape([-1, 16])", "Reshape -1x16"),
    ("Dense(10, activation='softmax')", "Dense, 10, softmax"),
    ("Flatten", "Flatten"),
]
PYTORCH = [
    ("Conv2d(16, 64, 7, stride=2, padding=3, bias=False)", "Conv2d 7x7/2 p3, 64"),
    ('Conv2d(16, 64, 3, padding="same")', "Conv2d 3x3 same, 64"),
    ("MaxPool2d(3, 2, 1)", "MaxPool2d 3x3/2 p1"),
    ("ReLU(inplace=True)", "ReLU"),
    ("BatchNorm2d(16)", "BatchNorm2d"),
]


@pytest.mark.parametrize(
    ("framework", "layer", "words"),
    [("keras", *case) for case in KERAS] + [("pytorch", *case) for case in PYTORCH],
)
def test_salient_arguments(framework, layer, words):
    shape = [32, 32, 16] if framework == "keras" else [16, 32, 32]
    plan = cnnshape.plan(text=f"input: {shape}\nframework: {framework}\nlayers:\n  - {layer}\n")
    assert salient(plan.layers[0]) == words


def test_shared_weights_are_said():
    text = "input: [8, 8, 3]\nlayers:\n  - a = Conv2D(3, 3)\n  - b = Shared(a)\n"
    assert salient(cnnshape.plan(text=text).layers[1]) == "Conv2D 3x3, 3 = a"


def test_a_layer_that_runs_with_weights_from_elsewhere_keeps_its_words(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    conv = "nn.Conv2d(3, 8, 3, stride=2, padding=1)"
    file.write_text(f"from torch import nn\nmodel = nn.Sequential(nn.utils.parametrizations.weight_norm({conv}))\n")
    assert salient(cnnshape.plan(str(file), input=[3, 8, 8]).layers[0]) == "Conv2d 3x3/2 p1, 8"
