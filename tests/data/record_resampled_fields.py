"""Records which input elements each output of `torch.nn.functional.interpolate` depends on, by gradients.

Run with PyTorch installed: ``python tests/data/record_resampled_fields.py``. One line a case: the arguments, the input's
size along the axis, and the first and the last input element that each output has a gradient for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

FACTORS = (0.29, 0.3, 0.4, 0.6, 0.7, 1.1, 1.2, 1.35, 1.7, 2.3, 3.3)
SIZES = (60, 101, 135, 199)
MODES = ("nearest", "nearest-exact", "bilinear", "bicubic")
LENGTH = 100
WIDTH = 8


def observe(arguments: dict[str, Any]) -> list[tuple[int, int]]:
    """The first and the last input row that each output row depends on."""
    rows = torch.zeros(1, 1, LENGTH, WIDTH, requires_grad=True)
    output = torch.nn.functional.interpolate(rows, **arguments)
    seen = []
    for number in range(output.shape[2]):
        (gradient,) = torch.autograd.grad(output[:, :, number].sum(), rows, retain_graph=True)
        found = gradient.reshape(LENGTH, -1).abs().sum(1).nonzero().flatten().tolist()
        seen.append((found[0], found[-1]))
    return seen


def main() -> None:
    """Write the file beside this one."""
    cases = [{"scale_factor": [factor, 1.0], "mode": mode} for factor in FACTORS for mode in MODES]
    cases += [{"size": [size, WIDTH], "mode": mode} for size in SIZES for mode in MODES]
    lines = [json.dumps({"arguments": case, "length": LENGTH, "seen": observe(case)}) for case in cases]
    Path(__file__).with_name("resampled_fields.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
