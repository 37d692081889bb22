"""Scripts run from their top, so that a model is altered under whatever name that is done, and in whatever function.

The counts are what torchvision 0.29.1 and Keras 3.15.1 on TensorFlow gave when they ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.files import UnreadableError

IMAGE = [3, 64, 64]


def counts(text: str, folder: Path, shape: list[int] | None = None) -> tuple[Dim, Dim]:
    """The parameters of a script's model, and those that train."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=shape).totals
    assert totals is not None
    return totals.params, totals.trainable_params


RESNET = """\
import torch, torchvision
from torch import nn, optim
import torch.nn.functional as F
model = torchvision.models.resnet18(num_classes=10)
"""
"""11,181,642 parameters, all of which train."""

LOADER = """\
images = torchvision.datasets.FakeData(size=2, image_size=(3, 32, 32), transform=torchvision.transforms.ToTensor())
loader = torch.utils.data.DataLoader(images, batch_size=2)
"""
"""Data that nobody knows here."""


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "opt = optim.SGD(model.parameters(), lr=0.1)\n"
            "for g in opt.param_groups:\n"
            "    for p in g['params']:\n"
            "        p.requires_grad = False\n",
            11181642,
            0,
        ),
        (
            "params = [p for n, p in model.named_parameters() if 'layer1' in n]\n"
            "opt = optim.Adam(params)\n"
            "for p in opt.param_groups[0]['params']:\n"
            "    p.requires_grad_(False)\n",
            11181642,
            11033674,
        ),
        (
            "class Trainer:\n"
            "    def __init__(self, net): self.net = net\n"
            "    def freeze(self): self._freeze(self.net)\n"
            "    def _freeze(self, m):\n"
            "        for p in m.parameters(): p.requires_grad = False\n"
            "    def train(self):\n"
            "        self.freeze()\n"
            "t = Trainer(model.layer1)\n"
            "t.train()\n",
            11181642,
            11033674,
        ),
        (
            "class Base:\n"
            "    def __init__(self, m):\n"
            "        self.m = m\n"
            "        self.setup()\n"
            "    def setup(self): pass\n"
            "class Freezer(Base):\n"
            "    def setup(self):\n"
            "        self.m.requires_grad_(False)\n"
            "f = Freezer(model.layer1)\n",
            11181642,
            11033674,
        ),
        (
            "class Frozen:\n"
            "    def __init__(self, m): self.m = m\n"
            "    def __enter__(self):\n"
            "        for p in self.m.parameters(): p.requires_grad = False\n"
            "        return self.m\n"
            "    def __exit__(self, *a): pass\n"
            "with Frozen(model.layer1) as f:\n"
            "    pass\n",
            11181642,
            11033674,
        ),
        (
            "def setup():\n    model.fc = nn.Linear(512, 3)\nsetup()\n",
            11178051,
            11178051,
        ),
        (
            "def setup():\n"
            "    for p in model.parameters():\n"
            "        p.requires_grad = False\n"
            "def main():\n"
            "    setup()\n"
            "main()\n",
            11181642,
            0,
        ),
        (
            "def setup():\n"
            "    global model\n"
            "    model = torchvision.models.resnet34(num_classes=2)\n"
            "def main():\n"
            "    setup()\n"
            "main()\n",
            21285698,
            21285698,
        ),
        (
            "net = model\ndef setup():\n    net.fc = nn.Linear(512, 3)\nsetup()\n",
            11178051,
            11178051,
        ),
        (
            "class T:\n    def go(self):\n        model.fc = nn.Linear(512, 3)\nT().go()\n",
            11178051,
            11178051,
        ),
        (
            "class T:\n    def __init__(self):\n        model.fc = nn.Linear(512, 3)\nt = T()\n",
            11178051,
            11178051,
        ),
        (
            "list(map(nn.Module.requires_grad_, [model.layer1, model.layer2], [False, False]))\n",
            11181642,
            10508106,
        ),
        (
            "(m := model.layer1).requires_grad_(False)\n",
            11181642,
            11033674,
        ),
        (
            "if (m := model.layer1) is not None:\n    m.requires_grad_(False)\n",
            11181642,
            11033674,
        ),
        (
            "print(last := model.fc)\nlast.bias.requires_grad = False\n",
            11181642,
            11181632,
        ),
        (
            "parts = {}\n"
            "parts.update(a=model.layer1)\n"
            "parts.setdefault('b', model.layer2)\n"
            "for p in parts.values(): p.requires_grad_(False)\n",
            11181642,
            10508106,
        ),
        (
            "model.fc.weight.data.requires_grad = False\n",
            11181642,
            11181642,
        ),
        (
            "model.fc.weight.detach().requires_grad_(False)\n",
            11181642,
            11181642,
        ),
        (
            "sd = model.state_dict()\nfor k in sd: sd[k].requires_grad = False\n",
            11181642,
            11181642,
        ),
        (
            "import copy\nother = copy.copy(model)\nother.fc = nn.Linear(512, 2)\n",
            11177538,
            11177538,
        ),
        (
            "import copy\nbase = model\nmodel = copy.deepcopy(base)\nbase.fc = nn.Linear(512, 2)\n",
            11181642,
            11181642,
        ),
        (
            "model.set_submodule('layer4.1.conv2', nn.Conv2d(512, 512, 1))\n",
            9085002,
            9085002,
        ),
        (
            "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
            "net = model.to(device)\n"
            "net.fc = nn.Linear(512, 2).to(device)\n"
            "if device.type == 'cuda': model = nn.DataParallel(model)\n",
            11177538,
            11177538,
        ),
        (
            "import time\n"
            "t0 = time.time()\n"
            "for p in model.parameters(): p.requires_grad = False\n"
            "print(time.time() - t0)\n"
            "model.fc = nn.Linear(512, 2)\n",
            11177538,
            1026,
        ),
        (
            LOADER + "class Trainer:\n"
            "    def __init__(self, net):\n"
            "        self.net = net; self.best = 0\n"
            "    def fit(self):\n"
            "        for x, y in loader:\n"
            "            self.net(x); self.best = 1\n"
            "t = Trainer(model)\n"
            "t.fit()\n",
            11181642,
            11181642,
        ),
        (
            LOADER + "def step(x):\n"
            "    out = model(x)\n"
            "    return out.sum()\n"
            "for epoch in range(2):\n"
            "    for x, y in loader:\n"
            "        step(x)\n",
            11181642,
            11181642,
        ),
    ],
)
def test_a_model_is_what_the_whole_script_makes_of_it(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    assert counts(RESNET + lines, tmp_path, IMAGE) == (params, trainable)


@pytest.mark.parametrize(
    "lines",
    [
        (
            "from torch.utils.data import DataLoader\n"
            "loader = DataLoader(torchvision.datasets.FakeData(size=2, image_size=(3, 32, 32), transform=torchvision.transforms.ToTensor()), batch_size=2)\n"
            "def main():\n"
            "    model.fc = nn.Linear(512, 3)\n"
            "    for x, y in loader:\n"
            "        model(x)\n"
            "    model.layer1.requires_grad_(False)\n"
            "main()\n"
        ),
        (
            LOADER + "class Trainer:\n"
            "    def __init__(self, net):\n"
            "        self.net = net; self.best = 0\n"
            "    def fit(self):\n"
            "        for x, y in loader:\n"
            "            self.net(x); self.best = 1\n"
            "        for p in self.net.parameters(): p.requires_grad = False\n"
            "t = Trainer(model)\n"
            "t.fit()\n"
        ),
        (
            LOADER + "for x, y in loader:\n"
            "    model(x)\n"
            "else:\n"
            "    pass\n"
            "def after():\n"
            "    for p in model.parameters(): p.requires_grad = False\n"
            "for x, y in loader:\n"
            "    after()\n"
        ),
        (
            LOADER + "class Cb:\n"
            "    def __init__(self, m): self.m = m\n"
            "    def on_end(self): self.m.fc = nn.Linear(512, 2)\n"
            "cb = Cb(model)\n"
            "for x, y in loader:\n"
            "    model(x)\n"
            "    cb.on_end()\n"
        ),
        (
            LOADER + "def run(epochs):\n"
            "    global best\n"
            "    for e in range(epochs):\n"
            "        if e == 0:\n"
            "            freeze()\n"
            "        for x, y in loader: model(x)\n"
            "    unfreeze()\n"
            "def freeze():\n"
            "    for p in model.layer1.parameters(): p.requires_grad = False\n"
            "def unfreeze():\n"
            "    for p in model.layer1.parameters(): p.requires_grad = True\n"
            "run(1)\n"
        ),
    ],
)
def test_what_may_alter_a_model_behind_a_loop_over_unknown_data_is_refused(lines: str, tmp_path: Path) -> None:
    with pytest.raises((ArchitectureError, UnreadableError), match="loops over what `torch"):
        counts(RESNET + lines, tmp_path, IMAGE)


OWN = """\
import torch
from torch import nn
import torch.nn.functional as F
class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3, padding=1)
        self.bn = nn.BatchNorm2d(o)
    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))
class Net(nn.Module):
    def __init__(self, widths=(16, 32, 64), classes=10):
        super().__init__()
        layers = []
        c = 3
        for w in widths:
            layers.append(Block(c, w)); layers.append(nn.MaxPool2d(2)); c = w
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(c, classes)
    def forward(self, x):
        return self.fc(self.pool(self.features(x)).flatten(1))
"""
"""24,458 parameters as it is."""


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "model = Net()\n"
            "registry = {}\n"
            "registry['m'] = model\n"
            "def go():\n"
            "    registry['m'].fc.requires_grad_(False)\n"
            "go()\n",
            24458,
            23808,
        ),
        (
            "base = dict(widths=[8, 16], classes=4)\n"
            "cfg = dict(base)\n"
            "cfg['classes'] = 7\n"
            "cfg['widths'] += [32]\n"
            "model = Net(**base)\n",
            6276,
            6276,
        ),
        (
            "from functools import lru_cache\n"
            "@lru_cache(maxsize=None)\n"
            "def block(n): return nn.Conv2d(3, 3, 1)\n"
            "model = nn.Sequential(block(1), block(1), block(2))\n",
            24,
            24,
        ),
        (
            "from contextlib import contextmanager, suppress, nullcontext\n"
            "W = [4]\n"
            "@contextmanager\n"
            "def wide():\n"
            "    W[0] = 32\n"
            "    yield\n"
            "    W[0] = 4\n"
            "with wide():\n"
            "    model = Net(tuple(W))\n",
            1290,
            1290,
        ),
        (
            "K = Net\nK.forward = lambda self, x: self.features(x)\nmodel = Net()\n",
            24458,
            24458,
        ),
        (
            "net = Net()\n"
            "model = torch.nn.DataParallel(net, device_ids=[0]) if False else torch.nn.DataParallel(net)\n"
            "model.module.fc = nn.Linear(64, 3)\n"
            "net.features.requires_grad_(False)\n",
            24003,
            195,
        ),
        (
            "STATE = {}\n"
            "def conf(**k):\n"
            "    for a, b in k.items(): STATE[a] = b\n"
            "if True:\n"
            "    conf(widths=(4,), classes=2)\n"
            "model = Net(**STATE)\n",
            130,
            130,
        ),
        (
            "from contextlib import contextmanager\n"
            "W = [4]\n"
            "@contextmanager\n"
            "def wide(n=32):\n"
            "    old = W[0]\n"
            "    try:\n"
            "        W[0] = n\n"
            "        yield W\n"
            "    finally:\n"
            "        W[0] = old\n"
            "with wide(16) as w:\n"
            "    model = Net(tuple(w))\n",
            650,
            650,
        ),
        (
            "from contextlib import contextmanager\n"
            "class C:\n"
            "    w = 4\n"
            "    @contextmanager\n"
            "    def set(self, n):\n"
            "        self.w = n\n"
            "        yield self\n"
            "        self.w = 1\n"
            "    @classmethod\n"
            "    @contextmanager\n"
            "    def both(cls, n):\n"
            "        cls.w = n\n"
            "        yield\n"
            "        cls.w = 2\n"
            "c = C()\n"
            "with c.set(8), C.both(5):\n"
            "    model = Net((c.w, C.w))\n",
            675,
            675,
        ),
        (
            "class Base(nn.Module):\n"
            "    depth = 1\n"
            "    def __init_subclass__(cls, depth=2, **k): super().__init_subclass__(**k); cls.depth = depth\n"
            "class A(Base, depth=3):\n"
            "    def __init__(self):\n"
            "        super().__init__(); self.c = nn.ModuleList(nn.Conv2d(3, 3, 1) for _ in range(self.depth))\n"
            "    def forward(self, x):\n"
            "        for c in self.c: x = c(x)\n"
            "        return x\n"
            "model = A()\n",
            36,
            36,
        ),
        (
            "Net.__init__.__defaults__\nNet.__init__.__defaults__ = ((8,), 4)\nmodel = Net()\n",
            276,
            276,
        ),
        (
            "model = Net((4,))\n"
            "opt = optim.SGD(model.parameters(), lr=.1) if False else torch.optim.SGD(model.parameters(), lr=.1)\n"
            "for i in range(30):\n"
            "    x = torch.randn(2, 3, 64, 64)\n"
            "    loss = model(x).sum()\n"
            "    opt.zero_grad(); loss.backward(); opt.step()\n"
            "model.fc = nn.Linear(4, 2)\n",
            130,
            130,
        ),
    ],
)
def test_statements_have_the_effects_that_python_gives_them(
    lines: str, params: int, trainable: int, tmp_path: Path
) -> None:
    assert counts(OWN + lines, tmp_path, IMAGE) == (params, trainable)


