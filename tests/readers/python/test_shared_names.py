"""What a script does to a part of a model under another name is done to the model.

The counts are what torchvision 0.29.1 and Keras 3.15.1 gave when they ran the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.arithmetic.sizes import Dim

IMAGE = [3, 64, 64]
TORCHVISION = "import torchvision\nfrom torch import nn\nmodel = torchvision.models.resnet18(num_classes=10)\n"
"""11,181,642 parameters, all of which train."""


def counts(text: str, folder: Path, shape: list[int] | None = None) -> tuple[Dim, Dim]:
    """The parameters of a script's model, and those that train."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model", input=shape).totals
    assert totals is not None
    return totals.params, totals.trainable_params


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "layers = list(model.children())\n"
            "for l in layers[:6]:\n"
            "    for p in l.parameters():\n"
            "        p.requires_grad = False\n",
            11181642,
            10498570,
        ),
        (
            "ct = 0\n"
            "for child in model.children():\n"
            "    ct += 1\n"
            "    if ct < 7:\n"
            "        for p in child.parameters():\n"
            "            p.requires_grad = False\n",
            11181642,
            10498570,
        ),
        (
            "if True:\n    stage = model.layer4\n    for p in stage.parameters():\n        p.requires_grad = False\n",
            11181642,
            2787914,
        ),
        (
            "def freeze(m):\n"
            "    for p in m.parameters():\n"
            "        p.requires_grad = False\n"
            "stage = model.layer4\n"
            "freeze(stage)\n",
            11181642,
            2787914,
        ),
        (
            "for m in [model.layer1, model.layer2]:\n    for p in m.parameters():\n        p.requires_grad = False\n",
            11181642,
            10508106,
        ),
        (
            "import itertools\n"
            "for p in itertools.chain(model.layer1.parameters(), model.layer2.parameters()):\n"
            "    p.requires_grad = False\n",
            11181642,
            10508106,
        ),
        (
            "stage, head = model.layer4, model.fc\nfor p in stage.parameters():\n    p.requires_grad = False\n",
            11181642,
            2787914,
        ),
        (
            "[p.requires_grad_(False) for p in model.layer4.parameters()]\n",
            11181642,
            2787914,
        ),
        (
            "_ = [setattr(p, 'requires_grad', False) for p in model.layer4.parameters()]\n",
            11181642,
            2787914,
        ),
        (
            "list(map(lambda p: p.requires_grad_(False), model.layer4.parameters()))\n",
            11181642,
            2787914,
        ),
        (
            "m = model\nm.fc = nn.Linear(512, 3)\n",
            11178051,
            11178051,
        ),
        (
            "net = model.cpu()\nnet.fc = nn.Linear(512, 3)\n",
            11178051,
            11178051,
        ),
        (
            "parts = dict(model.named_modules())\nparts['layer4.1'].conv2 = nn.Conv2d(512, 512, 1)\n",
            9085002,
            9085002,
        ),
        (
            "last = model.fc\nmodel.fc = nn.Sequential(nn.Linear(512, 512), last)\nlast.weight.requires_grad = False\n",
            11444298,
            11439178,
        ),
        (
            "frozen = [model.layer1, model.layer2]\nfor each in frozen:\n    each.requires_grad_(False)\n",
            11181642,
            10508106,
        ),
        (
            "frozen = {'a': model.layer1}\nfrozen['a'].requires_grad_(False)\n",
            11181642,
            11033674,
        ),
        (
            "for name in ('layer1', 'layer2'):\n    getattr(model, name).requires_grad_(False)\n",
            11181642,
            10508106,
        ),
        (
            "block = getattr(model, 'layer4')\nblock[0].conv1 = nn.Conv2d(256, 512, 1, stride=2)\n",
            10133578,
            10133578,
        ),
        (
            "def head_of(m):\n    return m.fc\nh = head_of(model)\nh.bias.requires_grad = False\n",
            11181642,
            11181632,
        ),
        (
            "import torch\nwith torch.no_grad():\n    model.layer4.requires_grad_(False)\n",
            11181642,
            2787914,
        ),
        (
            "params = [p for n, p in model.named_parameters() if 'layer4' in n]\n"
            "for p in params:\n"
            "    p.requires_grad = False\n",
            11181642,
            2787914,
        ),
    ],
)
def test_what_is_done_to_a_part_of_a_model_is_done_to_it(
    lines: str, params: int, trainable: int, tmp_path: Path
) -> None:
    assert counts(TORCHVISION + lines, tmp_path, IMAGE) == (params, trainable)


