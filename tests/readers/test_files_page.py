"""The page of what is read is made from the registries, and complete against the lists of the libraries."""

from __future__ import annotations

import json
from pathlib import Path

from build_files_page import NO_LAYERS, PAGE, ROOT, page
from onnx import defs

DATA = Path(__file__).parents[1] / "data"


def test_the_page_is_that_of_the_registries() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python scripts/build_files_page.py"


def test_it_has_every_layer_and_function_that_keras_offers() -> None:
    names = (ROOT / "cnnshape/vocabularies/keras/names.txt").read_text(encoding="utf-8").split()
    assert not [name for name in names if f"`{name}`" not in page() and name not in NO_LAYERS]


def test_no_operator_of_onnx_is_unknown_without_a_reason() -> None:
    assert "| unknown |" not in page().partition("## Operators of ONNX")[2]


def test_it_has_every_operator_of_the_installed_onnx() -> None:
    recorded = json.loads((DATA / "onnx_operators.json").read_text(encoding="utf-8"))
    assert {schema.name for schema in defs.get_all_schemas() if not schema.domain} <= set(recorded)
