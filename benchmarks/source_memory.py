"""Memory of networks in source: what PyTorch keeps and takes while training and at inference, beside what is planned.

Needs torch and this package. The networks are ``tests/data/memory/*.py``: their class `Net` on tensors of `INPUTS`::

    python -m benchmarks.source_memory             the table
    python -m benchmarks.source_memory --record    the same, into tests/data/source_steps.json
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import torch

import cnnshape
from benchmarks.live_storages import LiveStorages, measure

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "memory"
TARGET = FOLDER.parent / "source_steps.json"


def inference(model: torch.nn.Module, sample: torch.Tensor) -> int:
    """The most that is alive beside weights while the model runs without gradients; the caller holds its input."""
    model.eval()
    own = [*model.parameters(), *model.buffers()]
    tracker = LiveStorages([*own, sample])
    held = sum({id(each.untyped_storage()): each.untyped_storage().nbytes() for each in own}.values())
    torch.backends.mha.set_fastpath_enabled(False)  # a whole layer as one operator, inside which nothing is seen
    with torch.no_grad(), tracker:
        output = model(sample)  # noqa: F841 - held, as its caller does
    return max(moment.alive for moment in tracker.moments) - held


def measured(file: Path) -> dict[str, Any]:
    """A network as it runs."""
    names = runpy.run_path(str(file))
    (shape,) = names["INPUTS"]
    model, sample = names["Net"](), torch.rand(*shape)
    step = measure(model, sample, lambda weights: torch.optim.SGD(weights, lr=0.1))
    return {
        "network": file.name,
        "input": list(shape),
        "kept": step.kept,
        "peak": step.peak.alive,
        "inference": inference(model, sample),
    }


def main() -> None:
    """Print the table, or record it."""
    torch.backends.mkldnn.set_flags(False)  # of oneDNN's LSTM the workspace is its own
    rows = [measured(file) for file in sorted(FOLDER.glob("*.py"))]
    for row in rows:
        plan = cnnshape.plan(FOLDER / row["network"], input=row["input"][1:], batch=row["input"][0], optimizer="sgd")
        totals = plan.totals
        assert totals is not None, plan.diagnostics
        found = (totals.training.activations, totals.peak_training_bytes, totals.peak_activation_bytes)
        text = "".join(
            f"  {name} {row[name]:11,} {'?' if ours is None else f'{ours - row[name]:+,}':>10}"
            for name, ours in zip(("kept", "peak", "inference"), found, strict=True)
        )
        print(f"{row['network']:20}{text}")
    if "--record" in sys.argv:
        text = ",\n".join(json.dumps(row) for row in rows)
        TARGET.write_text(
            f'{{"torch": "{torch.__version__.split("+")[0]}", "steps": [\n{text}\n]}}\n', encoding="utf-8"
        )


if __name__ == "__main__":
    main()
