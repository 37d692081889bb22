"""Weights that are computed of others: normalized, parametrized, pruned, fused; what they are called, what trains.

The counts are what PyTorch 2.14.1 gave when it ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from tests.readers.python.altered import NET, counts

CHANGES = [
    (
        """\
import torch.nn.utils.parametrize as P
class Sym(nn.Module):
    def forward(self, X): return X.triu() + X.triu(1).transpose(-1, -2)
P.register_parametrization(model.v, 'weight', Sym())
""",
        933,
        933,
    ),
    (
        """\
import torch.nn.utils.parametrize as P
class Low(nn.Module):
    def __init__(self, o, i, r):
        super().__init__()
        self.A = nn.Parameter(torch.zeros(o, r)); self.B = nn.Parameter(torch.zeros(r, i))
    def forward(self, W): return W + self.A @ self.B
for n in ['q', 'v']:
    l = getattr(model, n)
    P.register_parametrization(l, 'weight', Low(l.out_features, l.in_features, 2))
for n, p in model.named_parameters():
    if 'original' in n: p.requires_grad = False
""",
        1045,
        661,
    ),
    (
        """\
from torch.nn.utils import parametrizations as PP, parametrize
PP.orthogonal(model.v)
PP.spectral_norm(model.q)
PP.weight_norm(model.body[0])
parametrize.remove_parametrizations(model.q, 'weight')
model.names = nn.ParameterList([nn.Parameter(torch.zeros(len([n for n, _ in model.named_parameters()])))])
""",
        952,
        952,
    ),
    (
        """\
nn.utils.weight_norm(model.q)
nn.utils.spectral_norm(model.v)
for n, p in model.named_parameters():
    if n.endswith('_g'): p.requires_grad = False
    if n.endswith('_orig'): p.requires_grad_(False)
""",
        949,
        677,
    ),
    (
        """\
nn.utils.weight_norm(model.q, dim=None)
nn.utils.weight_norm(model.body[3], dim=1)
nn.utils.remove_weight_norm(model.q)
""",
        937,
        937,
    ),
    (
        """\
from torch.nn.utils import prune
prune.l1_unstructured(model.q, 'weight', amount=0.5)
prune.random_structured(model.v, name='weight', amount=1, dim=0)
prune.remove(model.v, 'weight')
names = [n for n, _ in model.named_parameters()]
model.x = nn.Linear(len([n for n in names if 'orig' in n]), len(list(model.buffers())))
""",
        947,
        947,
    ),
    (
        """\
from torch.nn.utils import prune
prune.global_unstructured([(m, 'weight') for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))], pruning_method=prune.L1Unstructured, amount=0.2)
for m in model.modules():
    if hasattr(m, 'weight_orig'): m.weight_orig.requires_grad = False
""",
        933,
        73,
    ),
    (
        """\
from torch.nn.utils.fusion import fuse_conv_bn_eval
def fuse(m):
    prev = None
    for n, c in m.named_children():
        if isinstance(c, nn.BatchNorm2d) and isinstance(prev[1], nn.Conv2d):
            m._modules[prev[0]] = fuse_conv_bn_eval(prev[1].eval(), c.eval())
            m._modules[n] = nn.Identity()
        else: fuse(c)
        prev = (n, c)
fuse(model)
""",
        909,
        909,
    ),
    (
        """\
from torch.nn.utils import parametrizations, parametrize
parametrizations.weight_norm(model.q)
for m in model.modules():
    if type(m) is nn.Linear: m.requires_grad_(False)
    if parametrize.is_parametrized(m): m.bias.requires_grad = False
""",
        949,
        576,
    ),
    (
        """\
from torch.nn.utils import parametrizations, parametrize
parametrizations.spectral_norm(model.q)
for m in model.modules():
    if parametrize.type_before_parametrizations(m) is nn.Linear: m.bias.requires_grad_(False)
n = len([k for k in model.state_dict() if 'parametrizations' in k])
model.x = nn.Linear(1, n)
""",
        939,
        902,
    ),
    (
        """\
from torch.nn.utils.parametrizations import orthogonal
orthogonal(model.v)
model.w = copy.deepcopy(model.v)
model.w.parametrizations.weight.original.requires_grad = False
""",
        1205,
        949,
    ),
    (
        """\
from torch.nn.utils import parametrize
class RankOne(nn.Module):
    def forward(self, x, y): return x.unsqueeze(-1) @ y.unsqueeze(-2)
    def right_inverse(self, Z): return Z[:, 0], Z[0]
parametrize.register_parametrization(model.q, 'weight', RankOne())
model.q.parametrizations.weight.original1.requires_grad = False
""",
        829,
        821,
    ),
    (
        """\
from torch.nn.utils import parametrize
class LoRA(nn.Module):
    def __init__(self, fin, fout, rank=2):
        super().__init__()
        self.a = nn.Linear(fin, rank, bias=False); self.b = nn.Parameter(torch.zeros(fout, rank))
        self.enabled = True
    def forward(self, W):
        if self.enabled: return W + (self.b @ self.a.weight).view(W.shape)
        return W
for n in ('q', 'v', 'fc'):
    l = getattr(model, n)
    parametrize.register_parametrization(l, 'weight', LoRA(l.in_features, l.out_features))
for n, p in model.named_parameters():
    if 'original' in n or 'body' in n or n.endswith('bias'): p.requires_grad = False
parametrize.remove_parametrizations(model.v, 'weight', leave_parametrized=False)
""",
        1023,
        90,
    ),
    (
        """\
from torch.nn.utils import parametrize
class S(nn.Module):
    def __init__(self): super().__init__(); self.s = nn.Parameter(torch.ones(1))
    def forward(self, W): return W * self.s
