"""Scripts run from their top, so that a model is altered under whatever name that is done, and in whatever function.

The counts are what torchvision 0.29.1 and Keras 3.15.1 on TensorFlow gave when they ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.files import UnreadableError
from tests.readers.python.altered import IMAGE, counts, head, scripts

RESNET, OWN = head("whole"), head("statements")
"""11,181,642 parameters, all of which train; and a network that has 24,458 as it is."""


@pytest.mark.parametrize(("script", "known"), scripts("whole"))
def test_a_model_is_what_the_whole_script_makes_of_it(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path, IMAGE) == known


@pytest.mark.parametrize("script", [script for script, _ in scripts("refused")])
def test_what_may_alter_a_model_behind_a_loop_over_unknown_data_is_refused(script: str, tmp_path: Path) -> None:
    with pytest.raises((ArchitectureError, UnreadableError), match="loops over what `torch"):
        counts(script, tmp_path, IMAGE)


@pytest.mark.parametrize(("script", "known"), scripts("statements"))
def test_statements_have_the_effects_that_python_gives_them(
    script: str, known: tuple[int, ...], tmp_path: Path
) -> None:
    assert counts(script, tmp_path, IMAGE) == known


@pytest.mark.parametrize(("script", "known"), scripts("keras_setters"))
def test_what_trains_in_keras_is_what_its_setter_reaches(script: str, known: tuple[int, ...], tmp_path: Path) -> None:
    assert counts(script, tmp_path)[1:] == known


FILES = {
    "nets.py": "from torch import nn\n"
    "WIDTHS = [4]\n"
    "class Block(nn.Module):\n"
    "    def __init__(self, inputs, outputs):\n"
    "        super().__init__()\n"
    "        self.c = nn.Conv2d(inputs, outputs, 3)\n"
    "    def forward(self, x):\n"
    "        return self.c(x)\n"
    "class Net(nn.Module):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.f = nn.Sequential(*(Block(i, o) for i, o in zip([3, *WIDTHS], WIDTHS)))\n"
    "    def forward(self, x):\n"
    "        return self.f(x)\n",
    "patch.py": "import nets\n"
    "def one_by_one(self, inputs, outputs):\n"
    "    nets.nn.Module.__init__(self)\n"
    "    self.c = nets.nn.Conv2d(inputs, outputs, 1)\n"
    "nets.Block.__init__ = one_by_one\n"
    "nets.WIDTHS.append(8)\n",
}


@pytest.mark.parametrize("line", ["import patch\n", "from patch import *\n", "from patch import one_by_one\n"])
def test_a_file_that_is_imported_for_what_it_does_does_it(line: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert counts(f"from nets import Net\n{line}model = Net()\n", tmp_path, IMAGE) == (56, 56)


def test_what_stands_behind_a_script_that_trains_on_and_on_is_done(tmp_path: Path) -> None:
    lines = (
        "for epoch in range(100):\n    for i in range(1000):\n        y = model(torch.randn(2, 3, 224, 224))\n"
        "model.fc = nn.Linear(512, 3)\n"
    )
    assert counts(RESNET + lines, tmp_path, IMAGE) == (11178051, 11178051)


@pytest.mark.parametrize("alteration", ["append(nn.Conv2d(64, 8, 1))", "insert(0, nn.Conv2d(3, 3, 1))", "pop(0)"])
def test_other_parts_that_a_model_may_get_under_an_unknown_condition_are_refused(
    alteration: str, tmp_path: Path
) -> None:
    lines = f"import mystery\nmodel = Net()\nbody = model.features\nif mystery.flag():\n    body.{alteration}\n"
    with pytest.raises((ArchitectureError, UnreadableError), match="mystery"):
        counts(OWN + lines, tmp_path, IMAGE)


def test_what_is_noted_in_a_loop_over_unknown_data_alters_no_model(tmp_path: Path) -> None:
    lines = (
        "import mystery\nlosses, average = [], mystery.Average(model)\n"
        "for x, y in mystery.loader():\n"
        "    loss = F.cross_entropy(model(x), y)\n    losses.append(loss)\n    average.update(model)\n"
    )
    assert counts(RESNET + lines, tmp_path, IMAGE) == (11181642, 11181642)


def test_a_name_that_a_loop_over_unknown_data_binds_anew_leaves_what_it_was_made_of(tmp_path: Path) -> None:
    lines = (
        "import mystery\nkinds = ['cat', 'dog', 'cow']\nmodel = Net(classes=len(kinds))\n"
        "seen = torch.zeros((len(kinds),))\n"
        "for x, y in mystery.loader():\n    seen = seen + torch.bincount(y, minlength=len(kinds))\n"
        "head = nn.Linear(64, len(kinds))\nmodel.fc = head\n"
    )
    assert counts(OWN + lines, tmp_path, IMAGE) == counts(OWN + "model = Net(classes=3)\n", tmp_path, IMAGE)


def test_a_weight_of_unknown_size_counts_as_nothing_that_is_known(tmp_path: Path) -> None:
    lines = "sizes = torch.load('sizes.pt')\nmodel.q = nn.Parameter(torch.zeros(sizes['q']))\n"
    with pytest.raises((ArchitectureError, UnreadableError), match="the size of the weight q"):
        counts(OWN + "model = Net()\n" + lines, tmp_path, IMAGE)


def test_what_takes_too_many_steps_is_not_run_a_second_time(tmp_path: Path) -> None:
    """The loop makes 30 convolutions of 12 parameters each; run again from its begin it would make some twice."""
    lines = "layers = []\nfor i in range(30):\n    layers.append(nn.Conv2d(3, 3, 1))\n    for j in range(5000): pass\n"
    with pytest.raises(ArchitectureError, match="line 5 takes too many steps, and cannot be run twice"):
        counts(f"import torch\nfrom torch import nn\n\n{lines}model = nn.Sequential(*layers)\n", tmp_path, IMAGE)


def test_below_what_takes_too_many_steps_is_said_what_is_not_looked_at(tmp_path: Path) -> None:
    """PyTorch freezes all below the loop."""
    frozen = "opt = optim.SGD(model.parameters())\nfor g in opt.param_groups:\n    for p in g['params']:\n"
    path = tmp_path / "script.py"
    path.write_text(f"{RESNET}for j in range(300000): pass\n{frozen}        p.requires_grad = False\n", "utf-8")
    said = [each.message for each in cnnshape.plan(f"{path}:model", input=IMAGE).diagnostics]
    assert "from line 5 on the file takes many steps: what it alters there is judged by its text" in said


@pytest.mark.parametrize(
    "branch",
    [
        "done = freeze(m)",
        "done = m.apply(freeze)",
        "done = list(map(freeze, m.children()))",
        "done = m.apply(lambda part: part.requires_grad_(False))",
        "done = m.requires_grad_(False)",
        "done = headless(m)",
    ],
)
@pytest.mark.parametrize("where", ["module", "function"])
def test_a_branch_that_alters_the_model_is_not_taken_where_its_condition_is_unknown(
    branch: str, where: str, tmp_path: Path
) -> None:
    """It was taken for done in a function, and for nothing in the file itself."""
    functions = (
        "import mystery\n"
        "def freeze(part):\n    part.requires_grad_(False)\n"
        "def headless(part):\n    part.fc = nn.Identity()\n"
    )
    within = f"def prepared(m):\n    if mystery.flag():\n        {branch}\n    return m\nmodel = prepared(model)\n"
    at_top = f"m = model\nif mystery.flag():\n    {branch}\n"
    with pytest.raises(ArchitectureError, match=r"what the module `mystery\.flag` answers"):
        counts(RESNET + functions + (within if where == "function" else at_top), tmp_path, IMAGE)


@pytest.mark.parametrize(
    ("condition", "help_"),
    [
        ("mystery.FLAG", "say what it is, --assume mystery.FLAG=..."),
        ("mystery.flag()", None),
        ("flag", "set it, --set flag=..."),
    ],
)
def test_a_condition_is_made_known_by_what_can_state_it(condition: str, help_: str | None, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import mystery\nfrom torch import nn\nflag = mystery.flag()\n"
        f"def net():\n    return nn.Conv2d(3, 8 if {condition} else 4, 3)\nmodel = net()\n",
        encoding="utf-8",
    )
    with pytest.raises(ArchitectureError) as refused:
        cnnshape.plan(f"{path}:model", input=IMAGE)
    assert [each.fix for each in refused.value.diagnostics] == [help_]
