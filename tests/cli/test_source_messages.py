"""What is told of Python source that cannot be planned as it stands: what is wrong, and what to type instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

RUN_BY_ITSELF = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5)
        self.fc = nn.Linear(6 * 28 * 28, 10)

    def forward(self, x):
        x = self.conv(x).transpose(1, 2)
        return self.fc(x.view(x.size(0), -1))


net = Net()
print(net(torch.randn(4, 3, 32, 32)).shape)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str) -> None:
    Path("net.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("given", ["", " --input 3x32x32"])
def test_what_a_script_ran_by_itself_is_not_in_the_table_of_its_model(given: str, run: Run) -> None:
    written(RUN_BY_ITSELF)
    done = run(f"plan net.py{given}")
    rows = done.out.split("\n\n")[1].splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["conv", "transpose", "view", "fc"]
    assert [line for line in done.err.splitlines() if line.startswith("error")] == [
        "error[CS306]: view to (1, 4704) would join axes of (1, 28, 6, 28) that do not lie together in memory, "
        "since axes were exchanged"
    ]


def test_a_file_without_a_model_is_at_fault_and_no_option(run: Run) -> None:
    written("")
    assert run("sizes net.py").err.splitlines()[0] == (
        "error[CS602]: net.py has no class, function or variable that is a model"
    )


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("import timm\nnet = timm.create_model('nothing')\n", "pytorch"),
        ("import keras, numpy\nnet = keras.models.load_model('net.keras')\n", "keras"),
        ("from torch import nn\nimport keras\nclass Net(nn.Module):\n    def forward(self, x): return x\n", "pytorch"),
    ],
)
def test_what_cannot_be_planned_is_of_the_framework_that_it_imports(text: str, framework: str, run: Run) -> None:
    written(text)
    done = run("plan net.py --format json")
    assert (done.code, json.loads(done.out)["framework"]) == (2, framework)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            "timm.create_model('resnet18', pretrained=True, in_chans=1)",
            "what this answers depends on what in_chans=1 makes of the model 'resnet18' of timm, which is not known",
        ),
        (
            "timm.create_model('densenet121', num_classes=0, output_stride=8, drop_block=nn.Identity)",
            "what this answers depends on what output_stride=8, drop_block make of the model 'densenet121' of timm, "
            "which is not known",
        ),
        (
            "models.vgg16(norm='none')",
            "the shape of vgg16 depends on what norm='none' makes of the model `vgg16` of torchvision, which is not known",
        ),
    ],
)
def test_an_argument_that_the_zoo_does_not_know_is_named(made: str, message: str, run: Run) -> None:
    written(
        "import timm\nfrom torch import nn\nfrom torchvision import models\n\n\nclass Net(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n        self.body = {made}\n\n"
        "    def forward(self, x):\n        return self.body(x)\n"
    )
    heading, place, *_ = run("plan net.py:Net --input 1x64x64").err.splitlines()
    assert (heading, place) == (f"error[CS604]: {message}", "  --> net.py:12:16")


@pytest.mark.parametrize("model", ["", ":Net", ":net"])
def test_a_misspelt_forward_is_told_with_its_line(model: str, run: Run) -> None:
    written(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def foward(self, x): return x\n\n\ndef net():\n    return Net()\n"
    )
    assert run(f"plan net.py{model} --input 8").err == (
        "error[CS602]: Net has a method 'foward', and no 'forward'\n --> net.py:5:5\n  |\n"
        "5 |     def foward(self, x): return x\n  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  |\n"
        "help: did you mean forward?\nmore: cnnshape rule CS602\n"
    )


def test_a_misspelt_call_is_told_before_an_input_is_asked_for(run: Run) -> None:
    written("import keras\n\n\nclass Net(keras.Model):\n    def cal(self, inputs):\n        return inputs\n")
    assert run("plan net.py").err.splitlines()[:2] == [
        "error[CS602]: Net has a method 'cal', and no 'call'",
        " --> net.py:5:5",
    ]


CALLS = """
class A:
    def __init__(self): pass
    def f(self, a, b=1): pass
    def g(self, a, *, k, l): pass