for _ in range(2): parametrize.register_parametrization(model.v, 'weight', S())
parametrize.register_parametrization(model.v, 'bias', S())
model.v.parametrizations.weight[1].s.requires_grad = False
""",
        936,
        935,
    ),
    (
        """\
model.q = nn.utils.spectral_norm(nn.utils.weight_norm(nn.Linear(8, 16)), name='weight_v')
""",
        949,
        949,
    ),
    (
        """\
model.up = nn.utils.weight_norm(nn.ConvTranspose2d(4, 6, 3))
model.up2 = nn.utils.spectral_norm(nn.ConvTranspose2d(4, 6, 3))
model.rnn = nn.utils.weight_norm(nn.LSTM(3, 5), 'weight_hh_l0')
""",
        1601,
        1601,
    ),
    (
        """\
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval
model.body = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8)).eval()
b = model.body
model.body = nn.Sequential(fuse_conv_bn_eval(b[0], b[1]), fuse_conv_bn_eval(b[2], b[3]))
model.q = fuse_linear_bn_eval(nn.Linear(8, 16).eval(), nn.BatchNorm1d(16).eval())
""",
        653,
        649,
    ),
    (
        """\
from torch.nn.utils import prune
class Every(prune.BasePruningMethod):
    PRUNING_TYPE = 'unstructured'
    def compute_mask(self, t, default_mask): return default_mask
Every.apply(model.q, 'bias')
prune.ln_structured(model.body[3], 'weight', 0.5, n=2, dim=0)
prune.identity(model.fc, 'weight')
for n, p in model.named_parameters():
    if n.endswith('_orig'): p.requires_grad = False
prune.remove(model.fc, 'weight')
model.x = nn.Linear(len([1 for n, _ in model.named_buffers() if n.endswith('_mask')]), int(prune.is_pruned(model)))
""",
        936,
        552,
    ),
    (
        """\
m = nn.utils.weight_norm(model.q)
m.weight_v.requires_grad = False
nn.utils.remove_weight_norm(model.q)
nn.utils.spectral_norm(model.v); model.v.weight_orig.requires_grad = False
nn.utils.remove_spectral_norm(model.v)
""",
        933,
        933,
    ),
    (
        """\
ck = {k.replace('weight_g', 'parametrizations.weight.original0'): v for k, v in nn.utils.weight_norm(nn.Linear(8, 16)).state_dict().items()}
model.z = nn.Linear(1, len(ck['parametrizations.weight.original0']))
""",
        965,
        965,
    ),
]


@pytest.mark.parametrize(("lines", "params", "trainable"), CHANGES)
def test_weights_are_those_that_pytorch_has(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(NET + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 32, 32]).totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (params, trainable)


SUMS = [
    (
        """\
import torch
from torch import nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Linear(3, 4); self.b = nn.Linear(3, 4)
        self.b.weight.requires_grad = False
    def forward(self, x): return F.linear(x.mean((2, 3)), self.a.weight * self.b.weight, self.a.bias + self.b.bias)
model = Net()
""",
        32,
        20,
    ),
    (
        """\
import torch
from torch import nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.cs = nn.ModuleList([nn.Conv2d(3, 4, 3, bias=False) for _ in range(3)])
        self.cs[0].weight.requires_grad = False
    def forward(self, x): return F.conv2d(x, torch.cat([c.weight for c in self.cs]), padding=1)
model = Net()
""",
        324,
        216,
    ),
    (
        """\
import torch
from torch import nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.c3 = nn.Conv2d(3, 4, 3); self.c1 = nn.Conv2d(3, 4, 1); self.bn = nn.BatchNorm2d(4)
    def forward(self, x):
        w = self.c3.weight + F.pad(self.c1.weight, (1, 1, 1, 1))
        s = (self.bn.weight / (self.bn.running_var + self.bn.eps).sqrt())
        return F.conv2d(x, w * s.reshape(-1, 1, 1, 1), self.c3.bias + self.c1.bias + self.bn.bias - self.bn.running_mean * s)
model = Net()
""",
        136,
        136,
    ),
]


@pytest.mark.parametrize(("text", "params", "trainable"), SUMS)
def test_what_is_computed_of_weights_that_are_called_alike_has_them_all(
    text: str, params: int, trainable: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    network = cnnshape.plan(f"{path}:model", input=[3, 32, 32])
    assert network.totals is not None
    assert (network.totals.params, network.totals.trainable_params) == (params, trainable)
    assert sum(layer.params for layer in network.layers) == params


STATE = """\
from torch import nn
import torch, copy
net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 1))
net.again = net[3]
keys = list(net.state_dict())
for name, weight in net.named_parameters():
    if name in keys[:5]: weight.requires_grad = False
model = nn.Sequential(net, nn.Conv2d(4, len(keys), 1), nn.Conv2d(len(keys), len(keys[6]), 1))
model.register_buffer("mask", torch.zeros(3), persistent=False)
model = nn.Sequential(*model, nn.Conv2d(21, len(model.state_dict()), 1))
"""


TWICE = """\
from torch import nn
net = nn.Linear(2, 3)
net.again = net.weight
names = [*net.state_dict(), *net.state_dict(prefix="q.")]
model = nn.Sequential(nn.Conv2d(3, len(names), 1), nn.Conv2d(len(names), len(names[-1]), 1))
"""


def test_a_state_has_a_weight_under_each_of_its_names(tmp_path: Path) -> None:
    assert counts(TWICE, tmp_path, [3, 16, 16]) == (73, 73)


def test_a_state_has_weights_module_by_module_and_shared_ones_for_each(tmp_path: Path) -> None:
    assert counts(STATE, tmp_path, [3, 16, 16]) == (777, 657)