RESNET = "import torchvision\nfrom torch import nn, optim\nresnet = torchvision.models.resnet18(num_classes=10)\n"


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "model = nn.Sequential(*list(resnet.children())[:-1])\n"
            "for p in resnet.parameters():\n"
            "    p.requires_grad = False\n",
            11176512,
            0,
        ),
        (
            "class Net(nn.Module):\n"
            "    def __init__(self, body):\n"
            "        super().__init__()\n"
            "        self.body = body\n"
            "        self.head = nn.Linear(10, 4)\n"
            "    def forward(self, x):\n"
            "        return self.head(self.body(x))\n"
            "model = Net(resnet)\n"
            "for p in resnet.parameters():\n"
            "    p.requires_grad = False\n",
            11181686,
            44,
        ),
        (
            "class Net(nn.Module):\n"
            "    def __init__(self, body):\n"
            "        super().__init__()\n"
            "        self.body = body\n"
            "        self.head = nn.Linear(10, 4)\n"
            "    def forward(self, x):\n"
            "        return self.head(self.body(x))\n"
            "model = Net(resnet)\n"
            "resnet.fc = nn.Linear(512, 10, bias=False)\n",
            11181676,
            11181676,
        ),
        (
            "class Net(nn.Module):\n"
            "    def __init__(self, body):\n"
            "        super().__init__()\n"
            "        self.body = body\n"
            "        self.head = nn.Linear(10, 4)\n"
            "    def forward(self, x):\n"
            "        return self.head(self.body(x))\n"
            "model = Net(body=resnet)\n"
            "stage = resnet.layer4\n"
            "stage[1].conv2 = nn.Conv2d(512, 512, 1)\n",
            9085046,
            9085046,
        ),
        (
            "def set_parameter_requires_grad(model, feature_extracting):\n"
            "    if feature_extracting:\n"
            "        for param in model.parameters():\n"
            "            param.requires_grad = False\n"
            "model = resnet\n"
            "set_parameter_requires_grad(model, True)\n"
            "n = model.fc.in_features\n"
            "model.fc = nn.Linear(n, 3)\n"
            "params = [p for p in model.parameters() if p.requires_grad]\n"
            "opt = optim.SGD(params, lr=0.1)\n",
            11178051,
            1539,
        ),
        (
            "class Net(nn.Module):\n"
            "    def __init__(self, body):\n"
            "        super().__init__()\n"
            "        self.body = body\n"
            "        self.head = nn.Linear(10, 4)\n"
            "    def forward(self, x):\n"
            "        return self.head(self.body(x))\n"
            "wrapped = Net(resnet)\n"
            "wrapped.body.layer4 = nn.Conv2d(256, 512, 1)\n"
            "model = resnet\n",
            2919498,
            2919498,
        ),
        (
            "model = resnet\n"
            "for name, child in model.named_children():\n"
            "    if name == 'fc':\n"
            "        setattr(model, name, nn.Linear(512, 5))\n",
            11179077,
            11179077,
        ),
        (
            "def swap(m):\n"
            "    for name, child in m.named_children():\n"
            "        if isinstance(child, nn.ReLU):\n"
            "            setattr(m, name, nn.PReLU())\n"
            "        else:\n"
            "            swap(child)\n"
            "model = resnet\n"
            "swap(model)\n",
            11181651,
            11181651,
        ),
        (
            "model = resnet\n"
            "opt = optim.Adam(model.parameters())\n"
            "for g in opt.param_groups:\n"
            "    g['lr'] = 0.1\n"
            "for epoch in range(2):\n"
            "    for g in opt.param_groups:\n"
            "        g['lr'] = 0.1 ** epoch\n"
            "    for x, y in loader:\n"
            "        loss = model(x).sum()\n"
            "        loss.backward()\n"
            "        opt.step()\n",
            11181642,
            11181642,
        ),
        (
            "model = resnet\n"
            "layers = [model.layer1, model.layer2]\n"
            "while layers:\n"
            "    layers.pop().requires_grad_(False)\n",
            11181642,
            10508106,
        ),
        (
            "import copy\nmodel = copy.deepcopy(resnet)\nresnet.fc = nn.Linear(512, 3)\n",
            11181642,
            11181642,
        ),
        (
            "import copy\n"
            "model = resnet\n"
            "other = copy.deepcopy(model)\n"
            "for p in other.parameters(): p.requires_grad = False\n",
            11181642,
            11181642,
        ),
        (
            "model = resnet\nmodel.fc, model.avgpool = nn.Linear(512, 2), nn.AdaptiveMaxPool2d(1)\n",
            11177538,
            11177538,
        ),
        (
            "model = resnet\n"
            "from functools import reduce\n"
            "mods = dict(model.named_modules())\n"
            "for n, m in mods.items():\n"
            "    if isinstance(m, nn.BatchNorm2d):\n"
            "        m.weight.requires_grad = False\n",
            11181642,
            11176842,
        ),
        (
            "def build():\n    net = resnet\n    net.fc = nn.Linear(512, 6)\n    return net\nmodel = build()\n",
            11179590,
            11179590,
        ),
        (
            "class Cfg: pass\ncfg = Cfg()\ncfg.model = resnet\ncfg.model.fc = nn.Linear(512, 6)\nmodel = resnet\n",
            11179590,
            11179590,
        ),
        (
            "parts = []\nparts.append(resnet.layer1)\nfor p in parts: p.requires_grad_(False)\nmodel = resnet\n",
            11181642,
            11033674,
        ),
        (
            "state = {'net': resnet}\nstate['net'].fc = nn.Linear(512, 6)\nmodel = resnet\n",
            11179590,
            11179590,
        ),
    ],
)
def test_what_is_done_to_a_model_is_done_to_what_holds_it(
    lines: str, params: int, trainable: int, tmp_path: Path
) -> None:
    assert counts(RESNET + lines, tmp_path, IMAGE) == (params, trainable)


