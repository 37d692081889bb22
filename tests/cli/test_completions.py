"""The completion scripts: up to date, and offering the right words in real shells without starting Python."""

from __future__ import annotations

import os
import pty
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from cnnshape.cli.completion import SCRIPTS

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "completions"
PATH = "/usr/bin:/bin"

LINES = [
    ("cnnshape con", {"conv", "conv-transpose"}, set()),
    ("cnnshape plan --f", {"--format", "--framework"}, {"--batch"}),
    (
        "cnnshape plan --format ",
        {"table", "json", "csv", "markdown", "latex", "html", "svg", "dot", "mermaid"},
        {"sarif"},
    ),
    ("cnnshape check --format sar", {"sarif"}, {"table"}),
    ("cnnshape conv 224 --padding ", {"same", "valid", "causal"}, set()),
    ("cnnshape conv 224 -p ", {"same", "valid", "causal"}, set()),
    ("cnnshape conv 224 --framework ", {"keras", "pytorch"}, set()),
    ("cnnshape plan --preset ResNet15", {"ResNet152"}, {"VGG16"}),
    ("cnnshape plan mod", {"model.yaml"}, {"other.yaml"}),
    ("cnnshape plan model.yaml -o oth", {"other.yaml"}, {"model.yaml"}),
    ("cnnshape plan --sort output_", {"output_shape", "output_bytes"}, {"params"}),
    ("cnnshape rule CS40", {"CS401", "CS402", "CS403"}, {"CS301"}),
    ("cnnshape zoo ", {"list", "show", "keras/vgg16"}, set()),
    ("cnnshape zoo show pytorch/resnet1", {"pytorch/resnet101", "pytorch/resnet18"}, {"keras/resnet101"}),
    ("cnnshape init --like keras/vgg", {"keras/vgg16", "keras/vgg19"}, set()),
    ("cnnshape completion ", {"bash", "zsh", "fish", "powershell"}, set()),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files, and a Python first in the PATH that says when it is started."""
    for name in ("model.yaml", "other.yaml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    bin = tmp_path / "bin"
    bin.mkdir()
    for name in ("python", "python3", "cnnshape"):
        spy = bin / name
        spy.write_text(f"#!/bin/sh\necho started >>{tmp_path}/started\n", encoding="utf-8")
        spy.chmod(0o755)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": f"{folder}/bin:{PATH}", "HOME": str(folder), "TERM": "dumb", "COLUMNS": "500"}


def bash(line: str, folder: Path) -> set[str]:
    script = f"""
        source {FOLDER}/cnnshape.bash
        COMP_LINE={line!r} COMP_POINT={len(line)}
        _cnnshape
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    answer = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(answer.stdout.split())


def fish(line: str, folder: Path) -> set[str]:
    script = f"source {FOLDER}/cnnshape.fish; complete -C {line!r}"
    answer = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return {each.split("\t")[0] for each in answer.stdout.splitlines()}


def zsh(line: str, folder: Path) -> set[str]:
    """What an interactive zsh shows after a TAB."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(shutil.which("zsh") or "zsh", ["zsh", "-f", "-i"], environment(folder) | {"PS1": "> ", "LINES": "99"})
    setup = (
        f"autoload -Uz compinit; compinit -D -u; source {FOLDER}/_cnnshape; LISTMAX=999; unsetopt list_ambiguous; "
        "tab() { zle expand-or-complete; zle -R; print do''ne; }; zle -N tab; bindkey '^I' tab; print rea''dy\n"
    )
    os.write(terminal, setup.encode())
    read_until(terminal, "ready")
    os.write(terminal, f"{line}\t".encode())
    shown = read_until(terminal, "done")
    os.close(terminal)
    os.waitpid(child, 0)
    return set(shown.replace("\r", " ").split())


def read_until(terminal: int, word: str) -> str:
    """What the shell writes until the word comes."""
    text = ""
    while word not in text:
        text += os.read(terminal, 65536).decode(errors="replace")
    return text


@pytest.mark.parametrize(
    ("shell", "line", "offered", "not_offered"),
    [*((bash, *each) for each in LINES), *((fish, *each) for each in LINES), *((zsh, *each) for each in LINES[::2])],
)
def test_a_tab_offers_the_right_words_without_python(shell, line, offered, not_offered, folder):
    if shutil.which(shell.__name__) is None:
        pytest.skip(f"{shell.__name__} is not installed")
    words = shell(line, folder)
    assert offered <= words
    assert not words & not_offered
    assert not (folder / "started").exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cnnshape plan zoo:keras/resnet15", {"keras/resnet152", "keras/resnet152v2"}),
        ("cnnshape plan zo", {"zoo:"}),
        ("cnnshape plan --format=j", {"json"}),
        ("cnnshape plan --columns name,par", {"name,params"}),
        ("cnnshape --color never pla", {"plan"}),
        ("cnnshape --color n", {"never"}),
        ("cnnshape nonsense ", set()),
    ],
)
def test_bash_knows_its_word_breaks_lists_and_global_options(line, expected, folder):
    assert bash(line, folder) == expected


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_the_command_prints_the_script(run, shell):
    outcome = run(f"completion {shell}")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (FOLDER / SCRIPTS[shell]).read_text(encoding="utf-8")


def test_the_scripts_are_up_to_date():
    built = runpy.run_path(str(ROOT / "scripts" / "build_completions.py"))["build"]()
    for name, text in built.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run python scripts/build_completions.py"
    assert sorted(built) == sorted(SCRIPTS.values())
