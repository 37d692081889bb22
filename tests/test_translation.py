"""What the other framework gives: every verdict was observed by running both frameworks with the same weights.

``data/counterparts.json``: framework, layer, input (or inputs), the other framework's layer, its output, its parameters,
and how the values compared (Keras 3.15.1 on TensorFlow 2.21, PyTorch 2.13 and 2.14; weights and inputs drawn at random).
Channels are last in Keras and first in PyTorch, whatever has three axes or more. ``data/record_counterparts.py`` runs
both frameworks anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnshape import api
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.merging import Concatenate, Merge
from cnnshape.translation.answer import Counterpart
from cnnshape.translation.conversion import counterpart, counterpart_of
from cnnshape.translation.wording import counterpart_step
from cnnshape.vocabularies.layer import bind
from cnnshape.vocabularies.vocabulary import lookup

OBSERVED = json.loads((Path(__file__).parent / "data" / "counterparts.json").read_text(encoding="utf-8"))


def ask(framework: str, layer: str, shape: list[Any], **more: str) -> Counterpart:
    """The answer for a layer on one input, or on several."""
    shapes: list[list[int | None]] = shape if isinstance(shape[0], list) else [shape]
    names = [f"x{number}" for number in range(len(shapes))]
    inputs = dict(zip(names, (each[1:] for each in shapes), strict=True))
    written = f"{layer}({', '.join(names)})" if len(names) > 1 else layer
    plan = api.plan({"framework": framework, "inputs": inputs, "batch": shapes[0][0], "layers": [written], **more})
    (row,) = plan.layers
    other = counterpart_of(plan, row)
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
    shape: list[Any],
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
            "pytorch",
            "FrozenBatchNorm2d(4)",
            [2, 4, 5, 5],
            "its weights are non-trainable parameters in Keras, as long as trainable=False is kept",
        ),
        (
            "keras",
            "BatchNormalization(trainable=False)",
            [2, 5, 5, 4],
            "mean and variance are buffers in PyTorch, not parameters; it is frozen here, and there by eval() and "
            "requires_grad_(False)",
        ),
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


UNKNOWN = [
    ("pytorch", "MaxPool2d(2, ceil_mode=True)", 'MaxPooling2D(2, padding="same")', "same",
     "padding='same' does what ceil_mode does"),
    ("pytorch", "MaxPool2d(3, stride=2, ceil_mode=True)", "MaxPooling2D(3, strides=2)", "other shape",
     "Keras has no ceil_mode: padding='valid' drops a last window that hangs over the edge"),
    ("pytorch", "Conv2d(3, 4, 3, padding=1)", 'Conv2D(4, 3, padding="same")', "same", ""),
    ("pytorch", "Conv2d(3, 4, 3, padding=2)", 'Conv2D(4, 3, padding="same")', "other shape",
     "with a height of 3, for example, Keras pads the height by 1 before and 1 after, PyTorch by 2 and 2; "
     'ZeroPadding2D(2) before padding="valid" gives PyTorch\'s values'),
    ("pytorch", "Conv2d(3, 4, 3, stride=2, padding=1)", 'Conv2D(4, 3, strides=2, padding="same")', "other values",
     "with a height of 4, for example, Keras pads the height by 0 before and 1 after, PyTorch by 1 and 1, so its "
     'windows start 1 element later; ZeroPadding2D(1) before padding="valid" gives PyTorch\'s values'),
    ("pytorch", "ConvTranspose2d(3, 4, 3, stride=2, padding=2)",
     'Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=0)', "other shape",
     "of all that the windows cover Keras cuts 1 before and 1 after, PyTorch 2 and 2"),
    ("keras", 'MaxPooling2D(2, padding="same")', "MaxPool2d(2)", "other shape",
     "with a height of 3, for example, PyTorch pads the height by 0 before and 0 after, Keras by 0 and 1; "
     'ConstantPad2d((0, 1, 0, 1), float("-inf")) before padding=0 gives Keras\'s values'),
    ("keras", 'Conv2D(4, 1, strides=2, padding="same")', "Conv2d(3, 4, 1, stride=2)", "same", ""),
    ("keras", 'AveragePooling2D(3, strides=1, padding="same")',
     "AvgPool2d(3, stride=1, padding=1, count_include_pad=False)", "same", "Keras leaves padding out of the mean"),
]  # fmt: skip


@pytest.mark.parametrize(("framework", "layer", "written", "verdict", "note"), UNKNOWN, ids=[row[1] for row in UNKNOWN])
def test_the_verdict_about_unknown_sizes_holds_at_all_of_them(
    framework: str, layer: str, written: str, verdict: str, note: str
) -> None:
    def shape(size: int | None) -> list[int | None]:
        return [1, size, size, 3] if framework == "keras" else [1, 3, size, size]

    other = ask(framework, layer, shape(None))
    assert (other.layer, other.verdict, other.note) == (written, verdict, note)
    at_sizes = [ask(framework, layer, shape(size)) for size in range(5, 13)]
    if verdict == "same":
        assert {each.verdict for each in at_sizes} == {"same"}
    else:
        assert any(each.verdict == verdict or each.layer != written for each in at_sizes)


@pytest.mark.parametrize("size", [7, None])
def test_channels_that_are_not_known_stay_so(size: int | None) -> None:
    convolution, depthwise = (
        Convolution(4, (3, 3), (2, 2), groups=2),
        Convolution(None, (3, 3), (2, 2), "same", multiplier=1),
    )
    others = [counterpart(each, "keras", (None, size, size, None)) for each in (convolution, depthwise)]
    assert [other and (other.layer, other.output_shape, other.params) for other in others] == [
        ("Conv2d(?, 4, 3, stride=2, groups=2)", (None, 4, size and 3, size and 3), None),
        ("Conv2d(?, ?, 3, stride=2, padding=1, groups=?)", (None, None, size and 4, size and 4), None),
    ]


def test_numbers_of_padding_as_conv_takes_them_for_keras_are_pytorchs() -> None:
    """No layer of Keras has them; PyTorch's ``same`` is another padding unless the numbers are its own."""
    other = counterpart(Convolution(4, (3, 3), (1, 1), ((3, 3), (3, 3))), "keras", (1, 8, 8, 2))
    assert other is not None
    assert (other.layer, other.verdict) == ("Conv2d(2, 4, 3, padding=3)", "same")


