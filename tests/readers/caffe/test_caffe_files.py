"""Networks of Caffe have the shapes that OpenCV 4.14's `dnn` gives their layers, and the published numbers of weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import UsageError


def planned(folder: Path, text: str, **settings: Any) -> Plan:
    """The plan of a text."""
    path = folder / "deploy.prototxt"
    path.write_text(text, encoding="utf-8")
    return cnnshape.plan(path, **settings)


def layer(type: str, name: str, bottom: str, top: str = "", more: str = "", word: str = "layer") -> str:
    """A layer in the text form."""
    bottoms = "".join(f' bottom: "{each}"' for each in bottom.split())
    tops = "".join(f' top: "{each}"' for each in (top or name).split())
    written = f'"{type}"' if word == "layer" else type
    return f'{word} {{ name: "{name}" type: {written}{bottoms}{tops} {more} }}\n'


INPUT = 'name: "net"\ninput: "data"\ninput_dim: 1\ninput_dim: {}\ninput_dim: {}\ninput_dim: {}\n'

CONVOLUTIONS = (
    (96, "kernel_size: 11 stride: 4", True, True),
    (256, "pad: 2 kernel_size: 5 group: 2", True, True),
    (384, "pad: 1 kernel_size: 3", False, False),
    (384, "pad: 1 kernel_size: 3 group: 2", False, False),
    (256, "pad: 1 kernel_size: 3 group: 2", False, True),
)


def alexnet(old: bool) -> str:
    """AlexNet with both branches of the two chips, in Caffe's first form (V1) or its second."""
    word = "layers" if old else "layer"
    types = {"Convolution": "CONVOLUTION", "ReLU": "RELU", "LRN": "LRN", "Pooling": "POOLING", "Dropout": "DROPOUT"}
    types |= {"InnerProduct": "INNER_PRODUCT", "Softmax": "SOFTMAX"}

    def one(type: str, *rest: str) -> str:
        return layer(types[type] if old else type, *rest, word=word)

    text, last = INPUT.format(3, 227, 227), "data"
    for number, (filters, window, normalized, pooled) in enumerate(CONVOLUTIONS, 1):
        text += one("Convolution", f"conv{number}", last, "", f"convolution_param {{ num_output: {filters} {window} }}")
        text += one("ReLU", f"relu{number}", f"conv{number}", f"conv{number}")
        last = f"conv{number}"
        if normalized:
            text += one("LRN", f"norm{number}", last, "", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")
            last = f"norm{number}"
        if pooled:
            text += one("Pooling", f"pool{number}", last, "", "pooling_param { pool: MAX kernel_size: 3 stride: 2 }")
            last = f"pool{number}"
    for number, size in ((6, 4096), (7, 4096), (8, 1000)):
        text += one("InnerProduct", f"fc{number}", last, "", f"inner_product_param {{ num_output: {size} }}")
        last = f"fc{number}"
        if number < 8:
            text += one("ReLU", f"relu{number}", last, last) + one("Dropout", f"drop{number}", last, last)
    return text + one("Softmax", "prob", last)


@pytest.mark.parametrize("old", [False, True])
def test_alexnet_has_the_published_number_of_weights(old: bool, tmp_path: Path) -> None:
    plan = planned(tmp_path, alexnet(old))
    assert plan.totals is not None
    assert (plan.diagnostics, plan.outputs) == ((), {"prob": (1, 1000)})
    assert (plan.totals.params, plan.totals.macs) == (60_965_224, 724_406_816)


MIXED = (
    INPUT.format(3, 29, 34)
    + layer(
        "Convolution", "a", "data", "", "convolution_param { num_output: 6 kernel_h: 3 kernel_w: 5 pad_h: 1 pad_w: 0 }"
    )
    + layer("BatchNorm", "b", "a", "", "batch_norm_param { eps: 1e-5 }")
    + layer("Scale", "c", "b", "", "scale_param { bias_term: true }")
    + layer("PReLU", "d", "c", "c")
    + layer("Pooling", "e", "c", "", "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }")
    + layer("Pooling", "f", "e", "", "pooling_param { kernel_size: 2 stride: 2 }")
    + layer(
        "Convolution",
        "g",
        "f",
        "",
        "convolution_param { num_output: 6 kernel_size: 3 dilation: 2 pad: 2 bias_term: false }",
    )
    + layer("Eltwise", "h", "f g", "", "eltwise_param { operation: MAX }")
    + layer("Slice", "i", "h", "i1 i2", "slice_param { axis: 1 slice_point: 2 }")
    + layer("Deconvolution", "j", "i2", "", "convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 }")
    + layer("Pooling", "k", "j", "", "pooling_param { kernel_size: 3 stride: 2 }")
    + layer("Concat", "l", "i1 k")
    + layer("Power", "m", "l", "l", "power_param { scale: 2 }")
    + layer("Flatten", "n", "l")
    + layer("InnerProduct", "o", "n", "", "inner_product_param { num_output: 12 bias_term: false }")
    + layer("Reshape", "p", "o", "", "reshape_param { shape { dim: 0 dim: -1 dim: 3 } }")
    + layer("Softmax", "q", "p", "", "softmax_param { axis: 2 }")
)
OBSERVED = {
    "a": [1, 6, 29, 30],
    "e": [1, 6, 15, 16],
    "f": [1, 6, 8, 8],
    "g": [1, 6, 8, 8],
    "h": [1, 6, 8, 8],
    "j": [1, 4, 16, 16],
    "k": [1, 4, 8, 8],
    "l": [1, 6, 8, 8],
    "n": [1, 384],
    "o": [1, 12],
    "p": [1, 4, 3],
    "q": [1, 4, 3],
}


def test_every_layer_has_the_shape_that_opencv_gives_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, MIXED)
    rows = {row.name: list(row.output_shape or ()) for row in plan.layers}
    assert plan.diagnostics == ()
    assert {name: rows[name] for name in OBSERVED} == OBSERVED
    assert plan.totals is not None
    held = 6 * 3 * 15 + 6 + 12 + 6 + 6 * 6 * 9 + 4 * 4 * 16 + 4 + 384 * 12
    assert (plan.totals.params, plan.totals.buffers) == (held, 13)


