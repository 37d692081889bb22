"""Model files of Ultralytics have the parameters that the package counts: `ultralytics.json.gz` has all that it ships.

How it was recorded: `tests/data/record_ultralytics.py`.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import UsageError

DATA = Path(__file__).parents[2] / "data"

MODELS = {model["file"]: model for model in json.loads(gzip.decompress((DATA / "ultralytics.json.gz").read_bytes()))}

LARGEST = [(name, "x") for name in ("yolo11.yaml", "yolo12.yaml", "yolo26.yaml", "yolov8-seg.yaml")]
LARGEST += [(name, "x") for name in ("yolov8-world.yaml", "yoloe-26-seg.yaml", "yolov8-rtdetr.yaml")]
CASES = [(name, next(iter(MODELS[name]["params"]))) for name in MODELS] + LARGEST


def planned(folder: Path, name: str, **settings: Any) -> Plan:
    """The plan of a recorded file."""
    path = folder / name
    path.write_text(MODELS[name]["text"], encoding="utf-8")
    return cnnshape.plan(path, **settings)


@pytest.mark.parametrize(("name", "scale"), CASES)
def test_a_model_has_the_parameters_that_the_package_counts(name: str, scale: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, name, variables={"scale": scale} if scale else {})
    assert not plan.errors
    assert plan.totals is not None
    assert plan.totals.params == sum(MODELS[name]["params"][scale])


def test_every_entry_has_its_own(tmp_path: Path) -> None:
    plan = planned(tmp_path, "yolov8.yaml")
    found = [0] * 23
    for row in plan.layers:
        found[int(row.name.split(".")[1])] += row.params or 0
    assert found == MODELS["yolov8.yaml"]["params"]["n"]
    assert list(plan.outputs.values()) == [(1, 84, 8400)]


def test_a_files_name_states_its_size_and_nc_may_be_set(tmp_path: Path) -> None:
    (tmp_path / "yolo11s.yaml").write_text(MODELS["yolo11.yaml"]["text"], encoding="utf-8")
    plan = cnnshape.plan(tmp_path / "yolo11s.yaml", variables={"nc": 3}, input=[3, 320, 320])
    assert list(plan.outputs.values()) == [(1, 7, 2100)]
    assert (
        plan.totals == planned(tmp_path, "yolo11.yaml", variables={"scale": "s", "nc": 3}, input=[3, 320, 320]).totals
    )


def test_there_is_no_other_size(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scale 'q'; there are n, s, m, l, x"):
        planned(tmp_path, "yolov8.yaml", variables={"scale": "q"})


def test_a_module_of_which_nothing_is_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("backbone:\n  - [-1, 1, Hyper, [64]]\nhead:\n  - [-1, 1, Conv, [64]]\n", encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError, match="nothing is known of the module Hyper"):
        cnnshape.plan(path)


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("rtdetr-l.yaml", [(2, 300, 84)]),
        ("yolov8-world.yaml", [(2, 84, 2100)]),
        ("yoloe-11-seg.yaml", [(2, 116, 2100), (2, 32, 80, 80)]),
    ],
)
def test_prompts_and_queries_have_the_size_of_the_batch(
    name: str, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    assert list(planned(tmp_path, name, batch=2, input=[3, 320, 320]).outputs.values()) == outputs


@pytest.mark.parametrize(
    "text",
    [
        "backbone:\n  - [-1, 1, Conv, [.inf]]\nhead:\n  - [-1, 1, Conv, [64]]\n",
        "backbone:\n  - [-1, 99999, Conv, [64]]\nhead:\n  - [-1, 1, Conv, [64]]\n",
        "backbone: 3\nhead: 4\n",
        "backbone:\n  - [-1, 1, Conv]\nhead:\n  - []\n",
        "backbone:\n  - [7, 1, Conv, [64]]\nhead:\n  - [-1, 1, Conv, [64]]\n",
        f"backbone: {'[' * 3000}\nhead: 1\n",
        "backbone:\n  - [-1, 1, Conv, [64, x]]\nhead:\n  - [-1, 1, Conv, [64]]\n",
    ],
    ids=[
        "an endless width",
        "repeated without an end",
        "numbers",
        "no arguments",
        "reads what is not there",
        "nested",
        "a word for a kernel",
    ],
)
def test_what_ultralytics_does_not_read_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError):
        cnnshape.plan(path)


def test_what_is_wrong_is_shown_at_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    entries = ["backbone:", "  - [-1, 1, Conv, [8, 3, 2]]", "  - [-1, 1, Conv, [8, 3, 2]]", "head:"]
    path.write_text("\n".join([*entries, "  - [[-1, 0], 1, Concat, [1]]", ""]), encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(path)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.layer, finding.filename) == ("CS305", "model.2", str(path))
    assert finding.span is not None
    assert finding.span.start == (5, 5)