def test_declared_channels_stand_for_unknown_ones() -> None:
    other = ask("pytorch", "Conv2d(6, 4, 3, stride=2, padding=1, groups=2)", [1, None, None, None])
    assert (other.layer, other.verdict) == ('Conv2D(4, 3, strides=2, padding="same", groups=2)', "other values")


def test_channels_lie_where_the_layer_normalizes() -> None:
    other = ask("keras", "BatchNormalization(axis=1)", [1, 3, 32, 48], data_format="channels_first")
    assert (other.layer, other.output_shape) == ("BatchNorm2d(3, eps=0.001)", (1, 3, 32, 48))
    other = ask("keras", "BatchNormalization(axis=2)", [1, 4, 5, 6])
    assert (other.verdict, other.note) == (
        "none",
        "PyTorch normalizes along axis 1, Keras here along axis 2: move the axes before",
    )


@pytest.mark.parametrize(
    ("layer", "written"),
    [
        ("Conv2D(5, 3, activation='softmax')", "Conv2d(3, 5, 3), Softmax(dim=-1)"),
        ("Conv2D(5, 3, activation='log_softmax')", "Conv2d(3, 5, 3), LogSoftmax(dim=-1)"),
        ("Activation('softmax')", "Softmax(dim=-1)"),
        ("Softmax(axis=1)", "Softmax(dim=1)"),
    ],
)
def test_a_softmax_over_the_last_axis_stays_there_where_channels_come_first(layer: str, written: str) -> None:
    other = ask("keras", layer, [2, 3, 8, 9], data_format="channels_first")
    assert (other.layer, other.verdict) == (written, "same")


def test_a_counterpart_that_its_framework_refuses_is_none() -> None:
    other = ask("keras", "AveragePooling3D(3, strides=1, padding='same')", [1, 2, 5, 5, 3])
    assert other.note == (
        "PyTorch refuses AvgPool3d(3, stride=1, padding=1, count_include_pad=False) here: "
        "AvgPool3d's window of 3 is larger than its input along the depth: 2"
    )


