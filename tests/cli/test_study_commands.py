"""``explain``, ``solve``, ``sizes``, ``scale``, ``suggest`` and ``zoo``: options, formats, messages, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import Run
from onnx import TensorProto, helper

import cnnshape

NETWORK = """\
name: small
variables: {width: 1.0}
input: [32, 32, 3]
layers:
  - stem = Conv2D(round_to(16 * width, 4), 3, strides=2, padding="same")
  - MaxPooling2D(2)
  - GlobalAveragePooling2D
  - Dense(10)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(NETWORK, encoding="utf-8")
    return "small.yaml"


def test_explain_one_layer_in_every_format(run: Run, file: str) -> None:
    text = run(f"explain {file} stem")
    assert text.code == 0
    assert text.out.startswith(
        'stem: Conv2D(filters=16, kernel_size=3, strides=2, padding="same")\n'
        "small.yaml:5: (1, 32, 32, 3) -> (1, 16, 16, 16)\n\nheight and width\n  output = ceil(size / stride)\n"
    )
    assert run(f"explain {file} stem --format markdown").out.startswith("### stem\n\n`Conv2D(")
    assert run(f"explain {file} stem --format svg").out.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    (document,) = json.loads(run(f"explain {file} stem --format json").out)
    assert (document["name"], document["line"]) == ("stem", 5)


def test_explain_everything_and_what_is_wrong_beside_it(run: Run, file: str) -> None:
    assert [each["name"] for each in json.loads(run(f"explain {file} --format json").out)] == [
        "stem",
        "max_pooling2d",
        "global_average_pooling2d",
        "dense",
    ]
    Path("broken.yaml").write_text("input: [8, 8, 3]\nlayers: [Conv2D: [4, 3], MaxPooling2D: 9]\n", encoding="utf-8")
    outcome = run("explain broken.yaml")
    assert outcome.code == 1
    assert outcome.out.startswith("conv2d: Conv2D(filters=4, kernel_size=3)\n")
    assert "error[CS301]: MaxPooling2D's window of 9 is larger than its input along the height: 6" in outcome.err


def test_explain_refuses_names_that_are_not_there_and_pictures_of_several_layers(run: Run, file: str) -> None:
    outcome = run(f"explain {file} stemm")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "error: small has no layer named 'stemm': did you mean stem?",
    )
    outcome = run(f"explain {file} --format svg")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "error: a picture shows the windows of one layer; name one of them: stem, max_pooling2d",
    )
    outcome = run(f"explain {file} dense --format svg")
    assert outcome.err.splitlines()[0] == (
        "error: a picture shows the windows of one layer; none of these layers has windows"
    )


@pytest.mark.parametrize("words", ["explain", "sizes", "scale --vary width=1|2"])
def test_a_file_that_cannot_be_read_is_2(run: Run, words: str) -> None:
    outcome = run(f"{words} nowhere.yaml")
    assert outcome.code == 2
    assert outcome.err.startswith("error[CS001]: cannot read nowhere.yaml: No such file or directory\n")


def test_solve(run: Run) -> None:
    assert run("solve 224 112 --top 1") == (
        0,
        "framework  layer                                                      padding  remarks\n"
        "─────────  ─────────────────────────────────────────────────────────  ───────  ──────────────────\n"
        'Keras      Conv2D(filters, 3, strides=2, padding="same")              0:1      pads one side more\n'
        "PyTorch    Conv2d(in_channels, out_channels, 3, stride=2, padding=1)  1:1\n"
        "32 more: --top 21 shows them all\n",
        "",
    )
    document = json.loads(run("solve 7 14 --transpose --framework keras -k 4 --format json").out)
    assert document["kind"] == "transposed"
    assert document["solutions"][0]["layer"] == 'Conv2DTranspose(filters, 4, strides=2, padding="same")'
    pooled = run("solve 112 56 --pool -s 2 -k 3 -p 1 -d 1")
    assert [line.split("  ")[0] for line in pooled.out.splitlines()[2:]] == ["PyTorch"]


