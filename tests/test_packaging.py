"""What an index shows of the package, and what it may be installed beside."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_every_link_of_the_readme_works_wherever_it_is_shown() -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", Path("README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [link for link in LINK.findall(prose) if not link.startswith(("https://", "#"))] == []


def test_the_files_that_the_readme_names_are_there() -> None:
    text = Path("README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:docs|examples)/[\w./-]+)`", text)
    assert named
    assert [name for name in named if not Path(name).exists()] == []


def test_no_dependency_has_an_upper_bound() -> None:
    assert [each for each in PROJECT["dependencies"] if "<" in each or "==" in each or "~" in each] == []
