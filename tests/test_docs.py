"""What the README and the documentation show is what happens.

Blocks of ```` ```console ```` hold commands (``$ cnnshape ...``) and their output; ```` ```yaml ```` blocks below
``<!-- file: NAME -->`` are written to the folder that they run in; ```` ```pycon ```` blocks are doctests. A last line
``[exit 1]`` states an exit code other than 0; a line ``...`` stands for any lines.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\s*)?^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)
_SCRIPTS = Path(sys.executable).parent


def run(command: str, folder: Path) -> str:
    """What a command prints, and its exit code where that is not 0. Blank ends of lines do not count."""
    environment = {
        "PATH": f"{_SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
    }
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    text = result.stdout
    if result.returncode:
        text += f"[exit {result.returncode}]\n"
    return text


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def matches(shown: str, real: str) -> bool:
    pattern = (
        re.escape(tidy(shown)).replace(re.escape("\n...\n"), r"\n(?:.*\n)*?").replace(re.escape("\n..."), r"\n[\s\S]*")
    )
    return re.fullmatch(pattern, tidy(real)) is not None


def sessions(text: str) -> list[tuple[str, str]]:
    """The commands of a console block with what they show; a command goes on after a backslash."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + next(lines)
            found.append((command, ""))
        else:
            command, shown = found[-1]
            found[-1] = (command, f"{shown}{line}\n")
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_shows_is_what_happens(document: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    wrong = []
    globs: dict[str, object] = {}
    shown_commands = 0
    for block in _BLOCK.finditer(document.read_text(encoding="utf-8")):
        if block["file"]:
            path = tmp_path / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        elif block["kind"] == "console":
            for command, shown in sessions(block["text"]):
                shown_commands += 1
                real = run(command, tmp_path)
                if not matches(shown, real):
                    wrong.append(f"$ {command}\n{real}")
        elif block["kind"] == "pycon":
            test = doctest.DocTestParser().get_doctest(block["text"], globs, document.name, None, 0)
            folder = Path.cwd()
            os.chdir(tmp_path)
            try:
                runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
                output: list[str] = []
                if runner.run(test, out=output.append, clear_globs=False).failed:
                    wrong.append("".join(output))
                globs.update(test.globs)
            finally:
                os.chdir(folder)
    assert wrong == [], "\n\n".join(["the document shows something else than:", *wrong])
    assert shown_commands or document.name != "README.md"


def test_the_comparison_can_fail() -> None:
    assert not matches("112", "113")
    assert matches("a\n...\nd", "a\nb\nc\nd")
    assert not matches("a\n...\nd", "a\nb\nc\ne")
