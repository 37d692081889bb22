"""The program's frame: help, version, exit codes, colour, and what happens when something goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnshape.cli import exits
from cnnshape.cli.app import Program
from cnnshape.cli.terminal import decide_color

CONTRACT = """\
plan check conv pool conv-transpose depthwise-conv separable-conv dense calc explain export import solve sizes scale search fit
suggest verify diff zoo init rule schema cache server completion
"""


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cnnshape", *words],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_version_is_one_line(run):
    assert run("--version") == (0, "cnnshape 0.1.0\n", "")
    assert run("-V") == (0, "cnnshape 0.1.0\n", "")


def test_help_lists_every_command_of_the_contract_without_importing_one(run):
    before = set(sys.modules)
    outcome = run("--help")
    assert outcome.code == 0
    for name in CONTRACT.split():
        assert f"\n  {name} " in outcome.out
    assert not {name for name in set(sys.modules) - before if name.startswith("cnnshape.cli.")}


def test_the_table_of_commands_is_the_contract():
    assert sorted(Program.entries) == sorted(CONTRACT.split())


def test_no_command_is_usage():
    outcome = python()
    assert outcome.returncode == exits.FAILED
    assert outcome.stderr.startswith(b"Usage: cnnshape [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cnv", "3"], "error: no such command 'cnv'. Did you mean 'conv'?\n  try: cnnshape --help\n"),
        (["conv"], "error: missing argument 'SHAPE'.\n  try: cnnshape conv --help\n"),
        (["conv", "224"], "error: missing option '-k' / '--kernel-size'.\n  try: cnnshape conv --help\n"),
        (["conv", "3", "-k"], "error: option '-k' requires an argument.\n  try: cnnshape conv --help\n"),
        (
            ["conv", "3", "-k", "3", "--foo"],
            "error: no such option: --foo (Possible options: --color, --format)\n  try: cnnshape conv --help\n",
        ),
        (
            ["pool", "7", "-k", "2", "--ceil"],
            "error: no such option: --ceil; did you mean --ceil-mode?\n  try: cnnshape pool --help\n",
        ),
        (
            ["diff", "a.yaml"],
            "error: a comparison needs two FILEs, or one and --git REV, got 1\n  try: cnnshape diff --help\n",
        ),
        (
            ["rule", "999"],
            "error: no rule has the code or name '999'; `cnnshape rule` lists them all\n  try: cnnshape rule --help\n",
        ),
        (
            ["conv", "3", "-k", "3", "--rank", "4"],
            "error: --rank must be one of 1, 2, 3, got '4'\n  try: cnnshape conv --help\n",
        ),
        (
            ["plan", "a.yaml", "--json"],
            "error: no such option: --json (Possible options: --sort)\n  write --format json\n",
        ),
        (
            ["plan", "a.yaml", "--batch", "0"],
            "error: --batch must be at least 1, got 0\n  try: cnnshape plan --help\n",
        ),
        (
            ["plan", "a.yaml", "--batch", "x"],
            "error: --batch must be a whole number, got 'x'\n  try: cnnshape plan --help\n",
        ),
        (
            ["plan", "a.yaml", "--set", "width"],
            "error: --set must be NAME=VALUE, got 'width'\n  try: cnnshape plan --help\n",
        ),
        (
            ["plan", "a.yaml", "--format", "xml"],
            "error: --format must be one of table, json, csv, markdown, latex, html, svg, dot, mermaid, got 'xml'\n"
            "  try: cnnshape plan --help\n",
        ),
    ],
)
def test_wrong_usage_says_what_and_exits_with_2(run, words, message):
    assert run(*words) == (exits.FAILED, "", message)


def test_an_unexpected_exception_is_a_message_and_2_never_a_traceback(run, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("the moon is full")

    monkeypatch.setattr("cnnshape.cli.one_off.ask", broken)
    assert run("conv", "224", "-k", "7") == (
        exits.FAILED,
        "",
        "error: internal error: RuntimeError: the moon is full\n"
        "  This is a bug in cnnshape. Please report it with the command and the file.\n",
    )


def test_control_c_is_130(run, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnshape.cli.one_off.ask", interrupted)
    assert run("conv", "224", "-k", "7").code == exits.INTERRUPTED
    assert run("conv", "224", "-k7").code == exits.INTERRUPTED  # this spelling goes through Typer


def test_a_reader_that_goes_away_is_no_error_message():
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "cnnshape", "conv", "224", "-k", "7"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert process.stderr == b""
    assert process.returncode == exits.PIPE_CLOSED


@pytest.mark.parametrize("words", ["conv 224 -k 7", "plan zoo:lenet5", "check zoo:lenet5", "--help", "conv 224 -k7"])
def test_a_closed_standard_output_is_no_error(words: str) -> None:
    outcome = subprocess.run(
        ["sh", "-c", f'"$0" -m cnnshape {words} >&-', sys.executable], capture_output=True, check=False, timeout=60
    )
    assert outcome.returncode == 0
    assert b"Traceback" not in outcome.stderr


def test_a_closed_standard_error_changes_no_exit_code() -> None:
    words = ["sh", "-c", '"$0" -m cnnshape conv 224 -k 300 2>&-', sys.executable]
    assert subprocess.run(words, capture_output=True, check=False, timeout=60).returncode == exits.WRONG


@pytest.mark.parametrize("words", ["plan -", "check -", "explain -", "scale - --vary x=1|2"])
def test_a_closed_standard_input_cannot_be_read(run, monkeypatch, words):
    monkeypatch.setattr(sys, "stdin", None)
    outcome = run(words)
    assert outcome.code == exits.FAILED
    assert "[CS001]: cannot read <stdin>: standard input is closed\n" in outcome.out + outcome.err


def test_output_that_cannot_show_a_character_shows_another(tmp_path: Path):
    file = tmp_path / "modèle.yaml"
    file.write_text("name: modèle\ninput: [8, 8, 3]\nlayers:\n  - Conv2D(5, 3)\n", encoding="utf-8")
    outcome = python("plan", str(file), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert outcome.returncode == 0
    assert outcome.stdout.isascii()
    assert outcome.stdout.startswith(b"mod?le: keras, float32, batch 1, input 1x8x8x3\n")
    assert outcome.stderr == b""


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_colour_is_decided_once(choice, environment, terminal, expected):
    assert decide_color(choice, environment, terminal) is expected


@pytest.mark.parametrize("words", [("--color", "always", "conv", "224", "-k", "300"), ("conv", "224", "-k", "300")])
def test_the_colour_flag_stands_before_or_behind_the_command(run, words):
    assert run(*words, *(() if words[0] == "--color" else ("--color", "always"))).err.startswith(
        "\x1b[1;31merror[CS301]\x1b[0m: "
    )


def test_what_is_quoted_from_the_command_line_cannot_steer_the_terminal(run):
    assert "\x1b" not in run("conv", "1\x1b[31mx", "-k", "3").err


HOSTILE = "a\x1b]0;x\x07\x9b1m\u202e\n::error::##[error]x.cnn.yaml"


@pytest.mark.parametrize("name", [HOSTILE, "::error::x.cnn.yaml"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "--fix", "NAME"), ": 1 fixed\n"),
        (("check", "--format", "concise", "NAME"), "has no argument"),
        (("check", "--write-expect", "NAME"), ": not changed; "),
        (("plan", "NAME"), "has no argument"),
        (("plan", "NEW"), "cannot read"),
        (("plan", "NAME", "-o", "NEW/x"), "No such file"),
        (("explain", "NAME", "NEW"), "no layer"),
        (("diff", "NAME", "NAME"), ": only sound architectures can be compared\n"),
        (("init", "NAME"), "exists already"),
        (("init", "NEW"), "wrote "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_no_file_name_steers_a_terminal_or_a_ci_system(run, monkeypatch, tmp_path, name, words, told):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3, stride=2)\n")
    outcome = run(*(word.replace("NAME", name).replace("NEW", f"{name}2") for word in words))
    shown = outcome.out + outcome.err
    assert told in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e")
    assert not [line for line in shown.split("\n") if "##[" in line or line.lstrip().startswith("::e")]


@pytest.mark.parametrize(
    "command", ["plan a.yaml", "explain a.yaml", "sizes a.yaml", "check a.yaml", "diff a.yaml a.yaml"]
)
def test_json_is_ascii(run, monkeypatch, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text('name: "é\\x9b\\u202e"\ninput: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n', encoding="utf-8")
    outcome = run(f"{command} --format json")
    assert outcome.code == 0
    assert outcome.out.isascii()


@pytest.mark.parametrize("name", CONTRACT.split())
def test_every_command_has_help_with_a_first_sentence(run, name):
    outcome = run(name, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: cnnshape {name} [OPTIONS]")
    assert outcome.out.splitlines()[2].startswith("  ")
