"""What of Python's library scripts compute sizes with: the figures are those of the models that Python makes of them."""

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

NET = """\
import torch
import numpy as np
from torch import nn
class Net(nn.Module):
    def __init__(self, w=4):
        super().__init__()
        self.c = nn.Conv2d(3, w, 3)
        self.fc = nn.Linear(w, 2)
    def forward(self, x): return self.fc(self.c(x).mean((2, 3)))
"""
SCRIPTS = {
    "path1": (
        r"""
from pathlib import Path
p = Path('runs') / 'exp12' / 'resnet.yaml'
ck = Path('ckpt.pt')
w = len(p.stem) + len(p.parts) + len(p.suffix)
p.parent.mkdir(parents=True, exist_ok=True)
model = Net(int(p.parent.name[3:]) + w)
if ck.exists(): model.load_state_dict(torch.load(ck)); model = Net(1)
""",
        782,
    ),
    "path2": (
        r"""
from pathlib import Path
ROOT = Path(__file__).resolve().parent
out = (ROOT / 'a').with_suffix('.txt').joinpath('b', 'c')
model = Net(len(out.name) + len(str(Path('a//b/./c/'))) + (Path('a') / '/b' == Path('/b')))
""",
        212,
    ),
    "path3": (
        r"""
import pathlib
w = {'small': 3, 'big': 9}[pathlib.Path('/x/big.tar.gz').name.split('.')[0]]
model = Net(w + len(pathlib.PurePath('x.tar.gz').suffixes) + len(list(pathlib.Path('a/b/c').parents)))
""",
        422,
    ),
    "jd": (
        r"""
import json
cfg = {'w': 5, 'l': [1, 2], 't': (3, 4), 1: None, 'f': 0.5, 'b': True}
c = json.loads(json.dumps(cfg, indent=2, sort_keys=False))
model = Net(c['w'] + len(c['t']) + len(json.dumps(cfg)) + len(c['1'] or 'abc'))
""",
        2282,
    ),
    "cfgp2": (
        r'''
import configparser
cfg = configparser.ConfigParser()
cfg.read_string("""
[DEFAULT]
base = 4
[m]
w: 5
flag = off
; c
""")
cfg['n'] = {'w': '9'}
cfg.set('m', 'K', '2')
model = Net(cfg['m'].getint('w') + int(cfg['n']['w']) + cfg.getint('m', 'base') + cfg['m'].getint('k') + len(list(cfg['m'])) + cfg['m'].getint('zz', 3) + (0 if cfg['m'].getboolean('flag') else 1) + ('m' in cfg) + len(cfg.sections()) + int(cfg['m'].get('none', '6')))
''',
        1112,
    ),
    "settings of several lines": (
        r'''
import configparser
cfg = configparser.ConfigParser()
cfg.read_string("""
[net]
widths =
    16
    # of the second stage
    32

    64
depth: 3
  more
[other]
  a = 1
  b = 2
    3
""")
widths = [int(each) for each in cfg["net"]["widths"].split()]
model = Net(widths[1] + len(cfg["net"]["widths"]) + len(cfg["net"]["depth"]) + len(cfg["other"]["b"]))
''',
        1532,
    ),
    "stat": (
        r"""
import statistics
from statistics import median
model = Net(int(statistics.mean([3, 4, 8])) + median([9, 1, 5]) + round(statistics.stdev([1, 5, 9])) + statistics.mode([2, 2, 3]))
""",
        482,
    ),
    "npsort": (
        r"""
a = np.array([[3, 1, 2], [9, 7, 8]])
s = np.sort(a, axis=1); i = np.argsort(a[0]); v = np.vstack([a, s]); h = np.hstack((a, s)); c = np.column_stack([a[0], a[1]])
model = Net(int(s[0, 2] + i[0] + v.shape[0] + h.shape[1] + c.shape[0] + np.sort(a, axis=0)[1, 1] + np.argsort([5, 4, 6])[2] + np.sort(a, axis=None)[5]))
""",
        1052,
    ),
    "npdot": (
        r"""
a = np.arange(6).reshape(2, 3); b = np.ones((3, 4))
t = np.tensordot(a, b, axes=1); d = np.dot(a[0], [1, 1, 1]); m = np.matmul(a, b); e = a @ b
model = Net(int(t[1, 1] + d + m.shape[1] + e[0, 0] + np.median([1, 5, 3]) + np.std([2, 2]) + np.var([1., 3.])))
""",
        782,
    ),
    "guardelse": (
        r"""
def main():
    global model
    model = Net(5)
if __name__ == '__main__':
    main()
else:
    model = Net(7)
""",
        212,
    ),
    "mkdc": (
        r"""
from dataclasses import make_dataclass, field
C = make_dataclass('C', ['d', ('w', int, 6), ('l', list, field(default_factory=lambda: [1, 2]))], namespace={'tot': lambda self: self.w + len(self.l)})
B = make_dataclass('B', [('w', int)], bases=(), frozen=True)
model = Net(C(1).tot() + B(3).w + (C(1) == C(1)))
""",
        362,
    ),
    "sdkeys": (
        r"""
model = Net(5)
r = model.load_state_dict({'c.weight': model.c.weight, 'zz': 1}, strict=False)
model.x = nn.Linear(len(r.missing_keys), len(r.unexpected_keys))
""",
        156,
    ),
    "p1": (
        r"""
from pathlib import Path
model = Net(len(str(Path('a/../b'))) + len(Path('.').parts) + len(Path('').name) + len(str(Path('/'))) + (Path('a.b.').suffix == '') + len(Path('.bashrc').stem))
""",
        452,
    ),
    "p2": (
        r"""
from pathlib import Path
model = Net(len(Path('x/y.pt').with_suffix('').name) + len(str(Path('//a'))) + len(f"{Path('q') / 'r'}") + len(repr(Path('a'))))
""",
        632,
    ),
    "p3": (
        r"""
from pathlib import Path
d = {Path('a'): 3, Path('b/'): 5}
model = Net(d[Path('b')] + len(sorted([Path('b'), Path('a')])[0].name) + len(Path('..').suffix) + len(Path('a/..').name))
""",
        242,
    ),
}


