"""On a narrow terminal lines are broken between words: no word is cut, and none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.reports.folding import columns_of, fold
from cnnshape.reports.grid import Style, render
from tests.cli.conftest import Run

WRONG = """
input: [32, 32, 3]
layers:
  - Conv2D(16, 3, kernel_initialiser="he_normal", some_very_long_argument_name=3)
  - Dense(units=10, actvation="softmax")
  - Reshape([-1, 7, 1000])
expect: {params: "<= 10", output: [10]}
"""
OLD = "input: [64, 64, 3]\nlayers:\n  - Conv2D(16, 3)\n  - MaxPooling2D(2)\n  - Flatten\n  - Dense(10)\n"
NEW = (
    "input: [64, 64, 3]\nlayers:\n  - Conv2D(32, 5, strides=2, padding='same')\n  - a_layer_with_quite_a_long_name = ReLU\n"
    "  - Flatten\n  - Dense(20)\n"
)
COMMANDS = (
    "zoo",
    "zoo --brief",
    "solve 224 56",
    "solve 46x62 368x489 --transpose --framework pytorch",
    "suggest 96x96x3 --classes 10 --max-params 5M --images 500",
    "diff old.yaml new.yaml",
    "plan new.yaml --against pytorch",
    "plan wrong.yaml",
    "check wrong.yaml",
    "sizes new.yaml --near 670x460",
    "scale old.yaml --vary input=32:64:16 --max-params 20k",
)


@pytest.mark.parametrize("width", [60, 70, 80])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_is_cut(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, width: int) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("wrong", WRONG), ("old", OLD), ("new", NEW)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("cnnshape.cli.output.is_terminal", lambda _: True)
    outcome = run(command)
    assert outcome.code in (0, 1)
    for line in (outcome.out + outcome.err).splitlines():
        assert columns_of(line) <= width or len(line.split()) == 1, line


def test_lines_are_folded_between_words_and_colours_take_no_room() -> None:
    assert fold("  - one two three four", 12) == "  - one two\n    three\n    four"
    assert fold("\x1b[1mone two\x1b[0m", 7) == "\x1b[1mone two\x1b[0m"
    assert fold("a_word_longer_than_that", 7) == "a_word_longer_than_that"
    assert fold("12 | - Conv2D(16, 3)", 7) == "12 | - Conv2D(16, 3)"


def test_a_table_breaks_its_texts_and_is_stacked_where_that_is_not_enough() -> None:
    titles, rows = ("name", "remarks"), [("a", "one two three"), ("bb", "four")]
    assert render(titles, rows, ("left", "left"), Style(unicode=False, width=13)) == (
        "name  remarks\n----  -------\na     one two\n      three\nbb    four"
    )
    assert render(titles, rows, ("left", "left"), Style(unicode=False, width=10)) == (
        "name     a\nremarks\n  one two\n  three\n\nname\n  bb\nremarks\n  four"
    )
