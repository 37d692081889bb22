"""Ten networks on a GPU: the most that PyTorch's allocator had in use in a training step, beside what is planned.

Needs torch with CUDA, torchvision and this package; takes a minute or two::

    python -m benchmarks.gpu_memory               on the GPU: `torch.cuda.max_memory_allocated`, and what is beyond it
    python -m benchmarks.gpu_memory --rehearse    the same steps on the device ``meta``, by the tracker of live storages

*allocated* is what tensors have, rounded to 512 bytes each, with the workspaces of cuDNN and cuBLAS and the step's
temporaries over all parameters at once; *reserved* what the allocator has of CUDA for that; *outside* what CUDA says is
used beside that: the context, and other programs on the GPU.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torchvision

import cnnshape
from benchmarks.live_storages import measure, run_backward
from benchmarks.training_memory import OPTIMIZERS, SIDE, network

NETWORKS = (
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mobilenet_v3_large"),
    *("regnet_y_400mf", "resnet18", "resnet50", "vgg11_bn"),
)
CASES = tuple(
    (name, optimizer, batch) for name in NETWORKS for optimizer, batch in (("sgd", 8), ("adam", 8), ("adam", 32))
)


class Used(NamedTuple):
    """What a step took at most, in bytes; None where there is no allocator."""

    allocated: int
    reserved: int | None = None
    outside: int | None = None


Measure = Callable[[str, str, int], Used]


def on_gpu(name: str, optimizer: str, batch: int) -> Used:
    """The second of two steps on the GPU, with gradients set to None between them."""
    model = network(name).cuda().train()
    try:
        optimize = OPTIMIZERS[optimizer](model.parameters())
        sample = torch.rand(batch, 3, SIDE, SIDE, device="cuda")
        for _ in range(2):
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            output = model(sample)  # held until the step is done, as a training loop does
            run_backward(output)
            optimize.step()
            optimize.zero_grad(set_to_none=True)
            torch.cuda.synchronize()
        free, whole = torch.cuda.mem_get_info()
        reserved = torch.cuda.memory_reserved()
        return Used(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved(), whole - free - reserved)
    finally:
        model.cpu()
        network.cache_clear()
        torch.cuda.empty_cache()


def rehearsed(name: str, optimizer: str, batch: int) -> Used:
    """The same step without a GPU."""
    sample = torch.rand(batch, 3, SIDE, SIDE, device="meta")
    return Used(measure(network(name).to("meta"), sample, OPTIMIZERS[optimizer]).peak.alive)


def lines(measured: Measure) -> Iterator[str]:
    """A line of the table for every case."""
    for name, optimizer, batch in CASES:
        used = measured(name, optimizer, batch)
        plan = cnnshape.plan(f"zoo:pytorch/{name}", input=(3, SIDE, SIDE), batch=batch, optimizer=optimizer)
        assert plan.totals is not None
        planned = plan.totals.peak_training_bytes or 0
        network.cache_clear()
        more = "".join(
            f"  {what} {'-' if size is None else f'{size:,}':>14}"
            for what, size in (("reserved", used.reserved), ("outside", used.outside))
        )
        off = 100 * (planned / used.allocated - 1)
        yield f"{name:20} {optimizer:5} {batch:3} allocated {used.allocated:14,}  planned {off:+6.2f} %{more}"


def main() -> int:
    """Print the table."""
    rehearse = "--rehearse" in sys.argv
    if not rehearse and not torch.cuda.is_available():
        print("there is no GPU here; --rehearse runs the same steps on the device meta", file=sys.stderr)
        return 1
    where = "meta" if rehearse else torch.cuda.get_device_name()
    print(f"{where}, PyTorch {torch.__version__}, torchvision {torchvision.__version__}")
    for line in lines(rehearsed if rehearse else on_gpu):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
