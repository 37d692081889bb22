"""Record which inputs each output of PyTorch's fractional upsampling depends on, by gradients.

Run by hand with PyTorch's own Python; writes `tests/data/fractional_upsampling.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

FACTORS = (0.29, 0.3, 0.4, 0.7, 1.1, 1.2, 1.35, 1.7, 2.6, 3.3)
MODES = ("nearest", "nearest-exact", "linear", "bicubic")
LENGTHS = (40, 57)


def seen(length: int, factor: float, mode: str) -> list[list[int]]:
    """The first and the last input element that each output depends on."""
    import torch

    shape = (1, 1, length, length) if mode == "bicubic" else (1, 1, length)
    tensor = torch.zeros(shape, requires_grad=True)
    output = torch.nn.functional.interpolate(tensor, scale_factor=factor, mode=mode)
    found = []
    for number in range(output.shape[-1]):
        (gradient,) = torch.autograd.grad(output[..., number].sum(), tensor, retain_graph=True)
        line = gradient.abs().reshape(-1, length).sum(0) > 1e-6
        indices = line.nonzero().flatten().tolist()
        found.append([indices[0], indices[-1]])
    return found


def main() -> None:
    rows = [
        {"factor": factor, "mode": mode, "length": length, "seen": seen(length, factor, mode)}
        for factor in FACTORS
        for mode in MODES
        for length in LENGTHS
    ]
    path = Path(__file__).parent.parent / "tests" / "data" / "fractional_upsampling.json"
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
