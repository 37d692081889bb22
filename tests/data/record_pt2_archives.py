"""Record whole `.pt2` archives of small programs, with what running their graphs makes of every node.

``python tests/data/record_pt2_archives.py OUT.jsonl`` with one version of PyTorch adds a line for each program; the lines
of PyTorch 2.5.1 to 2.14.1 are `pt2_archives.jsonl.gz`.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils import _pytree as pytree

VERSION = torch.__version__.partition("+")[0]
NORMAL = torch.randn


class Net(nn.Module):
    """A function with the modules, parameters and buffers that it uses."""

    def __init__(self, function: Callable[..., Any], **members: Any) -> None:
        super().__init__()
        self.function = function
        for name, member in members.items():
            if isinstance(member, torch.Tensor) and not isinstance(member, nn.Parameter):
                self.register_buffer(name, member, persistent=not name.startswith("hidden"))
            else:
                setattr(self, name, member)

    def forward(self, *inputs: Any) -> Any:
        return self.function(self, *inputs)


def tied() -> nn.Module:
    net = Net(lambda s, i: s.l(s.m(s.m(s.e(i)))), e=nn.Embedding(20, 8), l=nn.Linear(8, 20, bias=False))
    net.l.weight, net.m = net.e.weight, nn.Linear(8, 8)
    return net


def branching(s: Any, x: Any) -> Any:
    return s.h(torch.cond(x.sum() > 0, lambda x: s.a(x), lambda x: s.b(x).relu(), (x,)))


def without_gradients(s: Any, x: Any) -> Any:
    with torch.no_grad():
        y = s.l(x)
    return s.m(y)


def in_half(s: Any, x: Any) -> Any:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = s.l(x)
    return y + 1


def counting(s: Any, x: Any) -> Any:
    s.n.add_(x.mean(0))
    s.count.add_(1)
    return s.l(x) + s.n


def assigning(s: Any, x: Any) -> Any:
    y = x.clone()
    y[:, 0] = 0.0
    return y.masked_fill(y > 0, 1.0)


LINEAR = {"l": nn.Linear(3, 3)}
PROGRAMS: dict[str, Callable[[], tuple[nn.Module, tuple[Any, ...]]]] = {
    "tied": lambda: (tied(), (torch.randint(0, 20, (2, 5)),)),
    "unread": lambda: (
        Net(
            lambda s, x: s.l(x),
            lost=torch.zeros(7, 3),
            p=nn.Parameter(NORMAL(13)),
            extra=nn.Conv2d(3, 5, 3),
            fr=nn.Parameter(NORMAL(2, 2), requires_grad=False),
            **LINEAR,
        ),
        (NORMAL(4, 3),),
    ),
    "mutate": lambda: (Net(counting, n=torch.zeros(3), count=torch.tensor(0), **LINEAR), (NORMAL(4, 3),)),
    "assign": lambda: (Net(assigning), (NORMAL(2, 4, 6),)),
    "nograd": lambda: (Net(without_gradients, l=nn.Linear(6, 4), m=nn.Linear(4, 2)), (NORMAL(2, 6),)),
    "autocast": lambda: (Net(in_half, l=nn.Linear(6, 4)), (NORMAL(2, 6),)),
    "cond": lambda: (Net(branching, a=nn.Linear(6, 4), b=nn.Linear(6, 4), h=nn.Linear(4, 3)), (NORMAL(5, 6),)),
    "lstm": lambda: (
        Net(lambda s, x: s.l(x), l=nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)),
        (NORMAL(2, 7, 6),),
    ),
    "projected": lambda: (Net(lambda s, x: s.l(x)[0], l=nn.LSTM(6, 8, proj_size=3, bias=False)), (NORMAL(7, 2, 6),)),
    "gru": lambda: (
        Net(lambda s, x: s.h(s.g(x)[0][:, -1]), g=nn.GRU(6, 5, batch_first=True), h=nn.Linear(5, 3)),
        (NORMAL(2, 7, 6),),
    ),
    "cell": lambda: (Net(lambda s, x: s.c(x), c=nn.LSTMCell(6, 5)), (NORMAL(2, 6),)),
    "complex": lambda: (
        Net(
            lambda s, x: torch.view_as_real(torch.view_as_complex(x) * s.w),
            w=nn.Parameter(torch.randn(4, dtype=torch.complex64)),
        ),
        (NORMAL(2, 4, 2),),
    ),
    "sdpa": lambda: (
        Net(
            lambda s, q, k: s.o(functional.scaled_dot_product_attention(q, k, k).transpose(1, 2).flatten(2)),
            o=nn.Linear(16, 16),
        ),
        (NORMAL(2, 4, 6, 4), NORMAL(2, 4, 9, 4)),
    ),
}


class Recording(torch.fx.Interpreter):
    """A run that keeps the shape of what every node makes."""

    shapes: dict[str, Any]

    def run_node(self, node: Any) -> Any:
        made = super().run_node(node)
        if isinstance(made, torch.Tensor):
            self.shapes[node.name] = list(made.shape)
        return made


def record(name: str) -> dict[str, Any]:
    """A program's archive, what its module holds, and the shapes of its nodes."""
    torch.manual_seed(0)
    module, inputs = PROGRAMS[name]()
    program = torch.export.export(module.eval(), inputs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.pt2"
        torch.export.save(program, path)
        archive = base64.b64encode(path.read_bytes()).decode()
    stored = {**program.state_dict, **program.constants}
    given = iter(pytree.tree_leaves(inputs))
    run = Recording(program.graph_module)
    run.shapes = {}
    run.run(
        *[stored[each.target] if each.target in stored else next(given) for each in program.graph_signature.input_specs]
    )
    return {
        "file": f"{name}_{VERSION}.pt2",
        "archive": archive,
        "params": sum(each.numel() for each in module.parameters()),
        "trainable": sum(each.numel() for each in module.parameters() if each.requires_grad),
        "buffers": sum(each.numel() for each in module.buffers()),
        "shapes": run.shapes,
    }


if __name__ == "__main__":
    with open(sys.argv[1], "a", encoding="utf-8") as lines:
        for program in PROGRAMS:
            lines.write(json.dumps(record(program)) + "\n")
