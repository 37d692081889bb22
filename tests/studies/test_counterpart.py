"""What the other framework gives: every verdict was observed by running both frameworks with the same weights.

``data/counterparts.json``: framework, layer, input, the other framework's layer, its output, its parameters, and how
the values compared (Keras 3.15.1 on TensorFlow 2.21, PyTorch 2.14.1; weights and inputs drawn at random).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnshape import api
from cnnshape.studies.counterpart import Counterpart, counterpart, counterpart_step

OBSERVED = json.loads((Path(__file__).parents[1] / "data" / "counterparts.json").read_text(encoding="utf-8"))


def ask(framework: str, layer: str, shape: list[int | None]) -> Counterpart:
    plan = api.plan({"framework": framework, "input": shape[1:], "batch": shape[0], "layers": [layer]})
    (row,) = plan.layers
    assert row.operation is not None
    other = counterpart(row.operation, framework, *[each for each in row.input_shapes if each is not None])
    assert other is not None
    return other


@pytest.mark.parametrize(
    ("framework", "layer", "shape", "written", "output", "params", "verdict"),
    OBSERVED,
    ids=[f"{each[0]}-{each[1]}-{each[2]}" for each in OBSERVED],
)
def test_verdicts_are_those_observed(
    framework: str,
    layer: str,
    shape: list[int | None],
    written: str | None,
    output: list[int] | None,
    params: int | None,
    verdict: str,
) -> None:
    other = ask(framework, layer, shape)
    assert (other.layer or None, other.output_shape and list(other.output_shape), other.params, other.verdict) == (
        written,
        output,
        params,
        verdict,
    )


@pytest.mark.parametrize(
    ("framework", "layer", "shape", "note"),
    [
        (
            "keras",
            'Conv2D(64, 7, strides=2, padding="same")',
            [1, 224, 224, 3],
            "PyTorch pads the height by 3 before and 3 after, Keras by 2 and 3, so its windows start 1 element earlier; "
            "ConstantPad2d((2, 3, 2, 3), 0) before padding=0 gives Keras's values",
        ),
        (
            "pytorch",
            "Conv2d(3, 64, 7, stride=2, padding=3)",
            [1, 3, 224, 224],
            "Keras pads the height by 2 before and 3 after, PyTorch by 3 and 3, so its windows start 1 element later; "
            'ZeroPadding2D(3) before padding="valid" gives PyTorch\'s values',
        ),
        (
            "keras",
            'Conv2DTranspose(8, 3, strides=2, padding="same")',
            [1, 7, 7, 3],
            "of all that the windows cover PyTorch cuts 1 before and 0 after, Keras 0 and 1",
        ),
        (
            "keras",
            "Flatten()",
            [1, 7, 7, 3],
            "as many features in another order: PyTorch goes through channels, rows, then columns, "
            "Keras through rows, columns, then channels",
        ),
        (
            "pytorch",
            "Conv2d(3, 8, 3, stride=2, dilation=2)",
            [1, 3, 9, 9],
            "Keras refuses strides above 1 together with a dilation above 1",
        ),
        ("pytorch", "LPPool2d(2, 2)", [1, 3, 8, 8], "Keras has no LP pooling"),
        ("keras", "SumPooling2D(2)", [1, 8, 8, 3], "a mean that divides by 1 is a sum"),
        (
            "keras",
            'Conv2D(8, 3, strides=2, padding="same")',
            [1, None, None, 3],
            "what Keras pads depends on the size, which is unknown: before and after differ for every other size",
        ),
    ],
)
def test_notes_say_why(framework: str, layer: str, shape: list[int | None], note: str) -> None:
    assert ask(framework, layer, shape).note == note


def test_batch_normalization_counts_otherwise() -> None:
    keras = ask("keras", "BatchNormalization()", [1, 8, 8, 64])
    pytorch = ask("pytorch", "BatchNorm2d(64)", [1, 64, 8, 8])
    assert (keras.layer, keras.params) == ("BatchNorm2d(64)", 128)
    assert (pytorch.layer, pytorch.params) == ("BatchNormalization()", 256)


def test_channels_that_lie_elsewhere_stay_there() -> None:
    other = ask("keras", 'Conv2D(8, 3, data_format="channels_first")', [1, 3, 9, 9])
    assert other.output_shape == (1, 8, 7, 7)


def test_the_counterpart_as_a_line_of_an_explanation() -> None:
    step = counterpart_step(ask("keras", "Conv2D(5, 3)", [10, 8, 16, 3]))
    assert tuple(step) == ("in PyTorch", "Conv2d(3, 5, 3)", "", "(10, 5, 6, 14), 140 parameters", "the same")
    step = counterpart_step(ask("pytorch", "LPPool2d(2, 2)", [1, 3, 8, 8]))
    assert tuple(step) == ("in Keras", "", "", "", "no counterpart: Keras has no LP pooling")
