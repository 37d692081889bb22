"""``cnnshape plan``, ``calc`` and ``init``: from a file to the terminal, a file, or another program."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from pathlib import Path

import pytest

import cnnshape
from cnnshape.cli import watching

TUTORIAL = """\
name: tutorial
framework: keras
input: [8, 16, 3]
batch: 10
dtype: float32
layers:
  - Conv2D(5, 3, strides=(2, 2), padding="valid", activation="relu")
  - MaxPooling2D: {pool_size: 2, strides: 2, padding: same}
expect:
  output: [2, 4, 5]
  params: <= 1k
"""

BROKEN = """\
name: broken
input: [32, 32, 3]
layers:
  - Conv2D(8, 3)
  - MaxPooling2D(40)
  - Dens(3)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("tutorial.yaml").write_text(TUTORIAL, encoding="utf-8")
    Path("broken.yaml").write_text(BROKEN, encoding="utf-8")
    return tmp_path


def stdin(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))


def test_the_json_is_that_of_the_api(run, here):
    """Which `test_contract` states key by key."""
    assert json.loads(run("plan tutorial.yaml --format json").out) == cnnshape.plan("tutorial.yaml").to_dict()


def test_the_same_network_from_a_file_standard_input_and_calc(run, here, monkeypatch):
    table = run("plan tutorial.yaml").out.split("\n\n")[1]
    assert "conv2d         Conv2D 3x3/2, 5, relu    10x3x7x5     140  2,835  4.10 KiB  3x3    1x1" in table
    stdin(TUTORIAL, monkeypatch)
    assert run("plan -").out.split("\n\n")[1] == table
    calc = run(
        "calc",
        "8x16x3",
        'Conv2D(5, 3, strides=(2, 2), padding="valid", activation="relu")',
        "MaxPooling2D: {pool_size: 2, strides: 2, padding: same}",
        "--batch",
        "10",
    )
    assert calc.out.split("\n\n")[1] == table


def test_a_broken_file_shows_its_rows_then_every_finding_and_exits_with_1(run, here):
    outcome = run("plan broken.yaml")
    assert outcome.code == 1
    assert "conv2d         Conv2D 3x3, 8  1x30x30x8     224" in outcome.out
    assert "max_pooling2d  MaxPooling2D   -" in outcome.out
    assert [line for line in outcome.err.splitlines() if line.startswith("error[")] == [
        "error[CS301]: MaxPooling2D's window of 40 is larger than its input along the height: 30",
        "error[CS101]: cnnshape knows no Keras layer named 'Dens', and this file defines no block of that name",
    ]
    assert " --> broken.yaml:5:5\n" in outcome.err


def test_a_broken_file_as_json_has_its_rows_and_no_totals(run, here):
    outcome = run("plan broken.yaml --format json")
    document = json.loads(outcome.out)
    assert outcome.code == 1
    assert document["totals"] is None
    assert [layer["output_shape"] for layer in document["layers"]] == [[1, 30, 30, 8], None, None]
    assert [finding["code"] for finding in document["diagnostics"]] == ["CS301", "CS101"]


def test_a_broken_promise_is_1(run, here):
    broken = Path("tutorial.yaml").read_text(encoding="utf-8").replace("output: [2, 4, 5]", "output: [4, 4, 5]")
    Path("tutorial.yaml").write_text(broken, encoding="utf-8")
    outcome = run("plan tutorial.yaml")
    assert outcome.code == 1
    assert outcome.err.startswith("error[CS401]: output has to be (4, 4, 5), and is (2, 4, 5)\n")


def test_nothing_readable_is_2_and_one_unreadable_file_among_others_is_1(run, here):
    outcome = run("plan nowhere.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error[CS001]: cannot read nowhere.yaml: No such file or directory\n")
    outcome = run("plan nowhere.yaml tutorial.yaml --format json")
    assert outcome.code == 1
    assert [document["name"] for document in json.loads(outcome.out)] == ["nowhere.yaml", "tutorial"]


def test_several_files_follow_each_other(run, here):
    outcome = run("plan tutorial.yaml tutorial.yaml")
    assert outcome.out.count("tutorial: keras, float32, batch 10, input 10x8x16x3\n") == 2