SCRIPT = (
    "import operator, torch, torchvision\nfrom torch import nn\nmodel = torchvision.models.resnet18(num_classes=10)\n"
)


@pytest.mark.parametrize(
    ("lines", "params", "trainable"),
    [
        (
            "for i, (name, param) in enumerate(model.named_parameters()):\n    param.requires_grad = i > 10\n",
            11181642,
            11061194,
        ),
        (
            "for param in list(model.parameters())[:-2]:\n    param.requires_grad = False\n",
            11181642,
            5130,
        ),
        (
            "model.layer4.requires_grad_(False).eval()\n",
            11181642,
            2787914,
        ),
        (
            "model.fc.weight.requires_grad, model.fc.bias.requires_grad = False, False\n",
            11181642,
            11176512,
        ),
        (
            "freeze = lambda m: [setattr(p, 'requires_grad', False) for p in m.parameters()]\nfreeze(model.layer1)\n",
            11181642,
            11033674,
        ),
        (
            "def fn(m):\n"
            "    if isinstance(m, nn.BatchNorm2d):\n"
            "        m.weight.requires_grad = False\n"
            "model.apply(fn)\n",
            11181642,
            11176842,
        ),
        (
            "model.get_submodule('layer4').requires_grad_(False)\n",
            11181642,
            2787914,
        ),
        (
            "operator.attrgetter('layer4')(model).requires_grad_(False)\n",
            11181642,
            2787914,
        ),
        (
            "vars(model)['_modules']['fc'] = nn.Linear(512, 3)\n",
            11178051,
            11178051,
        ),
        (
            "model._modules['fc'] = nn.Linear(512, 3)\n",
            11178051,
            11178051,
        ),
        (
            "model.add_module('fc', nn.Linear(512, 3))\n",
            11178051,
            11178051,
        ),
        (
            "del model.fc\nmodel.fc = nn.Identity()\n",
            11176512,
            11176512,
        ),
        (
            "x = model.fc.in_features\n"
            "model.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(x, 3))\n"
            "for n, p in model.named_parameters():\n"
            "    if not n.startswith('fc'):\n"
            "        p.requires_grad = False\n",
            11178051,
            1539,
        ),
        (
            "child_counter = 0\n"
            "for child in model.children():\n"
            "    if child_counter < 6:\n"
            "        for param in child.parameters():\n"
            "            param.requires_grad = False\n"
            "    elif child_counter == 6:\n"
            "        children_of_child_counter = 0\n"
            "        for children_of_child in child.children():\n"
            "            if children_of_child_counter < 1:\n"
            "                for param in children_of_child.parameters():\n"
            "                    param.requires_grad = False\n"
            "            children_of_child_counter += 1\n"
            "    child_counter += 1\n",
            11181642,
            9579530,
        ),
        (
            "unfreeze = ['layer4', 'fc']\n"
            "for name, param in model.named_parameters():\n"
            "    if not any(k in name for k in unfreeze):\n"
            "        param.requires_grad_(False)\n",
            11181642,
            8398858,
        ),
        (
            "it = iter(model.children())\nfirst = next(it)\nfirst.weight.requires_grad = False\n",
            11181642,
            11172234,
        ),
        (
            "def unfreeze(m, names):\n"
            "    for n in names:\n"
            "        getattr(m, n).requires_grad_(True)\n"
            "model.requires_grad_(False)\n"
            "unfreeze(model, ['fc', 'layer4'])\n",
            11181642,
            8398858,
        ),
        (
            "try:\n    model.fc = nn.Linear(512, 4)\nexcept AttributeError:\n    pass\n",
            11178564,
            11178564,
        ),
        (
            "with torch.no_grad():\n    for p in model.layer1.parameters():\n        p.requires_grad = False\n",
            11181642,
            11033674,
        ),
        (
            "groups = {'low': [model.layer1, model.layer2], 'high': [model.layer3]}\n"
            "for name, mods in groups.items():\n"
            "    for m in mods:\n"
            "        m.requires_grad_(name == 'high')\n",
            11181642,
            10508106,
        ),
        (
            "[m.requires_grad_(False) for m in (model.layer1, model.layer2)]\n",
            11181642,
            10508106,
        ),
        (
            "class Freezer:\n"
            "    def __init__(self, m):\n"
            "        self.m = m\n"
            "    def run(self):\n"
            "        for p in self.m.parameters():\n"
            "            p.requires_grad = False\n"
            "f = Freezer(model.layer1)\n"
            "f.run()\n",
            11181642,
            11033674,
        ),
        (
            "class Freezer:\n"
            "    def __init__(self, m):\n"
            "        for p in m.parameters():\n"
            "            p.requires_grad = False\n"
            "Freezer(model.layer1)\n",
            11181642,
            11033674,
        ),
        (
            "class Freezer:\n"
            "    def __init__(self, m):\n"
            "        for p in m.parameters():\n"
            "            p.requires_grad = False\n"
            "f = Freezer(model.layer1)\n",
            11181642,
            11033674,
        ),
        (
            "def freeze(m):\n"
            "    for p in m.parameters():\n"
            "        p.requires_grad = False\n"
            "    return sum(p.numel() for p in m.parameters())\n"
            "frozen = freeze(model.layer1)\n",
            11181642,
            11033674,
        ),
        (
            "def freeze(m):\n"
            "    m.requires_grad_(False)\n"
            "    return m\n"
            "body = freeze(model.layer1)\n"
            "model.fc = nn.Linear(512, 2)\n",
            11177538,
            11029570,
        ),
    ],
)
def test_parts_are_changed_however_they_are_reached(lines: str, params: int, trainable: int, tmp_path: Path) -> None:
    assert counts(SCRIPT + lines, tmp_path, IMAGE) == (params, trainable)


