"""What scripts make their networks of: options, settings in texts, records, enumerations, iterators.

The counts are what PyTorch 2.14.1 gave when it ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from tests.readers.python.altered import NET

CHANGES = [
    (
        """\
model.heads = nn.ModuleDict([['x', nn.Linear(2, 2)], ('y', nn.Linear(3, 3))])
del model.heads['x']
model.heads.update([('z', nn.Linear(1, 9))])
n = len(model.heads)
model.heads.clear() if n > 5 else model.heads.update(dict(w=nn.Conv2d(n, n, n)))
""",
        981,
        981,
    ),
    (
        """\
import operator
c = operator.attrgetter('body.3')(model) if False else model.get_submodule('body.3')
c.bias.requires_grad = False
operator.attrgetter('fc.weight')(model).requires_grad = False
operator.methodcaller('requires_grad_', False)(model.q)
""",
        933,
        701,
    ),
    (
        """\
def stages(c):
    n = yield nn.Conv2d(3, c, 3)
    while n:
        c, old = n, c
        n = yield nn.Conv2d(old, n, 3)
    return nn.BatchNorm2d(c)
def run():
    g = stages(4); out = [next(g)]
    try:
        for n in (6, 8, 0): out.append(g.send(n))
    except StopIteration as e: out.append(e.value)
    yield from out
    yield from (nn.ReLU() for _ in range(2))
model.body = nn.Sequential(*run())
""",
        1291,
        1291,
    ),
    (
        """\
from contextlib import contextmanager
@contextmanager
def frozen(m):
    old = {n: p.requires_grad for n, p in m.named_parameters()}
    m.requires_grad_(False)
    try: yield m
    finally:
        for n, p in m.named_parameters(): p.requires_grad = old.get(n, True)
with frozen(model.q) as q:
    q.extra = nn.Linear(2, 2)
@frozen(model.v)
def f(): model.v.add_module('e', nn.Linear(3, 3, bias=model.v.weight.requires_grad))
f()
""",
        948,
        948,
    ),
    (
        """\
import json
cfg = json.loads('''{"layers": [{"type": "Linear", "args": [16, 8]}, {"type": "ReLU", "args": []}, {"type": "Linear", "args": [8, 3], "kw": {"bias": false}}], "freeze": ["body", "q"], "lr": 1e-3, "x": null}''')
model.fc = nn.Sequential(*[getattr(nn, l['type'])(*l['args'], **l.get('kw', {})) for l in cfg['layers']])
for n, p in model.named_parameters():
    if any(n.startswith(f) for f in cfg['freeze']): p.requires_grad = False
""",
        1008,
        432,
    ),
    (
        """\
import yaml
cfg = yaml.safe_load('''
model:
  head: {hidden: 8, classes: 3}
  freeze: [body.0, v]
  dropout: 0.1
''')
h = cfg['model']['head']
model.fc = nn.Sequential(nn.Linear(16, h['hidden']), nn.Dropout(cfg['model']['dropout']), nn.Linear(h['hidden'], h['classes']))
for f in cfg['model']['freeze']: model.get_submodule(f).requires_grad_(False)
""",
        1011,
        627,
    ),
    (
        """\
import getopt, sys
k = 3
opts, rest = getopt.getopt([], 'k:', ['kernel='])
for o, v in opts:
    if o == '-k': k = int(v)
model.fc = nn.Linear(16, k)
""",
        899,
        899,
    ),
    (
        """\
import argparse
def get_args(argv=None):
    p = argparse.ArgumentParser()
    p.add_argument('--hidden', type=int, nargs='+', default=[8, 4])
    p.add_argument('--freeze', action='store_true')
    p.add_argument('--no-bias', dest='bias', action='store_false')
    p.add_argument('-n', '--num-classes', default='6', type=int)
    g = p.add_mutually_exclusive_group(); g.add_argument('--tune', action=argparse.BooleanOptionalAction, default=True)
    p.set_defaults(lr=1)
    a, _ = p.parse_known_args(argv if argv is not None else [])
    return a