def test_batch_normalization_counts_otherwise() -> None:
    keras = ask("keras", "BatchNormalization()", [1, 8, 8, 64])
    pytorch = ask("pytorch", "BatchNorm2d(64)", [1, 64, 8, 8])
    assert (keras.layer, keras.params) == ("BatchNorm2d(64, eps=0.001)", 128)
    assert (pytorch.layer, pytorch.params) == ("BatchNormalization(epsilon=1e-05)", 256)


def test_channels_that_lie_elsewhere_stay_there() -> None:
    other = ask("keras", 'Conv2D(8, 3, data_format="channels_first")', [1, 3, 9, 9])
    assert other.output_shape == (1, 8, 7, 7)


def test_the_counterpart_as_a_line_of_an_explanation() -> None:
    step = counterpart_step(ask("keras", "Conv2D(5, 3)", [10, 8, 16, 3]))
    assert tuple(step) == ("in PyTorch", "Conv2d(3, 5, 3)", "", "(10, 5, 6, 14), 140 parameters", "the same")
    step = counterpart_step(ask("pytorch", "LPPool2d(2, 2)", [1, 3, 8, 8]))
    assert tuple(step) == ("in Keras", "", "", "", "no counterpart: Keras has no LP pooling")


@pytest.mark.parametrize(
    ("keras", "pytorch"),
    [
        (("ReLU", {}), ("ReLU", {})),
        (("Softmax", {"axis": 1}), ("Softmax", {"dim": 1})),
        (("ops.glu", {"axis": 1}), ("GLU", {"dim": 1})),
        (("Concatenate", {"axis": 1}), ("cat", {"dim": 1})),
        (("ops.stack", {"axis": 1}), ("stack", {"dim": 1})),
        (("ops.flip", {"axis": [2]}), ("flip", {"dims": [2]})),
        (("ops.mean", {"axis": [1, 2]}), ("mean", {"dim": [1, 2]})),
        (("ops.tile", {"repeats": [1, 2]}), ("tile", {"dims": [1, 2]})),
        (("ops.expand_dims", {"axis": 1}), ("unsqueeze", {"dim": 1})),
        (("ops.normalize", {"axis": 1}), ("normalize", {"dim": 1})),
        (("ops.matmul", {}), ("matmul", {})),
    ],
    ids=lambda call: call[0],
)
def test_what_both_frameworks_do_alike_is_one_operation(
    keras: tuple[str, dict[str, Any]], pytorch: tuple[str, dict[str, Any]]
) -> None:
    ours = bind(lookup("keras", keras[0]), (), keras[1]).operation()
    assert ours == bind(lookup("pytorch", pytorch[0]), (), pytorch[1]).operation()


def test_a_frozen_normalization_is_another_operation_than_one_that_trains() -> None:
    arguments = {"num_features": 4}
    frozen = bind(lookup("pytorch", "FrozenBatchNorm2d"), (), arguments).operation()
    assert frozen != bind(lookup("pytorch", "BatchNorm2d"), (), arguments).operation()


def test_scalars_and_operators_of_files_have_no_counterpart() -> None:
    assert counterpart(Merge("multiply"), "pytorch", (), (), layer="mul") is None
    of_a_file = counterpart(Merge("add"), "pytorch", (1, 4, 8, 8), (1, 4, 8, 8), layer="Sum")
    assert of_a_file is not None
    assert of_a_file.layer == "Add()"


def test_keras_concatenates_no_tensor_by_itself() -> None:
    found = counterpart(Concatenate(1), "pytorch", (1, 3, 8, 8), layer="cat", arguments={"dim": 1})
    assert found is not None
    assert (found.layer, found.verdict) == ("Identity()", "same")


@pytest.mark.parametrize("order", ["1, 0, 2, 3", "1, 0, -2, 3", "-3, 0, -2, -1"])
def test_a_batch_that_moves_is_moved_there_however_its_axes_are_counted(order: str) -> None:
    plan = api.plan(text=f"framework: pytorch\ninput: [3, 8, 9]\nlayers:\n  - permute({order})(input)\n")
    assert "ops.transpose((3, 1, 2, 0))" in str(counterpart_of(plan, plan.layers[0]))
