"""Run what the README and the documentation show: compare it, or write it anew with `python scripts/documents.py`.

Blocks of ```` ```console ```` hold commands (``$ cnnshape ...``) and their output; ```` ```yaml ```` blocks below
``<!-- file: NAME -->`` are written to the folder that they run in; ```` ```pycon ```` blocks are doctests. A last line
``[exit 1]`` states an exit code other than 0; a line ``...`` stands for any lines (such a block is not written anew).
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\s*)?^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)


class Shown(NamedTuple):
    """One command of a document: what it shows and what happens."""

    command: str
    shown: str
    real: str

    @property
    def agrees(self) -> bool:
        """Whether the document shows what happens."""
        return matches(self.shown, self.real)


def documents() -> list[Path]:
    """The documents of the project."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def run(command: str, folder: Path) -> str:
    """What a command prints, and its exit code where that is not 0."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
    }
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return result.stdout + (f"[exit {result.returncode}]\n" if result.returncode else "")


def tidy(text: str) -> str:
    """The text without blank ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def matches(shown: str, real: str) -> bool:
    """Whether the shown text is the real one; a line ``...`` stands for any lines."""
    pattern = re.escape(tidy(shown))
    pattern = pattern.replace(re.escape("\n...\n"), r"\n(?:.*\n)*?").replace(re.escape("\n..."), r"\n[\s\S]*")
    return re.fullmatch(pattern, tidy(real)) is not None


def sessions(text: str) -> list[tuple[str, str]]:
    """The commands of a console block with what they show; a command goes on after a backslash."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            found.append((command, ""))
        else:
            command, shown = found[-1]
            found[-1] = (command, f"{shown}{line}\n")
    return found


def execute(text: str, folder: Path) -> Iterator[Shown]:
    """Run everything that a document shows, in order, in `folder`."""
    shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)
    names: dict[str, object] = {}
    for block in _BLOCK.finditer(text):
        if block["file"]:
            path = folder / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        elif block["kind"] == "console":
            for command, shown in sessions(block["text"]):
                yield Shown(command, shown, run(command.replace("\\\n", ""), folder))
        elif block["kind"] == "pycon":
            yield from _doctest(block["text"], names, folder)


def _doctest(text: str, names: dict[str, object], folder: Path) -> Iterator[Shown]:
    test = doctest.DocTestParser().get_doctest(text, names, "document", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    before = Path.cwd()
    os.chdir(folder)
    try:
        failed = runner.run(test, out=output.append, clear_globs=False).failed
    finally:
        os.chdir(before)
    names.update(test.globs)
    yield Shown("python", "", "".join(output) if failed else "")


def rewrite(text: str, folder: Path) -> str:
    """The document with the output of its commands as it is now."""
    for shown in execute(text, folder):
        if shown.agrees or shown.command == "python" or "\n...\n" in f"\n{shown.shown}":
            continue
        text = text.replace(f"$ {shown.command}\n{shown.shown}", f"$ {shown.command}\n{tidy(shown.real)}\n", 1)
    return text


def main() -> None:
    """Write the outputs of all documents anew."""
    for document in documents():
        text = document.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            document.write_text(rewrite(text, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