a = get_args()
dims = [16, *a.hidden, a.num_classes]
model.fc = nn.Sequential(*[nn.Linear(i, o, bias=a.bias) for i, o in zip(dims, dims[1:])])
if a.tune and not a.freeze: model.q.requires_grad_(False)
""",
        1050,
        906,
    ),
    (
        """\
import argparse
p = argparse.ArgumentParser()
p.add_argument('-w', '--width', type=int, default=3)
p.add_argument('--dims', nargs='*', type=int)
p.add_argument('--flag', action='store_true')
a = p.parse_args(['--width', '7', '--dims', '2', '4', '--flag'])
model.fc = nn.Linear(16, a.width + sum(a.dims) + a.flag)
""",
        1086,
        1086,
    ),
    (
        """\
import argparse
p = argparse.ArgumentParser()
p.add_argument('--width', type=int, default=3)
p.add_argument('--name', choices=['a', 'b'], default='a')
a = p.parse_args('--width=8 --name b'.split())
model.fc = nn.Linear(16, a.width + (a.name == 'b'))
""",
        1001,
        1001,
    ),
    (
        """\
import argparse, sys
sys.argv = ['x', '--n', '9']
p = argparse.ArgumentParser(); p.add_argument('--n', type=int, default=4)
a = p.parse_args()
model.fc = nn.Linear(16, a.n)
""",
        1001,
        1001,
    ),
    (
        """\
import argparse
p = argparse.ArgumentParser(); p.add_argument('--n', type=int, default=4); p.add_argument('rest', nargs='?', default=2, type=int)
ns = argparse.Namespace(n=11)
a = p.parse_args([], namespace=ns)
model.fc = nn.Linear(16, a.n + a.rest)
""",
        1069,
        1069,
    ),
    (
        """\
import argparse
p = argparse.ArgumentParser(); p.add_argument('--n', type=int, default=4); p.add_argument('--m', type=lambda s: int(s) * 2, default='3')
p.add_argument('--k', action='append', default=None); p.add_argument('-v', action='count', default=0)
p.add_argument('--c', action='store_const', const=5)
a = vars(p.parse_args([]))
model.fc = nn.Linear(16, a['n'] + a['m'] + (a['c'] or 1) + a['v'])
""",
        1035,
        1035,
    ),
    (
        """\
import itertools
for k, g in itertools.groupby(model.named_parameters(), key=lambda t: t[0].split('.')[0]):
    g = list(g)
    if len(g) > 2:
        for _, p in g[1:]: p.requires_grad = False
    else: g[0][1].requires_grad = False
""",
        933,
        145,
    ),
    (
        """\
from collections import Counter, ChainMap, deque, defaultdict
c = Counter(type(m).__name__ for m in model.modules())
model.fc = nn.Linear(16, c['Linear'] + c.most_common(1)[0][1])
d = ChainMap({'a': 1}, {'a': 5, 'b': 7})
model.z = nn.Linear(d['a'], d['b'])
by = defaultdict(list)
for n, m in model.named_modules(): by[type(m)].append(n)
q = deque(maxlen=2)
for n in by[nn.Linear]: q.append(n)
for n in q: model.get_submodule(n).requires_grad_(False)
""",
        964,
        848,
    ),
    (
        """\
from dataclasses import dataclass
@dataclass(order=True, frozen=True)
class S:
    w: int
    n: str = 'x'
ss = sorted([S(5), S(3), S(4)])
model.fc = nn.Linear(16, ss[0].w + len({S(3), S(3)}))
try:
    ss[0].w = 99
except Exception: pass
model.k = nn.Linear(ss[0].w, 1)
""",
        920,
        920,
    ),
    (
        """\
from functools import cached_property, lru_cache, singledispatch, reduce
class B:
    n = 0
    @cached_property
    def head(self): B.n += 1; return nn.Linear(16, 2 + B.n)