TRAINING = """\
import torch, torchvision
from torch import optim
class Meter:
    avg = 0
def train(model, loader, optimizer, meter):
    for g in optimizer.param_groups:
        g['lr'] = 0.1
    for x, y in loader:
        for p in model.parameters():
            p.grad = None
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        meter.avg = loss.item()
    return meter.avg
model = torchvision.models.resnet18(num_classes=10)
loader = torch.utils.data.DataLoader(torchvision.datasets.CIFAR10('x'))
opt = optim.SGD(model.parameters(), lr=0.1)
m = Meter()
history = train(model, loader, opt, m)
"""


def test_a_function_that_trains_a_model_changes_nothing_of_it(tmp_path: Path) -> None:
    assert counts(TRAINING, tmp_path, IMAGE) == (11181642, 11181642)


KERAS = """\
import keras
from keras import layers
base = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3), include_top=False)
x = layers.GlobalAveragePooling2D()(base.output)
model = keras.Model(base.input, layers.Dense(3)(x))
"""


@pytest.mark.parametrize(
    ("lines", "trainable"),
    [
        (
            "for l in [model.layers[1], model.layers[2]]:\n    l.trainable = False\n",
            2226787,
        ),
        (
            "frozen = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]\n"
            "for l in frozen: l.trainable = False\n",
            2193603,
        ),
        (
            "def freeze(m, upto):\n    for l in m.layers[:upto]:\n        l.trainable = False\nfreeze(model, 40)\n",
            2193667,
        ),
        (
            "net = model\nnet.layers[5].trainable = False\n",
            2227651,
        ),
        (
            "last = model.layers[-1]\nlast.trainable = False\n",
            2223872,
        ),
        (
            "[setattr(l, 'trainable', False) for l in model.layers[:30]]\n",
            2208179,
        ),
        (
            "for name in ('Conv1', 'bn_Conv1'):\n    model.get_layer(name).trainable = False\n",
            2226787,
        ),
        (
            "for l in filter(lambda l: 'BN' in l.name, model.layers):\n    l.trainable = False\n",
            2196227,
        ),
    ],
)
def test_layers_of_keras_are_frozen_under_any_name(lines: str, trainable: int, tmp_path: Path) -> None:
    assert counts(KERAS + lines, tmp_path)[1] == trainable


