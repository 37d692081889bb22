"""ResNet-50 at 224x224: the reference forward pass against PyTorch's eager mode, on the same threads.

    python -m benchmarks.forward [--rounds 15] [--threads 2] [--zoo zoo:pytorch/resnet50] [--torch-python PATH]

Two processes take turns, so that whatever else the machine does disturbs both: one runs `cnnshape.forward` on
weights drawn once, the other torchvision's model (in `--torch-python`, which needs torch and torchvision). Prints
the fastest and the median run of each, their ratio (at most 1.5 is the target), the memory that the reference takes
beside the plan's own estimate of weights and peak activations (at most 1.5 times), and what either process held at most
beyond what it held before its model was made. Exit code 1 beyond either target.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

TARGET = 1.5
PAUSE = 0.05
"""Seconds between turns, for the other's threads to come to rest."""


def main() -> int:
    """Take turns and compare."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--zoo", default="zoo:pytorch/resnet50")
    arguments.add_argument("--torch-python", default=sys.executable)
    arguments.add_argument("--worker", choices=("cnnshape", "torch"))
    options = arguments.parse_args()
    if options.worker:
        work(prepare_torch(options.threads) if options.worker == "torch" else prepare_cnnshape(options.zoo))
        return 0
    workers = {
        "cnnshape": start(sys.executable, "cnnshape", options),
        "torch": start(options.torch_python, "torch", options),
    }
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            time.sleep(PAUSE)
            seconds[name].append(float(ask(worker, "run")))
    needed, estimated = map(int, ask(workers["cnnshape"], "memory").split())
    theirs = int(ask(workers["torch"], "memory"))
    for worker in workers.values():
        ask(worker, "stop")
    for name, times in seconds.items():
        print(f"{name:<9} fastest {min(times) * 1000:6.1f} ms, median {median(times) * 1000:6.1f} ms")
    ratios = [reduce(seconds["cnnshape"]) / reduce(seconds["torch"]) for reduce in (min, median)]
    print(f"ratio     fastest {ratios[0]:.2f}, median {ratios[1]:.2f} (target {TARGET})")
    memory = needed / estimated
    print(f"memory    {needed / 1e6:.0f} MB of {estimated / 1e6:.0f} MB estimated: {memory:.2f} (target {TARGET})")
    print(f"          {needed / 1e6:.0f} MB beside {theirs / 1e6:.0f} MB of torch: {needed / theirs:.2f}")
    return int(ratios[0] > TARGET or memory > TARGET)


def start(python: str, worker: str, options: argparse.Namespace) -> subprocess.Popen[str]:
    """A process that has everything ready and waits."""
    threads = {name: str(options.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    process = subprocess.Popen(
        [python, __file__, "--worker", worker, "--zoo", options.zoo, "--threads", str(options.threads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **threads},
    )
    assert ask(process, "ready?") == "ready"
    return process


def ask(process: subprocess.Popen[str], question: str) -> str:
    """What the process answers."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{question}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def work(prepared: tuple[Callable[[], object], Callable[[], str]]) -> None:
    """Answer questions until told to stop."""
    run, memory = prepared
    for line in sys.stdin:
        question = line.strip()
        if question == "run":
            begin = time.perf_counter()
            run()
            print(time.perf_counter() - begin, flush=True)
        else:
            print({"ready?": "ready", "memory": memory()}.get(question, ""), flush=True)
        if question == "stop":
            return


def prepare_cnnshape(name: str) -> tuple[Callable[[], object], Callable[[], str]]:
    """The reference pass on weights that are drawn once, and what memory it took above an idle process."""
    import numpy as np

    import cnnshape
    from cnnshape.reference.run import forward
    from cnnshape.reference.warm_up import warm_up

    plan = cnnshape.plan(name)
    assert plan.totals is not None
    estimated = sum(
        size or 0 for size in (plan.totals.weight_bytes, plan.totals.buffer_bytes, plan.totals.peak_activation_bytes)
    )
    (shape,) = plan.inputs.values()
    values = np.random.default_rng(0).standard_normal(shape, np.float32)
    list(warm_up())
    idle = resident_bytes()
    drawn: dict[str, object] = {}

    def run() -> object:
        return forward(plan, {next(iter(plan.inputs)): values}, keep=(), drawn=drawn)

    run()
    run()

    return run, lambda: f"{most_resident_bytes() - idle} {estimated}"


def prepare_torch(threads: int) -> tuple[Callable[[], object], Callable[[], str]]:
    """torchvision's ResNet-50, untrained, in eager inference mode, and what memory it took above an idle process."""
    import torch
    import torchvision

    torch.set_num_threads(threads)
    idle = resident_bytes()
    model = torchvision.models.resnet50(weights=None).eval()
    values = torch.randn(1, 3, 224, 224)

    def run() -> object:
        with torch.inference_mode():
            return model(values)

    run()
    run()
    return run, lambda: str(most_resident_bytes() - idle)


def resident_bytes() -> int:
    """The memory of this process at the moment."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def most_resident_bytes() -> int:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