def test_solve_says_what_cannot_run(run: Run) -> None:
    outcome = run("solve 8 14 --transpose --framework keras -k 4 -s 2 -p same")
    assert outcome.out.splitlines()[2:] == [
        'Keras      Conv2DTranspose(filters, 4, strides=2, padding="same", output_padding=0)  2:2      '
        "TensorFlow refuses it when it runs"
    ]


def test_solve_axes_apart_where_nothing_serves_both(run: Run) -> None:
    outcome = run("solve 32x32 30x32 --top 1 --framework keras -k 3")
    assert outcome.code == 0
    assert outcome.out.startswith("No one setting gives 30x32 from 32x32; per axis:\n\nheight: 32 to 30\n")


def test_solve_joins_axes_in_one_layer(run: Run) -> None:
    outcome = run("solve 32x32 30x28 --top 1 --framework keras")
    assert outcome.out.splitlines()[2:] == ["Keras      Conv2D(filters, (3, 5))  0:0"]


def test_solve_says_what_it_did_not_try(run: Run) -> None:
    outcome = run("solve 224 112 --top 1 --max-kernel 1024 --max-dilation 64")
    assert "of 65,536 windows within the bounds the first 2,048 were tried" in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            "solve 224 500",
            1,
            "no setting within the bounds gives 500x500 from 224x224; "
            "--max-kernel, --max-stride and --max-dilation widen them",
        ),
        ("solve 10 3x4x5", 2, "error: 3x4x5 is 3 sizes, INPUT 10 2: give one for every axis"),
        ("solve ten 5", 2, "error: INPUT must be one size of at least 1, or one per axis such as 224x320, got 'ten'"),
        (
            "solve 10x10x10x10 5x5x5x5",
            2,
            "error: INPUT has 4 sizes, but layers have 3 spatial axes at most: leave out batch and channels",
        ),
        ("solve 10 5 --pool --transpose", 2, "error: --pool: either --transpose or --pool"),
        ("solve 10 5 -p half", 2, "error: --padding must be same, valid or a whole number, got 'half'"),
    ],
)
def test_solve_refuses(run: Run, words: str, code: int, message: str) -> None:
    outcome = run(words)
    assert (outcome.code, outcome.err.splitlines()[0]) == (code, message)


def test_sizes(run: Run, file: str) -> None:
    assert run(f"sizes {file} --near 33 --up-to 64") == (
        0,
        "small: sizes of input from 1 to 289, one axis at a time\n"
        "smallest                 3x3\n"
        "valid                    every size from 3\n"
        "without leftovers        multiples of 4 plus 0 or 3\n"
        "output of max_pooling2d  floor((H + 1) / 4), floor((W + 1) / 4)\n"
        "nearest to 33x33         33x33\n"
        "without leftovers        32x32\n",
        "",
    )
    document = json.loads(run(f"sizes {file} --format json --up-to 100").out)
    assert document["smallest"] == [3, 3]
    assert document["axes"][0]["outputs"] == [{"layer": "max_pooling2d", "formula": "floor((H + 1) / 4)"}]


def test_sizes_of_what_has_none(run: Run, file: str) -> None:
    Path("dense.yaml").write_text("input: [8]\nlayers: [Dense: 4]\n", encoding="utf-8")
    outcome = run("sizes dense.yaml")
    assert (outcome.code, outcome.err) == (1, "dense has no input with spatial axes\n")
    outcome = run(f"sizes {file} --near 1x2x3")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "error: --near: the input has 2 spatial axes, but the wish has 3 sizes",
    )
    outcome = run(f"sizes {file} --near 4000000")
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, "error: --near must be at most 100,000, got 4,000,000")