@pytest.mark.parametrize(("lines", "params"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_computes_sizes_as_python_does(lines: str, params: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(NET + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    assert totals.params == params


OUTPUTS = {
    "tq": (
        "torch.quantile(y.flatten(2), 0.5, dim=2), y.quantile(torch.tensor([.1, .9]), dim=1), torch.quantile(y, .3), torch.quantile(y, .2, dim=1, keepdim=True), torch.nanquantile(y, .2, 3)",
        [(1, 4), (2, 1, 62, 62), (), (1, 1, 62, 62), (1, 4, 62)],
    ),
    "tnorm": (
        "torch.linalg.norm(y, dim=1), torch.linalg.vector_norm(y, dim=(2, 3), keepdim=True), y.norm(), y.norm(2, 1), y.norm(p=2, dim=1, keepdim=True), torch.norm(y, dim=(1, 2)), torch.linalg.norm(y), torch.linalg.matrix_norm(y), torch.linalg.norm(y, 2, 3, True)",
        [(1, 62, 62), (1, 4, 1, 1), (), (1, 62, 62), (1, 1, 62, 62), (1, 62), (), (1, 4), (1, 4, 62, 1)],
    ),
    "tdiag2": (
        "torch.diagonal(y, 1, 2, 3), y.diagonal(dim1=1, dim2=2), torch.diagonal(y, offset=-1, dim1=-2, dim2=-1), torch.rot90(y, 1, (1, 3)), y[..., :5].rot90(2, [2, 3]), y[..., :5].rot90(-1, dims=(-2, -1)), y.kthvalue(3, dim=2).values",
        [(1, 4, 61), (1, 62, 4), (1, 4, 61), (1, 62, 62, 4), (1, 4, 62, 5), (1, 4, 5, 62), (1, 4, 62)],
    ),
}


@pytest.mark.parametrize(("answer", "shapes"), OUTPUTS.values(), ids=OUTPUTS)
def test_functions_have_the_shapes_of_pytorch(answer: str, shapes: list[tuple[int, ...]], tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    text = NET.replace(
        "self.fc(self.c(x).mean((2, 3)))", f"self.answer(self.c(x))\n    def answer(self, y): return {answer}"
    )
    path.write_text(text, encoding="utf-8")
    assert list(cnnshape.plan(f"{path}:Net", input=[3, 64, 64]).outputs.values()) == shapes


UNREAD = {
    "a file": """
from pathlib import Path
model = Net(len(Path("a.txt").read_text()))
""",
    "an array that is partitioned in place": """
a = np.array([3, 1, 2])
a.partition(0)
model = Net(int(a[0]) + 3)
""",
    "a method that fails on its way": """
import unheard_of
class Settings:
    def __init__(self): self.w = 4
    def load(self):
        if unheard_of.debug: self.w = 5
settings = Settings()
settings.load()
model = Net(settings.w)
""",
    "a model's own method that fails on its way": """
import unheard_of
class Small(Net):
    def shrink(self):
        if unheard_of.small: self.fc = nn.Linear(4, 1)
model = Small()
model.shrink()
""",
    "a setting that names another": """
import configparser
settings = configparser.ConfigParser()
settings.read_string("[net]\\nsmall = 4\\nwidth = %(small)s")
model = Net(settings.getint("net", "width"))
""",
    "the order of what is equal": """
model = Net(int(np.argsort([1, 1, 0])[1]) + 1)
""",
    "a weight of another size": """
model = Net(5)
model.load_state_dict(Net(6).state_dict(), strict=False)
""",
}


@pytest.mark.parametrize("lines", UNREAD.values(), ids=UNREAD)
def test_what_is_not_read_is_refused(lines: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(NET + lines, encoding="utf-8")
    with pytest.raises(ArchitectureError):
        cnnshape.plan(f"{path}:model", input=[3, 64, 64])


def test_counters_of_batches_are_missing_only_where_versions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    lines = """
one, other = nn.BatchNorm2d(3), nn.BatchNorm2d(3).state_dict()
plain = one.load_state_dict({}, strict=False)
for name in list(other): del other[name]
told = one.load_state_dict(other, strict=False)
model = Net(10 * len(plain.missing_keys) + len(told.missing_keys))
"""
    path.write_text(NET + lines, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    assert totals.params == 30 * 45 + 2


def test_keras_counts_no_variable_of_tensorflow(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    text = """
import tensorflow as tf
class Shift(tf.keras.layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 4), name="w")
        self.v = tf.Variable(tf.zeros((4,)), trainable=True, name="v")
    def call(self, x): return x @ self.w + self.v
i = tf.keras.Input((8,))
model = tf.keras.Model(i, Shift()(i / tf.constant([2.0] * 8)))
"""
    path.write_text(text, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model").totals
    assert totals is not None
    assert totals.params == 32
