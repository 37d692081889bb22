"""Python's own meaning: what the interpreter makes of statements, classes, functions and its standard library."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

MODEL = """
from torch import nn

{code}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, value())

    def forward(self, x):
        return self.layer(x)
"""


def value_of(code: str, folder: Path) -> int:
    """What ``value()`` of the code answers, as the width of a layer."""
    path = folder / "net.py"
    path.write_text(MODEL.format(code=code), encoding="utf-8")
    (shape,) = cnnshape.plan(f"{path}:Net", input=[4]).outputs.values()
    assert shape is not None
    assert shape[1] is not None
    return shape[1]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("value = lambda: 3 * 2 ** 4 // 5 % 7 + (1 << 3)", 10),
        ("def value(a=1, *rest, b=2, **words):\n    return a + b + len(rest) + len(words)", 3),
        ("def f(a, /, b, *, c=3):\n    return a * 100 + b * 10 + c\ndef value():\n    return f(1, b=2)", 123),
        ("def f(*a, **k):\n    return len(a) * 10 + len(k)\ndef value():\n    return f(*[1, 2], **{'x': 1})", 21),
        ("def value():\n    first, *rest, last = range(5)\n    return first + sum(rest) * 10 + last", 64),
        (
            "def value():\n    total = 0\n    for i in range(10):\n        if i == 7: break\n        if i % 2: continue\n        total += i\n    else:\n        total = 99\n    return total",
            12,
        ),
        ("def value():\n    n = 0\n    while n < 5:\n        n += 2\n    else:\n        n *= 10\n    return n", 60),
        ("def value():\n    return sum(x * y for x in range(4) if x for y in (1, 2) if y > 1)", 12),
        ("def value():\n    return len({a: b for a, b in zip('abc', [1, 2, 3])}) + len({1, 1, 2})", 5),
        (
            "def make():\n    n = 1\n    def more():\n        nonlocal n\n        n += 1\n        return n\n    return more\nf = make()\ndef value():\n    f()\n    return f()",
            3,
        ),
        ("n = 1\ndef more():\n    global n\n    n = 5\ndef value():\n    more()\n    return n", 5),
        (
            "def make():\n    a, b = 3, 4\n    def f():\n        return a\n    return (x + b for x in [f(), f()])\ndef value():\n    return sum(make())",
            14,
        ),
        (
            "def make():\n    n = 1\n    class Counter:\n        def more(self):\n            nonlocal n\n            n += 1\n            return [lambda: n][0]()\n    return Counter()\nc = make()\ndef value():\n    c.more()\n    return c.more()",
            3,
        ),
        (
            "def value():\n    try:\n        return {}['x']\n    except KeyError as error:\n        return 4\n    finally:\n        pass",
            4,
        ),
        (
            "def value():\n    try:\n        raise ValueError('no')\n    except (TypeError, ValueError) as error:\n        return len(str(error))",
            2,
        ),
        ("def g():\n    yield 1\n    yield from [2, 3]\ndef value():\n    return sum(g())", 6),
        ("def value():\n    if (n := 5) > 3:\n        return n\n    return 1", 5),
        (
            "def value():\n    match ('a', 2):\n        case ('b', n): return 1\n        case ('a', n) if n > 1: return n + 5\n        case _: return 3",
            7,
        ),
        (
            "def value():\n    return int(f'{7:03d}'[-1]) + len('%s-%d' % ('ab', 3)) + len('{}{x!r}'.format(1, x='a'))",
            15,
        ),
        ("def value():\n    return [1, 2, 3, 4][-3:][::2][1] + 'abc'.index('c') + (1, 2)[True]", 8),
        (
            "class A:\n    n = 2\n    def __init__(self, k): self.k = k\n    @property\n    def both(self): return self.n + self.k\n    @staticmethod\n    def s(): return 1\n    @classmethod\n    def c(cls): return cls.n\nclass B(A):\n    n = 10\n    def __init__(self): super().__init__(5)\ndef value():\n    b = B()\n    return b.both + b.s() + B.c()",
            26,
        ),
        (
            "class L:\n    def f(self): return 1\nclass M(L):\n    def f(self): return 10 + super().f()\nclass N(L):\n    def f(self): return 100 + super().f()\nclass O(M, N): pass\nvalue = lambda: O().f()",
            111,
        ),
        (
            "class V:\n    def __init__(self, n): self.n = n\n    def __add__(self, o): return V(self.n + o.n)\n    def __len__(self): return self.n\n    def __getitem__(self, i): return i\n    def __call__(self): return 7\n    def __eq__(self, o): return self.n == o.n\ndef value():\n    v = V(2) + V(3)\n    return len(v) + v[4] + v() + (v == V(5))",
            17,
        ),
        (
            "from dataclasses import dataclass, field, replace\n@dataclass\nclass C:\n    a: int\n    b: int = 2\n    c: list = field(default_factory=list)\n    def __post_init__(self): self.d = self.a * 2\ndef value():\n    c = replace(C(3), b=5)\n    return c.a + c.b + c.d + len(c.c)",
            14,
        ),
        (
            "from enum import Enum\nclass E(Enum):\n    A = 1\n    B = 2\ndef value():\n    return E['B'].value + E(1).value + len(list(E)) + (E.A is E(1))",
            6,
        ),
        (
            "from functools import partial, reduce, wraps\ndef deco(f):\n    @wraps(f)\n    def inner(*a, **k): return f(*a, **k) + 1\n    return inner\n@deco\ndef f(a, b): return a * b\ndef value():\n    return partial(f, b=4)(3) + reduce(lambda a, b: a + b, [1, 2]) + (f.__name__ == 'f')",
            17,
        ),
        (
            "from collections import OrderedDict, defaultdict, namedtuple\nP = namedtuple('P', 'x y')\ndef value():\n    d = OrderedDict([('a', 1)]); d['b'] = 2\n    e = defaultdict(list); e['k'].append(3)\n    return sum(d.values()) + len(e['k']) + P(1, y=4).y",
            8,
        ),
        (
            "import math, itertools, operator\ndef value():\n    return math.ceil(math.sqrt(10)) + len(list(itertools.chain([1], [2]))) + len(list(itertools.islice(itertools.count(), 3)))",
            9,
        ),
        (
            "import copy\ndef value():\n    a = [[1]]; b = copy.deepcopy(a); c = copy.copy(a)\n    a[0].append(2)\n    return len(b[0]) * 10 + len(c[0])",
            12,
        ),
        (
            "_REGISTRY = {}\ndef register(f):\n    _REGISTRY[f.__name__] = f\n    return f\n@register\ndef small(width=8): return width\ndef value(): return _REGISTRY['small'](width=9)",
            9,
        ),
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('--width', type=int, default='6')\np.add_argument('--deep', action='store_true')\nargs = p.parse_args()\ndef value(): return args.width + args.deep",
            6,
        ),
        ("import re\ndef value(): return int(re.split(r'(\\d.*)', 'e6')[1]) + len(re.findall(r'[a-c]+', 'abxxc'))", 8),
        (
            "def value():\n    o = type('T', (), {'n': 4})()\n    setattr(o, 'm', 5)\n    return getattr(o, 'n') + o.m + getattr(o, 'q', 1) + hasattr(o, 'zz') + isinstance(True, int)",
            11,
        ),
        (
            "def value():\n    return max([3, 9, 2], key=lambda n: -n) + min(4, 5) + sorted([3, 1], reverse=True)[0] + round(2.5) + abs(-1)",
            12,
        ),
        ("data = load_everything_from('disk')\nvalue = lambda: 3", 3),
        ("try:\n    import nowhere_at_all\n    N = 1\nexcept ImportError:\n    N = 2\ndef value(): return N", 2),
        (
            "class Store:\n    def __init__(self): self.held = {}\n    def add(self, name):\n        return lambda f: self.held.setdefault(name, f)\n"
            "STORE = Store()\n@STORE.add('three')\ndef three(): return 3\ndel three\ndef value(): return STORE.held['three']()",
            3,
        ),
        (
            "class A:\n    n = 3\n    def __getattr__(self, name):\n        return 4 if name == 'm' else super().__getattribute__(name)\n"
            "def value(): return A().n + A().m + hasattr(A(), 'k')",
            7,
        ),
        (
            "import enum\nclass E(enum.Enum):\n    A = 4\ndef value(): return 3 * isinstance(E, enum.EnumMeta) + ('A' in {e.name for e in E})",
            4,
        ),
        (
            "from strange import Mixin, decorate\nclass A(dict, Mixin):\n    @decorate\n    def n(self): return 5\ndef value(): return A().n()",
            5,
        ),
        (
            "import numpy as np\ndef value():\n    a = np.array([2, 3]) * 2 - 1\n    return int(a.sum() + np.prod((2, 3)) + np.any(a == 3))",
            15,
        ),
        (
            "import numpy as np\ndef value():\n    w = np.round(np.power(2.0, np.arange(4)) * 3 / 8) * 8\n"
            "    return int(len(np.unique(w)) * 100 + w.astype(int).tolist()[-1] + np.ceil(np.log2(9)))",
            428,
        ),
        (
            "import numpy as np\ndef value():\n    a = np.array([[1, 2], [3, 4]])\n"
            "    parts = [np.tile(a, 2), np.tile(a, (2, 1)), np.tile([5, 6], (2, 1, 2)), np.repeat(a, 2)]\n"
            "    parts += [a.repeat(2, axis=0), np.repeat(a, 2, 1)]\n"
            "    return int(''.join(str(n) for part in parts for n in [*part.shape, *part.ravel().tolist()])) % 999983",
            186272,
        ),
        (
            "import strange\nif strange.version < 3: print('old')\ndef value():\n    if strange.version < (2, 0):\n"
            "        raise RuntimeError('too old')\n    elif strange.loud:\n        print('x')\n    return 2",
            2,
        ),
        ("import inspect\ndef value(): return list(inspect.signature(nn.Conv2d).parameters).index('groups')", 6),
    ],
)
def test_code_means_what_python_means(code: str, value: int, tmp_path: Path) -> None:
    assert value_of(code, tmp_path) == value


def test_a_condition_on_something_unknown_says_what_helps(tmp_path: Path) -> None:
    code = "import strange\nWIDE = strange.load('wide')\ndef value():\n    if WIDE: return 8\n    return 4\n"
    with pytest.raises(ArchitectureError) as caught:
        value_of(code, tmp_path)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.fix, finding.span and finding.span.start.row) == (
        "CS604",
        "set it, --set WIDE=...",
        7,
    )


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("def value():\n    while True: pass", "CS606"),
        ("def value():\n    return value()", "CS606"),
        ("def value():\n    a = [0]\n    while True: a = a + a", "CS606"),
        ("def value():\n    a = 'x'\n    while True: a += a", "CS606"),
        ("def value(): return len([0] * 10 ** 9)", "CS606"),
        ("def value(): return len('x' * 10 ** 10)", "CS606"),
        ("def value(): return 10 ** 10 ** 10", "CS606"),
        ("def value():\n    n = 2\n    while True: n *= n", "CS606"),
        ("def value(): return len(f'{1:100000000}')", "CS606"),
        ("def value(): return len('%999999999d' % 1)", "CS606"),
        ("def value(): return len('{:>999999999}'.format(1))", "CS606"),
        ("def value(): return len('{:>{w}}'.format(1, w=5))", "CS601"),
        ("def value(): return len('a'.ljust(10 ** 9))", "CS606"),
        ("def value(): return len(list(range(10 ** 12)))", "CS606"),
        ("import re\ndef value(): return len(re.match('(a*)*b', 'a' * 400))", "CS606"),
        ("import itertools\ndef value(): return len(list(itertools.count()))", "CS606"),
        ("import json\ndef value(): return json.load(open('x'))['width']", "CS604"),
        ("import strange\ndef value():\n    if strange.flag: return 1\n    return 2", "CS604"),
        ("def value(): return [1][5]", "CS605"),
        ("def value(): return nobody", "CS605"),
        ("class A(A): pass\ndef value(): return A()", "CS605"),
        ("def value(x): return 1", "CS605"),
        ("def value(): return 4.5", "CS110"),
        ("def value(): return 8 / 2", "CS105"),
    ],
)
def test_what_cannot_be_read_is_a_finding_with_its_line(code: str, finding: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError) as caught:
        value_of(code, tmp_path)
    first = caught.value.diagnostics[0]
    assert (first.code, first.span is not None) == (finding, True), first.message


def test_what_a_function_looks_up_by_its_name_is_registered_first(tmp_path: Path) -> None:
    (tmp_path / "registry.py").write_text(
        "WIDTHS = {}\n\n\ndef register_model(function):\n    WIDTHS[function.__name__] = len(function.__name__)\n"
        "    return function\n",
        encoding="utf-8",
    )
    (tmp_path / "net.py").write_text(
        "from torch import nn\nfrom registry import WIDTHS, register_model\n\n\n@register_model\ndef wide():\n"
        "    return nn.Conv2d(3, WIDTHS.get('narrow', 99), 1)\n\n\n@register_model\ndef narrow():\n"
        "    return nn.Conv2d(3, WIDTHS['narrow'], 1)\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(f"{tmp_path / 'net.py'}:wide", input=[3, 4, 4])
    assert plan.layers[0].output_shape == (1, 6, 4, 4)


@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("width = 3\na = nn.Linear(2, width)\nwidth = 5\nmodel = nn.Sequential(a, nn.Linear(3, width))", 9 + 20),
        ("n, m = 2, 3\nm = 4\nmodel = nn.Sequential(nn.Linear(2, n), nn.Linear(n, m))", 6 + 12),
        ("m = 3\nn, m = 2, 4\nmodel = nn.Sequential(nn.Linear(2, m), nn.Linear(m, n))", 12 + 10),
        ("a = [nn.Linear(2, 2)]\nb = list(a)\na.append(nn.Linear(2, 2))\nmodel = nn.Sequential(*a, *b)", 12),
        ("a = [nn.Linear(2, 2)]\nb = list(a)\na.append(nn.Linear(2, 2))\nmodel = nn.Sequential(*b)", 6),
        (
            "body = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))\nwidth = body[1].out_features\n"
            "body[1] = nn.Identity()\nmodel = nn.Sequential(body, nn.Linear(3, width))",
            9 + 16,
        ),
        ("x = 2\ny = x\nfor x in (3, 4):\n    z = x\nmodel = nn.Sequential(nn.Linear(2, y), nn.Linear(y, z))", 6 + 12),
        ("w = 2\ndef grow():\n    global w\n    w += 1\ngrow()\nmodel = nn.Linear(2, w)", 9),
        ("w = 2\ndef make():\n    return nn.Linear(2, w)\na = make()\nw = 3\nmodel = nn.Sequential(a, make())", 6 + 9),
    ],
)
def test_a_line_of_a_file_sees_what_stands_above_it(code: str, params: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"from torch import nn\n{code}\n", encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[2]).totals
    assert totals is not None
    assert totals.params == params


def test_a_shortcut_of_a_script_is_what_it_was_where_it_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import keras\nfrom keras.layers import *\ninputs = Input((8, 8, 3))\nx = Conv2D(4, 1)(inputs)\nskip = x\n"
        "x = Conv2D(16, 1)(x)\nx = Concatenate()([x, skip])\nmodel = keras.Model(inputs, x)\n",
        encoding="utf-8",
    )
    assert cnnshape.plan(str(path)).outputs == {"concatenate": (None, 8, 8, 20)}


def test_what_weights_are_described_by_is_worked_out_where_it_is_asked_for(tmp_path: Path) -> None:
    """A description that nobody asks for may be what cannot be read."""
    code = """
from enum import Enum
class WeightsEnum(Enum):
    @property
    def classes(self):
        return self.value["classes"]
class Weights(WeightsEnum):
    V1 = dict(classes=1 // 0)
    V2 = dict(classes=first)
    V3 = dict(classes=first)
    DEFAULT = V2
    WIDTH = 3
first = 5
def value():
    assert Weights.DEFAULT is Weights.V2 and Weights["V2"] is not Weights.V3
    return len(Weights) * 1000 + Weights.DEFAULT.classes * 100 + Weights.V3.value["classes"] * 10 + Weights(3).value
"""
    assert value_of(code, tmp_path) == 4553
    with pytest.raises(ArchitectureError, match="ZeroDivisionError"):
        value_of(f"{code}value = lambda: Weights.V1.classes", tmp_path)
