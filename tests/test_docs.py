"""What the README and the documentation show is what happens (`scripts/documents.py` runs it)."""

from __future__ import annotations

from pathlib import Path

import pytest
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
