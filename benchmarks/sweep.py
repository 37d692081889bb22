"""How many variants of a 50-layer network `scale` and `search` plan per second of processor time and core.

The network is an architecture file and, for `search`, a class of Python source, too.

python -m benchmarks.sweep [--variants 10000] [--rounds 1] [--before REVISION]

With `--before` the same commands of that commit run in turns with those of this tree; of source it plans a twentieth of
the variants, as it may read it anew for each. Last comes what these rates say
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

SOURCE = """\
import torch.nn as nn


class Stage(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Fifty(nn.Module):
    def __init__(self, width=1.0, classes=10):
        super().__init__()
        self.channels = 3
        self.stages = nn.Sequential(*[self.stages_of(filters * width, 4) for filters in (16, 32, 64, 128)])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(self.channels, classes)

    def stages_of(self, filters, count):
        made = []
        for number in range(count):
            outputs = max(4, int(filters + 2) // 4 * 4)
            made.append(Stage(self.channels, outputs, 2 if number == 0 else 1))
            self.channels = outputs
        return nn.Sequential(*made)

    def forward(self, x):
        x = self.pool(self.stages(x))
        return self.head(x.view(x.size(0), -1))
"""
"""The same, with one layer more: what makes a vector of the map."""


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
        source = Path(folder) / "fifty.py"
        source.write_text(SOURCE, encoding="utf-8")
        scale = ["scale", str(file), "--jobs", "1", "--format", "csv", "--vary", ranges]
        search = ["search", str(file), *space, "--minimize", "macs"]
        of_source = ["search", f"{source}:Fifty", "--input", "3x64x64", *sides(space), "--minimize", "macs"]
        commands = {
            "scale": (ROOT, scale, count),
            "search": (ROOT, search, count),
            "search --random": (ROOT, [*search, "--random", str(count)], count),
            "search source": (ROOT, of_source, count),
        }
        if options.before:
            before, few = tree(options.before, Path(folder) / "before"), max(count // 20, 1)
            commands |= {
                f"scale of {options.before}": (before, scale, count),
                f"search of {options.before}": (before, search, count),
                f"search source of {options.before}": (before, [*of_source, "--random", str(few)], few),
            }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, (root, words, _) in commands.items():
                seconds[name].append(taken(root, words))
    print(f"{count:,} variants of 50 layers, one process, start and output included")
    rates = {name: commands[name][2] / min(each) for name, each in seconds.items()}
    slowest = min(rates.values())
    for name, rate in rates.items():
        print(f"{name:32} {rate:8,.0f} per second of processor time   {rate / slowest:5.1f} x")
    simulated(rates["search --random"], round(count**0.5))


def axes(variants: int) -> tuple[int, list[str]]:
    """About so many variants: how many, and the options that vary width and resolution, as often each."""
    per_axis = max(round(variants**0.5), 1)
    widest, largest = f"{0.1 + 0.02 * (per_axis - 1):.2f}", 32 + 2 * (per_axis - 1)
    return per_axis**2, ["--vary", f"width=0.1..{widest}:0.02", "--vary", f"resolution=32..{largest}:2"]


def sides(space: list[str]) -> list[str]:
    """The options for source, whose input is told beside it."""
    return [each.replace("resolution=", "input=") for each in space]


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
