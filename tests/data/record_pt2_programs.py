"""Records programs that a version of PyTorch exports, with what it says of them: lines for `pt2_programs.jsonl.gz`.

``python tests/data/record_pt2_programs.py >> lines`` with each version to be recorded (2.5 and later).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import torch
from torch import nn
from torch.export import Dim
from torch.nn import functional


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.conv, self.norm = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False), nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = functional.relu(self.norm(self.conv(x)) + x)
        return self.head(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


class Up(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(3, 16, 3, 2, 1), nn.ConvTranspose2d(16, 8, 4, 2, 1)
        self.conv, self.slopes = nn.Conv2d(8, 12, 3, padding="same"), nn.PReLU(3)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.up(self.down(x))
        y = self.slopes(functional.pixel_shuffle(self.conv(x), 2))
        return functional.interpolate(y, scale_factor=0.5, mode="bilinear"), functional.pad(
            x, (1, 2, 0, 1), mode="reflect"
        )


class Volume(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4)
        self.register_buffer("unread", torch.ones(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.max_pool3d(
            functional.leaky_relu(self.norm(functional.avg_pool3d(self.conv(x), 2, ceil_mode=True))), 2
        )


IMAGE = [2, 3, 64, 64]
CASES: dict[str, tuple[nn.Module, list[int], Any, str]] = {
    "residual": (Residual(), IMAGE, None, "eval"),
    "batch": (Residual(), IMAGE, {"x": {0: Dim("batch")}}, "eval"),
    "train": (Residual(), IMAGE, None, "train"),
    "decomposed": (Residual(), IMAGE, None, "decomposed"),
    "half": (Residual().half(), IMAGE, None, "eval"),
    "up": (Up(), [1, 3, 16, 24], {"x": {2: 8 * Dim("h", min=2, max=32)}}, "eval"),
    "volume": (Volume(), [1, 1, 9, 10, 11], None, "decomposed"),
}


def record(name: str, model: nn.Module, shape: list[int], dynamic: Any, mode: str) -> dict[str, Any]:
    """The program, its list of weights, and what PyTorch says of both."""
    model.train(mode == "train")
    example = torch.zeros(shape, dtype=next(model.parameters()).dtype)
    program = torch.export.export(model, (example,), dynamic_shapes=dynamic)
    program = program.run_decompositions() if mode == "decomposed" else program
    file = io.BytesIO()
    torch.export.save(program, file)
    with zipfile.ZipFile(file) as archive:
        found = {}
        for key, pattern in (("program", r"models/[^/]+\.json$|exported_program\.json$"), ("stored", "weights_config")):
            member = next((each for each in archive.namelist() if re.search(pattern, each)), None)
            found[key] = [member, json.loads(archive.read(member))] if member else None
    nodes = [[each.name, *said(each.meta["val"])] for each in program.graph.nodes if each.op == "call_function"]
    outputs = model(example)
    buffers = [*program.buffers()] if found["stored"] is None else [*model.buffers()]
    return {
        "file": f"{name}_{torch.__version__.partition('+')[0]}.pt2",
        **found,
        "params": sum(each.numel() for each in model.parameters()),
        "buffers": sum(each.numel() for each in buffers),
        "nodes": [each for each in nodes if each[1]],
        "runs": [[[shape], [list(each.shape) for each in (outputs if isinstance(outputs, tuple) else (outputs,))]]],
    }


def said(value: Any) -> tuple[Any, Any]:
    """The shape and the type of a node's only tensor."""
    if not isinstance(value, torch.Tensor):
        return None, None
    return [size if isinstance(size, int) else str(size) for size in value.shape], str(value.dtype).rpartition(".")[2]


if __name__ == "__main__":
    for name, case in CASES.items():
        print(json.dumps(record(name, *case), separators=(",", ":")))
