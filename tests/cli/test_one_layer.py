"""The one-off commands: what they print, what they refuse, and by which exit code."""

from __future__ import annotations

import json

import pytest

TUTORIAL = """\
output           10x3x7x5
params           140
MACs             2,835
FLOPs            5,775
receptive field  3x3
leftover         1 row and 1 column at the end are never read
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("conv 224 -k 7 -s 2 -p 3", "112"),
        ("conv 224 --kernel-size 7 --stride 2 --padding 3", "112"),
        ("conv 8x16 -k 3 -s 2", "3x7"),
        ("conv 224 -k 3x5", "222x220"),
        ("conv 224 -k 3 -p same -s 2", "112"),
        ("conv 224 -k 3 -p 1:2x0:1", "225x223"),
        ("conv 100 --rank 1 -k 3 -p causal", "100"),
        ("conv 32 --rank 3 -k 3", "30"),
        ("conv 224 -k 3 -d 2 --framework pytorch -s 2", "110"),
        ("conv _ -k 3", "?"),
        ("pool 112 -k 3 -s 2 -p 1", "56"),
        ("pool 7 -k 2", "3"),
        ("pool 7 -k 2 --framework pytorch --ceil-mode", "4"),
        ("pool 7 -k 2 -p same", "4"),
        ("conv-transpose 7 -k 3 -s 2 -p same", "14"),
        ("conv-transpose 7 -k 4 -s 2 -p 1 --framework pytorch", "14"),
        ("conv-transpose 7 -k 3 -s 2 -p 1 --output-padding 1 --framework pytorch", "14"),
        ("depthwise-conv 112 -k 3 -s 2 -p same", "56"),
        ("separable-conv 112 -k 3", "110"),
    ],
)
def test_a_spatial_size_alone_gives_a_spatial_size_alone(run, line, expected):
    assert run(line) == (0, f"{expected}\n", "")


def test_the_tutorials_convolution(run):
    line = "conv 10x8x16x3 --filters 5 --kernel-size 3 --strides 2 --padding valid"
    assert run(line) == (0, TUTORIAL, "")


def test_the_tutorials_pooling(run):
    assert run("pool", "10x3x7x5", "--pool-size", "2", "--strides", "2", "--padding", "same") == (
        0,
        "output           10x2x4x5\nparams           0\nMACs             0\nFLOPs            120\n"
        "receptive field  2x2\npadding          0:1x0:1\n",
        "",
    )


@pytest.mark.parametrize(
    ("line", "output", "params"),
    [
        ("conv 224x224x3 -f 64 -k 7 -s 2 -p same", "112x112x64", 9_472),
        ("conv 3x224x224 -f 64 -k 7 -s 2 -p 3 --no-bias --framework pytorch", "64x112x112", 9_408),
        ("conv 1x14x14x64 -f 64 -k 3 -g 32", "1x12x12x64", 1_216),
        ("conv-transpose 7x7x64 -f 32 -k 3 -s 2", "15x15x32", 18_464),
        ("depthwise-conv 112x112x32 -k 3 -p same", "112x112x32", 320),
        ("depthwise-conv 8x8x3 -k 3 -m 2 --no-bias", "6x6x6", 54),
        ("separable-conv 32x32x16 -f 32 -k 3", "30x30x32", 688),
        ("pool 8x8x3 -k 2 --type average", "4x4x3", 0),
        ("dense 2304 --units 10", "10", 23_050),
        ("dense 10x49x64 --units 8 --no-bias", "10x49x8", 512),
    ],
)
def test_shape_and_parameters(run, line, output, params):
    outcome = run(line)
    assert outcome.code == 0
    lines = dict(each.split(maxsplit=1) for each in outcome.out.splitlines() if not each.startswith("receptive"))
    assert (lines["output"], lines["params"]) == (output, f"{params:,}")


def test_json_has_the_keys_of_a_plans_rows(run):
    outcome = run("conv 10x8x16x3 -f 5 -k 3 -s 2 --format json")
    assert json.loads(outcome.out) == {
        "input_shape": [10, 8, 16, 3],
        "output_shape": [10, 3, 7, 5],
        "params": 140,
        "trainable_params": 140,
        "non_trainable_params": 0,
        "macs": 2835,
        "flops": 5775,
        "padding": [[0, 0], [0, 0]],
        "leftover": [1, 1],
        "receptive_field": [3, 3],
    }


def test_json_of_a_spatial_size_does_not_invent_counts(run):
    document = json.loads(run("conv 224 -k 7 -s 2 -p 3 --format json").out)
    assert document["output_shape"] == [112, 112]
    assert [document[key] for key in ("params", "macs", "flops")] == [None, None, None]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (
            "conv 224 -k 300",
            1,
            "error[CS301]: Conv2D's window of 300 is larger than its input along the height: 224\n"
            'help: use a window of at most 224, an input of at least 300, or padding="same"\n'
            "more: cnnshape rule CS301\n",
        ),
        (
            "conv 3x224x224 -f 64 -k 3 --framework pytorch -g 2",
            1,
            "error[CS307]: Conv2d: groups=2 does not divide its 3 input channels\nhelp: use groups=1\n"
            "more: cnnshape rule CS307\n",
        ),
        (
            "conv 224 -k 3 --filters 0",
            2,
            "error: --filters must be at least 1, got 0\n  try: cnnshape conv --help\n",
        ),
        (
            "conv 8x16x3 -k 3",
            2,
            "error: --filters is needed where the input has channels: how many filters has the layer?\n"
            "  try: cnnshape conv --help\n",
        ),
        (
            "conv 224 -k 3x3x3",
            2,
            "error: --kernel-size needs 1 value, or 2, one per axis, got 3\n  try: cnnshape conv --help\n",
        ),
        (
            "conv 1x2x3x4x5 -k 3",
            2,
            "error: a 2-D layer reads at most 4 sizes (batch, height, width, channels), got 5: (1, 2, 3, 4, 5); "
            "or use --rank 3\n  try: cnnshape conv --help\n",
        ),
        (
            "conv 100 -k 3 -p causal",
            2,
            "error: --padding 'causal' is for Keras's Conv1D alone: add --rank 1, or use same or valid\n"
            "  try: cnnshape conv --help\n",
        ),
        (
            "conv 224 -k 3 -s 2 -d 2",
            2,
            "error: --dilation cannot be 2 while --strides is 2: Keras allows only one of them above 1 "
            "(PyTorch both: --framework pytorch)\n  try: cnnshape conv --help\n",
        ),
        (
            "conv 224 -k 3 -s 2 -p same --framework pytorch",
            2,
            "error: --padding 'same' needs stride 1 in PyTorch, got stride 2; give a number instead\n"
            "  try: cnnshape conv --help\n",
        ),
        (
            "pool 224 -k 2 -p 2 --framework pytorch",
            2,
            "error: --padding must be at most half the window, got 2 with a window of 2\n  try: cnnshape pool --help\n",
        ),
        (
            "conv-transpose 7 -k 3 -s 2 --output-padding 2",
            2,
            "error: --output-padding must be smaller than the stride, got 2 with stride 2\n"
            "  try: cnnshape conv-transpose --help\n",
        ),
        (
            "conv 8x8x3 -k 3 -f 8 -a sofmax",
            2,
            "error: --activation names 'sofmax', which is no activation of a layer; did you mean softmax?\n"
            "  try: cnnshape conv --help\n",
        ),
        (
            f"conv-transpose {2**63 - 1} -k 3 -s 2",
            1,
            f"error[CS115]: Conv2DTranspose gives a size that is not below 2**63: {2**64 - 1}\n"
            "more: cnnshape rule CS115\n",
        ),
        (
            f"dense {2**62} -u 4",
            1,
            "error[CS115]: Dense has counts that are not below 2**63\nmore: cnnshape rule CS115\n",
        ),
    ],
)
def test_refusals(run, line, code, message):
    assert run(line) == (code, "", message)


@pytest.mark.parametrize(
    ("name", "flops"),
    [("softmax", 3), ("LogSoftmax", 3), ("leaky_relu", 1), ("LeakyReLU", 1), ("hardswish", 1), ("identity", 0)],
)
def test_activations_have_the_names_of_either_framework(run, name, flops):
    outcome = run(f"conv 3x3x1 -k 3 -f 1 -a {name} --format json")
    assert json.loads(outcome.out)["flops"] == 2 * 9 + 1 + flops


def test_the_arithmetic_written_out(run):
    assert (
        run("conv 8x16 -k 3 -s 2 --explain").out
        == """\
