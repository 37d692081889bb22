"""What scripts may make endless of the means that they have: it ends, with what Python says or with a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.files import UnreadableError
from tests.readers.python.altered import counts

HEAD = """\
import argparse, yaml
from collections import ChainMap
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from torch import nn
parser = argparse.ArgumentParser()
parser.add_argument("--n", type=int, default=1)
parser.add_argument("--more", type=int, nargs="*", default=[])
parser.add_argument("--one", nargs="?")
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
"""

READ = [
    ("model.append(nn.Conv2d(4, -parser.parse_args(['--n', '-5']).n, 1))\n", 112 + 25),
    ("model.append(nn.Conv2d(4, len(parser.parse_args(['--more', *['7'] * 5000]).more), 1))\n", 112 + 25000),
    (
        "options = argparse.Namespace(k=2)\nparser.parse_args(['--n', '3'], options)\n"
        "model.append(nn.Conv2d(4, options.n + options.k, 1))\n",
        112 + 25,
    ),
    (
        "maps = ChainMap({'a': 1}, {'a': 5, 'b': 7})\nmore = maps.new_child({'c': 3})\nmore['b'] = 9\n"
        "model.append(nn.Conv2d(4, sum(dict(more).values()) + maps['b'] + len(more.parents), 1))\n",
        112 + 5 * 22,
    ),
    (
        "def hook(module, given, answer):\n    module.register_forward_hook(hook)\n    return answer\n"
        "def before(module, given):\n    module.register_forward_pre_hook(before)\n"
        "model.register_forward_hook(hook)\nmodel.register_forward_pre_hook(before)\n",
        112,
    ),
]


@pytest.mark.parametrize(("lines", "params"), READ)
def test_what_pytorch_gives(lines: str, params: int, tmp_path: Path) -> None:
    assert counts(HEAD + lines, tmp_path, [3, 16, 16])[0] == params


REFUSED = [
    ("n = parser.parse_args(['--n']).n", "CS601"),
    ("n = parser.parse_args(['--one']).one", "CS601"),
    ("n = parser.parse_args([5]).n", "CS601"),
    (
        "class Options:\n    n = 3\noptions = Options()\nparser.parse_args(['--n', '7'], namespace=options)\nn = options.n",
        "CS601",
    ),
    ("maps = ChainMap({})\nmaps.maps.append(maps)\nn = len(maps)", "CS606"),
    ("f = partial(int)\nfor _ in range(100_000):\n    f = partial(f, 1)\nn = 3 if f else 4", "CS606"),
    ("n = yaml.safe_load('[' * 20_000 + ']' * 20_000)[0]", "CS604"),
    (
        "@dataclass\nclass Pair:\n    one: object = None\n    other: object = None\na, b = Pair(), Pair()\n"
        "for _ in range(60):\n    a, b = Pair(a, a), Pair(b, b)\nn = 1 + (a == b)",
        "CS606",
    ),
]


@pytest.mark.parametrize(("lines", "code"), REFUSED)
def test_what_does_not_end(lines: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(f"{HEAD}{lines}\nmodel.append(nn.Conv2d(4, n, 1))\n", encoding="utf-8")
    with pytest.raises(ArchitectureError) as refused:
        cnnshape.plan(f"{path}:model", input=[3, 16, 16])
    assert [each.code for each in refused.value.diagnostics] == [code]


TWICE = "x, y, t, s = [1], [1], (1,), (1,)\nfor _ in range(60):\n    x, y, t, s = [x, x], [y, y], (t, t), (s, s)\n"


@pytest.mark.parametrize(
    "asked",
    [
        *("x == y", "x < y", "t is s", "{1: t} == {1: s}", "y in [x]", "t in {1}", "[x].index(y)", "[x].count(y)"),
        *("sorted([x, y])", "max(x, y)", "{t: 1}", "{t}", "{t for _ in x}", "dict([(t, 1)])", "{}[t]"),
        *("str(x)", "f'{x}'", "'%s' % x", "repr(x)"),
    ],
)
def test_what_holds_its_parts_twice_is_gone_through_within_bounds(asked: str, tmp_path: Path) -> None:
    """Lists within lists, each twice: Python itself would compare, or write, 2 to the power of 60 elements."""
    path = tmp_path / "script.py"
    path.write_text(f"{HEAD}{TWICE}n = 3 if {asked} else 4\nmodel.append(nn.Conv2d(4, n, 1))\n", encoding="utf-8")
    with pytest.raises((ArchitectureError, UnreadableError), match=r"CS606|steps"):
        cnnshape.plan(f"{path}:model", input=[3, 16, 16])
