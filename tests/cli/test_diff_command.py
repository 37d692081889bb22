"""``cnnshape diff`` between files and between revisions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import Run

OLD = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n"
NEW = "input: [8, 8, 3]\nlayers:\n  - Conv2D(16, 3)\n"


def git(*words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 1)\n")
    Path("models/a.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n  - Conv2D(8, 3)\n")
    Path("old.yaml").write_text(OLD)
    Path("new.yaml").write_text(NEW)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path


def test_exit_codes(run: Run) -> None:
    assert run("diff old.yaml new.yaml").code == 0
    assert run("diff old.yaml new.yaml --exit-code").code == 1
    same = run("diff old.yaml old.yaml --exit-code")
    assert (same.code, same.out) == (0, "no difference in 1 layers\n")


def test_a_file_and_what_it_includes_are_taken_from_the_revision(run: Run) -> None:
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(6, 1)\n")
    document = json.loads(run("diff --git HEAD models/a.yaml --format json").out)
    assert (document["old"], document["new"]) == ("HEAD:models/a.yaml", "models/a.yaml")
    changed = {layer["name"]: layer["changes"].get("arguments") for layer in document["layers"]}
    assert changed["part/conv2d"] == {
        "old": {"filters": 4, "kernel_size": [1, 1]},
        "new": {"filters": 6, "kernel_size": [1, 1]},
    }


def test_from_inside_a_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("models")
    assert run("diff --git HEAD a.yaml --exit-code").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("diff old.yaml", "needs two FILEs, or one and --git REV, got 1"),
        ("diff --git HEAD old.yaml new.yaml", "needs one FILE beside --git REV, got 2"),
        ("diff --git nowhere old.yaml", "git has no nowhere"),
        ("diff --git HEAD models/missing.yaml", "git has no models/missing.yaml at HEAD"),
        ("diff --git=--output=x old.yaml", "git has no --output=x"),
    ],
)
def test_what_cannot_be_compared_is_2(run: Run, words: str, message: str) -> None:
    outcome = run(words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert not Path("x").exists()


def test_a_wrong_architecture_is_shown_and_is_1(run: Run) -> None:
    Path("new.yaml").write_text(NEW.replace("3)", "9)"))
    outcome = run("diff old.yaml new.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error[CS301]: ")
    assert outcome.err.endswith("new.yaml: only sound architectures can be compared\n")


def test_a_file_that_the_revision_does_not_have_is_new(run: Run) -> None:
    Path("models/b.yaml").write_text(NEW)
    outcome = run("diff --git HEAD models/b.yaml --exit-code")
    assert outcome.code == 1
    assert outcome.out.startswith("a new network; layers: 1 added\n\n+ conv2d  Conv2D  output (6, 6, 16);")


def test_broken_promises_are_compared(run: Run) -> None:
    Path("old.yaml").write_text(OLD + "expect: {params: 224}\n")
    Path("new.yaml").write_text(NEW + "expect: {params: 224}\n")
    outcome = run("diff old.yaml new.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("layers: 1 changed\n")


def test_a_wrong_file_of_a_revision_is_named_as_it_is_there(run: Run) -> None:
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 99)\n")
    git("commit", "-qam", "wrong")
    outcome = run("diff --git HEAD models/a.yaml --color never")
    assert outcome.code == 1
    assert " --> HEAD:models/part.yaml:3:5\n" in outcome.err
    assert outcome.err.splitlines()[-1] == "models/a.yaml: only sound architectures can be compared"
    assert "HEAD:models/a.yaml: only sound architectures can be compared" in outcome.err


def test_the_document_goes_to_the_file_of_output(run: Run) -> None:
    assert run("diff old.yaml new.yaml --format markdown -o diff.md").out == ""
    assert Path("diff.md").read_text().startswith("**new**: layers: 1 changed\n")


def test_settings_hold_for_both(run: Run) -> None:
    document = json.loads(run("diff old.yaml new.yaml --input 16x16x3 --format json").out)
    assert document["layers"][0]["changes"]["output_shapes"] == {"old": [[1, 14, 14, 8]], "new": [[1, 14, 14, 16]]}