def test_scale_to_a_budget(run: Run, file: str) -> None:
    outcome = run(f"scale {file} --vary width --max-params 1k")
    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == "width = 1.62 is the largest value that fits, of width in steps of 0.01"
    fits, over = json.loads(run(f"scale {file} --vary width --max-params 1k --format json").out)
    assert (fits["variables"], fits["fits"], fits["params"]) == ({"width": 1.62}, True, 922)
    assert (over["variables"], over["fits"], over["params"]) == ({"width": 1.63}, False, 1074)
    outcome = run(f"scale {file} --vary width --max-params 1")
    assert (outcome.code, outcome.err) == (1, "no value of width in steps of 0.01 fits, not even 0.01\n")


def test_scale_says_so_where_the_architecture_is_wrong_at_every_value_it_tried(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("input: [8, 8, 3]\nlayers: [Reshape: [[7, 7, 1000]]]\n", encoding="utf-8")
    outcome = run(f"scale {path} --vary input --max-macs 1k")
    assert (outcome.code, outcome.err) == (
        1,
        "found no value of input in steps of 1 that fits; with 1 the architecture itself is wrong: "
        "--vary input=START:STOP:STEP tries every value\n",
    )


def test_scale_sweeps(run: Run, file: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run(f"scale {file} --vary width=0.5:1:0.5,input=32|64 --format csv").out)))
    assert [(row["width"], row["input"], row["params"], row["pareto"]) for row in rows] == [
        ("0.5", "32", "314", "true"),
        ("0.5", "64", "314", "true"),
        ("1.0", "32", "618", "true"),
        ("1.0", "64", "618", "true"),
    ]
    alone = run(f"scale {file} --vary width=1|2 --jobs 1").out
    together = run(f"scale {file} --vary width=1|2 --jobs 2").out
    assert alone == together
    cheapest = json.loads(run(f"scale {file} --vary width=1|2 --front params:min --format json").out)
    assert [each["pareto"] for each in cheapest] == [True, False]
    assert run(f"scale {file} --vary width=1|2 --max-params 10").code == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--vary wide=1", "error: --vary: the file states no variable 'wide'; what can be varied is width, input"),
        ("--vary width", "error: --vary: width has no range: give one, or a budget such as --max-params 1M"),
        ("--vary width,input=1:2", "error: --vary: give every variable a range, or one variable alone and a budget"),
        ("--vary ,", "error: --vary names no variable: write NAME"),
        (
            "--vary width --max-params 1M --step 1E-999999999",
            "error: --vary: '1E-999999999' in '--step 1E-999999999' is not",
        ),
        (f"--vary width --max-params {'9' * 4400}", "error: --max-params: a number of 4,400 digits; 40 are possible"),
        ("--vary width=1:2 --max-params many", "error: --max-params: 'many' is no number"),
        (
            "--vary width=1:2 --front size:max",
            "error: --front: goals are NAME:max or NAME:min with NAME one of params, macs, memory, weights, training, "
            "receptive_field, pixels, got 'size:max'",
        ),
        ("--vary width --max-params 1k --step 0", "error: --step must be above 0, got 0"),
    ],
)
def test_scale_refuses(run: Run, file: str, options: str, message: str) -> None:
    outcome = run(f"scale {file} {options}")
    assert outcome.code == 2
    assert outcome.err.splitlines()[0].startswith(message)


def test_suggest_writes_a_file_that_plans_and_never_over_another(run: Run, file: str) -> None:
    asked = "suggest 64x64x3 --classes 10 --max-params 3M --device mobile --images 3000 --write model.yaml"
    outcome = run(asked)
    assert outcome.code == 0
    assert outcome.err.startswith("wrote model.yaml: zoo:keras/")
    assert run("plan model.yaml").code == 0
    outcome = run(asked)
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, "error: --write: model.yaml exists; --force replaces it")
    before = Path("model.yaml").read_text(encoding="utf-8")
    assert run(f"{asked} --force --pick 2").code == 0
    assert Path("model.yaml").read_text(encoding="utf-8") != before