def h(a, b, c): pass
def none(): pass
"""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("A(3)", "A.__init__() takes 1 positional argument but 2 were given"),
        ("A().f()", "A.f() missing 1 required positional argument: 'a'"),
        ("A().f(1, 2, 3)", "A.f() takes from 2 to 3 positional arguments but 4 were given"),
        ("A().f(1, a=2)", "A.f() got multiple values for argument 'a'"),
        ("A().g(1)", "A.g() missing 2 required keyword-only arguments: 'k' and 'l'"),
        (
            "A().g(1, 2, k=1)",
            "A.g() takes 2 positional arguments but 3 positional arguments (and 1 keyword-only argument) were given",
        ),
        ("h()", "h() missing 3 required positional arguments: 'a', 'b', and 'c'"),
        ("none(1)", "none() takes 0 positional arguments but 1 was given"),
    ],
)
def test_a_call_that_does_not_fit_is_told_in_python_s_words(call: str, message: str, run: Run) -> None:
    with pytest.raises(TypeError) as raised:
        exec(f"{CALLS}{call}", {})  # what Python says of it
    assert str(raised.value) == message
    written(f"from torch import nn\n{CALLS}\ndef net():\n    {call}\n    return nn.Linear(3, 4)\n")
    assert run("plan net.py:net --input 3").err.splitlines()[0] == f"error[CS605]: this raises TypeError: {message}"


def test_what_a_command_line_gives_too_much_has_no_line(run: Run) -> None:
    written("from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n")
    assert run("plan", "net.py:Net(3)").err.splitlines()[:2] == [
        "error[CS605]: this raises TypeError: Net.__init__() takes 1 positional argument but 2 were given",
        " --> net.py",
    ]


PROGRAM = """
import argparse
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=8)
parser.add_argument("-d", "--net-depth", type=int, required=True)
parser.add_argument("--act", choices=["relu", "gelu"], default="relu")
parser.add_argument("--norm", action="store_true")
parser.add_argument("--kernels", type=int, nargs="+", default=[3])
parser.add_argument("--last", type=lambda text: int(text) * 2, default="5")
args = parser.parse_args()
bias = False


