"""The benchmark runs and says what it measured; how long anything took is not a test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_start_up_as_json() -> None:
    answer = json.loads(benchmarks("start", "--rounds", "1", "--format", "json").stdout)
    figures = answer["figures"]
    assert [figure["name"] for figure in figures] == [
        "python -c pass",
        "conv 224 -k 7 -s 2 -p 3",
        "--version",
        "--help",
        "plan zoo:keras/resnet50",
        "plan zoo:keras/resnet50 --expand",
        "plan zoo:keras/resnet50 --format json",
        "check one small file",
        "plan zoo:keras/resnet50, unchanged",
        "check one small file, unchanged",
    ]
    assert figures[0]["ratio"] == 1
    assert all(figure["of"] == "python -c pass" and figure["peak_bytes"] > 0 for figure in figures)


def test_the_commit_before_is_measured_in_turns_with_this_tree() -> None:
    figures = json.loads(benchmarks("before", "--rounds", "1", "--before", "HEAD", "--format", "json").stdout)[
        "figures"
    ]
    if not (ROOT / ".git").exists():
        assert [figure["note"] for figure in figures] == ["git has no such revision here"]
    else:
        assert len(figures) == 5
        assert all(figure["of"] == "HEAD" and figure["ratio"] > 0 for figure in figures)


def test_a_revision_that_git_does_not_have_is_no_failure() -> None:
    done = benchmarks("before", "--rounds", "1", "--before", "no-such-revision")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].split(maxsplit=2)[1:] == ["no-such-revision", "git has no such revision here"]


def test_a_section_that_is_not_there() -> None:
    done = benchmarks("starts")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "there is no section starts; there are before, start, tab, peers, files, warm, growth, large, check, verify, sweep, "
        "forward\n"
    )


def test_a_peer_that_is_not_installed_has_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.__main__ import Figure, line
    from benchmarks.peers import PEERS, interpreter_with

    assert interpreter_with(("no_such_module_at_all",), [sys.executable]) is None
    assert interpreter_with(("json",), [sys.executable]) == sys.executable
    assert all(peer.install.startswith("pip install ") for peer in PEERS)
    figure = Figure("peers", "torchinfo", note="not installed: pip install torchinfo torchvision")
    assert line(figure).split(maxsplit=2) == ["peers", "torchinfo", "not installed: pip install torchinfo torchvision"]