def test_what_another_name_puts_into_a_collection_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\nfrom torch import nn\n"
        "widths = [8, 16]\nalias = widths\nalias.append(32)\n"
        "options = {'k': 3}\nsame = options\nsame['k'] = 5\n"
        "pairs = [[4, 4]]\nfirst = pairs[0]\nfirst[1] = 6\n"
        "late = widths\nwidths.append(64)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.parts = nn.ModuleList([nn.Conv2d(3, each, options['k']) for each in late])\n"
        "        self.last = nn.Conv2d(120, pairs[0][1], 1)\n"
        "    def forward(self, x):\n        return self.last(torch.cat([each(x) for each in self.parts], 1))\n",
        encoding="utf-8",
    )
    plan = cnnshape.plan(f"{path}:Net", input=[3, 32, 32])
    stated = [(row.arguments["out_channels"], row.arguments["kernel_size"][0]) for row in plan.layers if row.params]
    assert stated == [(8, 5), (16, 5), (32, 5), (64, 5), (6, 1)]


def test_a_bias_of_a_network_whose_source_is_not_installed_is_a_weight(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        TORCHVISION
        + "for m in model.modules():\n    if isinstance(m, nn.Conv2d) and m.bias is not None: m.bias.x = 1\n"
        "    if isinstance(m, nn.BatchNorm2d): m.bias.requires_grad = False\nmodel.fc.bias.requires_grad = False\n",
        encoding="utf-8",
    )
    totals = cnnshape.plan(f"{path}:model", input=[3, 64, 64]).totals
    assert totals is not None
    assert totals.trainable_params == 11176832
