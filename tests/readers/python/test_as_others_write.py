"""Files as other authors write them: parameters, MACs and shapes are what PyTorch 2.14.1 measures of the same text."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.cli.start import main
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan
from cnnshape.readers.files import UnreadableError

HEAD = (
    "import sys\nfrom functools import partial\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"
)


def planned(code: str, folder: Path) -> Plan:
    """The plan of what `Net` makes in this code."""
    path = folder / "net.py"
    path.write_text(HEAD + code, encoding="utf-8")
    return cnnshape.plan(f"{path}:Net", input=[3, 32, 32])


def net(make: str, run: str) -> str:
    """A module with these statements in ``__init__`` and in ``forward``."""
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {make}\n\n"
        f"    def forward(self, x):\n        {run}\n"
    )


@pytest.mark.parametrize(
    ("code", "params", "macs", "outputs"),
    [
        (net("self.v = nn.Parameter(torch.ones(32))", "return x @ self.v"), 32, 3072, [(1, 3, 32)]),
        (net("self.v = nn.Parameter(torch.ones(32))", "return torch.matmul(self.v, x)"), 32, 3072, [(1, 3, 32)]),
        (
            net(
                "self.v, self.c = nn.Parameter(torch.ones(3)), 2",
                "return x * (self.v @ self.v) + self.v.matmul(self.v)",
            ),
            3,
            0,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "part = lambda: nn.ParameterList([nn.Parameter(torch.ones(32)), torch.ones(32)]); "
                "self.p = nn.ParameterList([part(), part()])",
                "return x * self.p[0][1] + [b for a, b in self.p][1]",
            ),
            128,
            0,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "self.l, self.at = nn.Linear(32, 32), nn.Linear(32, 40, bias=False)",
                "return self.l(x) + self.at.weight[torch.arange(x.shape[2])]",
            ),
            2336,
            98304,
            [(1, 3, 32, 32)],
        ),
        (
            net(
                "self.at = nn.Embedding(40, 5); self.register_buffer('i', torch.arange(32))",
                "return x.mean((1, 2))[..., None] + self.at(self.i)",
            ),
            200,
            0,
            [(1, 32, 5)],
        ),
        (
            net(
                "self.c = nn.Conv2d(3, 4, 1)",
                "return self.c(x).clamp_min(0) + torch.clamp_max(x, max=6).clamp_min_(min=1)[:, :1]",
            ),
            16,
            12288,
            [(1, 4, 32, 32)],
        ),
        (
            "def made(width): return nn.Conv2d(3, width, 1)\n\ndef Net(): pass\n\nthis = sys.modules[__name__]\n"
            "for name, width in [('Net', 8), ('Wide', 16)]:\n    setattr(this, name, partial(made, width=width))\n",
            32,
            24576,
            [(1, 8, 32, 32)],
        ),
        (
            "def made(width): return nn.Conv2d(3, width, 1)\n\nfor width in (4, 8):\n"
            "    globals()[{4: 'Net', 8: 'Wide'}[width]] = partial(made, width)\n",
            16,
            12288,
            [(1, 4, 32, 32)],
        ),
        (
            "from timm.models.layers import DropPath, to_2tuple, trunc_normal_\n"
            + net(
                "self.c, self.d = nn.Conv2d(3, 4, to_2tuple(2), to_2tuple((4, 2))), DropPath(0.1); "
                "trunc_normal_(self.c.weight, std=0.02)",
                "return self.d(self.c(x))",
            ),
            52,
            6144,
            [(1, 4, 8, 16)],
        ),
        (
            net("self.c = nn.Conv2d(3, 4, 3, [2])", "return self.c(x)[..., : len(self.c.stride)]"),
            112,
            24300,
            [(1, 4, 15, 1)],
        ),
        (
            "from torch.distributions import Normal\nfrom torch.distributions.kl import kl_divergence\n"
            + net(
                "self.c = nn.Conv2d(3, 8, 1)",
                "m, s = self.c(x).chunk(2, 1)\n        q, p = Normal(m, s.exp()), Normal(torch.zeros_like(m), "
                "torch.ones_like(s))\n        return q.rsample(), kl_divergence(q, p).sum(1).mean()",
            ),
            32,
            24576,
            [(1, 4, 32, 32), ()],
        ),
        (
            "from timm.models.registry import register_model\n"
            "from timm.models.vision_transformer import Mlp, PatchEmbed, _cfg\n"
            + net(
                "self.p, self.m = PatchEmbed(32, 8, 3, 12, nn.LayerNorm), Mlp(12, 24, drop=0.1)",
                "return self.m(self.p(x)).transpose(1, 2)[:, :, : self.p.num_patches // 2]",
            ).replace("class", "@register_model\nclass"),
            2952,
            46080,
            [(1, 12, 8)],
        ),
        (
            net(
                "self.c = nn.Conv2d(3, 4, 1); self.aux = nn.Conv2d(3, 2, 1) if self.training else None",
                "return (self.c(x), self.aux(x)) if self.training else self.c(x)",
            ),
            24,
            12288,
            [(1, 4, 32, 32)],
        ),
        (
            net(
                "self.p, self.u = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)",
                "y, i = self.p(x)\n        return self.u(input=y, indices=i, output_size=(1, 3, 33, 32))",
            ),
            0,
            0,
            [(1, 3, 33, 32)],
        ),
        (
            net(
                "self.c = nn.utils.weight_norm(nn.Conv2d(3, 4, 3)); self.c.weight_v.data[:, :, -1].zero_()",
                "return self.c(x) * self.c.weight_v.shape[3]",
            ),
            116,
            97200,
            [(1, 4, 30, 30)],
        ),
        (
            net(
                "self.a = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))",
                "return self.a(x)",
            ),
            120,
            97200,
            [(1, 4, 30, 30)],
        ),
        (
            net(
                "self.w = nn.Parameter(torch.ones(3)); self.c = nn.ModuleList(nn.Conv2d(3, 4, n) for n in (3, 3, 1))",
                "return sum(w * self.c[i](x)[..., :30, :30] for i, w in enumerate(self.w) if len(list(self.w)) == 3)",
            ),
            243,
            206688,
            [(1, 4, 30, 30)],
        ),
        (
            net(
                "self.c, self.l, self.n = nn.Conv2d(3, 4, 32), nn.Linear(4, 10), nn.LayerNorm(10)",
                "return self.n(self.l(self.c(x).squeeze()))",
            ),
            12362,
            12328,
            [(10,)],
        ),
        (
            net(
                "self.c, self.p = nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)",
                "return self.p(self.c(x[0])), F.conv2d(x[0], self.c.weight), F.adaptive_avg_pool2d(x[0], 1)",
            ),
            112,
            194400,
            [(4, 15, 15), (4, 30, 30), (3, 1, 1)],
        ),
        (
            net("self.c = nn.Conv2d(3, 4, 3)", "return F.linear(x[0, 0, 0, :3], self.c.weight[:, :, 0, 0])"),
            112,
            12,
            [(4,)],
        ),
        (
            net(
                "self.c = nn.Conv2d(3, 4, 3)",
                "y = self.c(x)\n        return F.mse_loss(y, torch.zeros_like(y), reduction='none').mean((1, 2)), "
                "F.l1_loss(y, y[:, :1].expand_as(y), reduction='none'), F.l1_loss(y, y)",
            ),
            112,
            97200,
            [(1, 30), (1, 4, 30, 30), ()],
        ),
        (
            net(
                "self.c = nn.Conv2d(3, 4, 3)",
                "try: return self.c(x, lengths=None)\n        except TypeError: return self.c(x)",
            ),
            112,
            97200,
            [(1, 4, 30, 30)],
        ),
        (
            "import numpy as np\n\ntable = np.array([[at / 10 ** (i / 32) for i in range(32)] for at in range(3)])\n"
            "table[:, 0::2] = np.sin(table[:, 0::2])\ntable[:, 1::2] = np.cos(table[:, 1::2])\n"
            "at = np.zeros((2, 3), dtype=int)\nat[:, 0::2] = [[1, 2], [3, 4]]\nat[1, 1] = 3\nat[1] -= 2\n"
            "at[0] = at[0] + at[1]\nother = np.array(at)\nother[0, 0] = 50\n"
            + net(
                "self.register_buffer('at', torch.FloatTensor(table)); "
                "self.c = nn.Conv2d(3, int(at[0, 0] * 100 + at[0, 1] * 10 + at[0, 2]), 1)",
                "return self.c(x + self.at.mean(0))",
            ),
            856,
            657408,
            [(1, 214, 32, 32)],
        ),
        (
            "from torch.autograd import Variable\n\n"
            + net(
                "self.c = nn.Conv2d(3, 4, 3)",
                "x = self.c(Variable(x, requires_grad=True)) if isinstance(x, Variable) else x\n"
                "        return x + Variable(torch.ones(1, 4, 1, 1)) + Variable(torch.FloatTensor(30))",
            ),
            112,
            97200,
            [(1, 4, 30, 30)],
        ),
        (
            net(
                "self.c, self.e = nn.Conv2d(3, 8, 3), nn.Embedding(16, 8)",
                "z = self.c(x).permute(0, 2, 3, 1).contiguous()\n"
                "        i = torch.argmin(torch.cdist(z.view(-1, 8), self.e.weight), dim=1)\n"
                "        return self.e(i).view(z.shape)",
            ),
            352,
            309600,
            [(1, 30, 30, 8)],
        ),
        (
            "from torchvision.models import resnet18\n\ndef Net():\n    body = resnet18()\n"
            "    body.layer4[0].conv1.stride = body.layer4[0].downsample[0].stride = (1, 1)\n"
            "    body.layer4[1].conv1.dilation = body.layer4[1].conv1.padding = (2, 2)\n"
            "    return nn.Sequential(body.conv1, body.bn1, body.maxpool, body.layer1, body.layer2, body.layer3, body.layer4)\n",
            11176512,
            62177280,
            [(1, 512, 2, 2)],
        ),
    ],
)
def test_a_file_has_the_numbers_of_pytorch(
    code: str, params: int, macs: int, outputs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    plan = planned(code, tmp_path)
    assert plan.totals is not None
    assert list(plan.outputs.values()) == outputs
    assert (plan.totals.params, plan.totals.macs) == (params, macs)
    assert plan.totals.training is not None


def test_names_that_begin_with_an_underscore_are_imported_where_all_lists_them(tmp_path: Path) -> None:
    package = tmp_path / "blocks"
    package.mkdir()
    (package / "__init__.py").write_text("from .basic import *\n", encoding="utf-8")
    made = "from torch import nn\n__all__ = ['_Conv']\nclass _Conv(nn.Conv2d): pass\nclass _Other: pass\n"
    (package / "basic.py").write_text(made, encoding="utf-8")
    code = "from blocks import _Conv\n" + net("self.c = _Conv(3, 4, 1)", "return self.c(x)")
    assert list(planned(code, tmp_path).outputs.values()) == [(1, 4, 32, 32)]


def test_modules_are_found_from_the_folder_that_the_command_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "width.py").write_text("WIDTH = 4\n", encoding="utf-8")
    code = "import model.width as of\n" + net("self.c = nn.Conv2d(3, of.WIDTH, 1)", "return self.c(x)")
    monkeypatch.chdir(tmp_path)
    assert list(planned(code, folder).outputs.values()) == [(1, 4, 32, 32)]


@pytest.mark.parametrize(
    "change",
    [
        "net.features[0].stride = (2, 2)",
        "net.features[0] = nn.Conv2d(1, 64, 3)",
        "net.features[0].requires_grad_(False)",
        "net.features.conv0[1] = nn.Identity()",
        "setattr(net.features.conv0, 'stride', 2)",
    ],
)
def test_what_changes_a_part_that_is_not_known_is_refused_and_not_passed_over(change: str, tmp_path: Path) -> None:
    code = f"from torchvision.models import vgg16\nNet = vgg16()\n{change.replace('net', 'Net')}\n"
    with pytest.raises(
        UnreadableError, match=r"this may change .* of vgg16, whose source is not installed, which is not known here"
    ):
        planned(code, tmp_path)


def test_a_function_that_is_handed_a_part_of_a_model_changes_the_model(tmp_path: Path) -> None:
    code = (
        "def freeze(part):\n    for weight in part.parameters(): weight.requires_grad = False\n\n"
        "Net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.Conv2d(4, 4, 1)))\n"
        "freeze(Net[0])\nsetattr(Net[1][0], 'stride', (2, 2))\n"
    )
    plan = planned(code, tmp_path)
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (36, 20)
    assert list(plan.outputs.values()) == [(1, 4, 16, 16)]


def test_an_input_may_be_one_number_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.py"
    make = "self.c, self.l = nn.Conv2d(3, 4, 1), nn.Linear(1, 4)"
    run = "return self.c(x) + self.l(t[:, None].float())[:, :, None, None]"
    path.write_text(HEAD + net(make, run).replace("self, x", "self, x, t"), encoding="utf-8")
    assert main(["plan", f"{path}:Net", "--input", "x=3x8x8", "--input", "t=", "--columns", "name,output"]) == 0
    assert "x 1x3x8x8, t 1\n" in capsys.readouterr().out


@pytest.mark.parametrize(("module", "width"), [("torch", 8), ("a_package_of_nobody", 4)])
def test_a_package_is_found_or_not(module: str, width: int, tmp_path: Path) -> None:
    code = f"import importlib.util\nWIDTH = 8 if importlib.util.find_spec('{module}') is not None else 4\n"
    plan = planned(code + net("self.c = nn.Conv2d(3, WIDTH, 1)", "return self.c(x)"), tmp_path)
    assert list(plan.outputs.values()) == [(1, width, 32, 32)]


@pytest.mark.parametrize("layer", ["BatchNorm1d(4)", "GroupNorm(2, 4)", "MaxPool2d(1)"])
def test_what_pytorch_runs_on_no_sample_without_its_batch_is_refused(layer: str, tmp_path: Path) -> None:
    code = net(f"self.c, self.l = nn.Conv2d(3, 4, 32), nn.{layer}", "return self.l(self.c(x).squeeze())")
    with pytest.raises(ArchitectureError) as caught:
        planned(code, tmp_path)
    first = next(each for each in caught.value.diagnostics if each.severity == "error")
    assert (first.code, first.layer) == ("CS302", "l")
    assert "but its input (4,) has 1" in first.message