KERAS = """\
import keras
from keras import layers
def make(w=8):
    i = keras.Input((32, 32, 3))
    x = layers.Conv2D(w, 3, padding='same', name='c1')(i)
    x = layers.BatchNormalization(name='b1')(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(2 * w, 3, strides=2, name='c2')(x)
    x = layers.GlobalAveragePooling2D(name='gap')(x)
    x = layers.Dense(10, name='fc')(x)
    return keras.Model(i, x)
"""


@pytest.mark.parametrize(
    ("lines", "trainable"),
    [
        (
            "model = make()\nmodel.trainable = False\nmodel.layers[-1].trainable = True\n",
            0,
        ),
        (
            "inner = make()\n"
            "inner.trainable = False\n"
            "i = keras.Input((32, 32, 3))\n"
            "model = keras.Model(i, layers.Dense(2)(inner(i)))\n"
            "model.trainable = True\n",
            22,
        ),
        (
            "inner = make()\n"
            "i = keras.Input((32, 32, 3))\n"
            "model = keras.Model(i, layers.Dense(2)(inner(i)))\n"
            "model.get_layer(inner.name).get_layer('c1').trainable = False\n",
            1376,
        ),
        (
            "class T:\n"
            "    def __init__(self, m): self.m = m\n"
            "    def go(self):\n"
            "        for l in self.m.layers[:3]: l.trainable = False\n"
            "model = make()\n"
            "t = T(model)\n"
            "t.go()\n",
            1338,
        ),
        (
            "def main():\n    for l in model.layers[:3]: l.trainable = False\nmodel = make()\nmain()\n",
            1338,
        ),
        (
            "keras.config.set_image_data_format('channels_first')\n"
            "i = keras.Input((3, 17, 16))\n"
            "x = layers.Conv2D(8, 3, groups=1)(i)\n"
            "x = layers.UpSampling2D()(x)\n"
            "x = layers.ZeroPadding2D(((1, 0), (2, 3)))(x)\n"
            "x = layers.Cropping2D(1)(x)\n"
            "model = keras.Model(i, layers.GlobalMaxPooling2D()(x))\n",
            224,
        ),
        (
            "import tensorflow as tf\n"
            "m = tf.keras.Sequential()\n"
            "m.add(tf.keras.layers.InputLayer(shape=(28, 28, 1)))\n"
            "m.add(tf.keras.layers.Conv2D(8, (3, 5), activation='relu'))\n"
            "m.add(tf.keras.layers.Flatten())\n"
            "m.add(tf.keras.layers.Dense(3))\n"
            "model = m\n",
            15107,
        ),
        (
            "class B(layers.Layer):\n"
            "    def __init__(self): super().__init__(); self.a = layers.Dense(3); self.b = layers.Dense(3)\n"
            "    def call(self, x): return self.b(self.a(x))\n"
            "b = B()\n"
            "i = keras.Input((4,))\n"
            "model = keras.Model(i, b(i))\n"
            "b.trainable = False\n"
            "b.a.trainable = True\n",
            15,
        ),
        (
            "class W(layers.Layer):\n"
            "    def build(self, s):\n"
            "        self.k = self.add_weight(shape=(s[-1], 3)); self.z = self.add_weight(shape=(3,), trainable=False)\n"
            "    def call(self, x): return keras.ops.matmul(x, self.k) + self.z\n"
            "b = W()\n"
            "i = keras.Input((4,))\n"
            "model = keras.Model(i, b(i))\n"
            "b.trainable = False\n"
            "b.trainable = True\n",
            12,
        ),
        (
            "b = make()\n"
            "for l in b.layers[:-1]: l.trainable = False\n"
            "model = keras.Sequential([keras.Input((32, 32, 3)), b, layers.Dense(4)])\n"
            "model.trainable = True\n"
            "b.trainable = True\n",
            214,
        ),
        (
            "b = make()\n"
            "model = keras.Sequential([keras.Input((32, 32, 3)), b, layers.Dense(4)])\n"
            "model.trainable = False\n"
            "b.trainable = True\n",
            0,
        ),
        (
            "model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(4)])\n"
            "model.trainable = False\n"
            "for l in model.layers: l.trainable = True\n",
            0,
        ),
    ],
)
def test_what_trains_in_keras_is_what_its_setter_reaches(lines: str, trainable: int, tmp_path: Path) -> None:
    assert counts(KERAS + lines, tmp_path)[1] == trainable


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