3x7

height
  output = floor((size - kernel) / stride) + 1
  = floor((8 - 3) / 2) + 1
  = 3
  never read = size - ((output - 1) x stride + kernel)
  = 8 - ((3 - 1) x 2 + 3)
  = 1
    row 7 of 0 to 7

width
  output = floor((size - kernel) / stride) + 1
  = floor((16 - 3) / 2) + 1
  = 7
  never read = size - ((output - 1) x stride + kernel)
  = 16 - ((7 - 1) x 2 + 3)
  = 1
    column 15 of 0 to 15
"""
    )


def test_the_explanation_as_data(run):
    document = json.loads(run("conv 8x8x3 -f 4 -k 3 --explain --format json").out)
    subjects = [step["subject"] for step in document["explanation"]]
    assert subjects == ["height and width", "channels", "parameters", "MACs", "FLOPs"]
    assert document["explanation"][2] == {
        "subject": "parameters",
        "formula": "filters x (kernel x channels + bias)",
        "numbers": "4 filters x (3 x 3 x 3 + 1 bias)",
        "result": "112",
        "note": "",
    }


def test_same_says_a_word_to_readers_of_the_other_formula(run):
    text = run("conv 10 -k 3 -s 2 -p same --explain").out
    assert "ceil((n - k + s) / s), as some learn it, gives" in text


def test_output_goes_to_the_file(run, tmp_path):
    path = tmp_path / "answer.txt"
    assert run("conv", "224", "-k", "7", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == "218\n"


def test_an_output_that_cannot_be_written_is_2(run, tmp_path):
    outcome = run("conv", "224", "-k", "7", "-o", str(tmp_path / "no" / "answer.txt"))
    assert outcome.code == 2
    assert outcome.err.endswith("answer.txt: No such file or directory\n")
