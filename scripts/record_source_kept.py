"""Record what PyTorch's backward pass keeps of networks in source, for ``tests/data/source_kept.jsonl``.

Needs torch::

    python -m scripts.record_source_kept

A line has networks of the same ``__init__``: that, the shape of their input, and for each ``forward`` the bytes of what
`saved_tensors_hooks` of `torch.autograd.graph` saw, each storage once, parameters and buffers apart, in float32 and
under autocast to bfloat16.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from itertools import groupby, product
from pathlib import Path
from typing import Any

import torch

from benchmarks.live_storages import kept_bytes

TARGET = Path(__file__).parent.parent / "tests" / "data" / "source_kept.jsonl"
HEAD = """\
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {}

    def forward(self, x):
        {}
"""
"""The file of a network."""

PAD = "torch.zeros(4, 6, dtype=torch.bool)"
ATTENTIONS = (
    ("", "m(x, x, x, {})"),
    ("", "m(x, x, x, attn_mask=torch.ones(6, 6, dtype=torch.bool).triu(1), {})"),
    ("mask = torch.zeros(6, 6)", "m(m(x, x, x, attn_mask=mask, {0})[0], x, x, attn_mask=mask, {0})"),
    (
        "mask = nn.Transformer.generate_square_subsequent_mask(6)",
        "m(x, x, x, attn_mask=mask, is_causal=True, {})",
    ),
    ("", f"m(x, x, x, key_padding_mask={PAD}, {{}})"),
    ("", f"m(x, x, x, key_padding_mask={PAD}, attn_mask=torch.zeros(6, 6, dtype=torch.bool), {{}})"),
    ("z = self.l(x[:, :5] if self.m.batch_first else x[:5])", "m(x, z, z, {})"),
    ("", "m(x, x, x, average_attn_weights=False, {})"),
    ("", "m(x + 1, x, x, {})"),
    ("z = x + 1", "m(z, z, x, {})"),
)
"""Calls of attention: a line before, and the call itself."""
LAYERS = (
    ("TransformerEncoder(nn.TransformerEncoderLayer(12, 3, 20, {}), 2)", "self.m(x)"),
    ("TransformerEncoder(nn.TransformerEncoderLayer(12, 3, 20, 0.0, 'gelu', {}), 2, nn.LayerNorm(12))", "self.m(x)"),
    (
        "TransformerEncoder(nn.TransformerEncoderLayer(12, 3, 20, 0.0, nn.SiLU(), {}), 2)",
        "self.m(x, nn.Transformer.generate_square_subsequent_mask(6 if self.first else 4))",
    ),
    (
        "TransformerEncoder(nn.TransformerEncoderLayer(12, 3, 20, 0.0, F.gelu, {}), 2)",
        "self.m(x, src_key_padding_mask=torch.zeros((4, 6) if self.first else (6, 4), dtype=torch.bool))",
    ),
    (
        "TransformerDecoder(nn.TransformerDecoderLayer(12, 3, 20, {}), 2)",
        "self.m(self.l(x[:, :3] if self.first else x[:3]), x, memory_mask=torch.zeros(3, 6 if self.first else 4))",
    ),
    ("Transformer(12, 3, 2, 2, 20, {})", "self.m(x, self.l(x[:, :3] if self.first else x[:3]))"),
)
DOTS = (
    *("", "is_causal=True", "dropout_p=0.1", "attn_mask=torch.zeros(6, 6)", "attn_mask=self.seen", "attn_mask=self.p"),
    *("attn_mask=self.f", "attn_mask=self.f[None]", "attn_mask=(x > 0)[:, None, :, :6]"),
    *("attn_mask=torch.zeros(6, 6).expand(4, 3, 6, 6)", "attn_mask=torch.ones(4, 1, 1, 6, dtype=torch.bool)"),
)
FUNCTION = (
    "F.multi_head_attention_forward(q, k, v, 12, 3, self.m.in_proj_weight, self.m.in_proj_bias, None, None, False, "
    "{rate}, self.m.out_proj.weight, self.m.out_proj.bias, need_weights={scores}, attn_mask={mask})[0]"
)
"""Attention as a function of weights."""
STEPPED = (
    *("LSTM(8, 6)", "GRU(8, 6, 2, bidirectional=True)", "RNN(8, 6, 2, dropout=0.2, batch_first=True)"),
    *("LSTM(8, 6, 2, batch_first=True, bidirectional=True, dropout=0.1)", "LSTM(8, 6, 2, proj_size=3)"),
    *("GRU(8, 6, 2, batch_first=True, dropout=0.2)", "RNN(8, 6, nonlinearity='relu')"),
)
STEPS = (
    *("y, h = self.m(x); return self.o(y)", "y, h = self.m(self.m(x)[0] @ self.w); return self.o(y[:, -1])"),
    "y, h = self.m(x); h = h[0] if isinstance(h, tuple) else h; return h.relu()",
)
CELLS = (
    ("LSTMCell(8, 8)", "h = c = torch.zeros(4, 8)", "h, c = self.m(x[:, t], (h, c))"),
    ("GRUCell(8, 8)", "h = torch.zeros(4, 8)", "h = self.m(x[:, t], h)"),
    ("RNNCell(8, 8)", "h = None", "h = self.m(x[:, t], h)"),
)
MAPS = (
    "self.c = nn.Conv2d(3, 8, 3, padding=1); self.w = nn.Parameter(torch.randn(8, 8, 3, 3)); "
    "self.b = nn.Parameter(torch.randn(8)); self.t = nn.Parameter(torch.randn(8, 4, 2, 2)); "
    "self.l = nn.Parameter(torch.randn(5, 8)); self.s = nn.Parameter(torch.randn(1, 8, 1, 1)); "
    "self.m = nn.Parameter(torch.randn(8, 6)); self.register_buffer('f', torch.randn(8)); "
    "self.register_buffer('v', torch.rand(8) + 1); self.k = torch.rand(1, 8, 1, 1); "
    "self.register_buffer('k4', torch.rand(8, 8, 1, 1))"
)
EXPRESSIONS = """
F.conv2d(x, self.w) | F.conv2d(x, self.w, self.b, padding=1) | F.conv2d(x, self.w[:, :4], self.b, groups=2)
F.conv2d(x, self.w, padding='same') | F.conv_transpose2d(x, self.t, self.b[:4], stride=2) | F.conv2d(x, self.w * 2)
F.conv2d(x, (self.w - self.w.mean((1, 2, 3), keepdim=True)) / self.w.std((1, 2, 3), keepdim=True))
F.linear(x.mean((2, 3)), self.l) | F.linear(x.flatten(2).transpose(1, 2), self.l)
F.linear(F.linear(x.mean((2, 3)), self.l), self.l.t()) | F.linear(F.normalize(x.mean((2, 3))), F.normalize(self.l))
F.batch_norm(x, self.f, self.v, self.b, self.b, True) | F.batch_norm(x, None, None, self.b, self.b, True)
F.batch_norm(x, self.f, self.v, training=True) | F.batch_norm(x, self.f, self.v, self.f, self.f)
F.instance_norm(x) | F.instance_norm(x, weight=self.b, bias=self.b) | F.group_norm(x, 2, self.b, self.b)
F.layer_norm(x.permute(0, 2, 3, 1), (8,), self.b, self.b) | F.rms_norm(x.permute(0, 2, 3, 1), (8,), self.b)
F.prelu(x, self.b) | F.prelu(x, self.b[:1]) | F.embedding(x.argmax(1), self.m) | torch.maximum(x, self.s)
x * self.s | (x * self.s) * self.s | x + self.s * x | self.s * x + self.s | x * self.f[:, None, None] | x * self.k
(x * self.k) * self.k | x * 2 | x - self.s | self.s - x | x / self.s | self.s / x | x / self.k | 1 / x | 2 - x
x * self.s.exp() | x * self.s.exp() + x * self.s.exp() | x * torch.sigmoid(self.s) | x.abs() ** self.s | x ** 3
x.mean((2, 3)) @ self.m | x.permute(0, 2, 3, 1) @ self.m | self.m.t() @ x.flatten(2)
torch.einsum('bchw,cd->bdhw', x, self.m) | torch.where(x > 0, x, self.s) | torch.addcmul(x, x, self.s)
x[:, ::2] | x[:, [0, 2, 3]] | x.index_select(1, torch.tensor([0, 2])) | x.gather(1, torch.zeros(2, 1, 8, 8).long())
F.grid_sample(x, torch.rand(2, 4, 4, 2)) | x * (x > 0) | x * (x > 0).float() | torch.where(x > 0, x, 0.1 * x)
x * torch.tanh(F.softplus(x)) | x * F.relu6(x + 3) / 6 | x.chunk(2, 1)[0] * x.chunk(2, 1)[1].sigmoid()
(x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True) + 1e-5).sqrt() * self.s + self.s
x * (x.pow(2).mean(1, keepdim=True) + 1e-6).rsqrt() * self.s | (x * x).sum(1) | x.detach() * x | x.sigmoid_()
F.local_response_norm(x, 3) | F.lp_pool2d(x, 2, 2) | F.lp_pool3d(x[:, :, None], 2, (1, 2, 2))
F.conv2d(F.conv2d(x, self.k4), self.k4) | F.instance_norm(x, self.f, self.v, self.b, self.b)
F.instance_norm(x, self.f, self.v)
F.embedding_bag(x.argmax(1).flatten(1), self.m)
F.linear(F.linear(x.mean((2, 3)), self.k4.flatten(1)), self.k4.flatten(1)) | x * F.dropout(x, 0.2, True)
"""
"""Functions of weights and of constants, a convolution's output being `x`."""

