"""Kill the program at random moments while it writes files or has workers, and look at what is left.

    python fuzz/kills.py [--count N] [--first N]

Whatever the moment and the signal: every file holds its old text or its new one, nothing lies beside it, and no process
is left. Kill number n is always the same scenario, signal and share of the time that the command takes.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cnnshape.cli.start import main as program

SLIP = "input: [64, 64, 3]\nlayers:\n" + "  - Conv2D(8, 3, stride=1)  # kept\n"
MENDED = SLIP.replace("stride=", "strides=")
FILES = "abcdefghijklmnopqrst"
OLD = "what was there before\n"
ROWS = 400
LONG = "input: [64, 64, 3]\nlayers:\n" + "  - Conv2D(8, 3, padding='same')\n" * ROWS
SPACE = "input: [64, 64, 3]\nvariables: {width: 1}\nlayers:\n  - Conv2D(width, 3)\n"
PATIENCE = 20.0
"""Seconds after which a process that is still there is left over."""


class Scenario(NamedTuple):
    """A command line, the files that it finds, and what each may hold afterwards (None: it is not there)."""

    words: tuple[str, ...]
    files: dict[str, str]
    allowed: dict[str, Callable[[str | None], bool]]


def is_plan(text: str | None) -> bool:
    """Whether a text is the whole CSV of the long file."""
    return text is not None and text.count("\n") == ROWS + 1 and text.endswith("\n")


def is_whole(text: str | None, end: str) -> bool:
    """Whether a text ends as it has to."""
    return text is not None and text.rstrip().endswith(end)


def is_beginning(text: str | None) -> bool:
    """Whether a text may be gone on with: whole lines of results, but for the last, which may be cut."""
    _, *lines = (text or "").split("\n")
    return all(line.startswith(f"{number},") for number, line in enumerate(lines[:-1]))


SCENARIOS = {
    "fix": Scenario(
        ("check", "--fix", "--isolated", "."),
        {f"{name}.cnn.yaml": SLIP for name in FILES},
        {f"{name}.cnn.yaml": lambda text: text in (SLIP, MENDED) for name in FILES},
    ),
    "new": Scenario(
        ("plan", "long.yaml", "--format", "csv", "-o", "out.csv"),
        {"long.yaml": LONG},
        {"long.yaml": lambda text: text == LONG, "out.csv": lambda text: text is None or is_plan(text)},
    ),
    "over": Scenario(
        ("plan", "long.yaml", "--format", "csv", "-o", "out.csv"),
        {"long.yaml": LONG, "out.csv": OLD},
        {"long.yaml": lambda text: text == LONG, "out.csv": lambda text: text == OLD or is_plan(text)},
    ),
    "page": Scenario(
        ("plan", "long.yaml", "--format", "html", "-o", "out.csv"),
        {"long.yaml": LONG, "out.csv": OLD},
        {"long.yaml": lambda text: text == LONG, "out.csv": lambda text: text == OLD or is_whole(text, "</html>")},
    ),
    "import": Scenario(
        ("import", "zoo:keras/vgg16", "-o", "out.csv"),
        {"out.csv": OLD},
        {"out.csv": lambda text: text == OLD or is_whole(text, 'activation="softmax")')},
    ),
    "search": Scenario(
        ("search", "space.yaml", "--vary", "width=1..99", "-o", "out.csv"),
        {"space.yaml": SPACE},
        {"space.yaml": lambda text: text == SPACE, "out.csv": is_beginning},
    ),
    "workers": Scenario(
        ("check", "-j", "2", "--isolated", "."),
        {f"{number}.cnn.yaml": LONG for number in range(4)},
        {f"{number}.cnn.yaml": lambda text: text == LONG for number in range(4)},
    ),
}


def begin(words: tuple[str, ...], folder: str) -> int:
    """Run a command in a process with a session of its own, as `cnnshape` does; its number."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        os.chdir(folder)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        code = program([*words])
    except BaseException:
        code = 99
    os._exit(code)


def members(session: int) -> list[int]:
    """The processes of a session that are still at work."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, _, its_session, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(entry.name))
    return found


def ended(session: int) -> bool:
    """Whether all processes of a session end, given time."""
    patience = time.monotonic() + PATIENCE
    while members(session):
        if time.monotonic() > patience:
            return False
        time.sleep(0.005)
    return True


def text_of(path: Path) -> str | None:
    """What a file holds; None where it is not there."""
    return path.read_text() if path.exists() else None


def attempt(scenario: Scenario, after: float | None, end: signal.Signals) -> tuple[list[str], float]:
    """Run a scenario, kill it after so many seconds, and say what is wrong then, and how long it ran."""
    with TemporaryDirectory(prefix="kills-") as folder:
        for name, text in scenario.files.items():
            Path(folder, name).write_text(text)
        start = time.monotonic()
        child = begin(scenario.words, folder)
        if after is not None:
            time.sleep(after)
            os.kill(child, end)
        os.waitpid(child, 0)
        took = time.monotonic() - start
        wrong = [] if ended(child) else [f"processes are left: {members(child)}"]
        wrong += [f"{name} is left" for name in os.listdir(folder) if name not in scenario.allowed]
        for name, is_allowed in scenario.allowed.items():
            text = text_of(Path(folder, name))
            if not is_allowed(text):
                wrong.append(f"{name} has {len(text or '')} characters: {(text or '')[:80]!r}")
        return wrong, took


def main() -> int:
    """Run, and return the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    duration = {name: max(attempt(each, None, signal.SIGTERM)[1] for _ in range(3)) for name, each in SCENARIOS.items()}
    print({name: f"{seconds:.2f} s" for name, seconds in duration.items()}, file=sys.stderr, flush=True)
    findings = 0
    for number in range(options.first, options.first + options.count):
        random = Random(number)
        name = random.choice(list(SCENARIOS))
        end = random.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        wrong, _ = attempt(SCENARIOS[name], random.random() * duration[name] * 1.1, end)
        for each in wrong:
            findings += 1
            print(f"kill {number} ({name}, {end.name}): {each}", flush=True)
    print(f"{options.count:,} kills from {options.first:,} on: {findings} findings")
    return min(findings, 1)


if __name__ == "__main__":
    raise SystemExit(main())
