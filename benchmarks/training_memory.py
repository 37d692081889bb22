"""A training step of torchvision's networks: what PyTorch keeps and takes at most, beside what is planned.

Needs torch, torchvision and this package; the steps run on the device ``meta``, where nothing is computed and the
storages are those of a CPU. Those of autocast, whose types differ there, run on the CPU::

    python -m benchmarks.training_memory              20 networks, SGD and Adam, batches 1 and 8; a few others
    python -m benchmarks.training_memory --table      20 networks, SGD and Adam, batches 1 to 8: a row each
    python -m benchmarks.training_memory --beside     what torch-kitsune and vram-check estimate, too (both installed)
    python -m benchmarks.training_memory --record     the same, into tests/data/training_steps.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torchvision

import cnnshape
from benchmarks.live_storages import Step, measure, measure_each

TARGET = Path(__file__).parent.parent / "tests" / "data" / "training_steps.json"
NETWORKS = (
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "mnasnet0_5"),
    *("mnasnet1_0", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf"),
    *("resnet18", "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "vgg11_bn", "wide_resnet50_2"),
)
OPTIMIZERS: dict[str, Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adafactor": torch.optim.Adafactor,
}
ON_CPU = ("adafactor",)
"""Optimizers that look at values."""
SIDE = 224
BATCHES = (1, 8)
COMPARED = (1, 8)
"""Batches for which other programs are asked."""
CASES: tuple[tuple[str, str, int, str | None], ...] = (
    *((name, optimizer, batch, None) for name in NETWORKS for optimizer in ("sgd", "adam") for batch in BATCHES),
    *(("resnet18", optimizer, 2, None) for optimizer in ("momentum", "adamw", "adafactor")),
    *((name, "sgd", 2, "bf16") for name in ("squeezenet1_0", "resnet18", "mobilenet_v2")),
)


@cache
def network(name: str) -> torch.nn.Module:
    """A network of torchvision."""
    more: dict[str, Any] = {"init_weights": False} if name == "googlenet" else {}
    return torchvision.models.get_model(name, weights=None, **more)  # type: ignore[no-any-return]


def measured(model: torch.nn.Module, optimizer: str, batch: int, amp: str | None) -> Step:
    """A step of a network as it runs."""
    device = "cpu" if amp or optimizer in ON_CPU else "meta"
    sample = torch.rand(batch, 3, SIDE, SIDE, device=device)
    return measure(deepcopy(model).to(device), sample, OPTIMIZERS[optimizer], torch.bfloat16 if amp else None)


def rows(cases: Iterable[tuple[str, str, int, str | None]]) -> Iterator[dict[str, Any]]:
    """Every step, as measured."""
    for name, optimizer, batch, amp in cases:
        step = measured(network(name), optimizer, batch, amp)
        yield {
            "network": name,
            "optimizer": optimizer,
            "batch": batch,
            "amp": amp,
            "kept": step.kept,
            "peak": step.peak.alive,
        }


def planned(row: dict[str, Any]) -> tuple[int, int]:
    """What is planned to be kept, and at most alive."""
    given = {key: row[key] for key in ("batch", "optimizer", "amp")}
    totals = cnnshape.plan(f"zoo:pytorch/{row['network']}", input=(3, SIDE, SIDE), **given).totals
    assert totals is not None
    return totals.training.activations or 0, totals.peak_training_bytes or 0


def others(row: dict[str, Any]) -> dict[str, int]:
    """What other programs estimate: torch-kitsune without and with its margin of 15 %, and vram-check."""
    from kitsune.predict import predict_memory  # installed for this alone
    from vram_check import analyze

    model = network(row["network"])
    guess = predict_memory(model, (3, SIDE, SIDE), batch_size=row["batch"], optimizer=row["optimizer"])
    other = analyze(model, batch_size=row["batch"], optimizer=row["optimizer"])["estimate"]
    return {
        "kitsune": guess.total_bytes - guess.overhead_bytes,
        "with margin": guess.total_bytes,
        "vram-check": other.total_bytes,
    }


def table(*, beside: bool) -> None:
    """A row for each network, or those named: how far off at most, over batches 1 to 8, SGD and Adam."""
    print(f"{'network':20} kept off by  peak off by" + "  torch-kitsune  vram-check" * beside)
    asked = {name: OPTIMIZERS[name] for name in ("sgd", "adam")}
    for name in [each for each in sys.argv if each in NETWORKS] or NETWORKS:
        model = deepcopy(network(name)).to("meta")
        kept_off, off = 0, {"planned": 0.0}
        for batch in range(1, 9):
            sample = torch.rand(batch, 3, SIDE, SIDE, device="meta")
            for optimizer, step in measure_each(model, sample, asked).items():
                row = {"network": name, "optimizer": optimizer, "batch": batch, "amp": None}
                kept, peak = planned(row)
                kept_off = max(kept_off, abs(kept - step.kept))
                guesses = others(row) if beside and batch in COMPARED else {}
                for program, guess in {"planned": peak, **guesses}.items():
                    off[program] = max(off.get(program, 0.0), abs(100 * (guess / step.peak.alive - 1)))
        print(f"{name:20} {kept_off:9} B {off.pop('planned'):10.4f} %", end="")
        print("".join(f" {off[key]:12.0f} %" for key in ("kitsune", "vram-check") if key in off), flush=True)
        network.cache_clear()


def main() -> None:
    """Print the table, or record it."""
    beside = "--beside" in sys.argv
    if "--table" in sys.argv:
        table(beside=beside)
        return
    found, errors = [], {}
    for row in rows(CASES):
        found.append(row)
        kept, peak = planned(row)
        guesses = others(row) if beside and row["batch"] in COMPARED else {}
        off = {name: 100 * (guess / row["peak"] - 1) for name, guess in {"planned": peak, **guesses}.items()}
        for name, error in off.items():
            errors.setdefault(name, []).append(abs(error))
        case = f"{row['network']:20} {row['optimizer']:9} {row['amp'] or '':5} {row['batch']:3}"
        text = "".join(f"  {name} {error:+8.2f} %" for name, error in off.items())
        print(
            f"{case} kept {row['kept']:13,} planned {kept - row['kept']:+d}  peak {row['peak']:13,}{text}", flush=True
        )
    for name, each in errors.items():
        print(f"{name:12} {len(each)} steps: median {median(each):.2f} %, at most {max(each):.2f} % off")
    if "--record" in sys.argv:
        head = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]}
        text = ",\n".join(json.dumps(row) for row in found)
        TARGET.write_text(f'{{"versions": {json.dumps(head)}, "steps": [\n{text}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
