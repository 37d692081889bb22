"""What PyTorch makes of other functions and modules: products, distributions, hooks, weights in the place of others.

The counts and shapes are what PyTorch 2.14.1 gave when it ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from tests.readers.python.altered import NET

CHANGES = [
    (
        """\
class H(Net):
    def head(self, y): return torch.dstack([y, y])
model = H()
""",
        933,
        933,
        (1, 5, 2),
    ),
    (
        """\
class H(Net):
    def __init__(self):
        super().__init__(); self.a = nn.Parameter(torch.zeros(2, 3)); self.b = nn.Parameter(torch.zeros(8, 5))
    def head(self, y): return F.linear(y, torch.kron(self.a, self.b)[:, :5])
model = H()
""",
        979,
        979,
        (1, 16),
    ),
    (
        """\
class H(Net):
    def __init__(self): super().__init__(); self.a = nn.Parameter(torch.zeros(5, 3, 2))
    def head(self, y): return torch.tensordot(y, self.a, dims=1)
model = H()
""",
        963,
        963,
        (1, 3, 2),
    ),
    (
        """\
class H(Net):
    def __init__(self): super().__init__(); self.a = nn.Parameter(torch.zeros(3, 5))
    def head(self, y): return torch.tensordot(y, self.a, dims=([1], [1]))
model = H()
""",
        948,
        948,
        (1, 3),
    ),
    (
        """\
class H(Net):
    def __init__(self): super().__init__(); self.register_buffer('f', torch.logspace(0, 4, 6)); self.g = len(np.logspace(0, 1, 4))
    def head(self, y): return y[:, None] * self.f[None, :, None].repeat(1, 1, self.g + 1)
model = H()
""",
        933,
        933,
        (1, 6, 5),
    ),
    (
        """\
from torch.distributions import Normal
class H(Net):
    def head(self, y):
        mu, s = y[:, :2], y[:, 2:4].exp()
        return Normal(mu, s).rsample()
model = H()
""",
        933,
        933,
        (1, 2),
    ),
    (
        """\
from torch.distributions.normal import Normal
class H(Net):
    def head(self, y):
        d = Normal(y[:, :2], F.softplus(y[:, 2:4]))
        return d.sample() + d.mean * d.variance
model = H()
""",
        933,
        933,
        (1, 2),
    ),
    (
        """\
from torch.func import functional_call
class H(Net):
    def __init__(self): super().__init__(); self.s = nn.Parameter(torch.ones(1)); self.l = nn.Linear(5, 3)
    def head(self, y): return functional_call(self.l, {'weight': self.l.weight * self.s}, (y,))
model = H()
""",
        952,
        952,
        (1, 3),
    ),
    (
        """\
from torch.func import functional_call
class M(nn.Module):
    def __init__(self, net): super().__init__(); self.net = net; self.lrs = nn.ParameterDict({n.replace('.', '-'): nn.Parameter(torch.ones(1)) for n, _ in net.named_parameters()})
    def forward(self, x):
        ps = dict(self.net.named_parameters())
        fast = {n: p - self.lrs[n.replace('.', '-')] * p for n, p in ps.items()}
        return functional_call(self.net, fast, x)
model = M(model)
""",
        947,
        947,
        (1, 5),
    ),
    (
        """\
def pre(m, args, kwargs): return (args[0] * 2,), kwargs
model.fc.register_forward_pre_hook(pre, with_kwargs=True)
model.v.register_forward_hook(lambda m, a, k, o: None, with_kwargs=True)
""",
        933,
        933,
        (1, 5),
    ),
    (
        """\
order = []
model.fc.register_forward_hook(lambda m, a, o: o[:, :4])
model.fc.register_forward_hook(lambda m, a, o: o.repeat(1, 2), prepend=True)
""",
        933,
        933,
        (1, 4),
    ),
    (
        """\
model.fc.register_forward_hook(lambda m, a, o: o[:, :4], always_call=True)
""",
        933,
        933,
        (1, 4),
    ),
    (
        """\
from torch.optim.swa_utils import AveragedModel, SWALR
opt = torch.optim.SGD(model.parameters(), 0.1)
swa = AveragedModel(model, multi_avg_fn=None)
swa.update_parameters(model)
model.k = nn.Linear(1, len([n for n, _ in swa.named_buffers()]))
""",
        947,
        947,
        (1, 5),
    ),
]


@pytest.mark.parametrize(("lines", "params", "trainable", "output"), CHANGES)
def test_functions_made_of_others_are_what_pytorch_makes(
    lines: str, params: int, trainable: int, output: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(NET + lines, encoding="utf-8")
    network = cnnshape.plan(f"{path}:model", input=[3, 64, 64])
    assert network.totals is not None
    assert (network.totals.params, network.totals.trainable_params) == (params, trainable)
    assert list(network.outputs.values()) == [output]


def test_a_buffer_of_unknown_values_is_no_weight(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    lines = "import unheard_of\nmodel.register_buffer('table', unheard_of.table())\n"
    path.write_text(NET + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    assert totals.params == 933