b = B(); b.head; b.head
model.fc = b.head
@singledispatch
def conv(x): return 1
@conv.register
def _(x: int): return x
@conv.register(list)
def _(x): return len(x)
model.k = nn.Linear(conv(3), conv([1, 2]) + conv('s'))
""",
        911,
        911,
    ),
    (
        """\
from dataclasses import dataclass, FrozenInstanceError, field
@dataclass(frozen=True)
class C:
    w: int = 4
    def __post_init__(self): object.__setattr__(self, 'd', self.w * 2)
c = C(3)
try:
    c.w = 99
except FrozenInstanceError:
    model.k = nn.Linear(c.w, c.d)
cache = {C(3): nn.Linear(2, 2)}
model.z = cache[C(3)]
@dataclass
class M:
    n: int
try: {M(1)}
except TypeError: model.y = nn.Linear(1, 1)
model.e = nn.Linear(1, 2 if M(1) == M(1) and M(1) != M(2) else 3)
""",
        969,
        969,
    ),
    (
        """\
from dataclasses import dataclass
@dataclass(eq=False)
class Mod(nn.Module):
    w: int
    act: nn.Module = None
    def __post_init__(self):
        super().__init__()
        self.l = nn.Linear(16, self.w)
    def forward(self, x): return self.l(x)
model.fc = Mod(3)
""",
        899,
        899,
    ),
    (
        """\
from functools import partialmethod
class B:
    def make(self, i, o, bias=True): return nn.Linear(i, o, bias)
    nobias = partialmethod(make, bias=False)
    from16 = partialmethod(make, 16)
b = B()
model.k, model.fc = b.nobias(3, 3), b.from16(7)
""",
        976,
        976,
    ),
    (
        """\
import itertools
from functools import lru_cache
for p in itertools.chain.from_iterable(m.parameters() for m in (model.q, model.v)): p.requires_grad = False
for p in itertools.chain(model.fc.parameters(), model.body[0].parameters()): p.requires_grad_(False)
@lru_cache(maxsize=None)
def make(n): return nn.Linear(n, n)
a = make(3); make.cache_clear()
model.pair = nn.Sequential(a, make(3), make(3))
""",
        957,
        344,
    ),
    (
        """\
class Unfreeze:
    def __init__(self, m, every=2):
        self.stages = [m.fc, m.v, m.q, m.body]; self.every = every; self.done = 0
        for s in self.stages[1:]: s.requires_grad_(False)
    def step(self, epoch):
        while self.done < epoch // self.every and self.done + 1 < len(self.stages):
            self.done += 1
            for p in self.stages[self.done].parameters(): p.requires_grad = True
u = Unfreeze(model)
for e in range(5): u.step(e)
""",
        933,
        501,
    ),
    (
        """\
class Trainer:
    def __init__(self, model, epochs=3, cb=()):
        self.model, self.epochs, self.cb = model, epochs, list(cb)
    def fit(self):
        for e in range(self.epochs):
            for c in self.cb: c(self, e)
        return self
def cb(tr, e):
    if e == 0: tr.model.requires_grad_(False)
    if e == 2: tr.model.fc.requires_grad_(True)
Trainer(model, cb=[cb]).fit()
""",
        933,
        85,
    ),
    (
        """\
def shrink(seq, keep):
    lin = nn.Linear(seq.in_features, keep)
    with torch.no_grad(): lin.weight.copy_(seq.weight[:keep]); lin.bias.copy_(seq.bias[:keep])
    return lin
k = 16
while k > 5:
    k = int(k * 0.7)
    model.q = shrink(model.q, k)
    nxt = nn.Linear(k, 16); nxt.weight.data = model.v.weight.data[:, :k]
    model.v = nxt
""",
        633,
        633,
    ),
]


@pytest.mark.parametrize(("lines", "params", "trainable"), CHANGES)
def test_a_script_runs_with_the_settings_that_it_has(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    assert counts(NET + lines, tmp_path) == (params, trainable)


FILES = [
    (
        """\