def net():
    layers = []
    for i in range(args.net_depth):
        layers.append(nn.Conv2d(3 if i == 0 else args.width, args.width, args.kernels[i % len(args.kernels)], bias=bias))
        layers.append({"relu": nn.ReLU, "gelu": nn.GELU}[args.act]())
        if args.norm:
            layers.append(nn.BatchNorm2d(args.width))
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(args.last))
"""


@pytest.mark.parametrize(
    ("given", "types", "outputs"),
    [
        ("--set net_depth=1", "Conv2d ReLU Flatten LazyLinear", [1, 10]),
        ("--set net_depth=1 --set act=gelu --set norm=true", "Conv2d GELU BatchNorm2d Flatten LazyLinear", [1, 10]),
        ("--set net_depth=2 --set width=4 --set last=3", "Conv2d ReLU Conv2d ReLU Flatten LazyLinear", [1, 6]),
        ("--set net_depth=2 --set kernels='[1,5]'", "Conv2d ReLU Conv2d ReLU Flatten LazyLinear", [1, 10]),
        ("--set net_depth=1 --set kernels=5 --set bias=true", "Conv2d ReLU Flatten LazyLinear", [1, 10]),
    ],
)
def test_options_of_a_program_are_set_as_on_its_command_line(
    given: str, types: str, outputs: list[int], run: Run
) -> None:
    written(PROGRAM)
    done = run(f"plan net.py:net --input 3x16x16 --format json {given}")
    rows = json.loads(done.out)["layers"]
    assert ([row["type"] for row in rows], rows[-1]["output_shape"]) == (types.split(), outputs)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "net_depth=two",
            "--set net_depth: 'two' is none of its values: invalid literal for int() with base 10: 'two'",
        ),
        (
            "last=1 --set net_depth=[1,2]",
            "--set net_depth: [1, 2] is none of its values: invalid literal for int() with base 10: '[1, 2]'",
        ),
        ("net_depth=1 --set act=silu", "--set act is one of relu, gelu, got 'silu'"),
        ("net_depth=1 --set foo=3", "--set speaks of foo, which neither the file nor its model has"),
        (
            "net_depth=1 --set widht=3",
            "--set speaks of widht, which neither the file nor its model has: did you mean width?",
        ),
        (
            "net_depth=1 --set bais=1",
            "--set speaks of bais, which neither the file nor its model has: did you mean bias?",
        ),
        ("net_depth=1 --set i=1", "--set speaks of i, which neither the file nor its model has"),
    ],
)
def test_what_cannot_be_set_is_refused(given: str, message: str, run: Run) -> None:
    written(PROGRAM)
    assert run(f"plan net.py:net --input 3x16x16 --set {given}") == (2, "", f"error: {message}\n")


def test_an_option_that_has_to_be_given_is_asked_for(run: Run) -> None:
    written(PROGRAM)
    assert run("plan net.py:net --input 3x16x16").err == (
        "error[CS604]: this loops over the program's argument '-d', which is not known here\n  --> net.py:18:14\n   |\n"
        "18 |     for i in range(args.net_depth):\n   |              ^^^^^^^^^^^^^^^^^^^^^\n   |\n"
        "help: add --set net_depth=...\nmore: cnnshape rule CS604\n"
    )


def test_a_size_that_a_program_is_not_given_is_asked_for(run: Run) -> None:
    written(PROGRAM.replace("default=8", "required=True"))
    lines = run("plan net.py:net --input 3x16x16 --set net_depth=1").err.splitlines()
    message = "the shape of Conv2d depends on the program's argument '--width', which is not known"
    assert {f"error[CS604]: {message}", "help: add --set width=..."} <= {*lines}


PATCHED = "Rearrange('b c (h p) (w q) -> b (h w) (p q c)', p={}, q={})"


@pytest.mark.parametrize(
    ("first", "width", "asked"),
    [
        ("nn.Identity()", 768, "--input 768"),
        ("nn.Sequential(nn.Flatten(), nn.LayerNorm(768))", 768, "--input 768"),
        (PATCHED.format(16, 16), 768, "--input 3x224x224"),
        (PATCHED.format(30, 20), 600, "--input 1x210x220"),
        (PATCHED.format(3, 5), 50, "--input ..., the shape of one sample"),
        ("Rearrange('b h w c -> b c (h w)')", 64, "--input ..., the shape of one sample"),
        ("Rearrange('b c h w -> b (h w) c')", 3, "--input 3x224x224"),
        (PATCHED.replace("c)'", "c d)'").format(16, 16), 768, "--input ..., the shape of one sample"),
        ("nn.LSTM(32, 64)", 64, "--input ..., the shape of one sample"),
        ("Cut()", 64, "--input ..., the shape of one sample"),
    ],
)
def test_an_input_is_suggested_where_what_runs_first_tells_it(first: str, width: int, asked: str, run: Run) -> None:
    written(
        "from einops.layers.torch import Rearrange\nfrom torch import nn\n\n\nclass Cut(nn.Module):\n"
        "    def forward(self, x):\n        return x.unfold(1, 8, 8)\n\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        f"        super().__init__()\n        self.body = nn.Sequential({first}, nn.Linear({width}, 5))\n\n"
        "    def forward(self, x):\n        return self.body(x)\n"
    )
    done = run("plan net.py:Net")
    assert done.err.splitlines()[2] == f"help: add {asked}"
    if "..." not in asked:
        assert run(f"plan net.py:Net {asked}").code == 0
