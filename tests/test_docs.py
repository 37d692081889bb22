"""What the README and the documentation show is what happens (`scripts/documents.py` runs it)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from build_layers_page import PAGE, page
from documents import documents, execute, matches


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_what_a_document_shows_is_what_happens(document: Path, tmp_path: Path) -> None:
    shown = list(execute(document.read_text(encoding="utf-8"), tmp_path))
    wrong = [f"$ {each.command}\n{each.real}" for each in shown if not each.agrees]
    assert wrong == [], "\n\n".join(["the document shows something else than:", *wrong])
    assert shown or document.name != "README.md"


def test_the_comparison_can_fail() -> None:
    assert not matches("112", "113")
    assert matches("a\n...\nd", "a\nb\nc\nd")
    assert not matches("a\n...\nd", "a\nb\nc\ne")


def test_the_page_of_layers_is_that_of_the_vocabularies() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python scripts/build_layers_page.py"


def test_every_field_of_a_layers_json_is_described() -> None:
    import cnnshape

    (row,) = cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"]}).layers
    text = (PAGE.parent / "commands.md").read_text(encoding="utf-8")
    keys = {
        key
        for line in text.splitlines()
        if line.startswith("| `")
        for key in re.findall("`([a-z_]+)`", line.split("|")[1])
    }
    assert keys == set(row.to_dict())
