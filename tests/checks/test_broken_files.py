"""Broken files and what is said about them: ``tests/data/broken/x.yaml`` and ``x.out``.

A new case is two files. The outputs are the full report, so that the caret below the source line shows where each
finding points; write a new one with ``cnnshape check --isolated x.yaml -o x.out`` in that folder, and read it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.api import examine
from cnnshape.checks.check import check_file, check_files
from cnnshape.checks.configuration import Configuration
from cnnshape.diagnostics import CODES
from cnnshape.reports.diagnostics import renderer

FOLDER = Path(__file__).parents[1] / "data/broken"
CASES = sorted(path.name for path in FOLDER.glob("*.yaml"))

ELSEWHERE = {"CS006", "CS404", "CS017", "CS018", "CS116", "CS317"} | {code for code in CODES if code.startswith("CS6")}
"""Those about Python source have tests of their own. A file that is too large is made where it is needed (``test_hostile_files.py``), a configuration has its own tests."""


@pytest.fixture(autouse=True)
def in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_gets_exactly_these_findings(name: str) -> None:
    checked = check_file(name, Configuration("."), examine, {})
    report = renderer("full")(checked.findings, checked.sources)
    assert report == Path(name).with_suffix(".out").read_text(encoding="utf-8")


def test_every_code_is_found_in_some_broken_file() -> None:
    report = check_files(CASES, Configuration("."), examine)
    assert {finding.code for finding in report.findings} == set(CODES) - ELSEWHERE


def test_no_output_has_lost_its_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.out")} == {Path(name).stem for name in CASES}