@pytest.mark.parametrize(
    ("options", "heading"),
    [
        ("--batch 2", "tutorial: keras, float32, batch 2, input 2x8x16x3"),
        ("--input 9x9x3", "tutorial: keras, float32, batch 10, input 10x9x9x3"),
        ("--input input=9x9x3", "tutorial: keras, float32, batch 10, input 10x9x9x3"),
        ("--input _x_x3", "tutorial: keras, float32, batch 10, input 10x?x?x3"),
    ],
)
def test_the_input_can_be_another(run, here, options, heading):
    assert run(f"plan tutorial.yaml {options}").out.splitlines()[0] == heading


def test_variables_and_presets(run, here):
    text = "input: [8, 8, 3]\nvariables: {width: 4}\npresets: {wide: {width: 16}}\nlayers:\n  - Conv2D(width, 3)\n"
    Path("v.yaml").write_text(text, encoding="utf-8")
    for options, filters in (("", 4), ("--set width=5", 5), ("--preset wide", 16), ("--preset wide --set width=6", 6)):
        document = json.loads(run(f"plan v.yaml --format json {options}").out)
        assert document["layers"][0]["output_shape"] == [1, 6, 6, filters]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--columns parms", "error: --columns has no 'parms'; did you mean params?"),
        ("--sort mac", "error: --sort has no 'mac'; did you mean macs?"),
        (
            "--input 3x",
            "error: --input must be sizes of at least 1 joined by x, such as 8x16x3 (_ is unknown), got '3x'",
        ),
        ("--input 8x8x3 --input 8x8x3", "error: --input needs a name for each of several inputs: NAME=8x8x3"),
        ("--framework pytorch", "error: the file says framework: keras, the request pytorch"),
        ("--against keras", "error: --against must be the other framework: tutorial.yaml is written for keras"),
        ("--against pytorch --format csv", "error: --against is printed as table or json, not as csv"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_2(run, here, options, message):
    outcome = run(f"plan tutorial.yaml {options}")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines()[0] == message


def test_columns_sort_and_top(run, here):
    outcome = run("plan tutorial.yaml --columns name,flops --sort flops --top 1 --exact")
    assert outcome.out.split("\n\n")[1:3] == [
        "Layer   FLOPs\n──────  ─────\nconv2d  5,880",
        "1 of 2 layers; the totals are of all",
    ]


def test_output_into_a_file_is_plain_and_complete(run, here):
    assert run("plan tutorial.yaml -o out.txt --color always") == (0, "", "")
    assert Path("out.txt").read_text(encoding="utf-8") == run("plan tutorial.yaml").out


def test_against_the_other_framework(run, here):
    document = json.loads(run("plan tutorial.yaml --against pytorch --format json").out)
    found = [(layer["counterpart"]["output_shape"], layer["counterpart"]["verdict"]) for layer in document["layers"]]
    assert found == [([10, 5, 3, 7], "same"), ([10, 5, 1, 3], "other shape")]
    assert "SHAPE DIFFERS" in run("plan tutorial.yaml --against pytorch").out


def test_watching_plans_again_when_the_file_changes(run, here, monkeypatch):
    monkeypatch.setattr(watching, "INTERVAL", 0.01)
    naps = []

    def nap(_: float) -> None:
        naps.append(1)
        if len(naps) == 1:
            Path("tutorial.yaml").write_text(TUTORIAL.replace("batch: 10", "batch: 200"), encoding="utf-8")
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", nap)
    outcome = run("plan tutorial.yaml --watch")
    headings = [line for line in outcome.out.splitlines() if line.startswith("tutorial:")]
    assert headings == [
        "tutorial: keras, float32, batch 10, input 10x8x16x3",
        "tutorial: keras, float32, batch 200, input 200x8x16x3",
    ]
    assert outcome.err.splitlines() == ["watching tutorial.yaml; Ctrl-C ends"] * 2
    assert outcome.code == 130


def test_watching_includes_too(run, here, monkeypatch):
    Path("part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n", encoding="utf-8")
    Path("whole.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n", encoding="utf-8")
    naps = []

    def nap(_: float) -> None:
        naps.append(1)
        if len(naps) == 1:
            Path("part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(16, 3)\n", encoding="utf-8")
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", nap)
    outcome = run("plan whole.yaml --watch --columns output_shape")
    assert [line for line in outcome.out.splitlines() if line.startswith("1x6x6x")] == ["1x6x6x4", "1x6x6x16"]
    assert outcome.err.splitlines()[0] == "watching part.yaml, whole.yaml; Ctrl-C ends"


def test_long_work_shows_a_sign_of_life_at_a_terminal_and_cleans_up(capsys, monkeypatch):
    from cnnshape.cli import progress

    class Screen(io.StringIO):
        written = threading.Event()

        def flush(self):
            self.written.set()

    screen = Screen()
    before = threading.active_count()
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with monkeypatch.context() as terminal:
        terminal.setattr(progress, "is_terminal", lambda _: True)
        terminal.setattr(sys, "stderr", screen)
        with progress.progress("planning a.yaml"):
            assert screen.written.wait(60)
    assert screen.getvalue().startswith("\r\x1b[Kplanning a.yaml ... ")
    assert screen.getvalue().endswith(" s\r\x1b[K")
    assert threading.active_count() == before
    with progress.progress("planning a.yaml"):
        time.sleep(0.03)
    assert capsys.readouterr().err == ""


def test_calc_names_the_layer_that_is_wrong(run):
    outcome = run("calc", "8x16x3", "Conv2D(5, 3)", "MaxPooling2D(9)")
    assert outcome.code == 1
    assert outcome.err.splitlines()[:5] == [
        "error[CS301]: MaxPooling2D's window of 9 is larger than its input along the height: 6",
        " --> layer 2:1:1",
        "  |",
        "1 | MaxPooling2D(9)",
        "  | ^^^^^^^^^^^^^^^ in max_pooling2d",
    ]
    outcome = run("calc", "8x16x3", "Conv2D(5, 3")
    assert outcome.code == 1
    assert " --> layer 1:1:7\n" in outcome.err


def test_calc_reads_pytorch_too(run):
    outcome = run("calc", "3x32x32", "Conv2d(3, 16, 5)", "MaxPool2d(2)", "--framework", "pytorch", "--format", "csv")
    assert [line.split(",")[0] for line in outcome.out.splitlines()] == ["name", "conv2d", "max_pool2d"]


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_the_first_file_plans_and_keeps_its_promises(run, here, framework):
    assert run(f"init --framework {framework}") == (0, "wrote model.yaml\ntry: cnnshape plan model.yaml\n", "")
    outcome = run("plan model.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "conv_bn x 2" in outcome.out
    assert run("plan model.yaml --set width=8").code == 0


def test_init_never_writes_over_a_file(run, here):
    outcome = run("init tutorial.yaml")
    assert outcome == (
        2,
        "",
        "error: tutorial.yaml exists already, and is left as it is\n  try: cnnshape init --help\n",
    )
    assert Path("tutorial.yaml").read_text(encoding="utf-8") == TUTORIAL


def test_a_first_file_on_standard_output(run, here):
    outcome = run("init -")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("# A small image classifier. Look at it with:  cnnshape plan model.yaml\n")
    assert not Path("-").exists()


def test_the_first_file_of_any_name_plans(run, here):
    assert run("init", "a\nb\x9b.yaml").code == 0
    assert run("plan", "a\nb\x9b.yaml").code == 0


def test_init_like_a_built_in_network(run, here):
    outcome = run("init mine.yaml --like resnet101")
    assert outcome.out == "wrote mine.yaml\ntry: cnnshape plan mine.yaml --preset ResNet101\n"
    assert run("plan mine.yaml --preset ResNet101").code == 0
    outcome = run("init other.yaml --like renset50")
    assert outcome.err.startswith("error[CS001]: the zoo has no network 'renset50'\nhelp: did you mean ")
    assert not Path("other.yaml").exists()


def test_what_another_counter_prints_is_told_apart(run, here):
    outcome = run("plan zoo:pytorch/resnet50 --count-like fvcore")
    assert "MACs              4.09 G per sample\n" in outcome.out
    parts = "products 4,089,184,256, normalization 22,227,968, pooling 100,352"
    assert f"fvcore counts     4,111,512,576 = {parts} (version 0.1.5)\n" in outcome.out
    document = json.loads(run("plan zoo:pytorch/resnet50 --count-like thop --format json").out)
    assert (document["count_like"]["tool"], document["count_like"]["version"]) == ("thop", "0.1.1")
    assert document["count_like"]["total"] == 4_133_742_592


@pytest.mark.parametrize("option", ["--columns name", "--sort params", "--top 2", "--depth 0"])
def test_what_the_comparison_cannot_do_is_said(run, option):
    outcome = run(f"plan tutorial.yaml --against pytorch {option}")
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {option.split()[0]} has no meaning beside --against")
