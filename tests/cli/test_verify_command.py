"""``cnnshape verify`` as people and scripts use it."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path

import pytest

from cnnshape import api
from cnnshape.network.plan import Rows
from cnnshape.studies import run_memory
from cnnshape.value import replace

TUTORIAL = """input: [8, 16, 3]
batch: 10
layers:
  - Conv2D(5, 3, strides=(2, 2), activation="relu")
  - MaxPooling2D: {pool_size: 2, strides: 2, padding: same}
"""

TABLE = """\
   Layer          Type          Output    Params   MACs  Field
─  ─────────────  ────────────  ────────  ──────  ─────  ──────
✓  conv2d         Conv2D        10x3x7x5     140  2,835  proven
✓  max_pooling2d  MaxPooling2D  10x2x4x5       0      0  proven

2 rows agree with the run on input 10x8x16x3, seed 0: 140 parameters and 2,835 MACs counted
receptive fields, probed with 4 pixels: 2 proven to the pixel
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("tutorial.yaml").write_text(TUTORIAL)
    return "tutorial.yaml"


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner that counts one parameter too many in every convolution."""
    original = api.plan

    def plan(*arguments, **named):
        honest = original(*arguments, **named)
        rows = [row._replace(params=row.params + 1) if row.type == "Conv2D" else row for row in honest.layers]
        return replace(honest, rows=Rows.of(rows))

    monkeypatch.setattr(api, "plan", plan)


def test_a_true_plan(run, file: str) -> None:
    outcome = run("verify", file)
    assert outcome == (0, TABLE, "")


def test_without_fields(run, file: str) -> None:
    outcome = run("verify", file, "--no-fields", "--layer", "conv2d")
    assert outcome.code == 0
    assert outcome.out.splitlines()[2:] == [
        "✓  conv2d  Conv2D  10x3x7x5     140  2,835",
        "",
        "1 row agrees with the run on input 10x8x16x3, seed 0: 140 parameters and 2,835 MACs counted",
    ]


def test_a_lie_exits_with_1_and_says_what_it_is(run, file: str, lying: None) -> None:
    outcome = run("verify", file, "--no-fields")
    assert outcome.code == 1
    assert outcome.out.splitlines()[2:] == [
        "✗  conv2d         Conv2D        10x3x7x5     140  2,835",
        "✓  max_pooling2d  MaxPooling2D  10x2x4x5       0      0",
        "",
        "conv2d (Conv2D, line 4): parameters: planned 141, the run gives 140",
        "",
        "1 of 2 rows disagree with the run on input 10x8x16x3, seed 0",
    ]


def test_json(run, file: str, lying: None) -> None:
    outcome = run("verify", file, "--format", "json", "--batch", "2", "--seed", "5")
    document = json.loads(outcome.out)
    assert outcome.code == 1
    assert {key: value for key, value in document.items() if key != "layers"} == {
        "schema_version": 1,
        "name": "tutorial",
        "framework": "keras",
        "batch": 2,
        "filename": "tutorial.yaml",
        "inputs": {"input": [2, 8, 16, 3]},
        "seed": 5,
        "probes": 4,
        "agrees": False,
    }
    assert document["layers"][0] == {
        "name": "conv2d",
        "type": "Conv2D",
        "agrees": False,
        "planned": {"output_shapes": [[2, 3, 7, 5]], "params": 141, "buffers": 0, "macs": 2835},
        "found": {"output_shapes": [[2, 3, 7, 5]], "params": 140, "buffers": 0, "macs": 2835},
        "receptive_field": "proven",
        "differences": [{"quantity": "params", "planned": 141, "found": 140}],
        "line": 4,
    }


def test_another_input_preset_and_variable(run, file: str) -> None:
    Path("model.yaml").write_text(
        "input: [8, 8, 3]\nvariables: {width: 4}\npresets: {wide: {width: 8}}\nlayers:\n  - Conv2D(width, 3)\n"
    )
    outcome = run("verify", "model.yaml", "--preset", "wide", "--input", "6x7x2", "--no-fields")
    assert outcome.out.splitlines()[2] == "✓  conv2d  Conv2D  1x4x5x8     152  2,880"
    outcome = run("verify", "model.yaml", "--set", "width=1", "--no-fields")
    assert outcome.out.splitlines()[2] == "✓  conv2d  Conv2D  1x6x6x1      28   972"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--layer", "conv"], "error: --layer: no row is named `conv`; did you mean `conv2d`?\n"),
        (
            ["--input", "_x16x3"],
            "error: input `input` of shape 10x?x16x3 has unknown sizes: state them (--input, --batch), or give its values\n",
        ),
    ],
)
def test_usage_errors_exit_with_2(run, file: str, words: list[str], message: str) -> None:
    outcome = run("verify", file, *words)
    assert outcome.code == 2
    assert outcome.err.startswith(message)


def test_a_wrong_architecture_is_reported_as_ever(run, file: str) -> None:
    Path(file).write_text("input: [2, 2, 1]\nlayers: ['Conv2D(1, 5)']\n")
    outcome = run("verify", file)
    assert outcome.code == 1
    assert "error[CS301]" in outcome.err


def test_without_the_extra_it_says_how_to_get_it(run, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without_numba(name, *arguments, **named):
        if name == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")
        return original(name, *arguments, **named)

    for module in [name for name in sys.modules if name.startswith("cnnshape.reference")]:
        monkeypatch.delitem(sys.modules, module)
    import cnnshape

    monkeypatch.delattr(cnnshape, "reference", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_numba)
    outcome = run("verify", file)
    assert outcome == (
        2,
        "",
        'error: running a network needs numba, which is not installed: pip install "cnnshape[verify]"\n',
    )


def test_a_small_machine_verifies_a_smaller_input_and_says_so(run, file, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_memory, "memory_available", lambda: 4_000)
    outcome = run("verify", file, "--batch", "1", "--no-fields")
    assert outcome.code == 0
    assert outcome.err == "note: this machine's memory does not take the whole input; verifying with input 1x4x8x3\n"
    assert "input 1x4x8x3" in outcome.out


def test_what_there_is_no_time_for_is_left_open_and_is_2(run, file: str) -> None:
    outcome = run("verify", file, "--timeout", "1e-9")
    assert outcome.code == 2
    assert outcome.out.splitlines()[-1] == (
        "not proven, for want of time (--timeout): 2 of 2 rows, from conv2d on, and fields"
    )
    assert (
        "it stops after 1e-09 s with what is proven so far; --timeout 0, a smaller --input, --no-fields help"
        in outcome.err
    )
    document = json.loads(run("verify", file, "--timeout", "1e-9", "--no-fields", "--format", "json").out)
    assert (document["left_open"], document["layers"]) == ("2 of 2 rows, from conv2d on", [])


def test_without_a_limit_all_is_proven(run, file: str) -> None:
    assert run("verify", file, "--timeout", "0") == (0, TABLE, "")
