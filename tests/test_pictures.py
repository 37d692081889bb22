"""The pictures of the documentation are what the program draws today (`python scripts/build_pictures.py` makes them)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from build_pictures import FOLDER, digest, drawings

STALE = "run python scripts/build_pictures.py"


@pytest.mark.parametrize("name", drawings())
def test_a_drawing_is_that_of_today(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == f"{drawings()[name]}\n", STALE


def test_the_picture_of_the_report_shows_the_page_of_today() -> None:
    assert json.loads((FOLDER / "report.json").read_text(encoding="utf-8")) == {"shows": digest()}, STALE
    assert (FOLDER / "report.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("document", ["README.md", "docs/see-it.md"])
def test_every_picture_that_is_shown_is_there_and_says_what_it_shows(document: str) -> None:
    path = Path(document)
    shown = re.findall(r"<img\b[^>]*>", path.read_text(encoding="utf-8"))
    assert shown
    for tag in shown:
        source = re.search(r'src="([^"]+)"', tag)
        assert source
        assert (path.parent / source[1]).exists()
        assert re.search(r'alt="[^"]{20,}"', tag)