CONVOLUTIONS = "self.c = nn.Conv2d(3, 4, 3); self.d = nn.Conv2d(4, 4, 3, padding=1)"
WITHOUT_GRADIENTS = (
    "x = self.c(x)\nwith torch.no_grad(): t = torch.sigmoid(self.d(x))\nreturn torch.sigmoid(self.d(x)) + t",
    "with torch.no_grad(): x = torch.sigmoid(self.c(x))\nreturn torch.sigmoid(self.d(x))",
    "with torch.no_grad():\n    x = self.c(x)\n    with torch.enable_grad(): x = torch.tanh(self.d(x))\n"
    "    y = torch.tanh(self.d(x))\nreturn x * y",
    "with torch.set_grad_enabled(False): x = self.c(x)\n"
    "with torch.set_grad_enabled(True): return torch.tanh(self.d(x))",
)
"""Forwards of which a part runs without gradients."""


def cases() -> Iterator[tuple[str, str, list[int]]]:
    """The lines of ``__init__`` and of `forward`, and the input's shape."""
    for first in (False, True):
        shape = [4, 6, 12] if first else [6, 4, 12]
        for rate in (0.0, 0.1):
            made = f"self.l = nn.Linear(12, 12); self.m = m = nn.MultiheadAttention(12, 3, {rate}, batch_first={first})"
            for scores in (False, True):
                for before, call in ATTENTIONS:
                    call = call.format(f"need_weights={scores}")
                    yield made, f"m = self.m; x = self.l(x); {before or 'pass'}; return self.l({call}[0])", shape
            frozen = f"{made}; m.requires_grad_(False)"
            yield frozen, "x = self.l(x); return self.m(x, x, x, need_weights=False)[0]", shape
            yield made, "return self.m(x, x, x)[0]", shape
        for norm_first in (False, True):
            for layer, call in LAYERS:
                layer = layer.format(f"batch_first={first}, norm_first={norm_first}")
                made = f"self.l = nn.Linear(12, 12); self.m = nn.{layer}; self.first = {first}"
                yield made, f"x = self.l(x); return {call}", [4, 6, 12]
    made = (
        "self.l = nn.Linear(12, 36); self.o = nn.Linear(12, 12); self.p = nn.Parameter(torch.zeros(3, 6, 6)); "
        "self.register_buffer('seen', torch.ones(6, 6, dtype=torch.bool)); "
        "self.register_buffer('f', torch.zeros(6, 6))"
    )
    for words in DOTS:
        call = f"F.scaled_dot_product_attention(q, k, v, {words})"
        split = "q, k, v = self.l(x).view(4, 6, 3, 3, 4).permute(2, 0, 3, 1, 4)"
        yield made, f"{split}; return self.o({call}.transpose(1, 2).reshape(4, 6, 12))", [4, 6, 12]
    made = "self.l = nn.Linear(12, 12); self.m = nn.MultiheadAttention(12, 3)"
    for rate, scores, mask in product((0.0, 0.1), (False, True), (None, "torch.zeros(6, 6)")):
        call = FUNCTION.format(rate=rate, scores=scores, mask=mask)
        for tensors in ("q = k = v", "k = v = self.l(x); q", "q = k = self.l(x); v"):
            yield made, f"{tensors} = self.l(x); return {call}", [6, 4, 12]
    for layer in STEPPED:
        width = (3 if "proj" in layer else 6) * (2 if "bidirectional" in layer else 1)
        made = f"self.m = nn.{layer}; self.o = nn.Linear({width}, 5); self.w = nn.Parameter(torch.randn({width}, 8))"
        for forward in STEPS:
            yield made, forward, [4, 5, 8]
    for layer, before, one in CELLS:
        made = f"self.m = nn.{layer}; self.o = nn.Linear(8, 5)"
        for frozen in ("", "; self.m.requires_grad_(False); self.l = nn.Linear(8, 8)"):
            begin = f"x = self.l(x); {before}" if frozen else before
            yield made + frozen, f"{begin}\n        for t in range(5): {one}\n        return self.o(h)", [4, 5, 8]
    for expression in EXPRESSIONS.replace("\n", "|").split("|"):
        if expression.strip():
            yield MAPS, f"x = self.c(x); return {expression.strip()}", [2, 3, 8, 8]
    for forward in WITHOUT_GRADIENTS:
        yield CONVOLUTIONS, forward.replace("\n", "\n        "), [2, 3, 9, 9]


def kept(init: str, forward: str, shape: list[int]) -> list[int]:
    """Bytes that are kept of a network, in float32 and under autocast."""
    names: dict[str, Any] = {}
    exec(HEAD.format(init, forward), names)
    return [kept_bytes(names["Net"]().train(), torch.rand(*shape), lower) for lower in (None, torch.bfloat16)]


def recorded() -> Iterator[dict[str, Any]]:
    """The networks of one ``__init__`` with what is kept of each."""
    for (init, shape), each in groupby(cases(), lambda case: (case[0], case[2])):
        yield {"init": init, "input": shape, "kept": {forward: kept(init, forward, shape) for _, forward, _ in each}}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.backends.mkldnn.set_flags(False)  # of oneDNN's LSTM the workspace is its own
    with TARGET.open("w", encoding="utf-8") as file:
        file.write(f"{json.dumps({'torch': torch.__version__.split('+')[0], 'head': HEAD})}\n")
        for line in recorded():
            file.write(f"{json.dumps(line)}\n")
