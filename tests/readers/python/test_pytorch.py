"""Modules as people write them: parameters, names and shapes are PyTorch's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"


def planned(code: str, folder: Path, model: str = "Net", shape: tuple[int, ...] = (3, 32, 32)) -> Plan:
    """The plan of a model of this code."""
    path = folder / "net.py"
    path.write_text(HEAD + code, encoding="utf-8")
    return cnnshape.plan(f"{path}:{model}", input=list(shape))


def module(make: str, run: str) -> str:
    """A module with these lines in ``__init__`` and in ``forward``."""
    body = "\n".join(f"        {line}" for line in make.split("\n"))
    steps = "\n".join(f"        {line}" for line in run.split("\n"))
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{body}\n\n"
        f"    def forward(self, x):\n{steps}\n"
    )


@pytest.mark.parametrize(
    ("make", "run", "output", "params"),
    [
        ("self.c = nn.Conv2d(3, 8, 3)", "return F.relu(self.c(x))", (1, 8, 30, 30), 224),
        ("self.c = nn.Conv2d(3, 8, 3)", "return self.c(x).relu_().mean((2, 3))", (1, 8), 224),
        ("self.c = nn.Sequential(*[nn.Conv2d(3, 3, 1) for _ in range(3)])", "return self.c(x)", (1, 3, 32, 32), 36),
        (
            "self.c = nn.ModuleList([nn.Conv2d(3, 3, 1)]); self.c.append(self.c[0])",
            "for c in self.c: x = c(x)\nreturn x",
            (1, 3, 32, 32),
            12,
        ),
        ("self.c = nn.ModuleDict({'a': nn.Conv2d(3, 4, 1)})", "return self.c['a'](x)", (1, 4, 32, 32), 16),
        ("self.c = nn.Conv2d(3, 8, 3); self.c.padding = (1, 1)", "return self.c(x)", (1, 8, 32, 32), 224),
        (
            "self.c = nn.LazyConv2d(8, 3); self.l = nn.LazyLinear(2)",
            "return self.l(self.c(x).mean((2, 3)))",
            (1, 2),
            242,
        ),
        (
            "self.c = nn.LSTM(32, 4, 2, batch_first=True, bidirectional=True)",
            "y, (h, c) = self.c(x[:, 0])\nreturn self.c(x[:, 0], (h, c))[0]",
            (1, 32, 8),
            1664,
        ),
        (
            "self.c = nn.Conv2d(3, 8, 3)",
            "y = self.c(x)\nreturn y + y.new(y.size()) + torch.FloatTensor(y.shape[:2] + y.shape[2:])",
            (1, 8, 30, 30),
            224,
        ),
        ("pass", "return F.upsample_nearest(F.upsample_bilinear(x, size=(9, 8)), scale_factor=2)", (1, 3, 18, 16), 0),
        (
            "self.w = nn.Parameter(torch.randn(4, 3, 1, 1)); self.u = torch.randn(4)",
            "w = self.w.view(4, -1)\nv = torch.mv(w.t(), self.u)\nv = v / v.norm()\n"
            "sigma = self.u.dot(w.mv(v)) + torch.ger(self.u, v).max()\nreturn F.conv2d(x, self.w / sigma)",
            (1, 4, 32, 32),
            12,
        ),
        (
            "self.c = type('Same', (nn.modules.conv._ConvNd,), {'forward': lambda c, x: F.conv2d(x, c.weight, c.bias)})("
            "3, 8, (3, 3), (1, 1), (0, 0), (1, 1), False, (0, 0), 1, True, 'zeros')\n"
            "self.n = nn.modules.batchnorm._BatchNorm(8)",
            "return self.n(self.c(x))",
            (1, 8, 30, 30),
            240,
        ),
        ("pass", "y = torch.ones(1, 3, 4).cumsum(1)[:, -1:]\nreturn x[..., :4] + y.flatten(1)", (1, 3, 32, 4), 0),
        ("self.c = nn.GRU(32, 4)", "y, h = self.c(x[:, 0].permute(1, 0, 2))\nreturn h[-1]", (1, 4), 456),
        ("self.c = nn.RNN(32, 4)", "return self.c(x[:, 0], hx=None)[0]", (1, 32, 4), 152),
        ("self.c = nn.Embedding(9, 4)", "return self.c(x[:, 0].long())", (1, 32, 32, 4), 36),
        (
            "self.p = nn.MaxPool2d(2, return_indices=True); self.u = nn.MaxUnpool2d(2)",
            "y, i = self.p(x[..., :31])\nreturn self.u(y, i, output_size=x[..., :31].shape)",
            (1, 3, 32, 31),
            0,
        ),
        (
            "self.c = nn.LSTM(3, 5, batch_first=True, bidirectional=True)",
            "y, (h, c) = self.c(x.flatten(2).transpose(1, 2))\nreturn torch.cat([y[:, -1], h[0], c[1]], 1)",
            (1, 20),
            400,
        ),
        (
            "self.e = nn.GRU(3, 5); self.d = nn.GRU(5, 5)",
            "y, h = self.e(x.flatten(2).permute(2, 0, 1))\nreturn self.d(torch.zeros(4, 1, 5) + h, h)[0]",
            (4, 1, 5),
            330,
        ),
        (
            "self.e = nn.Embedding(7, 5); self.d = nn.Linear(5, 7, bias=False); self.d.weight = self.e.weight",
            "return self.d(self.e(x.argmax(1)))",
            (1, 32, 32, 7),
            35,
        ),
        ("self.c = nn.GRUCell(3, 5)", "return self.c(x.mean((2, 3)))", (1, 5), 150),
        (
            "self.c = nn.LSTMCell(3, 5)",
            "h, c = self.c(x.mean((2, 3)))\nreturn self.c(x.mean((2, 3)), (h, c))[0]",
            (1, 5),
            200,
        ),
        (
            "self.d = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
            "return x.to(self.d)",
            (1, 3, 32, 32),
            0,
        ),
        ("self.g = nn.Parameter(torch.ones(3, 1, 1))", "return x * self.g + 1", (1, 3, 32, 32), 3),
        ("self.l = nn.Linear(32, 5)", "b, c, h, w = x.shape\nreturn self.l(x.view(b, c * h, w))", (1, 96, 5), 165),
        ("self.l = nn.Linear(3 * 32 * 32, 5)", "return self.l(x.view(x.size(0), -1))", (1, 5), 15365),
        ("self.l = nn.Linear(3 * 32 * 32, 5)", "return self.l(torch.flatten(x, 1))", (1, 5), 15365),
        ("pass", "return torch.cat([x, x[:, :2]], dim=1)", (1, 5, 32, 32), 0),
        ("pass", "a, b = x.chunk(2, dim=3)\nreturn a @ b.transpose(2, 3)", (1, 3, 32, 32), 0),
        ("pass", "return F.interpolate(x, size=x[..., ::2, ::4].shape[2:])", (1, 3, 16, 8), 0),
        ("pass", "return x.permute(0, 2, 3, 1).reshape(-1, 3)", (1024, 3), 0),
        (
            "self.w = nn.Parameter(torch.ones(8, 3))",
            "return x.permute(0, 2, 3, 1).reshape(-1, 3) @ self.w.t()",
            (1024, 8),
            24,
        ),
        ("self.w = nn.Parameter(torch.ones(1))", "return x.clamp(-self.w, self.w)", (1, 3, 32, 32), 1),
        ("pass", "return torch.fft.rfft2(x, dim=(1, 2), norm='ortho')", (1, 3, 17, 32), 0),
        ("pass", "return torch.fft.irfft2(torch.fft.rfft2(x)[..., :9], s=(32, 16)).real", (1, 3, 32, 16), 0),
        ("pass", "return torch.view_as_real(torch.fft.fft(x, n=20))", (1, 3, 32, 20, 2), 0),
        ("pass", "return x.unfold(2, 4, 2).unfold(3, 8, 8)", (1, 3, 15, 4, 4, 8), 0),
        ("pass", "return F.one_hot(x.argmax(1), 5).float()", (1, 32, 32, 5), 0),
        (
            "self.p = nn.MaxPool2d(2, return_indices=True)\nself.u = nn.MaxUnpool2d(2)",
            "return self.u(*self.p(x))",
            (1, 3, 32, 32),
            0,
        ),
        (
            "self.p = nn.MaxPool2d(3, 2, return_indices=True)\nself.u = nn.MaxUnpool2d(3, 2)",
            "y, i = self.p(x)\nreturn self.u(y, i, output_size=x.size())",
            (1, 3, 32, 32),
            0,
        ),
        ("pass", "return F.mse_loss(x, x)", (), 0),
        ("pass", "return torch.einsum('nchw,ncvw->nhv', x, x)", (1, 32, 32), 0),
        ("pass", "return x.unsqueeze(1).expand(-1, 4, -1, -1, -1).sum(dim=0)", (4, 3, 32, 32), 0),
        ("pass", "return x.norm(2, 1)", (1, 32, 32), 0),
        ("pass", "return x.var(1, False) + x.std(1, keepdim=False)", (1, 32, 32), 0),
        ("pass", "return x.max(dim=1)[0] + x.median(1).values", (1, 32, 32), 0),
        ("pass", "return x.gather(3, torch.zeros(1, 3, 32, 5, dtype=torch.long)).relu()", (1, 3, 32, 5), 0),
        ("pass", "return x.transpose(1, 2).contiguous().view(1, -1)", (1, 3072), 0),
        ("pass", "return x.permute(0, 2, 3, 1).view(1, 1024, 3).transpose(1, 2).reshape(-1)", (3072,), 0),
        ("pass", "return x[0, 0].repeat(2, 1, 3)", (2, 32, 96), 0),
        (
            "self.c = nn.Conv2d(3, 4, 3); self.n = self.c(torch.zeros(1, 3, 9, 9)).shape[2]",
            "return self.c(x)[..., :self.n]",
            (1, 4, 30, 7),
            112,
        ),
        ("pass", "return F.pad(x, (1, 2, 3, 4))", (1, 3, 39, 35), 0),
        ("pass", "return torch.stack(torch.split(x, [1, 2], dim=1)[:1] * 2, 0)", (2, 1, 1, 32, 32), 0),
        (
            "self.c = nn.ConvTranspose2d(3, 4, 3, stride=2)",
            "return self.c(x, output_size=(66, 65))",
            (1, 4, 66, 65),
            112,
        ),
        (
            "self.w = nn.Parameter(torch.empty(4, 3, 3, 3))",
            "return F.conv2d(x, self.w, padding=1)",
            (1, 4, 32, 32),
            108,
        ),
        ("self.c = nn.utils.weight_norm(nn.Conv2d(3, 4, 3))", "return self.c(x)", (1, 4, 30, 30), 116),
        ("self.c = nn.Conv2d(3, 4, 3); self.unused = nn.Linear(2, 3)", "return self.c(x)", (1, 4, 30, 30), 121),
        (
            "self.a = nn.Conv2d(3, 3, 1); self.b = nn.Conv2d(3, 3, 1); self.b.weight = self.a.weight",
            "return self.b(self.a(x))",
            (1, 3, 32, 32),
            15,
        ),
    ],
)
def test_modules_have_the_shapes_and_weights_of_pytorch(
    make: str, run: str, output: tuple[int, ...], params: int, tmp_path: Path
) -> None:
    plan = planned(module(make, run), tmp_path)
    assert (*plan.outputs.values(),) == (output,)
    assert plan.totals is not None
    assert plan.totals.params == params


@pytest.mark.parametrize(
    ("make", "run", "macs", "flops"),
    [
        ("self.w = nn.Parameter(torch.ones(1, 3, 1, 1))", "return self.w * x", 0, 3072),
        ("self.w = nn.Parameter(torch.ones(3, 1, 1))", "return x * self.w", 0, 3072),
        ("self.w = nn.Parameter(torch.ones(3, 1, 1))", "return self.w * x", 0, 3072),
        ("self.w = nn.Parameter(torch.ones(()))", "return x * self.w", 0, 3072),
        ("self.w = nn.Parameter(torch.ones(5, 32))", "return self.w @ x", 15360, 30720),
        ("self.w = nn.Parameter(torch.ones(32, 5))", "return x @ self.w", 15360, 30720),
    ],
)
@pytest.mark.parametrize("batch", [1, 8])
def test_what_a_weight_costs_as_an_operand_falls_to_each_sample(
    batch: int, make: str, run: str, macs: int, flops: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(HEAD + module(make, run), encoding="utf-8")
    totals = cnnshape.plan(path, input=[3, 32, 32], batch=batch).totals
    assert totals is not None
    assert (totals.macs, totals.flops) == (macs, flops)


EINOPS = "from einops import einsum, pack, rearrange, reduce, repeat, unpack\nfrom einops.layers.torch import Rearrange, Reduce\n"


@pytest.mark.parametrize(
    ("run", "output"),
    [
        ("rearrange(x, 'b c (h p) (w q) -> b (h w) (p q c)', p=4, q=8)", (1, 32, 96)),
        ("rearrange(x, 'b c ... -> b (...) c')", (1, 1024, 3)),
        ("rearrange([x, x], 'n b c h w -> b (n c) h w')", (1, 6, 32, 32)),
        ("repeat(x, 'b c h w -> b c (h 2) w n', n=5)", (1, 3, 64, 32, 5)),
        ("reduce(x, 'b c (h 2) (w 2) -> b c h w', 'max')", (1, 3, 16, 16)),
        ("reduce(x, 'b c h w -> b c 1 1', 'mean')", (1, 3, 1, 1)),
        ("einsum(x, x, 'b c h w, b c other w -> b h other')", (1, 32, 32)),
        ("unpack(*pack([x, x[..., 0]], 'b c *'), 'b c *')[0]", (1, 3, 32, 32)),
        ("Rearrange('b (c one) h w -> b c (h one) w', one=1)(x)", (1, 3, 32, 32)),
        ("Reduce('b c h w -> b c', 'mean')(x)", (1, 3)),
    ],
)
def test_einops_gives_its_shapes(run: str, output: tuple[int, ...], tmp_path: Path) -> None:
    assert list(planned(EINOPS + module("pass", f"return {run}"), tmp_path).outputs.values()) == [output]


def test_a_pattern_that_does_not_fit_is_refused_with_its_numbers(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match="an axis of 32 is no multiple of 5"):
        planned(EINOPS + module("pass", "return rearrange(x, 'b c (h p) w -> b c h p w', p=5)"), tmp_path)


def test_arguments_of_a_lightning_module_are_its_hyperparameters(tmp_path: Path) -> None:
    code = (
        "import pytorch_lightning as pl\nclass Net(pl.LightningModule):\n    def __init__(self, width=4, **kw):\n"
        "        super().__init__()\n        self.save_hyperparameters()\n"
        "        self.c = nn.Conv2d(3, self.hparams.width, self.hparams['width'])\n    def forward(self, x):\n        return self.c(x)\n"
    )
    assert list(planned(code, tmp_path).outputs.values()) == [(1, 4, 29, 29)]


def test_a_layer_that_answers_twice_is_two_outputs(tmp_path: Path) -> None:
    plan = planned(module("self.c = nn.Conv2d(3, 3, 2)", "y = self.c(x)\nreturn y, self.c(y)"), tmp_path)
    assert plan.outputs == {"c": (1, 3, 31, 31), "c (2)": (1, 3, 30, 30)}


def test_each_call_of_a_module_has_a_tensor_of_its_own(tmp_path: Path) -> None:
    made, run = "self.relu, self.c = nn.ReLU(), nn.Conv2d(3, 3, 1)", "y = self.relu(x)\nreturn y - self.relu(self.c(y))"
    plan = planned(module(made, run), tmp_path)
    assert [row.name for row in plan.layers] == ["relu", "c", "relu", "sub"]
    assert plan.layers[-1].inputs == ("relu", "relu (2)")
    x = np.arange(-1536, 1536, dtype=np.float32).reshape(1, 3, 32, 32)
    given = {"c": [-np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1), np.zeros(3, np.float32)]}
    result = cnnshape.forward(plan, {"x": x}, weights=given)["sub"]
    assert np.array_equal(result, np.maximum(x, 0))  # what the second call gives is 0 everywhere


def test_a_recurrent_layer_is_one_row_that_depends_on_what_it_is_given(tmp_path: Path) -> None:
    made = "self.e = nn.GRU(3, 5)\nself.d = nn.GRUCell(5, 5)"
    run = "y, h = self.e(x.flatten(2).permute(2, 0, 1))\nreturn self.d(torch.ones(1, 5), h[0])"
    assert [row.name for row in planned(module(made, run), tmp_path).layers] == [
        "flatten",
        "permute",
        "e",
        "index",
        "d",
    ]


def test_rows_have_the_paths_of_modules(tmp_path: Path) -> None:
    code = module("self.block = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU())", "return self.block(self.block(x)) + x")
    plan = planned(code, tmp_path)
    assert [(row.name, row.shared_with) for row in plan.layers] == [
        ("block.0", None),
        ("block.1", None),
        ("block.0", "block.0"),
        ("block.1", "block.1"),
        ("add", None),
    ]


@pytest.mark.parametrize(
    ("code", "model", "trainable", "params"),
    [
        ("for p in self.a.parameters(): p.requires_grad = False", "Net", 12, 24),
        ("self.a.requires_grad_(False)", "Net", 12, 24),
        ("self.b = nn.Conv2d(3, 5, 1)", "Net", 32, 32),
        ("self.b = nn.Sequential(*list(nn.Sequential(self.b, nn.ReLU()).children())[:-1])", "Net", 24, 24),
        ("for name, p in self.named_parameters():\n    if 'bias' in name: p.requires_grad = False", "Net", 18, 24),
    ],
)
def test_what_is_frozen_or_replaced_counts_so(
    code: str, model: str, trainable: int, params: int, tmp_path: Path
) -> None:
    make = f"self.a = nn.Conv2d(3, 3, 1)\nself.b = nn.Conv2d(3, 3, 1)\n{code}"
    totals = planned(module(make, "return self.b(self.a(x))"), tmp_path, model).totals
    assert totals is not None
    assert (totals.trainable_params, totals.params) == (trainable, params)


@pytest.mark.parametrize(
    ("make", "run", "code", "message", "line"),
    [
        (
            "self.l = nn.Linear(100, 10)",
            "return self.l(x.flatten(1))",
            "CS304",
            "Linear declares in_features=100, but its input (1, 3072) has 3072 features",
            8,
        ),
        (
            "self.c = nn.Conv2d(4, 8, 3)",
            "return self.c(x)",
            "CS303",
            "Conv2d declares in_channels=4, but its input has 3 channels",
            8,
        ),
        ("self.c = nn.Conv2d(3, 8, 33)", "return self.c(x)", "CS301", "", 8),
        (
            "self.p = nn.MaxPool2d(2)",
            "return torch.cat([x, self.p(x)], 1)",
            "CS305",
            "cat along dim=1 cannot join input 1 (1, 3, 32, 32) with input 2 (1, 3, 16, 16): axis 2 has 32 and 16",
            11,
        ),
        ("pass", "return x.view(-1, 7)", "CS306", "", 11),
        ("self.c = nn.Conv2d(3, 8, 3, padding='sane')", "return self.c(x)", "CS105", "", 8),
        ("self.c = nn.Conv2d(3, 8)", "return self.c(x)", "CS104", "", 8),
        ("self.c = nn.Conv2d(3, 9, 3, groups=2)", "return self.c(x)", "CS307", "", 8),
        ("self.b = nn.BatchNorm1d(3)", "return self.b(x)", "CS302", "", 8),
        ("pass", "return x + x[:, :2]", "CS305", "", 11),
        ("pass", "return x.transpose(1, 2).view(1, -1)", "CS306", "that do not lie together", 11),
    ],
)
def test_a_fault_is_found_at_the_line_that_made_it(
    make: str, run: str, code: str, message: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(ArchitectureError) as caught:
        planned(module(make, run), tmp_path)
    (first, *_) = caught.value.diagnostics
    assert (first.code, first.span and first.span.start.row) == (code, line), first.message
    assert message in first.message


def test_a_layer_on_a_constant_costs_all_of_its_rows(tmp_path: Path) -> None:
    code = module("self.a = nn.Linear(2, 16)", "return x + self.a(torch.zeros(49, 2)).mean()")
    assert planned(code, tmp_path).layers[0].macs == 49 * 2 * 16


def test_an_output_may_depend_on_no_input(tmp_path: Path) -> None:
    plan = planned(module("self.c = nn.Conv2d(3, 8, 3)", "return self.c(x), (self.c.weight**2).sum(), 3"), tmp_path)
    assert [*plan.outputs.values()] == [(1, 8, 30, 30), ()]


def test_a_function_is_never_called_as_a_module_is(tmp_path: Path) -> None:
    code = module("self.relu = nn.ReLU()", "return F.relu(self.relu(F.relu(x)))")
    assert [row.name for row in planned(code, tmp_path).layers] == ["relu_1", "relu", "relu_2"]


@pytest.mark.parametrize(
    "names", ["torch.autograd import Function", "torch.autograd.function import Function, once_differentiable"]
)
def test_a_function_with_a_gradient_of_its_own_runs_forward(names: str, tmp_path: Path) -> None:
    code = (
        f"from {names}\n"
        "class Twice(Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x, layer):\n"
        "        ctx.save_for_backward(x)\n"
        "        return layer(layer(x))\n\n"
        "    @staticmethod\n"
        "    def backward(ctx, gradient):\n"
        "        return gradient, None\n"
    )
    net = module("self.c = nn.Conv2d(3, 3, 1)", "return Twice.apply(x, self.c)")
    plan = planned(code + net, tmp_path)
    assert [row.macs for row in plan.layers] == [3 * 3 * 32 * 32] * 2


def test_a_folder_without_an_init_is_a_package(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "models" / "parts").mkdir(parents=True)
    (tmp_path / "models" / "parts" / "block.py").write_text(
        "from torch import nn\ndef conv(): return nn.Conv2d(3, 8, 3)\n"
    )
    code = module("self.c = B.conv(); self.d = models.parts.block.conv()", "return self.c(x) + self.d(x)")
    code = "import models.parts.block as B\nimport models.parts.block\n" + code
    (tmp_path / "models" / "net.py").write_text(HEAD + code, encoding="utf-8")
    totals = cnnshape.plan(f"{tmp_path}/models/net.py:Net", input=[3, 32, 32]).totals
    assert totals is not None
    assert totals.params == 448


def test_modules_with_a_train_of_their_own_are_told_that_they_are_evaluated(tmp_path: Path) -> None:
    code = (
        "class Gate(nn.Module):\n"
        "    def train(self, mode=True):\n"
        "        super().train(mode)\n"
        "        if not mode:\n"
        "            self.width = 3\n\n"
        "    def forward(self, x):\n"
        "        return x[:, : self.width]\n"
    )
    net = module("self.c = nn.Conv2d(3, 8, 1); self.gate = Gate()", "return self.gate(self.c(x))")
    assert list(planned(code + net, tmp_path).outputs.values()) == [(1, 3, 32, 32)]


@pytest.mark.parametrize(
    ("make", "run", "output"),
    [
        ("self.c.register_forward_hook(lambda m, i, o: o[:, :2])", "return self.c(x)", (1, 2, 30, 30)),
        ("self.c.register_forward_hook(lambda m, i, o: None)", "return self.c(x)", (1, 8, 30, 30)),
        ("self.c.register_forward_hook(lambda m, i, o: o[:, :2]).remove()", "return self.c(x)", (1, 8, 30, 30)),
        ("self.c.register_forward_pre_hook(lambda m, i: (i[0][:, :, ::2],))", "return self.c(x)", (1, 8, 14, 30)),
        (
            "self.seen = []; self.c.register_forward_hook(lambda m, i, o: self.seen.append(o))",
            "self.c(x); return self.seen[0].flatten(1)",
            (1, 7200),
        ),
    ],
)
def test_hooks_see_and_change_what_a_module_takes_and_answers(
    make: str, run: str, output: tuple[int, ...], tmp_path: Path
) -> None:
    plan = planned(module(f"self.c = nn.Conv2d(3, 8, 3)\n{make}", run), tmp_path)
    assert list(plan.outputs.values()) == [output]


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("1 - x", [("rsub", {"other": 1})]),
        ("2 / x", [("reciprocal", {}), ("mul", {"other": 2})]),
        ("2 ** x", [("exp2", {})]),
        ("5 + x", [("add", {"other": 5})]),
        ("x ** 3", [("pow", {"exponent": 3})]),
        ("3 ** x", [("3 pow", {})]),
    ],
)
def test_a_number_in_front_of_a_tensor_stays_in_front(
    expression: str, rows: list[tuple[str, dict[str, float]]], tmp_path: Path
) -> None:
    found = planned(module("pass", f"return {expression}"), tmp_path).layers
    assert [(row.type, dict(row.arguments)) for row in found] == rows


REGIONS = """from torchvision.ops import DeformConv2d, MultiScaleRoIAlign, RoIAlign, RoIPool, deform_conv2d, roi_align


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 8, 3, 2, 1)
        self.align = RoIAlign(7, 0.5, 2)
        self.pool = RoIPool(7, 0.5)
        self.scales = MultiScaleRoIAlign(["0", "1"], 7, 2)
        self.offset = nn.Conv2d(8, 18, 3, 1, 1)
        self.deformed = DeformConv2d(8, 4, 3, padding=1)
        self.w = nn.Parameter(torch.rand(4, 8, 3, 3))

    def forward(self, x, boxes):
        y = self.c(x)
        z = self.deformed(y, self.offset(y)) + deform_conv2d(y, self.offset(y), self.w, padding=1)
        maps = {"0": y, "1": F.max_pool2d(y, 2)}
        return (
            self.align(y, [boxes, boxes]),
            roi_align(y, [boxes, boxes], 7, 0.5, 2),
            self.pool(y, [boxes, boxes]),
            self.scales(maps, [boxes, boxes], [(32, 32)] * 2),
            z,
        )
