"""A layer in the other framework's words: the help is a call that this framework reads, arguments and all."""

from __future__ import annotations

import re

import pytest

from cnnshape.api import examine

HEADS = {
    "keras": "framework: keras\ninput: [32, 32, 3]\nlayers:\n",
    "pytorch": "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n",
}


@pytest.mark.parametrize(
    ("framework", "written", "meant"),
    [
        ("pytorch", "UpSampling2D(2)", "Upsample(scale_factor=2)"),
        ("pytorch", "Dense(10)", "Linear(out_features=10)"),
        ("pytorch", "Conv2D(8, 3, strides=2)", "Conv2d(out_channels=8, kernel_size=3, stride=2)"),
        ("pytorch", "Conv2D(8, 3, padding='same')", "Conv2d(out_channels=8, kernel_size=3, padding='same')"),
        ("pytorch", "MaxPooling2D((2, 2))", "MaxPool2d(kernel_size=(2, 2))"),
        ("pytorch", "GlobalAveragePooling2D", "AdaptiveAvgPool2d(1)"),
        ("pytorch", "ZeroPadding2D(1)", "ZeroPad2d(padding=1)"),
        ("pytorch", "BatchNormalization", "BatchNorm2d()"),
        ("pytorch", "SpatialDropout2D(0.2)", "Dropout2d(p=0.2)"),
        ("pytorch", "Activation('sigmoid')", "Sigmoid"),
        ("keras", "Sigmoid", 'Activation("sigmoid")'),
        ("keras", "nn.Hardswish()", 'Activation("hard_silu")'),
        ("keras", "Conv2d(3, 16, 3)", "Conv2D(filters=16, kernel_size=3)"),
        ("keras", "LazyConv2d(16, 3)", "Conv2D(filters=16, kernel_size=3)"),
        ("keras", "Linear(3, 10)", "Dense(units=10)"),
        ("keras", "Upsample(scale_factor=2)", "UpSampling2D(size=2)"),
        ("keras", "AdaptiveAvgPool2d(1)", "GlobalAveragePooling2D"),
        ("keras", "MaxPool2d(2)", "MaxPooling2D(pool_size=2)"),
    ],
)
def test_the_help_is_a_call_that_reads_well(framework: str, written: str, meant: str) -> None:
    (finding,) = examine(text=f"{HEADS[framework]}  - {written}\n").errors
    other = "keras" if framework == "pytorch" else "pytorch"
    assert (finding.code, finding.fix) == ("CS102", f"write `{meant}`, or set `framework: {other}`")
    assert examine(text=f"{HEADS[framework]}  - {meant}\n").errors == ()


@pytest.mark.parametrize(
    ("framework", "written"),
    [
        ("pytorch", "Conv2D(8, 3, strides=2, padding='same')"),
        ("pytorch", "Dense(10, activation='relu')"),
        ("keras", "Conv2d(3, 16, 3, padding=1)"),
    ],
)
def test_a_call_that_has_no_like_is_left_to_the_author(framework: str, written: str) -> None:
    (finding,) = examine(text=f"{HEADS[framework]}  - {written}\n").errors
    assert re.fullmatch(r"set `framework: \w+`, or write \w+'s \w+ with its own arguments", finding.fix or "")
