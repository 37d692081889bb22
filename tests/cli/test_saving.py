"""Writing files: whole or not at all, never over what the command reads."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

from cnnshape.cli import mending, saving
from cnnshape.cli.saving import ChangedError, save, save_new
from cnnshape.mending.fixes import fix_file

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


@pytest.mark.parametrize("folder_of", ["/dev/shm", "."], ids=["memory", "disk"])
@pytest.mark.parametrize("words", [("check", "--fix"), ("plan", "zoo:lenet5", "-o")], ids=["fix", "output"])
def test_a_file_is_never_cut_wherever_it_lies(folder_of: str, words: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory(dir=folder_of) as place:
        file = Path(place, "a.yaml")
        file.write_text(FIXABLE)
        assert on_a_full_disk(*words, str(file)).returncode == 2
        assert (file.read_text(), os.listdir(place)) == (FIXABLE, ["a.yaml"])


def test_a_file_that_cannot_be_replaced_as_a_whole_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.yaml").write_text("old")

    def read_only(path: str, flags: int, mode: int = 0o777, **more: Any) -> int:
        if path == os.getcwd():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, flags, mode, **more)

    opened = os.open
    monkeypatch.setattr(saving.os, "open", read_only)
    with pytest.raises(PermissionError) as caught:
        save("a.yaml", "new")
    assert caught.value.filename == "a.yaml"
    assert Path("a.yaml").read_text() == "old"


def test_a_file_system_that_knows_no_files_without_a_name_is_written_as_safely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(saving.os, "O_TMPFILE", raising=False)
    Path("a.yaml").write_text("old")
    save("a.yaml", "new")
    save_new("b.yaml", "first")
    with pytest.raises(FileExistsError):
        save_new("b.yaml", "second")
    monkeypatch.setattr(saving, "write_all", full)
    for path in ("a.yaml", "c.yaml"):
        with pytest.raises(OSError, match="No space"):
            save(path, "newer")
    assert {name: Path(name).read_text() for name in os.listdir()} == {"a.yaml": "new", "b.yaml": "first"}


def full(descriptor: int, content: bytes) -> None:
    os.write(descriptor, next(iter(content))[:1])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_was_changed_since_it_was_read_is_left_alone() -> None:
    Path("a.yaml").write_text("saved meanwhile")
    for path in ("a.yaml", "gone.yaml"):
        with pytest.raises(ChangedError, match="it has changed since it was read"):
            save(path, "new", read="old")
    assert {name: Path(name).read_text() for name in os.listdir()} == {"a.yaml": "saved meanwhile"}


def test_a_save_between_reading_and_mending_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fix_slowly(path: str, examine_text: Any) -> Any:
        fixed = fix_file(path, examine_text)
        Path(path).write_text(GOOD)
        return fixed

    monkeypatch.setattr(mending, "fix_file", fix_slowly)
    Path("a.yaml").write_text(FIXABLE)
    outcome = run("check --fix a.yaml")
    assert outcome.err.startswith("a.yaml: left as it is; it has changed since it was read\n")
    assert (outcome.code, Path("a.yaml").read_text()) == (2, GOOD)


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
