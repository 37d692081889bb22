"""Searches of classes of source, whose constructors' arguments are varied: `plan` is the oracle of every variant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from cnnshape import api
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.python.noting import replaying
from cnnshape.readers.python.reader import PythonFile
from cnnshape.readers.yaml.space import Space, read_constraint, read_values
from cnnshape.studies.order import order_of
from cnnshape.studies.search import Task, Variant, figure, parsed, search

TORCH = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport math\n\n\n"
KERAS = "import keras\nfrom keras import layers\n\n\n"

PLAIN = """\
class Net(nn.Module):
    def __init__(self, width=8, kernel=3, classes=10, side=32):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, kernel)
        self.conv2 = nn.Conv2d(width, width * 2, kernel, stride=2)
        side = ((side - kernel + 1) - kernel) // 2 + 1
        self.fc1 = nn.Linear(width * 2 * side ** 2, 32)
        self.fc2 = nn.Linear(32, classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = x.view(x.size(0), -1)
        return self.fc2(F.relu(self.fc1(x)))
"""

LOOPS = """\
class Net(nn.Module):
    def __init__(self, width=8, depth=3, act="relu", norm=True, pool=2):
        super().__init__()
        acts = {"relu": nn.ReLU, "gelu": nn.GELU}
        layers, channels = [], 3
        for i in range(depth):
            out = min(width * 2 ** i, 64)
            layers.append(nn.Conv2d(channels, out, 3, padding=1, bias=not norm))
            if norm:
                layers += [nn.BatchNorm2d(out)]
            layers.append(acts[act]())
            if i % 2:
                layers.append(nn.MaxPool2d(pool))
            channels = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))

    def forward(self, x):
        return self.head(self.features(x))
"""

RESIDUAL = """\
class Block(nn.Module):
    expansion = 2

    def __init__(self, inputs, outputs, stride=1, groups=1, base=8):
        super().__init__()
        inner = int(outputs * (base / 8.0)) * groups
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs * self.expansion, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs * self.expansion:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs * self.expansion, 1, stride, bias=False),
                nn.BatchNorm2d(outputs * self.expansion),
            )

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.conv3(self.relu(self.bn2(self.conv2(out))))
        out += identity
        return self.relu(out)


class Net(nn.Module):
    def __init__(self, width=8, depth=2, groups=1, base=8):
        super().__init__()
        self.planes = width
        self.stem = nn.Conv2d(3, width, 3, 1, 1)
        self.layer1 = self._make_layer(width, depth, 1, groups, base)
        self.layer2 = self._make_layer(width * 2, depth + 1, 2, groups, base)
        self.fc = nn.Linear(width * 2 * Block.expansion, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, math.sqrt(2.0 / n))

    def _make_layer(self, planes, blocks, stride, groups, base):
        layers = []
        for step in [stride] + [1] * (blocks - 1):
            layers.append(Block(self.planes, planes, step, groups, base))
            self.planes = planes * Block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))
"""

MOBILE = """\
def make_divisible(v, divisor=4, min_value=None):
    if min_value is None:
        min_value = divisor
    new = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new < 0.9 * v:
        new += divisor
    return new


class Inverted(nn.Module):
    def __init__(self, inp, oup, stride, expand):
        super().__init__()
        hidden = int(round(inp * expand))
        self.use_res = stride == 1 and inp == oup
        layers = []
        if expand != 1:
            layers.extend([nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()])
        layers.extend([
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
            nn.Conv2d(hidden, oup, 1, bias=False), nn.BatchNorm2d(oup),
        ])
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res else self.conv(x)


class Net(nn.Module):
    def __init__(self, width=1.0, depth=1.0, expand=6, dropout=0.2):
        super().__init__()
        settings = [(1, 8, 1, 1), (expand, 12, 2, 2), (expand, 16, 3, 2)]
        c = make_divisible(16 * width)
        blocks = [nn.Conv2d(3, c, 3, 2, 1), nn.BatchNorm2d(c), nn.ReLU6()]
        for t, channels, n, s in settings:
            out = make_divisible(channels * width)
            for i in range(math.ceil(n * depth)):
                blocks.append(Inverted(c, out, s if i == 0 else 1, t))
                c = out
        self.features = nn.Sequential(*blocks)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.features[-1].conv[-1].num_features, 5))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))
