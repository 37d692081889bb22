"""This tree beside the commit before it, in turns: what a change costs or saves, whatever the machine is doing."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

from benchmarks.check import write_files
from benchmarks.measure import Measured, take_turns

TREE = Path(__file__).parent.parent

RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cnnshape.__main__ import main; main()"
"""Runs the program of a tree, which is the first word behind it."""

AGAIN = """
import sys; sys.path.insert(0, sys.argv.pop(1))
import cnnshape
for _ in range(50):
    cnnshape.plan("zoo:keras/resnet50")
"""

MAPPINGS = (
    "Conv2D: {filters: 16, kernel_size: 3, padding: same}",
    "BatchNormalization: {}",
    "Activation: {activation: relu}",
    "Conv2D: {filters: 16, kernel_size: 1}",
)


def large_file(path: Path, lines: int) -> None:
    """An architecture file of about so many lines, in the mapping spelling."""
    entries = (f"  - {MAPPINGS[number % len(MAPPINGS)]}\n" for number in range(lines))
    path.write_text(f"input: [64, 64, 16]\nlayers:\n{''.join(entries)}", encoding="utf-8")


def checked_out(revision: str, folder: Path) -> Path | None:
    """The tree of a revision; None where git has none, as in a clone of the last commit alone."""
    try:
        archive = subprocess.run(["git", "-C", str(TREE), "archive", revision, "cnnshape"], capture_output=True)
    except FileNotFoundError:
        return None
    if archive.returncode:
        return None
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as members:
        members.extractall(folder, filter="data")
    return folder


def pairs(revision: str, folder: Path, rounds: int) -> dict[str, tuple[Measured, Measured]] | None:
    """What this tree takes, and what the tree of the revision does, by what was run; None where there is none."""
    before = checked_out(revision, folder / "before")
    if before is None:
        return None
    small, large, many = folder / "small.cnn.yaml", folder / "large.cnn.yaml", folder / "many"
    small.write_text("input: [8, 16, 3]\nlayers:\n  - Conv2D(5, 3)\n  - MaxPooling2D(2)\n", encoding="utf-8")
    large_file(large, 4_000)
    many.mkdir()
    write_files(many, 100)
    script = [sys.executable, "-c"]
    work = {
        "plan zoo:keras/resnet50": (RUN, "plan", "zoo:keras/resnet50", "--no-cache"),
        "check one small file": (RUN, "check", str(small), "--isolated", "--no-cache"),
        "plan 4,000 lines as JSON": (RUN, "plan", str(large), "--format", "json", "--no-cache"),
        "check 100 files of ResNet-18's size": (RUN, "check", str(many), "--isolated", "--no-cache", "--exit-zero"),
        "load and plan ResNet-50 50 times": (AGAIN,),
    }
    found = {}
    for name, (code, *words) in work.items():
        commands = {str(tree): [*script, code, str(tree), *words] for tree in (TREE, before)}
        turns = take_turns(commands, rounds)
        found[name] = turns[str(TREE)], turns[str(before)]
    return found
