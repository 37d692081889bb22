"""Two readers, one declaration: what the quick reader accepts, Typer reads the same; and ours reads as Typer's own."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.cli import commands, one_off
from cnnshape.cli.command import Command, as_command, typer_function
from cnnshape.cli.option_parser import (
    Declared,
    argument,
    command_at,
    declared,
    flag,
    group,
    negative,
    option,
    positive,
    read_quickly,
)

COMMANDS = {name: command_at(entry.place) for name, entry in commands.COMMANDS.items()}

WORDS = ["3", "3x5", "0", "1:2", "same", "valid", "relu", "224", "8x16x3", "keras", "pytorch", "2", "json", "x", "-1"]


def with_typer(name: str, declared: Declared, words: list[str]) -> dict[str, Any] | None:
    """The values as Typer hands them to the command; None where it refuses."""
    seen: dict[str, Any] = {}

    def run(**values: Any) -> int:
        seen.update(values)
        return 0

    command = as_command(name, typer_function(declared._replace(run=run)))
    try:
        command(words, standalone_mode=False)
    except typer.TyperException:
        return None
    return seen


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    name = draw(st.sampled_from(sorted(name for name, command in COMMANDS.items() if command.options)))
    words: list[str] = draw(st.lists(st.sampled_from(["224", "8x16x3", "_x4", "-", "Flatten", "a=b"]), max_size=3))
    for each in draw(st.lists(st.sampled_from(COMMANDS[name].options), max_size=6)):
        if not each.spellings:
            continue
        spelling = draw(st.sampled_from([*positive(each), *negative(each)]))
        value = draw(st.sampled_from([*each.choices, *WORDS]))
        joined = spelling.startswith("--") and draw(st.booleans())
        words += [spelling] if each.is_flag else [f"{spelling}={value}"] if joined else [spelling, value]
    return name, words


@given(command_lines())
def test_what_the_quick_reader_accepts_typer_reads_alike(line):
    name, words = line
    quick = read_quickly(COMMANDS[name], words)
    if quick is not None:
        assert with_typer(name, COMMANDS[name], words) == quick


@pytest.mark.parametrize(
    "words",
    [
        ["224", "-k", "7", "-s", "2", "-p", "3"],
        ["-k", "7", "224"],
        ["10x8x16x3", "--filters", "5", "--kernel-size=3", "--strides=2", "--padding", "valid", "--no-bias"],
        ["224", "-k", "3", "--explain", "--format", "json"],
    ],
)
def test_plain_command_lines_are_read_quickly(words):
    assert read_quickly(one_off.conv, words) is not None


@pytest.mark.parametrize(
    "words",
    [
        ["224"],
        ["224", "-k"],
        ["224", "-k7"],
        ["224", "-k", "0"],
        ["224", "-k", "7", "--help"],
        ["224", "-k", "7", "--color", "never"],
        ["224", "225", "-k", "7"],
        ["224", "-k", "7", "--no-bias=1"],
        ["224", "-k", "7", "--", "3"],
    ],
)
def test_everything_else_is_left_to_typer(words):
    assert read_quickly(one_off.conv, words) is None


@declared
def example(
    name: str = argument("NAME", "Its name."),
    count: int = option("--count", "How many.", "N", int, default="3"),
    mode: str = option("--mode", "How.", choices=("fast", "slow"), default="fast"),
    tag: list[str] | None = option("--tag", "What else.", "TAG", several=True),
    loud: bool = flag("--loud/--quiet", "Whether it is heard."),
    box: list[int] = group(
        lambda width, height: [width, height],
        width=option("--width", "W.", "N", int),
        height=option("--height", "H.", "N", int),
    ),
) -> tuple[Any, ...]:
    return name, count, mode, tag, loud, box


def answers(words: list[str], cls: type[Any] | None) -> Any:
    """What a command of this class passes to its function; the exit code where it refuses."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=cls)(typer_function(example))
    try:
        return typer.main.get_command(app)(words, standalone_mode=False)
    except typer.TyperException as error:
        return error.exit_code


@pytest.mark.parametrize(
    "words",
    [
        ["a"],
        ["a", "--count", "1", "--mode", "slow", "--loud"],
        ["a", "--tag", "x", "--tag", "y", "--quiet"],
        ["a", "--width", "3", "--height", "4"],
        ["a", "--count", "x"],
        ["a", "--mode", "medium"],
        ["a", "--width", "x"],
        ["a", "b"],
        [],
        ["a", "--count=4"],
        ["a", "--count", "-3"],
    ],
)
def test_our_reader_answers_as_typers_own(words):
    assert answers(words, Command) == answers(words, None)


def test_a_function_is_a_command_whose_parameters_have_their_options_as_defaults():
    read = read_quickly(example, ["a", "--tag=x", "--width", "3"])
    assert read is not None
    assert example.run(**read) == ("a", 3, "fast", ["x"], False, [3, None])
