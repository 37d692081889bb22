"""`export` with its options."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

import cnnshape
from cnnshape.writers.weights import weights_map
from tests.cli.conftest import Run
from tests.test_weights_map import KERAS, drawn


def test_the_map_and_given_weights_from_the_command_line(tmp_path: Path, run: Run) -> None:
    plan = cnnshape.plan(text=KERAS)
    (tmp_path / "net.yaml").write_text(KERAS, encoding="utf-8")
    np.savez(tmp_path / "weights.npz", **drawn(plan))  # type: ignore[arg-type]
    command = ["export", f"{tmp_path}/net.yaml", "--to", "onnx", "-o", f"{tmp_path}/net.onnx", "--opset", "18"]
    made = ["--weights", f"{tmp_path}/weights.npz", "--with-weights-map", f"{tmp_path}/map.json"]
    assert run(*command, *made).code == 0
    assert json.loads((tmp_path / "map.json").read_text(encoding="utf-8")) == weights_map(plan, "onnx")
    model = onnx.load(tmp_path / "net.onnx")
    kernel = next(each for each in model.graph.initializer if each.name == "conv2d.weight")
    assert np.array_equal(onnx.numpy_helper.to_array(kernel), drawn(plan)["conv2d/kernel"].transpose(3, 2, 0, 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "keras", "--opset", "18"], "--opset is of ONNX models: --to onnx"),
        (["--to", "onnx", "-o", "net.onnx", "--opset", "7"], "--opset 7: from 13 on can be written"),
        (
            ["--to", "onnx", "-o", "net.onnx", "--weights", "net.yaml"],
            "--weights net.yaml: it is no .npz of NumPy arrays",
        ),
        (["--to", "onnx", "-o", "net.onnx", "--weights", "no.npz"], "--weights no.npz: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_for_says_so(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(KERAS, encoding="utf-8")
    outcome = run("export", "net.yaml", *options)
    assert outcome.code == 2
    assert message in " ".join(outcome.err.split())
