"""What a user has is not lost, and what a shell can do to streams and files is no surprise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run

from cnnshape.cli.plan import DRAWN

GOOD = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n"
SLIP = "input: [9, 9, 3]\nlayers:\n  - Conv2D(8, 3, stride=2)  # kept\n"
MENDED = SLIP.replace("stride=", "strides=")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    Path("good.yaml").write_text(GOOD)
    Path("slip.yaml").write_text(SLIP)
    return tmp_path


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """A command line as a shell runs it, with `cnnshape` for the program."""
    program = f"'{sys.executable}' -m cnnshape"
    done = command.replace("cnnshape", program, 1)
    return subprocess.run(["bash", "-c", done], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", ["plan good.yaml", "conv 224 -k 7", "--help", "check good.yaml"])
def test_a_closed_output_is_no_crash(command: str) -> None:
    done = shell(f"cnnshape {command} >&-")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize("command", ["plan -", "check -"])
def test_a_closed_input_cannot_be_read(command: str) -> None:
    done = shell(f"cnnshape {command} <&-")
    assert done.returncode == 2
    assert "CS001" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "plan good.yaml -o good.yaml",
        "plan good.yaml --format json -o ./good.yaml",
        "check good.yaml -o good.yaml",
        "check slip.yaml --diff -o slip.yaml",
        "explain good.yaml -o good.yaml",
        "sizes good.yaml -o good.yaml",
        "diff good.yaml good.yaml -o good.yaml",
    ],
)
def test_no_answer_replaces_the_file_that_was_asked_about(run: Run, command: str) -> None:
    outcome = run(command)
    assert outcome.code == 2
    assert "which the command reads; name another file" in outcome.err
    assert (Path("good.yaml").read_text(), Path("slip.yaml").read_text()) == (GOOD, SLIP)


def test_an_empty_name_is_no_output(run: Run) -> None:
    assert run("plan", "good.yaml", "-o", "").err.startswith("error: --output needs a path, or - for standard output\n")


def test_a_mended_file_keeps_its_mode_and_its_links(run: Run) -> None:
    Path("slip.yaml").chmod(0o640)
    Path("link.yaml").symlink_to("slip.yaml")
    os.link("slip.yaml", "twin.yaml")
    assert run("check --fix link.yaml").code == 0
    assert Path("link.yaml").is_symlink()
    assert Path("slip.yaml").read_text() == MENDED
    assert Path("twin.yaml").read_text() == SLIP  # another name of the old text
    assert Path("slip.yaml").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("option", ["--fix", "--write-expect"])
def test_a_write_that_fails_leaves_the_file_as_it_was(run: Run, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnshape.cli import saving

    def full(old: str, new: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.os, "replace", full)
    file, text = ("slip.yaml", SLIP) if option == "--fix" else ("good.yaml", GOOD)
    outcome = run("check", option, file)
    assert f"{file}: not changed; No space left on device\n" in outcome.err
    assert Path(file).read_text() == text
    assert sorted(os.listdir(".")) == ["good.yaml", "slip.yaml"]


def test_one_file_that_cannot_be_read_hides_no_other(run: Run) -> None:
    Path("bad.yaml").write_bytes(b"\xff\xfe")
    assert run("check --fix bad.yaml slip.yaml").code == 1
    assert Path("slip.yaml").read_text() == MENDED
    assert run("check --write-expect bad.yaml good.yaml").code == 1
    assert "expect:" in Path("good.yaml").read_text()


def test_promises_can_be_looked_at_before_they_are_written(run: Run) -> None:
    outcome = run("check --write-expect --diff good.yaml")
    assert "+  params: 224\n" in outcome.out
    assert Path("good.yaml").read_text() == GOOD
    assert run("check --write-expect --fix good.yaml").code == 2


def test_pipes_and_devices_of_a_folder_are_not_waited_for() -> None:
    os.mkfifo("pipe.cnn.yaml")
    Path("endless.yaml").symlink_to("/dev/zero")
    done = shell("cnnshape check . --isolated --format concise")
    assert done.returncode == 1
    assert done.stderr == "2 files checked: 1 error; --fix mends 1\n"
    Path("outer.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - include: pipe.cnn.yaml\n")
    assert "no file" in shell("cnnshape plan outer.yaml").stderr
    assert "larger than 8 MiB" in shell("cnnshape check --config /dev/zero good.yaml").stderr


@pytest.mark.parametrize("command", ["plan", "explain", "sizes"])
def test_json_holds_nothing_that_a_terminal_obeys(run: Run, command: str) -> None:
    Path("named.yaml").write_text('name: "a\\x9b31m\\u202e\u00fc"\n' + GOOD)
    outcome = run(command, "named.yaml", "--format", "json")
    assert outcome.out.isascii()
    json.loads(outcome.out)


def test_a_first_file_goes_to_standard_output_too(run: Run) -> None:
    assert run("init -").out.startswith("# A small image classifier.")
    assert sorted(os.listdir(".")) == ["good.yaml", "slip.yaml"]


FULL = "error: standard output: No space left on device; not all of the answer was written\n"


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "command", ["conv 224 -k 7", "plan zoo:keras/resnet50 --format json", "check slip.yaml", "plan --help", "--version"]
)
def test_a_full_output_is_said_and_is_2(command: str, unbuffered: str) -> None:
    done = shell(f"PYTHONUNBUFFERED={unbuffered} cnnshape {command} >/dev/full")
    assert (done.returncode, done.stderr) == (2, FULL)
    assert shell(f"PYTHONUNBUFFERED={unbuffered} cnnshape {command} &>/dev/full").returncode == 2


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_an_output_that_is_cut_off_is_said_and_is_2(unbuffered: str) -> None:
    done = shell(
        f"ulimit -f 8; PYTHONUNBUFFERED={unbuffered} cnnshape plan zoo:keras/resnet50 --format json > cut.json"
    )
    assert (done.returncode, done.stderr) == (2, FULL.replace("No space left on device", "File too large"))
    assert Path("cut.json").stat().st_size == 8 * 1024


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", ["check good.yaml", "plan missing.yaml", "plan", "plan slip.yaml"])
def test_messages_that_nobody_can_read_are_2(command: str, unbuffered: str) -> None:
    assert shell(f"PYTHONUNBUFFERED={unbuffered} cnnshape {command} 2>/dev/full").returncode == 2


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_goes_away_is_no_error(unbuffered: str) -> None:
    done = shell(
        f"PYTHONUNBUFFERED={unbuffered} cnnshape plan zoo:keras/resnet50 --format json | head -c 1; "
        'echo " ${PIPESTATUS[0]}"'
    )
    assert (done.stdout, done.stderr) == ("{ 141\n", "")


@pytest.mark.parametrize("format", [*DRAWN, "table", "csv", "markdown", "latex"])
def test_nothing_is_drawn_of_what_cannot_be_read(run: Run, tmp_path: Path, format: str) -> None:
    outcome = run("plan", str(tmp_path / "missing.yaml"), "--format", format, "--input", "_x_x3")
    assert (outcome.code, outcome.err[:13]) == (2, "error[CS001]:")
    assert outcome.out.count("\n") <= (format == "csv")
