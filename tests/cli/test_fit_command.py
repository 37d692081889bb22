"""``cnnshape fit``: options, formats, messages, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run

NETWORK = """\
name: small
framework: pytorch
input: [3, 16, 16]
layers:
  - Conv2d(3, 8, 3, padding=1)
  - ReLU()
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(NETWORK, encoding="utf-8")
    return "small.yaml"


def test_the_largest_batch_and_what_limits_it(run: Run, file: str) -> None:
    outcome = run(f"fit {file} --memory 1MiB --optimizer sgd")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "small: training with sgd, float32, input 3x16x16"
    assert lines[1].split() == ["memory", "1.00", "MiB"]
    # a sample takes 3 KiB of input, 8 KiB of output, which ReLU keeps, and two gradients of 8 KiB: 27 KiB
    assert lines[2].split() == ["largest", "batch", "37"]
    assert lines[4].startswith("limited by     activations; weights 896 B, gradients 896 B, optimizer 0 B")
    assert lines[5].startswith("batch 38")


def test_gpus_by_name(run: Run, file: str) -> None:
    outcome = run(f"fit {file} --against t4,rtx-4090 --format json")
    found = json.loads(outcome.out)
    assert [(each["gpu"], round(each["memory"] / 1024**3, 2)) for each in found] == [("T4", 14.56), ("RTX 4090", 23.61)]
    assert found[0]["batch"] < found[1]["batch"]
    assert run(f"fit {file} --against all").out.count(" GiB   batch ") == 14


def test_keras_is_an_estimate(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keras.yaml").write_text("input: [16, 16, 3]\nlayers:\n  - Conv2D(8, 3)\n", encoding="utf-8")
    assert "\nat most, for what is known of Keras is a lower bound" in run("fit keras.yaml --memory 1MiB").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("--memory 1KiB", 1, ""),
        ("", 2, "error: --memory: give --memory 24GiB, or --against all"),
        ("--memory 1GiB --against all", 2, "error: --memory: give --memory 24GiB, or --against all"),
        ("--memory 24", 2, "error: --memory: '24' has no unit: write 24GiB, 24MiB, or 24B for bytes"),
        ("--memory much", 2, "error: --memory: 'much' is no number"),
        ("--against k80", 2, "error: --against: there is no GPU 'k80'; known are RTX 3060"),
        ("--memory 1GiB --input 3x_x_", 1, "What training takes is not known"),
    ],
)
def test_exit_codes(run: Run, file: str, words: str, code: int, message: str) -> None:
    outcome = run(f"fit {file} {words}")
    assert outcome.code == code
    assert outcome.err.startswith(message)


def test_what_is_not_told_says_how_to_learn_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(
        "framework: pytorch\ninputs: {a: [8, 16, 16], b: [8, 8, 8], boxes: [4, 4]}\nlayers:\n"
        "  - x = Conv2d(8, 8, 1)(a)\n"
        "  - r = MultiScaleRoIAlign(['0', '1'], 7, 2)(x, b, boxes)\n",
        encoding="utf-8",
    )
    assert run("fit r.yaml --memory 1MiB").err == (
        "What training takes is not known: what r (MultiScaleRoIAlign) keeps for the backward pass (observe it with "
        "torch.autograd.graph.saved_tensors_hooks) is not told.\n"
    )
