"""Records what elements of exported functions see, by gradients: ``python tests/data/record_exported_fields.py``.

Run with PyTorch and ONNX installed. A convolution of 3 x 3 stands before each function, so that what lies one beside the
other is seen. One line a function: its text, the largest extent along each axis that an element has gradients for, the
program of `torch.export` (its JSON), and the graph in ONNX (none where the exporter does not know the function).
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

SIZE = 12

FUNCTIONS = """
x.roll(2, 3)
x.roll((1, -1), (2, 3))
x.roll(1)
x.flip([3])
x.transpose(2, 3)
x.movedim(2, 3)
x.cumsum(3)
x.cumprod(2)
x.logcumsumexp(2)
x.cummax(3)[0]
x.sort(3)[0]
x.topk(12, 3)[0]
x @ x
x @ x.transpose(-1, -2)
torch.einsum("bchw,bcwk->bchk", x, x)
F.scaled_dot_product_attention(x, x, x)
F.softmax(x, 3)
F.softmax(x, 1)
F.normalize(x, dim=3)
F.normalize(x, dim=1)
x.index_select(3, torch.tensor([5, 3, 1, 0, 2, 4, 6, 7, 8, 9, 11, 10]))
x.gather(3, torch.arange(11, -1, -1).expand(1, 4, 12, 12))
x[:, :, 2:9]
x[:, :, ::2]
x[..., -5:]
x[:, :, 3]
x[:, :, 3:4] + x
torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2]], 1)
torch.cat([x[:, :, ::2], x[:, :, 1::2]], 2)
x[:, :, :1].expand(-1, -1, 12, -1)
x[:, :1].expand(-1, 4, -1, -1)
x.mean((2, 3), keepdim=True).expand(-1, -1, 12, 12) + x
x.repeat(1, 2, 1, 1)
x[:, :, :6].repeat(1, 1, 2, 1)
x[:, :, :6].repeat_interleave(2, 2)
x.tile((1, 1, 2, 1))
x.reshape(1, 12, 4, 12)
x.flatten(2).unflatten(2, (12, 12))
x.view(1, 4, 3, 4, 3, 4).permute(0, 1, 2, 4, 3, 5)
F.pixel_shuffle(x, 2)
F.channel_shuffle(x, 2)
F.grid_sample(x, F.affine_grid(torch.tensor([[[0.0, 1, 0], [1, 0, 0]]], dtype=x.dtype), (1, 4, 12, 12)))
F.pad(x, (2, 1, 0, 3))
F.pad(x, (2, 2, 2, 2), mode="replicate")
F.pad(x, (-2, -1, 0, 0))
sum(x.chunk(2, 3))
torch.cat(x.split([5, 7], 3)[::-1], 3)
torch.stack([x, x], 2).flatten(2, 3)
torch.stack(x.unbind(3)[::-1], 3)
x - x.mean(3, keepdim=True)
x / x.var((2, 3), keepdim=True)
x - x.amax(2, keepdim=True)
x * x.sum(1, keepdim=True)
F.layer_norm(x, (12,))
F.group_norm(x, 2)
F.instance_norm(x)
F.layer_norm(x.permute(0, 2, 3, 1), (4,)).permute(0, 3, 1, 2)
F.interpolate(x, scale_factor=2, mode="bilinear")
F.interpolate(x, size=(5, 5), mode="bilinear", antialias=True)
F.adaptive_avg_pool2d(x, (4, 6))
F.local_response_norm(x, 3)
x.tril()
torch.ones(12, 12, dtype=x.dtype).tril() @ x
F.glu(x, 3)
x * x.roll(3, 2)
x + x.flip(2)
torch.where(x > 0, x, x.flip(2))
x.masked_fill(x > 0, 0.0)
torch.fft.fft2(x).real
F.cosine_similarity(x, x.flip(3), dim=1)[:, None]
"""


class Applied(nn.Module):
    """The function after a convolution."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.function = eval(f"lambda x: {text}", {"torch": torch, "F": functional})

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(self.conv(x))


def extents(model: nn.Module, x: torch.Tensor) -> list[int]:
    """The largest extent that an element of the output has gradients for, along both axes of the input."""
    given = x.double().requires_grad_(True)
    model.double()
    flat = model(given).reshape(-1)
    every = torch.eye(len(flat), dtype=flat.dtype)
    (gradients,) = torch.autograd.grad(flat, given, every, is_grads_batched=True)
    seen = gradients[:, 0].abs().sum(1) > 1e-12
    model.float()
    found = []
    for axis in (2, 1):
        places = seen.any(axis)
        first = places.int().argmax(1)
        last = places.shape[1] - 1 - places.int().flip(1).argmax(1)
        found.append(int(((last - first + 1) * places.any(1)).max()))
    return found


def program(model: nn.Module, x: torch.Tensor) -> Any:
    """The JSON of the exported program, without what tells where it was traced."""
    stream = io.BytesIO()
    torch.export.save(torch.export.export(model, (x,)), stream)
    with zipfile.ZipFile(stream) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(("models/model.json", "exported_program.json"))]
        graph = json.loads(archive.read(name))
    for node in graph["graph_module"]["graph"]["nodes"]:
        node["metadata"] = {}
    return graph


def in_onnx(model: nn.Module, x: torch.Tensor) -> str | None:
    """The graph in ONNX."""
    stream = io.BytesIO()
    try:
        torch.onnx.export(model, (x,), stream, opset_version=17, dynamo=False)
    except Exception:  # functions that the exporter does not know, each in its way
        return None
    return base64.b64encode(stream.getvalue()).decode()


def main() -> None:
    """Write the file beside this one."""
    path = Path(__file__).with_name("exported_fields.jsonl.gz")
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for text in FUNCTIONS.strip().splitlines():
            torch.manual_seed(0)
            model, x = Applied(text).eval(), torch.randn(1, 2, SIZE, SIZE)
            case = {"function": text, "seen": extents(model, x), "pt2": program(model, x), "onnx": in_onnx(model, x)}
            lines.write(json.dumps(case) + "\n")
            print(text, case["seen"], bool(case["onnx"]), flush=True)


if __name__ == "__main__":
    main()
