"""How many variants of a 50-layer network `scale` and `search` plan per second of processor time and core.

python -m benchmarks.sweep [--variants 10000] [--rounds 1] [--before REVISION]

With `--before` the same commands of that commit run in turns with those of this tree. Last comes what these rates say
of 10^8 variants on 100 machines.
"""

from __future__ import annotations

import argparse
import io
import pickle
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

from cnnshape.readers.yaml.space import space_of
from cnnshape.reports.search import Lines
from cnnshape.studies.order import order_of
from cnnshape.studies.search import Tally, Task, work_out

ROOT = Path(__file__).parent.parent
MACHINES, CORES, MANY = 100, 16, 10**8
A_TASK = 0.001
"""Seconds that Dask's scheduler takes for a task, as its documentation says."""

ARCHITECTURE = """\
name: fifty
variables: {width: 1.0, resolution: 64}
input: $([resolution, resolution, 3])
blocks:
  stage(filters, strides):
    - Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)
    - BatchNormalization
    - ReLU
layers:
  - for: [filters, n]
    in: [[16, 4], [32, 4], [64, 4], [128, 4]]
    layers:
      - stage(round_to(filters * width, 4), 2)
      - stage(round_to(filters * width, 4), 1) * (n - 1)
  - GlobalAveragePooling2D
  - Dense(10)
"""
"""16 stages of 3 layers and a head of 2: 50 layers."""


def main() -> None:
    """Run, and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--before", metavar="REVISION")
    options = parser.parse_args()
    count, space = axes(options.variants)
    ranges = ",".join(each.replace("..", ":") for each in space[1::2])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fifty.yaml"
        file.write_text(ARCHITECTURE, encoding="utf-8")
        scale = ["scale", str(file), "--jobs", "1", "--format", "csv", "--vary", ranges]
        commands = {
            "scale": (ROOT, scale),
            "search": (ROOT, ["search", str(file), *space, "--minimize", "macs"]),
            "search --random": (ROOT, ["search", str(file), *space, "--minimize", "macs", "--random", str(count)]),
        }
        if options.before:
            commands[f"scale of {options.before}"] = (tree(options.before, Path(folder) / "before"), scale)
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, (root, words) in commands.items():
                seconds[name].append(taken(root, words))
    print(f"{count:,} variants of 50 layers, one process, start and output included")
    rates = {name: count / min(each) for name, each in seconds.items()}
    slowest = min(rates.values())
    for name, rate in rates.items():
        print(f"{name:28} {rate:8,.0f} per second of processor time   {rate / slowest:5.1f} x")
    simulated(rates["search --random"], round(count**0.5))


def axes(variants: int) -> tuple[int, list[str]]:
    """About so many variants: how many, and the options that vary width and resolution, as often each."""
    per_axis = max(round(variants**0.5), 1)
    widest, largest = f"{0.1 + 0.02 * (per_axis - 1):.2f}", 32 + 2 * (per_axis - 1)
    return per_axis**2, ["--vary", f"width=0.1..{widest}:0.02", "--vary", f"resolution=32..{largest}:2"]


def tree(revision: str, folder: Path) -> Path:
    """The program of a revision in a folder."""
    archive = subprocess.run(["git", "archive", revision, "cnnshape"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def taken(root: Path, words: list[str]) -> float:
    """Seconds of processor time that a command of the program at a place takes."""
    before = sum(getrusage(RUSAGE_CHILDREN)[:2])
    subprocess.run([sys.executable, "-m", "cnnshape", *words], cwd=root, stdout=subprocess.DEVNULL, check=True)
    return sum(getrusage(RUSAGE_CHILDREN)[:2]) - before


def simulated(rate: float, per_axis: int) -> None:
    """What 10^8 variants take of 100 machines: they plan, a scheduler hands out pieces, one process collects."""
    space = space_of({"vary": {"width": f"0.1..{0.1 + 0.02 * (per_axis - 1):.2f}:0.02"}, "minimize": "macs"})
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    task = Task("fifty.yaml", ARCHITECTURE, settings, space, order_of(space, None, 0))
    piece = pickle.dumps(work_out(task, 0, space.size))
    lines, tally = Lines(space, "csv"), Tally(space.objectives)

    def collect() -> None:
        for variant in pickle.loads(piece).variants:
            tally.add(variant)
            lines.line(variant)

    collected = space.size / fastest(collect)
    planning = MANY / (MACHINES * CORES * rate)
    handing, collecting = MANY / rate * A_TASK, MANY / collected
    print(f"{MANY:,} variants on {MACHINES} machines of {CORES} cores:")
    print(f"  planning    {planning:8,.0f} s at {rate:,.0f} a second and core")
    print(f"  handing out {handing:8,.0f} s, {MANY / rate:,.0f} pieces of a second at {A_TASK * 1000:.0f} ms each")
    print(f"  collecting  {collecting:8,.0f} s at {collected:,.0f} a second, CSV")
    minutes, alone = max(planning, handing, collecting) / 60, MANY / rate / 3600
    print(f"  so about {minutes:,.0f} minutes; one core would plan {alone:,.1f} hours")


def fastest(work: Callable[[], None], times: int = 5) -> float:
    """The least processor time that something takes."""
    found = []
    for _ in range(times):
        begin = process_time()
        work()
        found.append(process_time() - begin)
    return min(found)


if __name__ == "__main__":
    main()
