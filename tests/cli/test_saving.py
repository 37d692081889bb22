"""Writing files: whole or not at all, never over what the command reads."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run

from cnnshape.cli.saving import save, save_new

GOOD = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n"
FIXABLE = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3, stride=2)\n"
FIXED = FIXABLE.replace("stride", "strides")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_a_full_disk(*words: str) -> subprocess.CompletedProcess[bytes]:
    """A run that can write ten bytes to a file, after which the system refuses."""
    return subprocess.run(
        [sys.executable, "-m", "cnnshape", *words],
        capture_output=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "--fix", "a.yaml"), b"a.yaml: not changed; File too large\n"),
        (("check", "--write-expect", "a.yaml"), b"a.yaml: not changed; File too large\n"),
        (("plan", "zoo:lenet5", "-o", "a.yaml"), b"error: a.yaml: File too large\n"),
        (("suggest", "32x32x3", "--classes", "2", "--write", "a.yaml", "--force"), b"error: a.yaml: File too large\n"),
    ],
    ids=lambda words: " ".join(words[:2]) if isinstance(words, tuple) else "",
)
def test_a_write_that_fails_leaves_the_file_as_it_was(words: tuple[str, ...], told: bytes) -> None:
    text = FIXABLE if "--fix" in words else GOOD
    Path("a.yaml").write_text(text)
    outcome = on_a_full_disk(*words)
    assert told in outcome.stderr
    assert outcome.returncode == 2
    assert Path("a.yaml").read_text() == text
    assert os.listdir() == ["a.yaml"]


def test_a_first_file_that_cannot_be_written_leaves_nothing() -> None:
    outcome = on_a_full_disk("init", "a.yaml")
    assert (outcome.returncode, outcome.stderr) == (2, b"error: a.yaml: File too large\n")
    assert os.listdir() == []


def test_mode_and_links_stay() -> None:
    Path("real").mkdir()
    target = Path("real/a.yaml")
    target.write_text("old")
    target.chmod(0o640)
    Path("link.yaml").symlink_to(target)
    save("link.yaml", "new")
    assert Path("link.yaml").is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", 0o640)
    assert os.listdir("real") == ["a.yaml"]


def test_a_new_file_has_the_mode_that_every_new_file_has() -> None:
    Path("other").touch()
    save("a.yaml", "new")
    assert Path("a.yaml").stat().st_mode == Path("other").stat().st_mode


def test_a_link_to_nothing_makes_what_it_leads_to() -> None:
    Path("link.yaml").symlink_to("a.yaml")
    save("link.yaml", "new")
    assert Path("a.yaml").read_text() == "new"
    assert Path("link.yaml").is_symlink()


def test_what_cannot_be_replaced_is_written_to(folder: Path) -> None:
    reader, writer = os.pipe()
    save(f"/dev/fd/{writer}", "into a pipe")
    assert os.read(reader, 100) == b"into a pipe"
    with open("a.txt", "w") as file:
        save(f"/dev/fd/{file.fileno()}", "into what is open")
        assert os.fstat(file.fileno()).st_size == 17
    save(os.devnull, "nowhere")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    os.close(reader)
    os.close(writer)


def test_what_is_no_utf_8_is_shown_as_a_question_mark() -> None:
    save_new("a.yaml", "\udcff.yaml")
    assert Path("a.yaml").read_text() == "?.yaml"


@pytest.mark.parametrize(
    "command",
    [
        "plan a.yaml -o a.yaml",
        "plan a.yaml -o link.yaml",
        "explain a.yaml --output ./a.yaml",
        "sizes a.yaml -o a.yaml",
        "diff zoo:lenet5 a.yaml -o a.yaml",
        "check a.yaml -o a.yaml",
        "check --diff a.yaml -o a.yaml",
        "check . -o model.cnn.yaml",
        "plan model.cnn.yaml -o part.yaml",
        "check model.cnn.yaml -o part.yaml",
        "check --config cnnshape.toml a.yaml -o cnnshape.toml",
    ],
)
def test_output_never_replaces_what_is_read(run: Run, command: str) -> None:
    texts = {
        "a.yaml": FIXABLE,
        "part.yaml": GOOD,
        "model.cnn.yaml": "input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n",
        "cnnshape.toml": "",
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("link.yaml").symlink_to("a.yaml")
    outcome = run(command)
    assert (outcome.code, outcome.out) == (2, "")
    assert "error: --output is " in outcome.err
    assert "which the command reads; name another file\n" in outcome.err
    assert {name: Path(name).read_text() for name in texts} == texts


@pytest.mark.parametrize("command", ["plan zoo:lenet5 -o ''", "conv 224 -k 3 -o ''", "zoo -o ''"])
def test_an_output_without_a_name_is_refused_by_name(run: Run, command: str) -> None:
    outcome = run(command)
    assert outcome.code == 2
    assert outcome.err.startswith("error: --output needs a path, or - for standard output\n")
