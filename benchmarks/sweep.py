"""How many variants of a 50-layer network `scale` and `search` plan per second, and per second and core.

python benchmarks/sweep.py [--variants 10000] [--jobs 2]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter, process_time

from cnnshape.readers.yaml.space import space_of
from cnnshape.studies.order import order_of
from cnnshape.studies.scale import Request, front, read_ranges, sweep, variants_of
from cnnshape.studies.search import Tally, Task, search

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
    """Sweep, and print the rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    per_axis = max(round(options.variants**0.5), 1)
    texts = [f"width=0.1:{0.1 + 0.02 * (per_axis - 1):.2f}:0.02,resolution=32:{32 + 2 * (per_axis - 1)}:2"]
    variables = variants_of(read_ranges(texts))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fifty.yaml"
        file.write_text(ARCHITECTURE, encoding="utf-8")
        requests = [Request(str(file), None, {}, each) for each in variables]
        begin, started = perf_counter(), sum(getrusage(RUSAGE_SELF)[:2])
        if options.jobs == 1:
            variants = list(sweep(requests))
        else:
            with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as executor:
                variants = list(sweep(requests, executor))
        seconds = perf_counter() - begin
    wrong = [variant.error for variant in variants if variant.error]
    if wrong:
        raise SystemExit(f"{len(wrong)} variants are wrong: {wrong[0]}")
    rate = len(variants) / seconds
    used = sum(sum(getrusage(who)[:2]) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)) - started
    memory = max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)) / 1024
    print(f"{len(variants):,} variants of 50 layers in {seconds:.1f} s, {options.jobs} processes")
    print(f"{rate:,.0f} variants per second, {rate / options.jobs:,.0f} per second and core")
    print(f"{len(variants) / used:,.0f} per second of processor time, start of the processes included")
    print(f"{memory:,.0f} MiB in the largest process")
    begin = perf_counter()
    best = sum(front(variants))
    print(f"Pareto front: {best:,} variants, found in {perf_counter() - begin:.2f} s")
    print(f"search: {searched(per_axis):,.0f} variants per second of processor time, in one process")


def searched(per_axis: int) -> float:
    """The rate of a search of as many variants, in random order: totals alone."""
    vary = {"width": f"0.1..{0.1 + 0.02 * (per_axis - 1):.2f}:0.02", "resolution": f"32..{32 + 2 * (per_axis - 1)}:2"}
    space = space_of({"vary": vary, "minimize": "macs"})
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    task = Task("fifty.yaml", ARCHITECTURE, settings, space, order_of(space, space.size, 0))
    tally = Tally(space.objectives)
    begin = process_time()
    for piece in search(task):
        for variant in piece.variants:
            tally.add(variant)
    if tally.fitting < space.size:
        raise SystemExit(f"{space.size - tally.fitting} variants are wrong")
    return space.size / (process_time() - begin)


if __name__ == "__main__":
    main()
