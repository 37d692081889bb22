"""Checking many files: nothing that happens to one of them is the end of the others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cnnshape.api import examine
from cnnshape.checks.check import check_files
from cnnshape.checks.configuration import Configuration
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import needing

GOOD = "input: [8, 8, 3]\nlayers: [ReLU]\n"
FILES = [f"{number:02}.yaml" for number in range(12)]


def dies_with_05(file: str, **settings: Any) -> Plan:
    """As `examine`, but the process ends at one file, as when the system runs out of memory."""
    if file == "05.yaml":
        os._exit(137)
    return examine(file, **settings)


def fails_with_05(file: str, **settings: Any) -> Plan:
    """As `examine`, but with a bug that shows at one file."""
    if file == "05.yaml":
        raise ZeroDivisionError("a bug")
    return examine(file, **settings)


def lacks_a_package_for_05(file: str, **settings: Any) -> Plan:
    """As `examine`, but one file is of a kind whose library is not installed."""
    if file == "05.yaml":
        with needing("onnx", "reading an .onnx"):
            raise ModuleNotFoundError("No module named 'onnx'", name="onnx")
    return examine(file, **settings)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        Path(name).write_text(GOOD)
    Path("09.yaml").write_text("input: [8, 8, 3]\nlayers: [ReLUU]\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_at_one_file_is_told_and_the_others_are_checked(jobs: int) -> None:
    report = check_files(FILES, Configuration("."), fails_with_05, jobs=jobs)
    assert report.filenames == tuple(FILES)
    assert [(finding.filename, finding.code) for finding in report.findings] == [
        ("05.yaml", "CS017"),
        ("09.yaml", "CS101"),
    ]
    assert report.findings[0].message == "this file could not be checked: ZeroDivisionError: a bug"


def test_a_process_that_dies_takes_one_file_with_it() -> None:
    report = check_files(FILES, Configuration("."), dies_with_05, jobs=2)
    assert report.filenames == tuple(FILES)
    assert [(finding.filename, finding.code) for finding in report.findings] == [
        ("05.yaml", "CS017"),
        ("09.yaml", "CS101"),
    ]
    ended = "its process was ended, perhaps for want of memory"
    assert report.findings[0].message == f"this file could not be checked: {ended}"


def test_a_finding_about_an_included_file_stands_once() -> None:
    Path("part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 9)\n")
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n")
    report = check_files(["a.yaml", "b.yaml", "part.yaml"], Configuration("."), examine)
    assert [(finding.filename, finding.code) for finding in report.findings] == [("part.yaml", "CS301")]


def test_advice_about_the_zoo_is_given_to_the_zoo_alone() -> None:
    Path("a.yaml").write_text("input: [224, 224, 3]\nlayers:\n  - include: zoo:keras/resnet50\n")
    assert check_files(["a.yaml"], Configuration("."), examine).findings == ()
    assert check_files(["zoo:keras/resnet50"], Configuration("."), examine).findings != ()


def test_a_package_that_a_file_needs_and_nobody_has_is_no_bug() -> None:
    """The finding says what to install; the gate cannot pass a file that nothing read, and checks the others."""
    report = check_files(FILES, Configuration("."), lacks_a_package_for_05)
    finding, other = report.findings
    assert (finding.code, finding.fix, report.readable) == ("CS001", None, 11)
    assert finding.message == (
        '05.yaml cannot be checked: reading an .onnx needs onnx, which is not installed: pip install "cnnshape[onnx]"'
    )
    assert (other.filename, other.code) == ("09.yaml", "CS101")
