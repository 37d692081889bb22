"""What elements of exported functions see, held against PyTorch's gradients (`tests/data/record_exported_fields.py`)."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import cnnshape

with gzip.open(Path(__file__).parents[1] / "data/exported_fields.jsonl.gz", "rt", encoding="utf-8") as lines:
    RECORDED = [json.loads(line) for line in lines]

SIZE = 12
"""Elements along each axis of the input."""

CASES = [(each["function"], kind, each) for each in RECORDED for kind in ("pt2", "onnx") if each[kind]]


def written(folder: Path, case: Any, kind: str) -> Path:
    """The exported function as a file."""
    path = folder / f"net.{kind}"
    if kind == "onnx":
        path.write_bytes(base64.b64decode(case["onnx"]))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("net/models/model.json", json.dumps(case["pt2"]))
    return path


WIDER = {
    "torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2]], 1)": "channels of other places: what all of them see together",
    "x[:, :, :1].expand(-1, -1, 12, -1)": "windows hang over the border, where there is nothing to see",
}
"""Functions whose elements are said to see more than they do, and why."""


@pytest.mark.parametrize(("function", "kind", "case"), CASES, ids=[f"{kind}-{text}" for text, kind, _ in CASES])
def test_a_field_is_what_gradients_show_or_a_lower_bound(function: str, kind: str, case: Any, tmp_path: Path) -> None:
    field = cnnshape.plan(written(tmp_path, case, kind)).layers[-1].receptive_field
    assert field is not None
    said = [SIZE, SIZE] if field.is_global else list(field.size)
    if function in WIDER:
        assert said > case["seen"]
    elif field.exact:
        assert said == case["seen"]
    else:
        assert all(least <= seen for least, seen in zip(field.size, case["seen"], strict=True))


def test_most_fields_are_exact(tmp_path: Path) -> None:
    exact = [
        cnnshape.plan(written(tmp_path, case, kind)).layers[-1].receptive_field.exact  # type: ignore[union-attr]
        for _, kind, case in CASES
    ]
    assert sum(exact) >= 66
