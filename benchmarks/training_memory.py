"""A training step of torchvision's networks: what PyTorch keeps and takes at most, beside what is planned.

Needs torch, torchvision and this package::

    python -m benchmarks.training_memory              20 networks, SGD and Adam, some under autocast
    python -m benchmarks.training_memory --record     the same, into tests/data/training_steps.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import torchvision

import cnnshape
from benchmarks.live_storages import Step, measure

TARGET = Path(__file__).parent.parent / "tests" / "data" / "training_steps.json"
NETWORKS = (
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "mnasnet0_5"),
    *("mnasnet1_0", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf"),
    *("resnet18", "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "vgg11_bn", "wide_resnet50_2"),
)
STEPS = (("sgd", 4), ("adam", 1))
OPTIMIZERS: dict[str, Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adafactor": torch.optim.Adafactor,
}
SIDE = 224


def measured(name: str, optimizer: str, batch: int, amp: str | None) -> Step:
    """A step of torchvision's network as it runs."""
    more: dict[str, Any] = {"init_weights": False} if name == "googlenet" else {}
    model = torchvision.models.get_model(name, weights=None, **more)
    lower = torch.bfloat16 if amp else None
    return measure(model, torch.rand(batch, 3, SIDE, SIDE), OPTIMIZERS[optimizer], lower)


def rows() -> Iterator[dict[str, Any]]:
    """Every step, as measured."""
    cases: list[tuple[str, str, int, str | None]] = []
    cases += [(name, optimizer, batch, None) for name in NETWORKS for optimizer, batch in STEPS]
    cases += [("resnet18", optimizer, 2, None) for optimizer in ("momentum", "adamw", "adafactor")]
    cases += [(name, "sgd", 2, "bf16") for name in ("squeezenet1_0", "resnet18", "mobilenet_v2")]
    for case in cases:
        step = measured(*case)
        asked = dict(zip(("network", "optimizer", "batch", "amp"), case, strict=True))
        yield {**asked, "kept": step.kept, "peak": step.peak.alive}


def line(row: dict[str, Any]) -> str:
    """A step as a line of the table: kept and at most, as measured, and how far off the plan is."""
    plan = cnnshape.plan(
        f"zoo:pytorch/{row['network']}",
        input=(3, SIDE, SIDE),
        batch=row["batch"],
        optimizer=row["optimizer"],
        amp=row["amp"],
    )
    assert plan.totals is not None
    kept, peak = plan.totals.training.activations or 0, plan.totals.peak_training_bytes or 0
    case = f"{row['network']:20} {row['optimizer']:9} {row['amp'] or '':5} {row['batch']:5}"
    text = f"{case} {row['kept']:14,} {kept - row['kept']:+8,}"
    return f"{text} {row['peak']:14,} {100 * (peak / row['peak'] - 1):+7.2f} %"


def main() -> None:
    """Print the table, or record it."""
    print(
        f"{'network':20} {'optimizer':9} {'amp':5} {'batch':>5} {'kept':>14} {'planned':>8} {'peak':>14} {'planned':>9}"
    )
    found = []
    for row in rows():
        found.append(row)
        print(line(row), flush=True)
    if "--record" in sys.argv:
        head = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]}
        text = ",\n".join(json.dumps(row) for row in found)
        TARGET.write_text(f'{{"versions": {json.dumps(head)}, "steps": [\n{text}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