TRAINED = (
    layer("Data", "train", "", "data label", "include { phase: TRAIN } transform_param { crop_size: 32 mean_value: 1 }")
    + layer("Data", "test", "", "data label", "include { phase: TEST } transform_param { crop_size: 32 }")
    + layer("Convolution", "a", "data", "", "convolution_param { num_output: 4 kernel_size: 3 }")
    + layer("Dropout", "b", "a", "a", "include: { phase: TRAIN }")
    + layer("Convolution", "c", "data", "", "convolution_param { num_output: 9 } exclude { phase: TEST }")
    + layer("SoftmaxWithLoss", "loss", "a label")
    + layer("Accuracy", "accuracy", "a label", "", "include { phase: TEST }")
)


def test_a_network_for_training_is_planned_as_it_runs_in_tests(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not state the sizes of data.*--input data=3x32x32"):
        planned(tmp_path, TRAINED)
    plan = planned(tmp_path, TRAINED, input=[3, 32, 32], batch=8)
    assert [row.name for row in plan.layers] == ["a"]
    assert (plan.diagnostics, plan.outputs) == ((), {"a": (8, 4, 30, 30)})


def test_layers_that_name_their_weights_share_them(tmp_path: Path) -> None:
    names = 'param { name: "w" } param { name: "b" } inner_product_param { num_output: 5 }'
    split = INPUT.format(2, 3, 3) + layer("Slice", "s", "data", "x y")
    plan = planned(
        tmp_path, split + layer("InnerProduct", "one", "x", "", names) + layer("InnerProduct", "two", "y", "", names)
    )
    assert plan.totals is not None
    assert (plan.diagnostics, plan.totals.params) == ((), 50)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("layer { name: 'a'", "CS018", "1:7: .* layer { is not closed"),
        ("layer { name: 'a' } }", "CS018", "1:21: .*'}' does not belong here"),
        ("layer { name }", "CS018", "'}' does not belong here"),
        ("layer {" * 100, "CS018", "nested too deep"),
        ("layer { type: 'Data' top: 'data' } input_dim: x", "CS018", "input_dim has to be a whole number, got 'x'"),
        (
            INPUT.format(3, 8, 8) + layer("ReLU", "r", "absent"),
            "CS103",
            "r reads absent, which no layer above it makes",
        ),
        ("layer { name: 'r' type: 'ReLU' }", "CS203", "1:7: .*r reads nothing"),
        (INPUT.format(3, 8, 8) + layer("Convolution", "r", "data"), "CS105", "out_channels must"),
        (INPUT.format(3, 8, 8) + layer("ReLU", "r", "data", "", "relu_param { negative_slope: x }"), "CS305", "r has"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, code: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError, match=message) as caught:
        planned(tmp_path, text)
    assert caught.value.diagnostics[0].code == code


def test_what_no_layer_makes_is_an_input_where_it_is_given_sizes(tmp_path: Path) -> None:
    text = layer("Convolution", "c", "data", "", "convolution_param { num_output: 4 kernel_size: 3 }")
    assert planned(tmp_path, text, input={"data": [3, 8, 8]}).outputs == {"c": (1, 4, 6, 6)}
    with pytest.raises(UsageError, match="the model has no input 'image'; it has none"):
        planned(tmp_path, text, input={"image": [3, 8, 8]})


def test_a_layer_that_nobody_knows_is_named_and_the_rest_is_planned(tmp_path: Path) -> None:
    text = INPUT.format(3, 8, 8) + layer("Python", "r", "data") + layer("ReLU", "s", "r") + layer("ReLU", "t", "data")
    plan = planned(tmp_path, text)
    assert [(finding.code, finding.layer) for finding in plan.diagnostics] == [("CS116", "r")]
    assert plan.outputs == {"s": None, "t": (1, 3, 8, 8)}