"""

DENSE = """\
class Layer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv(F.relu(self.norm(x)))], 1)


class Net(nn.Module):
    def __init__(self, growth=4, layers=(2, 2), compression=0.5, start=None, type_of=0):
        super().__init__()
        if isinstance(growth, float):
            growth = int(growth * 10)
        start = start or 2 * growth
        self.stem = nn.Conv2d(3, start, 3, padding=1)
        names = []
        channels = start
        for i, count in enumerate(layers if type_of == 0 else (type_of, 1)):
            for j in range(count):
                self.add_module(f"layer{i}_{j}", Layer(channels, growth))
                names.append(f"layer{i}_{j}")
                channels += growth
            squeezed = math.floor(channels * compression)
            self.add_module(f"down{i}", nn.Sequential(nn.Conv2d(channels, squeezed, 1), nn.AvgPool2d(2)))
            names.append(f"down{i}")
            channels = squeezed
        self.names = names
        self.head = nn.Linear(self.down1[0].out_channels, 3)

    def forward(self, x):
        x = self.stem(x)
        for name in self.names:
            x = getattr(self, name)(x)
        return self.head(x.mean(dim=(2, 3)))
"""

UNET = """\
class Double(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(True))

    def forward(self, x):
        return self.body(x)


class Net(nn.Module):
    def __init__(self, width=4, depth=2, mode="nearest"):
        super().__init__()
        self.mode = mode
        sizes = [width * 2 ** i for i in range(depth + 1)]
        self.downs = nn.ModuleList([Double(a, b) for a, b in zip([1] + sizes[:-1], sizes)])
        self.ups = nn.ModuleList([Double(a + b, a) for a, b in reversed(list(zip(sizes[:-1], sizes[1:])))])
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        skips = []
        for i, down in enumerate(self.downs):
            x = down(x)
            if i < len(self.downs) - 1:
                skips.append(x)
                x = F.max_pool2d(x, 2)
        for up in self.ups:
            skip = skips.pop()
            x = F.interpolate(x, size=skip.shape[2:], mode=self.mode)
            x = up(torch.cat((x, skip), dim=1))
        return self.last(x)
"""

PECULIAR = """\
CALLS = []
TABLE = {8: "small", 16: "large"}


def halves(n):
    while n > 1:
        n //= 2
        yield n


class Net(nn.Module):
    def __init__(self, width=8, side=16, flag=1, drop=0.5):
        super().__init__()
        CALLS.append(width)
        name = TABLE.get(width, "other")
        bias = width is not None and type(width) is int and flag == True  # noqa: E712
        try:
            inner = 64 // (width - 5)
        except ZeroDivisionError:
            inner = 7
        inner = abs(inner) + 1 if divmod(width, 3)[1] else [3, 5, 9][width % 3]
        self.first = nn.Conv2d(3, width, (3, flag or 1), padding=(1, 0), bias=bias)
        self.same = self.first if name == "small" else nn.Conv2d(3, width, (3, flag or 1), padding=(1, 0))
        self.inner = nn.ModuleDict({f"w{width % 4}": nn.Conv2d(width, inner, 1)})
        self.many = nn.ModuleList(nn.Conv2d(inner, inner, 1) for _ in halves(width))
        self.norm = nn.LayerNorm(side) if len(CALLS) > 0 and drop < 0.5 else nn.Dropout(drop)
        self.pad = nn.ZeroPad2d((0, self.first.kernel_size[1] - 1, 0, 0))
        self.out = nn.Linear(inner * side ** 2 if side > 12 else inner * side * side, 2)
        self.scale = drop * 2

    def forward(self, x):
        y = self.pad(self.first(x)) + self.pad(self.same(x))
        for key in self.inner:
            y = self.inner[key](y)
        for conv in self.many:
            y = conv(y)
        if y.shape[1] > 8 and y.shape[-1] % 2 == 0:
            y = torch.relu(y)
        n, c, h, w = y.shape
        y = self.norm(y) * self.scale
        return self.out(y.reshape(n, c * h * w))