"""


def test_what_reads_boxes_takes_them_image_by_image(tmp_path: Path) -> None:
    """Shapes and parameters as torchvision 0.29 has them; its compiled code is told here."""
    path = tmp_path / "net.py"
    path.write_text(HEAD + REGIONS, encoding="utf-8")
    plan = cnnshape.plan(f"{path}:Net", input={"x": [3, 32, 32], "boxes": [4]}, batch=2)
    assert [*plan.outputs.values()] == [*[(4, 8, 7, 7)] * 4, (2, 4, 16, 16)]
    assert plan.totals.params == 2118


SPECTRA = """class Net(nn.Module):
    def forward(self, x):
        f = torch.fft.rfft2(x)
        g = torch.stack((f.real, f.imag), dim=-1)
        return (
            torch.fft.irfft2(f * 2, s=(8, 6)),
            torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real,
            torch.view_as_complex(g).abs(),
            torch.fft.fft(x, dim=0).real,
        )
"""


def test_spectra_have_two_numbers_an_element(tmp_path: Path) -> None:
    plan = planned(SPECTRA, tmp_path, shape=(4, 6, 6))
    assert [*plan.outputs.values()] == [(1, 4, 8, 6), (1, 4, 6, 6), (1, 4, 6, 4), (1, 4, 6, 6)]
    sizes = {row.name: row.output_bytes for row in plan.layers}
    assert (sizes["rfft2"], sizes["mul"], sizes["irfft2"]) == (8 * 96, 8 * 96, 4 * 192)


@pytest.mark.parametrize("name", ["detach", "clone"])
def test_what_memory_is_not_told_of_is_said_where_it_occurs(name: str, tmp_path: Path) -> None:
    source = (
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.c = nn.Conv2d(3, 4, 3)\n\n    def forward(self, x):\n        return self.c(x).{name}()\n"
    )
    path = tmp_path / "net.py"
    path.write_text(source, encoding="utf-8")
    found = [each.message for each in cnnshape.plan(path, input=[3, 8, 8]).diagnostics]
    assert found == [f"what memory takes is told as if `{name}` were not there"]


def test_repeat_needs_a_count_for_each_axis(tmp_path: Path) -> None:
    """As PyTorch: ``RuntimeError: Number of dimensions of repeat dims can not be smaller than number of dimensions``."""
    path = tmp_path / "net.py"
    forward = "def forward(self, x):\n        return x.repeat({})\n"
    head = "from torch import nn\n\n\nclass Net(nn.Module):\n    "
    path.write_text(head + forward.format("2, 1"), encoding="utf-8")
    with pytest.raises(ArchitectureError, match="repeat needs a count for each axis: it has 2 for 4 axes"):
        cnnshape.plan(path, input=[3, 8, 8])
    path.write_text(head + forward.format("1, 1, 2, 3"), encoding="utf-8")
    assert [*cnnshape.plan(path, input=[3, 8, 8]).outputs.values()] == [(1, 3, 16, 24)]


@pytest.mark.parametrize(
    ("called", "shape"),
    [
        ("center_crop(x, [5, 5])", (1, 3, 5, 5)),
        ("center_crop(x, 11)", (1, 3, 11, 11)),
        ("center_crop(x, [5, 11])", (1, 3, 5, 11)),
        ("hflip(functional.vflip(x))", (1, 3, 8, 8)),
        ("pad(x, [1, 2])", (1, 3, 12, 10)),
        ("crop(x, -1, 2, 12, 4)", (1, 3, 12, 4)),
    ],
)
def test_images_are_cut_and_padded_as_torchvision_does(called: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    """Shapes of torchvision 0.29.1."""
    source = "from torchvision.transforms import functional\n\n" + module("pass", f"return functional.{called}")
    assert list(planned(source, tmp_path, shape=(3, 8, 8)).outputs.values()) == [shape]


def test_an_answer_that_is_not_known_is_told_of(tmp_path: Path) -> None:
    plan = planned(
        "import mystery\n" + module("self.c = nn.Conv2d(3, 4, 1)", "return self.c(x), mystery.loss(3)"), tmp_path
    )
    said = "one of the answers of the model depends on what the module `mystery.loss` answers, which is not known"
    assert said in [each.message for each in plan.diagnostics]


def test_a_function_of_a_weight_of_unknown_size_is_not_known(tmp_path: Path) -> None:
    made = "self.register_buffer('w', torch.from_numpy(numpy.fft.rfft(numpy.eye(8)).real.T))"
    with pytest.raises(ArchitectureError, match=r"the shape of conv1d depends on .*, which is not known"):
        planned("import numpy\n" + module(made, "return F.conv1d(x, self.w)"), tmp_path, shape=(1, 80))


@pytest.mark.parametrize("written", ["transforms.ToTensor()", "transforms.functional.to_tensor(3)"])
def test_what_else_torchvision_does_to_images_is_called_and_not_known(written: str, tmp_path: Path) -> None:
    source = f"from torchvision import transforms\n\nloader = transforms.Compose([{written}])\n"
    made = "self.c, self.loader = nn.Conv2d(3, 4, 1), loader"
    plan = planned(source + module(made, "return self.c(x)"), tmp_path)
    assert plan.totals.params == 16


@pytest.mark.parametrize(
    "written",
    ["random.rand(3)", "linalg.norm(numpy.eye(3))", "fft.fft(numpy.eye(3))", "ma.masked_array([1])", "new(3)"],
)
def test_what_is_not_told_of_numpy_is_not_known_though_its_source_is_installed(written: str, tmp_path: Path) -> None:
    made = f"self.c, self.x = nn.Conv2d(3, 4, 1), numpy.{written}"
    assert planned("import numpy\n" + module(made, "return self.c(x)"), tmp_path).totals.params == 16