import torch
from torch import nn
from dataclasses import dataclass, field, asdict, replace
@dataclass
class Stage:
    width: int
    depth: int = 1
    stride: int = 2
@dataclass(frozen=True)
class Cfg:
    stages: tuple = field(default_factory=lambda: (Stage(4), Stage(8, depth=2)))
    classes: int = 3
    @property
    def width(self): return self.stages[-1].width
    def __post_init__(self):
        object.__setattr__(self, 'total', sum(s.depth for s in self.stages))
class Net(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        layers, c = [], 3
        for s in cfg.stages:
            for i in range(s.depth):
                layers += [nn.Conv2d(c, s.width, 3, stride=s.stride if i == 0 else 1, padding=1), nn.GELU()]
                c = s.width
        self.f = nn.Sequential(*layers)
        self.h = nn.Linear(cfg.width, cfg.classes * cfg.total)
    def forward(self, x): return self.h(self.f(x).mean((-2, -1)))
cfg = replace(Cfg(), classes=7)
d = asdict(cfg)
model = Net(Cfg(stages=tuple(Stage(**s) for s in d['stages']), classes=d['classes']))
""",
        1181,
        1181,
    ),
    (
        """\
import torch, enum
from torch import nn
class Size(enum.IntEnum):
    TINY = 8
    BASE = enum.auto()
class Act(enum.Enum):
    RELU = 'relu'
    GELU = 'gelu'
    @classmethod
    def parse(cls, s): return cls[s.upper()]
    def make(self): return {Act.RELU: nn.ReLU, Act.GELU: nn.GELU}[self]()
class Flag(enum.Flag):
    BN = enum.auto(); BIAS = enum.auto(); ALL = BN | BIAS
def block(i, o, f=Flag.ALL, act='relu'):
    l = [nn.Conv2d(i, o, 3, bias=bool(f & Flag.BIAS))]
    if Flag.BN in f: l.append(nn.BatchNorm2d(o))
    return nn.Sequential(*l, Act.parse(act).make())
model = nn.Sequential(block(3, Size.TINY), block(Size.TINY, Size.BASE * 2, Flag.BIAS, 'gelu'), block(Size['BASE'].value * 2, len(Act)))
""",
        1884,
        1884,
    ),
]


@pytest.mark.parametrize(("text", "params", "trainable"), FILES)
def test_a_network_is_made_of_records_and_enumerations(text: str, params: int, trainable: int, tmp_path: Path) -> None:
    assert counts(text, tmp_path) == (params, trainable)


def counts(text: str, folder: Path) -> tuple[object, object]:
    """The parameters of a script's model, and those that train."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    return totals.params, totals.trainable_params


REFUSED = [
    (
        "import more_itertools\nfor part in more_itertools.chunked(model.parameters(), 2): part[0].requires_grad = False\n",
        "chunked",
    ),
    (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--n', type=int)\n"
        "model.fc = nn.Linear(16, parser.parse_args(['--m', '3']).n)\n",
        "'--m'",
    ),
    ("import json\nmodel.fc = nn.Linear(16, json.loads('[' * 30_000 + ']' * 30_000)[0])\n", "json.loads"),
    ("import yaml\nmodel.fc = nn.Linear(16, yaml.safe_load('a: &a {n: 3}\\nb: {<<: *a}')['b']['n'])\n", "yaml.load"),
    ("import yaml\nmodel.fc = nn.Linear(16, len(yaml.safe_load('a: &a [1]\\nb: [*a, *a]')))\n", "yaml.load"),
    ("import yaml\nmodel.fc = nn.Linear(16, len(yaml.safe_load('[' * 20_000 + ']' * 20_000)))\n", "yaml.load"),
]


@pytest.mark.parametrize(("lines", "reason"), REFUSED)
def test_what_is_not_known_of_settings_is_told(lines: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match=reason):
        counts(NET + lines, tmp_path)