"""

ATTENTION = """\
class Net(nn.Module):
    def __init__(self, dim=16, heads=2, depth=1, patch=4, token=False):
        super().__init__()
        self.embed = nn.Conv2d(3, dim, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, dim)) if token else None
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(depth))
        self.heads = heads
        self.head_dim = dim // heads
        self.qkv = nn.ModuleList(nn.Linear(dim, dim * 3) for _ in range(depth))
        self.mlp = nn.ModuleList(nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
                                 for _ in range(depth))
        self.head = nn.Linear(dim, 10)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1)
        for norm, qkv, mlp in zip(self.norms, self.qkv, self.mlp):
            b, n, c = x.shape
            q, k, v = qkv(norm(x)).reshape(b, n, 3, self.heads, self.head_dim).permute(2, 0, 3, 1, 4)
            attn = (q @ k.transpose(-2, -1)).softmax(dim=-1)
            x = x + (attn @ v).transpose(1, 2).reshape(b, n, c)
            x = x + mlp(x)
        return self.head(x.mean(1))
"""

FUNCTIONAL = """\
def block(x, filters, stride=1, kernel=3):
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, kernel, padding="same")(x)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def build(width=8, depth=2, side=32, kernel=3, rate=0.1):
    inputs = keras.Input(shape=(side, side, 3))
    x = layers.Conv2D(width, 3, padding="same")(inputs)
    for stage in range(2):
        for i in range(depth):
            x = block(x, int(width * 1.5 ** stage), 2 if i == 0 else 1, kernel)
    x = layers.GlobalAveragePooling2D()(x)
    if rate > 0:
        x = layers.Dropout(rate)(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
"""

SUBCLASS = """\
class Block(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, padding="same")
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        return keras.activations.relu(self.norm(self.conv(x), training=training))


class Net(keras.Model):
    def __init__(self, width=8, depth=2, classes=10):
        super().__init__()
        self.blocks = [Block(width * (i + 1)) for i in range(depth)]
        self.pool = layers.MaxPooling2D(2)
        self.gap = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(classes)

    def call(self, inputs):
        x = inputs
        for block in self.blocks:
            x = self.pool(block(x))
        return self.head(self.gap(x))
"""

STACKED = """\
def build(width=8, side=32, dense=16, kernel=3):
    model = keras.Sequential([keras.Input((side, side, 1))])
    for factor in (1, 2):
        model.add(layers.Conv2D(width * factor, (kernel, kernel), activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(dense, activation="relu"))
    model.add(layers.Dense(10))
    return model
"""

SOURCES: Mapping[str, tuple[str, str, Mapping[str, str], str | None]] = {
    "plain": (
        TORCH + PLAIN,
        "Net",
        {"width": "1..32", "kernel": "1..20", "side": "31,32", "classes": "2..9"},
        "3x32x32",
    ),
    "loops": (
        TORCH + LOOPS,
        "Net",
        {"width": "1..32", "depth": "0..8", "act": "relu,gelu", "norm": "true,false", "pool": "1..3"},
        "3x32x32",
    ),
    "residual": (
        TORCH + RESIDUAL,
        "Net",
        {"width": "4..32", "depth": "1..3", "groups": "1,2,3", "base": "4..12"},
        "3x32x32",
    ),
    "mobile": (
        TORCH + MOBILE,
        "Net",
        {"width": "0.25..2:0.05", "depth": "0.5..1.5:0.25", "expand": "1..6", "dropout": "0,0.2,1.5"},
        "3x32x32",
    ),
    "dense": (
        TORCH + DENSE,
        "Net",
        {"growth": "1,2,3,4,5,0.6", "compression": "0.1..1:0.1", "start": "0..12", "type_of": "0..2"},
        "3x16x16",
    ),
    "unet": (
        TORCH + UNET,
        "Net",
        {"width": "1..9", "depth": "0..3", "mode": "nearest,bilinear", "input": "7..24"},
        "1x16x16",
    ),
    "peculiar": (
        TORCH + PECULIAR,
        "Net",
        {"width": "3..19", "side": "11..13", "flag": "0..3", "drop": "0.25,0.5,0.75", "input": "11..13"},
        "3x16x16",
    ),
    "attention": (
        TORCH + ATTENTION,
        "Net",
        {"dim": "8..24:2", "heads": "1..4", "depth": "1,2", "patch": "4,5,8,17", "token": "true,false"},
        "3x16x16",
    ),
    "functional": (
        KERAS + FUNCTIONAL,
        "build",
        {"width": "1..24", "depth": "1..3", "side": "8..40", "kernel": "2..4", "rate": "0,0.1"},
        None,
    ),
    "subclass": (KERAS + SUBCLASS, "Net", {"width": "1..24", "depth": "1..6", "classes": "2..5"}, "32x32x3"),
    "stacked": (
        KERAS + STACKED,
        "build",
        {"width": "1..24", "side": "6..40", "dense": "1..24", "kernel": "1..4"},
        None,
    ),
}
"""Sources, what is asked of them, what is varied, and the input."""
KNOWN = {
    "plain": 70,
    "loops": 60,
    "residual": 95,
    "dense": 75,
    "unet": 85,
    "functional": 90,
    "subclass": 75,
    "stacked": 85,
}
"""Of a hundred variants so many at least need no reading, where networks hang on little but sizes and most are well."""


def task(folder: Path, name: str, count: int, asked: tuple[str, ...]) -> Task:
    """A search of a source in a folder."""
    text, target, varied, input = SOURCES[name]
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    space = Space(
        {each: read_values(each, values) for each, values in varied.items()},
        constraints=tuple(map(read_constraint, asked)),
    )
    settings = {"batch": None, "input": input, "framework": None, "preset": None, "variables": {}}
    return Task(f"{file}:{target}", None, settings, space, order_of(space, count, seed=len(asked)))


def ways_of(task: Task) -> replaying.Ways:
    """What readings of a source have noted."""
    return cast(PythonFile, parsed(task.file, None)).ways


def found(task: Task) -> list[Variant]:
    return [variant for piece in search(task) for variant in piece.variants]


def planned(task: Task, values: Mapping[str, Any], input: str | None) -> api.Plan | str:
    """The plan of a variant, or the code of its first error."""
    variables = {key: value for key, value in values.items() if key != "input"}
    if "input" in values:
        input = f"{(input or '')[:1]}x{values['input']}x{values['input']}"
    try:
        plan = api.examine(api.load(task.file), input=input, variables=variables)
    except ArchitectureError as error:
        return error.diagnostics[0].code
    return plan.errors[0].code if plan.errors else plan


@pytest.mark.parametrize(
    ("asked", "count"), [(("flops >= 1",), 75), (("receptive_field >= 1", "peak_training_bytes >= 1"), 25)]
)
@pytest.mark.parametrize("name", SOURCES)
def test_the_figures_of_a_variant_are_those_of_its_plan(
    name: str, asked: tuple[str, ...], count: int, tmp_path: Path
) -> None:
    """More than a thousand variants of eleven sources; and again, when all that readings have noted is known."""
    work = task(tmp_path, name, count, asked)
    variants = found(work)
    assert len(variants) == count
    assert found(work) == variants
    assert sum(variant.error is None for variant in variants) > count // 6
    for variant in variants:
        plan = planned(work, variant.variables, SOURCES[name][3])
        if isinstance(plan, str):
            assert (variant.error, variant.figures) == (plan, {}), variant
        else:
            assert variant.error is None, variant
            assert variant.figures == {key: figure(plan, key) for key in work.space.figures}, variant


@pytest.mark.parametrize("name", KNOWN)
def test_most_variants_need_no_reading(name: str, tmp_path: Path) -> None:
    work = task(tmp_path, name, 100, ("flops >= 1",))
    found(work)
    before = ways_of(work).found
    found(work)
    assert ways_of(work).found - before >= KNOWN[name]


@pytest.mark.parametrize("name", ["plain", "loops", "functional"])
def test_a_search_that_forgets_finds_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = task(tmp_path, name, 60, ("flops >= 1",))
    variants = found(work)
    parsed.cache_clear()
    monkeypatch.setattr(replaying, "MOST_TOLD", 20)
    monkeypatch.setattr(replaying, "MOST_HELD", 60)
    assert found(work) == variants
    assert len(ways_of(work).steps) < 60


def test_readings_that_lead_nowhere_are_noted_no_more(tmp_path: Path) -> None:
    """They cost as much as those that are needed."""
    work = task(tmp_path, "attention", 100, ("flops >= 1",))
    found(work)
    assert (ways_of(work).found, ways_of(work).learned) == (0, 33)
