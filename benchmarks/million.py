"""A search of a million variants of the 50-layer network, in one go, and killed on the way: both find the same.

python -m benchmarks.million [--variants 1000000] [--jobs 2] [--kills 2] [--format parquet|csv|jsonl] [--folder PATH]

The first search runs to its end; the second is ended by SIGKILL after equal shares of the time that the first took,
and goes on with `--resume` each time. Prints time, processor time, the most memory that all processes held together,
and the size of the results; exit code 1 where the two results differ.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic, sleep
from typing import NamedTuple

from benchmarks.sweep import ARCHITECTURE, ROOT, axes

POLL = 0.2
"""Seconds between looks at the memory of processes."""


class Ran(NamedTuple):
    """What a command took; `code` is negative where a signal ended it."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    code: int


def bytes_of(results: Path) -> int:
    """What results take: those of Parquet are a folder."""
    return sum(each.stat().st_size for each in (results, *results.rglob("*")) if each.is_file())


def main() -> int:
    """Search twice, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--format", choices=("parquet", "csv", "jsonl"), default="parquet")
    parser.add_argument("--folder", type=Path, help="where results stay; by default they are removed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "fifty.yaml"
        file.write_text(ARCHITECTURE, encoding="utf-8")
        count, space = axes(options.variants)
        search = ["search", str(file), *space, "--minimize", "macs", "--jobs", str(options.jobs)]
        whole, parts = folder / f"whole.{options.format}", folder / f"parts.{options.format}"
        for each in (whole, parts):
            each.unlink(missing_ok=True)
        once = run([*search, "--output", str(whole)])
        told("in one go", once, count, whole)
        share = once.seconds / (options.kills + 1)
        for number in range(options.kills + 1):
            resume = ["--resume"] if number else []
            each = run([*search, "--output", str(parts), *resume], share if number < options.kills else None)
            told(f"part {number + 1}" + (", killed" if each.code else ""), each, None, parts)
        same = is_same(whole, parts)
    print("the results are " + ("the same" if same else "NOT the same"))
    return 0 if same else 1


def run(words: list[str], after: float | None = None) -> Ran:
    """Run the program to its end, or until it is killed after so many seconds."""
    begin, before, peak = monotonic(), sum(getrusage(RUSAGE_CHILDREN)[:2]), 0
    command = [sys.executable, "-m", "cnnshape", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            if after is not None and monotonic() - begin > after:
                process.send_signal(signal.SIGKILL)
            sleep(POLL)
        seconds = monotonic() - begin
        while resident(process.pid):  # its workers see that nobody waits for them
            sleep(POLL)
    return Ran(seconds, sum(getrusage(RUSAGE_CHILDREN)[:2]) - before, peak, process.returncode)


def resident(session: int) -> int:
    """The memory that all processes of a session hold, in bytes."""
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


def told(name: str, ran: Ran, count: int | None, results: Path) -> None:
    """Print what a run took."""
    rate = "" if count is None else f", {count:,} variants: {count / ran.seconds:,.0f} a second"
    print(
        f"{name}: {ran.seconds:,.1f} s, {ran.processor_seconds:,.1f} s of processor time{rate}, at most "
        f"{ran.peak_bytes / 2**20:,.0f} MiB, {bytes_of(results) / 1e6:,.1f} MB",
        flush=True,
    )


def is_same(one: Path, other: Path) -> bool:
    """Whether two results hold the same; a file of Parquet may hold it in other portions."""
    if one.suffix != ".parquet":
        return one.read_bytes() == other.read_bytes()
    from pyarrow.parquet import read_table  # which the extra `search` brings

    return bool(read_table(one).equals(read_table(other)))


if __name__ == "__main__":
    sys.exit(main())