def test_suggest_prints_the_file_alone(run: Run) -> None:
    outcome = run("suggest 32x32x1 --classes 10 --device microcontroller --write -")
    assert (outcome.code, outcome.err) == (0, "")
    assert cnnshape.plan(text=outcome.out).layers[-1].output_shape == (1, 10)
    assert not Path("-").exists()


def test_suggest_as_data_and_where_nothing_fits(run: Run) -> None:
    document = json.loads(run("suggest 32x32x1 --classes 10 --device microcontroller --format json").out)
    assert [candidate["network"] for candidate in document["candidates"]] == ["zoo:keras/LeNet5"]
    assert document["candidates"][0]["params"] == 61_706
    outcome = run("suggest 96x96x3 --classes 10 --max-params 5")
    assert outcome.code == 1
    assert outcome.err.startswith("no built-in network fits")
    outcome = run("suggest 96x96 --classes 10")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "error: SHAPE must be three sizes (height, width, channels) such as 96x96x3",
    )


def test_zoo(run: Run) -> None:
    listed = run("zoo list --framework pytorch --device microcontroller --brief")
    assert listed.out.splitlines()[2].startswith("zoo:pytorch/lenet5  61.7 k  417 k  32x32")
    entries = json.loads(run("zoo --format json").out)
    assert {"params", "macs", "receptive_field", "memory", "paper", "when_to_use", "minimum_input"} <= set(entries[0])
    assert run("zoo show lenet5").out.startswith("# LeNet-5")
    assert run("zoo show nosuch").code == 2
    outcome = run("zoo show")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "error: say which: cnnshape zoo show keras/resnet50",
    )


@pytest.mark.parametrize("words", ["zoo resnet18", "zoo list resnet18", "zoo list ResNet18 --framework pytorch"])
def test_the_zoo_is_searched_by_name(run: Run, words: str) -> None:
    (network,) = json.loads(run(f"{words} --format json").out)
    assert (network["framework"], network["name"]) == ("pytorch", "resnet18")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("zoo resnet5O", "error[CS001]: the zoo has no network 'resnet5O'"),
        ("zoo list vgg16 --device mobile", "error: no built-in network is all of this"),
    ],
)
def test_the_zoo_says_what_it_lacks(run: Run, words: str, message: str) -> None:
    outcome = run(words)
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, message)


def test_a_shown_file_can_be_planned(run: Run, file: str) -> None:
    Path("copy.yaml").write_text(run("zoo show keras/resnet50").out, encoding="utf-8")
    assert json.loads(run("plan copy.yaml --format json").out)["totals"]["params"] == 25_636_712


def test_an_axis_that_an_exported_file_fixes_has_no_sizes_to_look_for(run: Run, tmp_path: Path) -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 8, 8]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", values[:1], values[1:])
    (tmp_path / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    done = run("sizes", str(tmp_path / "model.onnx"))
    assert done.code == 2
    assert done.err == (
        "error: no other size can be tried: the model fixes 8 on axis 2 of x; export it with a dynamic axis to vary it\n"
    )


PROGRAM = """\
import argparse
from torch import nn
parser = argparse.ArgumentParser()
parser.add_argument("-w", "--hidden-width", type=int, default=16)
parser.add_argument("--count", dest="depth", type=int, default=2)
args = parser.parse_args()
model = nn.Sequential(nn.Linear(3, args.hidden_width), *[nn.Linear(args.hidden_width, 2)] * (args.depth > 2))
"""


def test_the_options_of_a_program_are_varied_by_their_names(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(PROGRAM, encoding="utf-8")
    rows = json.loads(run("scale net.py:model --input 3 --vary hidden_width=8|9,depth=2|3 --format json").out)
    assert [row["params"] for row in rows] == [32, 50, 36, 56]
    fitting = run("scale net.py:model --input 3 --vary hidden_width --max-params 40").out
    assert fitting.splitlines()[0].startswith("hidden_width = 10 is the largest value that fits")
    assert "it has hidden_width, depth, parser" in run("scale net.py:model --input 3 --vary width --max-params 9").err
