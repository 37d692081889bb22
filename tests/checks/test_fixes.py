"""What ``check --fix`` makes of entries: the fix that a message names, applied."""

from __future__ import annotations

import pytest

from cnnshape.api import examine
from cnnshape.mending.fixes import fix_text
from cnnshape.network.plan import Plan

KERAS = "input: [32, 32, 3]\nlayers:\n"
PYTORCH = "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n"


def examine_text(text: str, path: str) -> Plan:
    return examine(text=text, filename=path)


def fixed(text: str) -> str:
    return fix_text(text, "model.yaml", examine_text).after


@pytest.mark.parametrize(
    ("entry", "mended"),
    [
        ("Dense(10, activation=softmax)", 'Dense(10, activation="softmax")'),
        ("Dense(10, activation=LeakyReLU)", 'Dense(10, activation="leaky_relu")'),
        ("Dense(10, activation=none)", "Dense(10, activation=None)"),
        ("Dense(10, activation=tf.nn.relu)", 'Dense(10, activation="relu")'),
        ("Dense(10, kernel_initializer=he_normal)", 'Dense(10, kernel_initializer="he_normal")'),
        ("Conv2D(8, 3, padding=SAME)", 'Conv2D(8, 3, padding="same")'),
        ('"Conv2D(8, 3, padding=same)"', "\"Conv2D(8, 3, padding='same')\""),
        ("'Conv2D(8, 3, padding=same)'", "'Conv2D(8, 3, padding=\"same\")'"),
        ("layers.ReLU(),  # first", "layers.ReLU()  # first"),
        ("Conv2D(8, 3),", "Conv2D(8, 3)"),
    ],
)
def test_an_entry_of_keras_is_mended(entry: str, mended: str) -> None:
    assert fixed(f"{KERAS}  - {entry}\n") == f"{KERAS}  - {mended}\n"
    assert not examine(text=f"{KERAS}  - {mended}\n").errors


@pytest.mark.parametrize(
    ("entry", "mended"),
    [
        ('Conv2d(3, 8, 3, padding=same, dtype=torch.float32, device=torch.device("cuda")),', None),
        ("Conv2d(3, 8, 3, padding_mode=reflect)", 'Conv2d(3, 8, 3, padding_mode="reflect")'),
        ("nn.ReLU(),  # first", "nn.ReLU()  # first"),
    ],
)
def test_an_entry_of_pytorch_is_mended(entry: str, mended: str | None) -> None:
    mended = mended or entry.replace("same", '"same"').removesuffix(",")
    assert fixed(f"{PYTORCH}  - {entry}\n") == f"{PYTORCH}  - {mended}\n"
    assert not examine(text=f"{PYTORCH}  - {mended}\n").errors


@pytest.mark.parametrize(
    "entry",
    ["Conv2D(max, 3)", "Conv2D(n, 3)", "Dense(10, activation=rellu)", "view(-1, 4)", "Conv2D(8, 3, strides=[2, 2))"],
)
def test_what_may_be_meant_otherwise_is_left_to_the_author(entry: str) -> None:
    assert fixed(f"{KERAS}  - {entry}\n") == f"{KERAS}  - {entry}\n"


def test_a_block_loses_its_def() -> None:
    text = "input: [32, 32, 3]\nblocks:\n  def conv(n):\n    - Conv2D(n, 3)\nlayers:\n  - conv(8)\n"
    assert fixed(text) == text.replace("def ", "")


@pytest.mark.parametrize(
    ("entries", "mended"),
    [
        ("  - Conv2D(8, 3)\n   - Flatten\n", "  - Conv2D(8, 3)\n  - Flatten\n"),
        (
            "  - Conv2D(8, 3)\n    - Conv2D(8, 3,\n        strides=2)\n      - Flatten  # x\n",
            "  - Conv2D(8, 3)\n  - Conv2D(8, 3,\n        strides=2)\n  - Flatten  # x\n",
        ),
        ("  - conv1: Conv2D(8, 3)\n  - ReLU()(conv1)\n", "  - conv1 = Conv2D(8, 3)\n  - ReLU()(conv1)\n"),
        ("  - (conv1): Conv2D(8, 3)\n  - (1): ReLU()\n", "  - conv1 = Conv2D(8, 3)\n  - ReLU()\n"),
        (
            "  - Conv2D: {filters: 8, kernel_size: (3, 3), padding: same}\n",
            "  - Conv2D: {filters: 8, kernel_size: [3, 3], padding: same}\n",
        ),
        ("  - Conv2D: [8, (3, 3)]\n", "  - Conv2D: [8, [3, 3]]\n"),
        ("  - Conv2D: [8, $(min(3, 4))]\n", '  - Conv2D: [8, "$(min(3, 4))"]\n'),
        ('  - Conv2D: {filters: "2 * 4", kernel_size: 1}\n', '  - Conv2D: {filters: "$(2 * 4)", kernel_size: 1}\n'),
        ('  - Conv2D: {filters: 8, kernel_size: "(1, 1)"}\n', "  - Conv2D: {filters: 8, kernel_size: [1, 1]}\n"),
        (
            "  - Conv2D:\n      filters: 2 * 4\n      kernel_size: (3, 3)\n      activation: None\n",
            "  - Conv2D:\n      filters: $(2 * 4)\n      kernel_size: [3, 3]\n      activation: null\n",
        ),
        ("  - Conv2D: [8, 3]\n    naem: stem\n", "  - Conv2D: [8, 3]\n    name: stem\n"),
    ],
)
def test_what_yaml_reads_otherwise_than_it_is_meant_is_mended(entries: str, mended: str) -> None:
    assert fixed(KERAS + entries) == KERAS + mended
    assert not examine(text=KERAS + mended).errors


@pytest.mark.parametrize(
    ("head", "mended"),
    [
        ("input: [None, None, 3]", "input: [null, null, 3]"),
        ("input: (8, 8, 3)", "input: [8, 8, 3]"),
        ("input_shape: [8, 8, 3]", "input: [8, 8, 3]"),
        ("input: {image: [8, 8, 3]}", "inputs: {image: [8, 8, 3]}"),
        ("input: [8, 8, 3]\nbatch_size: 4", "input: [8, 8, 3]\nbatch: 4"),
        ("input: [8, 8, 3]\ndtype: fp16", "input: [8, 8, 3]\ndtype: float16"),
    ],
)
def test_the_head_of_a_file_is_mended(head: str, mended: str) -> None:
    layers = "\nlayers:\n  - Conv2D(8, 3)\n"
    assert len(examine(text=head + layers).errors) == 1
    assert fixed(head + layers) == mended + layers
    assert not examine(text=mended + layers).errors
