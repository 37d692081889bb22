"""Generators stand still where they yield, and what is entered is left: what a script alters is what Python does.

The counts are what torchvision 0.29.1 gave when it ran the same lines.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest

import cnnshape

SCRIPT = """\
import torch, torchvision, itertools, contextlib
from torch import nn, optim
import torch.nn.functional as F
model = torchvision.models.resnet18(num_classes=10)
def freezing(m):
    for p in m.parameters():
        p.requires_grad = False
        yield p
"""
"""11,181,642 parameters, all of which train."""

CAUGHT = """\
def held(m):
    try:
        yield m
    except ValueError:
        m.layer1.requires_grad_(False)
        yield 1
    m.layer2.requires_grad_(False)
g = held(model)
next(g)
g.throw(ValueError('x'))
"""


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "next(freezing(model))\n",
            11181642,
            11172234,
        ),
        (
            "for i, p in enumerate(freezing(model)):\n    if i == 2: break\n",
            11181642,
            11172106,
        ),
        (
            "list(itertools.islice(freezing(model), 5))\n",
            11181642,
            11135178,
        ),
        (
            "for i, p in zip(range(4), freezing(model)):\n    pass\n",
            11181642,
            11135242,
        ),
        (
            "for p in itertools.takewhile(lambda p: p.dim() != 1, freezing(model)): pass\n",
            11181642,
            11172170,
        ),
        (
            "it = itertools.dropwhile(lambda p: p.dim() == 4, freezing(model))\nnext(it)\n",
            11181642,
            11172170,
        ),
        (
            "a, b = itertools.tee(freezing(model))\nnext(a); next(b); next(a)\n",
            11181642,
            11172170,
        ),
        (
            "g = (p.requires_grad_(False) for p in model.parameters())\nnext(g); next(g)\n",
            11181642,
            11172170,
        ),
        (
            "freezing(model)\n",
            11181642,
            11181642,
        ),
        (
            "stages = [model.layer1, model.layer2]\n"
            "g = (s.requires_grad_(False) for s in stages)\n"
            "stages = [model.layer3]\n"
            "list(g)\n",
            11181642,
            10508106,
        ),
        (
            "def worker(m):\n"
            "    while True:\n"
            "        name = yield\n"
            "        if name is None: return\n"
            "        getattr(m, name).requires_grad_(False)\n"
            "w = worker(model)\n"
            "w.send(None)\n"
            "for n in ('layer3', 'fc'): w.send(n)\n"
            "try:\n"
            "    w.send(None)\n"
            "except StopIteration:\n"
            "    model.fc.requires_grad_(True)\n",
            11181642,
            9081930,
        ),
        (
            "def held(m):\n"
            "    try:\n"
            "        for p in m.parameters(): p.requires_grad = False\n"
            "        yield m\n"
            "    finally:\n"
            "        for p in m.fc.parameters(): p.requires_grad = True\n"
            "g = held(model)\n"
            "next(g)\n",
            11181642,
            0,
        ),
        (
            "def held(m):\n"
            "    try:\n"
            "        for p in m.parameters(): p.requires_grad = False\n"
            "        yield m\n"
            "    finally:\n"
            "        for p in m.fc.parameters(): p.requires_grad = True\n"
            "next(held(model))\n",
            11181642,
            5130,
        ),
        (
            CAUGHT,
            11181642,
            11033674,
        ),
        (
            CAUGHT + "for _ in g: pass\n",
            11181642,
            10508106,
        ),
        (
            "def inner():\n"
            "    x = yield 1\n"
            "    return x\n"
            "def outer(m):\n"
            "    name = yield from inner()\n"
            "    m.get_submodule(name).requires_grad_(False)\n"
            "    yield\n"
            "g = outer(model)\n"
            "next(g); g.send('layer2.0')\n",
            11181642,
            10951498,
        ),
        (
            "def walk(m):\n"
            "    for c in m.children():\n"
            "        c.requires_grad_(False)\n"
            "        yield c\n"
            "        yield from walk(c)\n"
            "for c in walk(model):\n"
            "    if isinstance(c, nn.Sequential): break\n",
            11181642,
            11024138,
        ),
        (
            "def first(it):\n"
            "    try: yield next(it)\n"
            "    except StopIteration:\n"
            "        model.fc.requires_grad_(False)\n"
            "list(first(iter([])))\n",
            11181642,
            11176512,
        ),
        (
            "@contextlib.contextmanager\n"
            "def frozen(m, on=True):\n"
            "    if on:\n"
            "        m.requires_grad_(False)\n"
            "        yield m\n"
            "        m.requires_grad_(True)\n"
            "    else:\n"
            "        yield\n"
            "with frozen(model.layer1):\n"
            "    n = sum(p.numel() for p in model.parameters() if p.requires_grad)\n"
            "model.fc = nn.Linear(512, n // 1000000)\n",
            11182155,
            11182155,
        ),
        (
            "@contextlib.contextmanager\n"
            "def frozen(m):\n"
            "    m.requires_grad_(False)\n"
            "    try: yield m\n"
            "    except ValueError: model.fc.requires_grad_(False)\n"
            "with frozen(model.layer1):\n"
            "    raise ValueError\n",
            11181642,
            11028544,
        ),
        (
            "class Frozen:\n"
            "    def __init__(self, m): self.m = m\n"
            "    def __enter__(self): self.m.requires_grad_(False)\n"
            "    def __exit__(self, *a):\n"
            "        self.m.requires_grad_(True); return True\n"
            "with Frozen(model.layer1):\n"
            "    model.layer2.requires_grad_(False)\n"
            "    raise ValueError\n",
            11181642,
            10656074,
        ),
        (
            "class Frozen:\n"
            "    def __init__(self, m): self.m = m\n"
            "    def __enter__(self): self.m.requires_grad_(False)\n"
            "    def __exit__(self, *a): self.m.requires_grad_(True)\n"
            "def f():\n"
            "    with Frozen(model.layer1):\n"
            "        return model.layer2.requires_grad_(False)\n"
            "f()\n",
            11181642,
            10656074,
        ),
        (
            "with contextlib.ExitStack() as s:\n"
            "    s.enter_context(contextlib.suppress(KeyError))\n"
            "    model.layer1.requires_grad_(False)\n"
            "    {}['x']\n",
            11181642,
            11033674,
        ),
        (
            "with contextlib.ExitStack() as s:\n    s.callback(model.layer1.requires_grad_, False)\n",
            11181642,
            11033674,
        ),
        (
            "cfg = {'kind': 'linear', 'out': 7, 'extra': 1}\n"
            "match cfg:\n"
            "    case {'kind': 'mlp'}: model.fc = nn.Sequential()\n"
            "    case {'kind': 'linear', 'out': n, **rest}: model.fc = nn.Linear(512, n + rest['extra'])\n",
            11180616,
            11180616,
        ),
        (
            "from dataclasses import dataclass\n"
            "@dataclass\n"
            "class P:\n"
            "    x: int\n"
            "    y: int\n"
            "match P(3, 4):\n"
            "    case P(0, y): model.fc = nn.Linear(512, y)\n"
            "    case P(x, y=4): model.fc = nn.Linear(512, x)\n",
            11178051,
            11178051,
        ),
        (
            "match ['a', 1, 2, 3]:\n"
            "    case ['b', *r]: pass\n"
            "    case ['a', *r, z]: model.fc = nn.Linear(512, sum(r) * z)\n",
            11181129,
            11181129,
        ),
        (
            "def g(xs):\n"
            "    for x in xs:\n"
            "        match x:\n"
            "            case {'f': n}:\n"
            "                getattr(model, n).requires_grad_(False)\n"
            "                yield n\n"
            "            case _:\n"
            "                yield 0\n"
            "it = g([{'f': 'layer1'}, 3, {'f': 'layer2'}, {'f': 'layer3'}])\n"
            "next(it); next(it); next(it)\n",
            11181642,
            10508106,
        ),
    ],
)
def test_a_body_runs_as_far_as_somebody_asks(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (params, trainable)


def test_a_generator_that_outlives_the_reading_ends_without_a_word(tmp_path: Path) -> None:
    """A ring of references holds it, so that Python closes it later, in the middle of whatever runs then."""
    path = tmp_path / "script.py"
    path.write_text(
        "from torch import nn\n\n\ndef each(m):\n    try:\n        yield from m.parameters()\n    finally:\n"
        "        m.requires_grad_(False)\n\n\nclass Holder:\n    pass\n\n\nmodel = nn.Conv2d(3, 4, 3)\n"
        "holder = Holder()\nholder.ring, holder.each = holder, each(model)\nnext(holder.each)\n",
        encoding="utf-8",
    )
    said: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, said.append
    try:
        totals = cnnshape.plan(f"{path}:model", input=[3, 8, 8]).totals
        gc.collect()
    finally:
        sys.unraisablehook = before
    assert totals is not None
    assert (totals.params, totals.trainable_params, said) == (112, 112, [])
