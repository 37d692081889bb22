"""Measuring whole processes: seconds and peak memory, taking turns so that a busy machine disturbs all alike."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

KEPT = tempfile.TemporaryDirectory()
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["XDG_CACHE_HOME"] = KEPT.name
"""What measured processes see: where Python may not keep what it compiles, every start would compile it again; and what
they keep is theirs."""


class Measured(NamedTuple):
    """A command's median over its runs: wall-clock and processor seconds, and the most memory it held, in bytes."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def take_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Measured]:
    """Run every command once a round, forwards and backwards by turns. Raises `RuntimeError` where one fails."""
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        names = list(commands) if number % 2 else list(commands)[::-1]
        for name in names:
            measured = run_once(commands[name])
            if number:  # the first round fills the caches of the file system
                runs[name].append(measured)
    return {name: Measured(*(median(column) for column in zip(*found, strict=True))) for name, found in runs.items()}


def run_once(command: Sequence[str]) -> Measured:
    """Run a command to its end with nothing between it and the kernel."""
    begin = perf_counter()
    null = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}: {' '.join(command)}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


class Worker:
    """A Python process that prepares something once and runs it whenever it is asked to.

    Its script defines `run`; every turn answers how many seconds one call took.
    """

    LOOP = """
import gc, sys, time
{script}
run(); run(); run()
gc.collect()
for line in sys.stdin:
    begin = time.perf_counter()
    run()
    print(time.perf_counter() - begin, flush=True)
"""

    def __init__(self, python: str, script: str, arguments: Sequence[str] = (), *, folder: Path | None = None) -> None:
        command = [python, "-c", self.LOOP.format(script=script), *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, bufsize=1, env=ENVIRONMENT
        )

    def turn(self) -> float:
        """The seconds of one run."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"exit code {self.process.wait()}: {self.process.args!r:.200}")
        return float(answer)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def workers_take_turns(workers: Mapping[str, Worker], rounds: int) -> dict[str, float]:
    """The fastest seconds of every worker, each asked once a round: what else a machine does only ever adds."""
    found: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(rounds):
        for name in list(workers) if number % 2 else list(workers)[::-1]:
            found[name].append(workers[name].turn())
    for worker in workers.values():
        worker.close()
    return {name: min(seconds) for name, seconds in found.items()}
