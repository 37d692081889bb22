"""Inputs that once got a wrong answer (``tests/data/faults``), each with the value that is right.

Observed of Keras 3.15.1, PyTorch 2.14.1, thop 0.1.1 and torchinfo 1.8.0, or counted by hand. A row is one command: its exit code,
what it has to say, and what it must not say.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FOLDER = Path(__file__).parents[1] / "data/faults"
FILES = sorted(path.name for path in FOLDER.iterdir())
ROWS: list[tuple[str, int, list[str], list[str]]] = [
    # numbers that are looked up have a length
    ("sizes ../vocabulary/embedding_text_cnn.yaml", 0, ["valid                      every size from 999"], ["no input"]),
    # the other framework's equal of Dense on a map moves the channels
    (
        "plan against_dense_on_map.yaml --against pytorch", 0,
        ["Permute((0, 2, 3, 1)), Linear(8, 16), Permute((0, 3, 1, 2))"], [],
    ),
    # channels first, where nothing else says so
    (
        "check batchnorm_channels_first.yaml --isolated", 0,
        ["advice[CS522]: BatchNormalization normalizes axis -1, which is the width here: 16 columns, and not 64 channels",
         "write `BatchNormalization(axis=1)`"], [],
    ),
    (
        "explain batchnorm_channels_first.yaml batch_normalization", 0,
        ["(scale + offset + mean + variance) along axis -1 (width)\n  = 4 x 16"], ["per channel"],
    ),
    ("check channels_first_field.yaml --isolated", 0, ["1 file checked"], ["CS401"]),
    (
        "check channels_first_fix.yaml --fix --diff --isolated", 1,
        ['-  - b = Conv2D(4, 3)\n+  - b = Conv2D(4, 3, padding="same")'], ["Cropping2D"],
    ),
    (
        "scale channels_first_scale.yaml --vary input=32:64:16", 0,
        ["32      12 ", "64      12 "], ["128"],
    ),
    # a block's row is what the block reads, and trains as its layers do
    (
        "plan block_row_reads.yaml --columns name,input_shapes,inputs", 0,
        ["d                         1x32x32x8  stem"], ["d/conv2d "],
    ),
    ("plan block_row_trains.yaml --columns name,trainable", 0, ["x      partly", "y      partly"], []),
    # merges of what a loop made, and of what was resized
    ("plan concat_of_a_loop.yaml", 0, ["outputs           cat 1x16x16x16", "params            480 "], []),
    ("plan interpolate_to_size_of.yaml", 0, ["outputs           p4 1x256x64x85"], []),
    # the counters' numbers
    ("plan countlike_grouped_transposed.yaml --count-like thop", 0, ["41,616 "], ["83,232"]),
    ("plan countlike_grouped_transposed.yaml --count-like torchinfo", 0, ["42,772 "], ["84,388"]),
    # files of other tools
    ("plan darknet.cfg", 0, ["outputs           0.logistic 1x16x414x414", "params            448 "], ["CS003"]),
    ("plan yolo_model.yaml", 1, ["cannot join input 1 (1, 24, 640, 640) with input 2 (1, 24, 320, 320)"], ["CS009", "CS010"]),
    ("plan keras_to_json.json", 0, ["outputs           dense 1x10", "params            18,234 "], []),
    # no monotony that is not known
    ("scale scale_kernel.yaml --vary k=9:17 --max-params 100k", 0, [f"\n{k} " for k in range(10, 17)], ["nothing fits"]),
    ("scale scale_stride.yaml --vary s=4 --max-params 10k", 0, ["4   5,258 "], []),
    # sizes from the rules, along each axis
    (
        "sizes sizes_false_formula.yaml", 0,
        ["output of c5       ceil(H / 32), ceil(W / 32)", "output of p3       ceil(H / 8), ceil(W / 8)"], ["31)"],
    ),
    ("sizes sizes_faulty_yaml.yaml", 1, ["error[CS003]"], ["takes none of the sizes", "no input with spatial axes"]),
    ("sizes sizes_one_axis_wrong.yaml", 0, ["valid, height              64 to 67", "valid, width               60 to 63"], []),
    (
        "sizes sizes_unequal_axes.yaml", 0,
        ["valid, depth               16 to 31", "valid, height              96 to 127", "valid, width               96 to 127"],
        [],
    ),
    # one fault hides no other
    (
        "plan three_faults.yaml", 1,
        ["Conv2D's window of 99 is larger than its input", "Add merges several inputs, but names none", "output cannot be judged before"],
        [],
    ),
    # every output has its field, and the step of training its peak
    (
        "plan total_field_of_first_output.yaml", 0,
        ["receptive field   a: 3x3 of input", "receptive field   b: 4x4 of input"], [],
    ),
    ("plan training_bound.yaml --optimizer sgd", 0, ["training          704 MiB with sgd"], ["GiB"]),
    # fields through upsampling by a factor
    ("calc 1x100x100 'Upsample(scale_factor=1.35, mode=\"bilinear\")' --framework pytorch", 0, ["field   2x2 of"], []),
    ("calc 1x100x100 'Upsample(scale_factor=0.4, mode=\"bicubic\")' --framework pytorch", 0, ["field   4x4 of"], []),
    # one-offs refuse what the layers do
    (
        "pool 1x20x20 --framework pytorch -k 3 -d 2 -p 2 -s 1", 2,
        ["--padding must be at most half the window, got 2 with a window of 3"], [],
    ),
    # an axis of its own for every setting
    (
        "solve 46x62 368x489 --transpose", 0,
        ['Conv2DTranspose(filters, 9, strides=8, padding="same", output_padding=(7, 0))'], ["No one setting"],
    ),
    (
        "solve 46x62 368x489 --transpose --framework pytorch -k 16 -s 8", 0,
        ["ConvTranspose2d(in_channels, out_channels, 16, stride=8, padding=(4, 8), output_padding=(0, 1))"], [],
    ),
    (
        "solve 100x50 50x50 --framework pytorch", 0,
        ["Conv2d(in_channels, out_channels, 3, stride=(2, 1), padding=1)"], [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "code", "said", "unsaid"), ROWS, ids=[row[0] for row in ROWS])
def test_the_answer_is_right(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, code: int, said: list[str], unsaid: list[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    outcome = run(command)
    text = outcome.out + outcome.err
    assert outcome.code == code, text
    assert [each for each in said if each not in text] == [], text
    assert [each for each in unsaid if each in text] == [], text


def test_a_field_jumps_by_the_factor(run: Run) -> None:
    answer = run("calc 1x100x100 'Upsample(scale_factor=0.29)' --framework pytorch --format json")
    (layer,) = json.loads(answer.out)["layers"]
    assert layer["receptive_field"]["jump"] == [pytest.approx(1 / 0.29)] * 2


def test_every_file_is_asked_about() -> None:
    assert [name for name in FILES if not any(name in command for command, *_ in ROWS)] == []
