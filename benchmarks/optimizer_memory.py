"""Measure what optimizers keep of parameters, and what a step takes besides, on a CPU.

Needs torch, timm and bitsandbytes; writes ``tests/data/optimizer_steps.json``::

    python -m benchmarks.optimizer_memory
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.optim import Adam8bit
from timm.optim import Lion

from benchmarks.live_storages import LiveStorages

TARGET = Path(__file__).parent.parent / "tests" / "data" / "optimizer_steps.json"
OPTIMIZERS: dict[str, Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adafactor": torch.optim.Adafactor,
    "lion": Lion,
    "adam8bit": Adam8bit,
}
SHAPES: Sequence[Sequence[Sequence[int]]] = (
    [[100]],
    [[100], [50], [200], [30]],
    [[100, 100], [50]],
    [[128, 64], [128], [64, 64, 3, 3]],
)


def measured(name: str, shapes: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The bytes of the state, each storage once, and the most that was alive in the second step beside it."""
    weights = [torch.nn.Parameter(torch.rand(*shape)) for shape in shapes]
    optimize = OPTIMIZERS[name](weights)
    for _ in range(2):
        state = {each.untyped_storage().data_ptr(): each for each in tensors(optimize)}
        gradients = [torch.rand_like(weight) for weight in weights]
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        tracker = LiveStorages([*weights, *gradients, *state.values()])
        before = tracker.alive
        with tracker:
            optimize.step()
    kept = sum(each.untyped_storage().nbytes() for each in state.values())
    return {"optimizer": name, "shapes": shapes, "state": kept, "temporaries": tracker.peak.alive - before}


def tensors(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """What an optimizer keeps."""
    return [each for slots in optimizer.state.values() for each in slots.values() if isinstance(each, torch.Tensor)]


if __name__ == "__main__":
    rows = [measured(name, shapes) for name in OPTIMIZERS for shapes in SHAPES]
    head = {name: version(name).split("+")[0] for name in ("torch", "timm", "bitsandbytes")}
    text = ",\n".join(json.dumps(row) for row in rows)
    TARGET.write_text(f'{{"versions": {json.dumps(head)}, "steps": [\n{text}\n]}}\n', encoding="utf-8")
