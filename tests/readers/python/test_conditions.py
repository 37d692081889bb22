"""Conditions on what is not known: branches that come to the same are passed, others say in what they differ."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan
from cnnshape.readers.files import UnreadableError

HEAD = """
import os
import torch
from nobody import unheard_of
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3)
        self.b = nn.Conv2d(3, 8, 3)
        self.few = os.getpid()

    def forward(self, x):
"""


def planned(lines: str, folder: Path) -> Plan:
    """The plan of a network whose `forward` has these lines."""
    path = folder / "net.py"
    path.write_text(HEAD + "".join(f"        {line}\n" for line in lines.split("\n")), encoding="utf-8")
    return cnnshape.plan(f"{path}:Net", input=[3, 8, 8])


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        ("if self.few: y = self.a(x)\nelse: y = self.a(x)\nreturn y.relu()", ["a", "relu"]),
        ("if self.few: return F.relu(self.a(x))\nreturn F.relu(self.a(x))", ["a", "relu"]),
        ("if self.few:\n    y = x\n    return self.a(y)\nelse:\n    return self.a(x)", ["a"]),
        ("if self.few: n = 2\nelse: n = 3\nreturn self.a(x)", ["a"]),
        ("y = self.a(x) if self.few else self.a(x)\nreturn y.relu()", ["a", "relu"]),
        ("if self.few:\n    if self.few > 3: x = F.relu(x)\n    else: x = F.relu(x)\nelse: x = F.relu(x)\nreturn self.a(x)", ["relu", "a"]),
        ("x = self.a(x)\nif self.few: x += 1\nelse: x += 1\nreturn x", ["a", "add"]),
        ("n = unheard_of() if self.few else 3\nreturn self.a(x)", ["a"]),
        ("if self.few:\n    def more(y): return self.b(y)\nreturn self.a(x)", ["a"]),
        ("for _ in range(2):\n    if self.few: y = self.a(x)\n    else: y = self.a(x)\nreturn y", ["a"]),
    ],
)  # fmt: skip
def test_branches_that_come_to_the_same_are_passed(lines: str, rows: list[str], tmp_path: Path) -> None:
    plan = planned(lines, tmp_path)
    assert list(dict.fromkeys(row.name for row in plan.layers)) == rows
    assert "unheard_of" in lines or "asks for what is not known" in plan.diagnostics[0].message


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("x = self.a(x)\nif self.few: x = F.max_pool2d(x, 2)\nreturn x", "only one of them applies max_pool2d"),
        ("if self.few: return self.a(x)\nreturn self.b(x)", "one applies Conv2d where the other applies Conv2d"),
        ("if self.few: return self.a(x).relu()\nreturn self.a(x).tanh()", "one applies relu where the other applies tanh"),
        ("y = self.a(x)\nz = y.relu()\nif self.few: x = y\nelse: x = z\nreturn x", "`x` is (1, 8, 6, 6) in one, (1, 8, 6, 6) in the other"),
        ("y = self.a(x)\nif self.few: return y, 2\nreturn y, 3", "one answers tuple, the other tuple"),
        ("if self.few: return self.a(x)\nreturn x.frobnicate()", "one of its branches cannot be read"),
        ("n = unheard_of() if self.few else 3\nreturn F.max_pool2d(self.a(x), n)", "depends on what `nobody.unheard_of` answers"),
        ("if self.few:\n    def more(y): return self.b(y)\nreturn more(self.a(x))", "`more`, Function or None by line 16"),
        ("n = 2 if self.few else 3\nreturn F.max_pool2d(self.a(x), n)", "one answers 2, the other 3"),
    ],
)  # fmt: skip
def test_branches_that_differ_say_in_what(lines: str, told: str, tmp_path: Path) -> None:
    with pytest.raises((ArchitectureError, cnnshape.api.UsageError)) as caught:
        planned(lines, tmp_path)
    assert told in str(caught.value)


def test_a_number_that_depends_on_the_branch_says_what_it_may_be(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match="depends on `n`, 2 or 3 by line 16, which is not known"):
        planned("if self.few: n = 2\nelse: n = 3\nreturn F.max_pool2d(self.a(x), n)", tmp_path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("eval('nn.ReLU')()(x)", "ReLU"),
        ("eval('nn.' + 'ReLU' + '()')(x)", "ReLU"),
        ("eval('F.relu(x)')", "relu"),
        ("F.max_pool2d(x, eval('(2, 2)'))", "max_pool2d"),
    ],
)
def test_a_text_that_is_evaluated_is_read_as_an_expression(text: str, name: str, tmp_path: Path) -> None:
    assert planned(f"return {text}", tmp_path).layers[-1].type == name


def test_a_text_that_is_executed_is_read_where_it_binds_no_name(tmp_path: Path) -> None:
    lines = "for i in range(2): exec(f'self.more{i} = nn.Conv2d({8 * 2 ** i}, {16 * 2 ** i}, 1)')\n"
    plan = planned(f"{lines}exec('self.more1.stride = (2, 2)')\nreturn self.more1(self.more0(self.a(x)))", tmp_path)
    assert [row.output_shapes for row in plan.layers[1:]] == [((1, 16, 6, 6),), ((1, 32, 3, 3),)]


def test_a_name_that_an_executed_text_may_bind_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match="gives names values is not read"):
        planned("exec('y = self.a(x)')\nreturn y", tmp_path)


LOADING = """own = self.state_dict()
count, weights = 0, torch.load("file")
for name, weight in weights["net"].items():
    if name not in own: continue
    try: own[name.replace("module.", "")].copy_(weight)
    except Exception: raise RuntimeError(name)
    count += 1
for name, weight in weights.items():
    key = ".".join(name.split(".")[1:])
    own.update({key: weight})
new = {}
for name in list(weights.keys()):
    print(name)
    new[name[7:]] = weights[name]
own.update(new)
self.load_state_dict(own)
"""


def test_a_loop_that_sorts_weights_that_are_not_known_is_passed(tmp_path: Path) -> None:
    plan = planned(f"{LOADING}return self.a(x)", tmp_path)
    assert [row.name for row in plan.layers] == ["a"]
    assert "line 18 loops over what is not known: it changes nothing but names of its own" in str(plan.diagnostics)


@pytest.mark.parametrize(
    "loop",
    [
        "for name in torch.load('file'): self.a = self.b",
        "for name in torch.load('file'): x = self.a(x)",
        "made = {}\nother = made\nfor name in torch.load('file'): made[name] = self.a",
        "for name in torch.load('file'):\n    made = self.__dict__\n    made[name] = self.a",
        "made = self.some = []\nfor name in torch.load('file'): made += [self.a]",
        "made = []\nfor name in torch.load('file'): made.append(self.a)",
        "for name in torch.load('file'): setattr(self, name, self.a)",
        "for name in torch.load('file'): return self.b(x)",
    ],
)
def test_a_loop_that_may_change_anything_else_is_refused(loop: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"this loops over what `torch.load` answers"):
        planned(f"{loop}\nreturn self.a(x)", tmp_path)


def test_a_number_that_depends_on_what_a_loop_fills_is_not_known(tmp_path: Path) -> None:
    loop = "made = {}\nfor name in torch.load('file'): made[name] = 1\n"
    with pytest.raises(ArchitectureError, match="depends on `made`, which is not known"):
        planned(f"{loop}return F.max_pool2d(x, len(made))", tmp_path)
