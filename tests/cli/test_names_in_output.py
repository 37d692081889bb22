"""No text of a file steers who reads the output: a terminal, or the runner of a CI system, in any command and format."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from conftest import Run

from cnnshape.cli.plan import DRAWN, FORMATS

MARKS = (
    "::notice::x",
    "##[group]x",
    "##vso[task.debug]x",
    "##teamcity[x]",
    "\u202ex\u2066",
    "a\u2028::notice::x",
    "\x1b[7mx",
)
"""What GitHub, Azure and TeamCity obey (harmless ones), what turns text around, and what begins a line or steers."""

SOUND = """\
name: {name}
about: {{source: {name}}}
input: [16, 16, 3]
variables: {{width: 4}}
presets: {{{name}: {{width: 8}}}}
layers:
{layers}
"""
SLIPS = SOUND + "{name}: 3\nexpect: {{{name}: 1, params: 3}}\n"
LAYER = "  - Conv2D(width, 3, {strides}=2)  # {raw}"

COMMANDS = (
    *(f"plan FILE --format {format}" for format in FORMATS),
    *(f"plan FILE FILE --format {format}" for format in FORMATS if format not in DRAWN),
    "plan FILE --columns name,type,line",
    "plan FILE --count-like thop",
    "plan FILE --against pytorch",
    "plan FILE --against pytorch --format json",
    *(
        f"check FILE --format {format}"
        for format in ("full", "concise", "json", "json-lines", "gitlab", "junit", "sarif")
    ),
    "check FILE --format github",
    "check . --format concise",
    "check FILE --diff",
    "check FILE --write-expect --diff",
    *(f"explain FILE --format {format}" for format in ("text", "markdown", "json")),
    "explain FILE conv2d --format svg",
    *(f"sizes FILE --up-to 20 --format {format}" for format in ("text", "json")),
    *(f"scale FILE --vary width --max-params 1k --format {format}" for format in ("table", "json", "csv", "html")),
    *(f"diff FILE OTHER --format {format}" for format in ("table", "json", "markdown", "html")),
    *(f"diff FOLDER . --format {format}" for format in ("table", "json", "markdown")),
    "diff OTHER FILE --max-growth params=0%",
    "verify FILE --no-fields",
    "verify FILE --no-fields --format json",
    "plan FILE --preset NAME",
    "plan FILE --set NAME=3",
    "plan FILE --input NAME=3x3",
    "explain FILE NAME",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def prepare(mark: str, sound: bool) -> str:
    """A file with the mark wherever a text can stand; its name."""
    layers = LAYER.format(strides="strides" if sound else "stride", raw=mark if mark.isprintable() else "x")
    text = (SOUND if sound else SLIPS).format(name=json.dumps(mark), layers=layers)
    file = f"{mark}.cnn.yaml".replace("/", "")
    Path(file).write_text(text)
    Path("old").mkdir()
    Path("old", file).write_text(text.replace("width: 4", "width: 3"))
    return file


@pytest.mark.parametrize("mark", MARKS, ids=range(len(MARKS)))
@pytest.mark.parametrize("sound", [True, False], ids=["sound", "slips"])
def test_no_text_of_a_file_is_obeyed(run: Run, mark: str, sound: bool) -> None:
    file = prepare(mark, sound)
    words = {"FILE": file, "OTHER": f"old/{file}", "FOLDER": "old", "NAME": mark}
    for command in COMMANDS:
        line = [replaced(word, words) for word in command.split()]
        outcome = run(*line)
        assert not obeyed(outcome.out, command) + obeyed(outcome.err, ""), command
        assert outcome.code in (0, 1, 2)
        if "--format json" in command and "lines" not in command and outcome.out:
            json.loads(outcome.out)
        run(*line, "-o", "answer.txt")
        if Path("answer.txt").exists():
            assert not obeyed(Path("answer.txt").read_text(), command), command
            Path("answer.txt").unlink()


def replaced(word: str, words: dict[str, str]) -> str:
    """A word of a command line with its placeholder filled in."""
    return re.sub("|".join(words), lambda found: words[found[0]], word)


def obeyed(text: str, command: str) -> list[str]:
    """The lines of an output that a runner or a terminal would obey."""
    lines = re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text)
    ours = "--format github" in command
    wrong = [line for line in lines if re.match(r"\s*::[A-Za-z]", line) and not (ours and OURS.match(line))]
    wrong += [line for line in lines if re.search(r"##[\w-]*\[", line)]
    if "--diff" not in command:  # a patch has to stay one that applies
        wrong += [line for line in lines if any(map(steers, line))]
    return wrong


OURS = re.compile(r"::(?:error|warning|notice) title=cnnshape ")


def steers(character: str) -> bool:
    """Whether a character can move others, or is none that can be seen; Markdown's own zero-width space cannot."""
    return unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} and character != "\N{ZERO WIDTH SPACE}"
