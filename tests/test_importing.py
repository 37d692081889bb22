"""`import` writes the architecture file that a person would have written, and that plans to the same rows."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.writers import Unwritable, write
from cnnshape.writers.yaml import COMPARED

DATA = Path(__file__).parent / "data"


def imported(plan: Plan) -> str:
    return write(plan, "yaml")


def rows(plan: Plan) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, what) for what in COMPARED) for row in plan.layers]


@pytest.mark.parametrize(
    ("member", "lines"),
    [
        ("keras/resnet50", 45),
        ("keras/mobilenetv2", 48),
        ("keras/inceptionv3", 80),
        ("keras/nasnetmobile", 110),
        ("keras/efficientnetb0", 66),
        ("pytorch/resnet50", 45),
        ("pytorch/googlenet", 70),
        ("pytorch/mobilenet_v3_small", 62),
        ("pytorch/regnet_y_400mf", 46),
        ("pytorch/convnext_tiny", 45),
    ],
)
def test_a_network_of_the_zoo_is_as_short_as_a_person_writes_it_and_plans_to_the_same_rows(
    member: str, lines: int
) -> None:
    plan = cnnshape.plan(f"zoo:{member}")
    text = imported(plan)
    assert len(text.splitlines()) <= lines
    again = cnnshape.plan(text=text)
    assert rows(again) == rows(plan)
    assert again.totals.peak_activation_bytes == plan.totals.peak_activation_bytes


@pytest.mark.parametrize(
    "member",
    [
        *("keras/ConvNeXtTiny", "keras/EfficientNetB0", "keras/InceptionResNetV2", "keras/NASNetMobile"),
        *("pytorch/convnext_tiny", "pytorch/efficientnet_b0", "pytorch/googlenet", "pytorch/shufflenet_v2_x1_0"),
    ],
)
def test_exported_code_plans_to_the_rows_of_the_network_and_is_imported_as_it_is(member: str, tmp_path: Path) -> None:
    plan = cnnshape.plan(f"zoo:{member}")
    keras = plan.framework == "keras"
    source = write(plan, plan.framework)
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    built = "build" if keras else source.split("class ")[-1].split("(")[0]
    again = cnnshape.plan(f"{tmp_path / 'net.py'}:{built}", input=None if keras else [3, 224, 224], batch=1)
    wanted = [each for each, row in zip(rows(plan), plan.layers, strict=True) if row.live and not row.training_only]
    assert rows(again) == wanted
    assert rows(cnnshape.plan(text=imported(again))) == wanted


FLAT = """\
name: flat
framework: keras
input: [32, 32, 3]
layers:
  - stem = Conv2D(16, 3, padding="same")
  - Conv2D(16, 3, padding="same")
  - BatchNormalization
  - Activation("relu")
  - right = Conv2D(16, 3, padding="same")
  - a = Add()(stem, right)
  - Conv2D(16, 3, padding="same")
  - BatchNormalization
  - Activation("relu")
  - right2 = Conv2D(16, 3, padding="same")
  - b = Add()(a, right2)
  - Conv2D(16, 3, padding="same")
  - BatchNormalization
  - Activation("relu")
  - right3 = Conv2D(16, 3, padding="same")
  - c = Add()(b, right3)
  - Flatten
  - head = Dense(10)
"""

FOLDED = """\
name: flat
framework: keras
input: [32, 32, 3]
blocks:
  residual():
    - Conv2D(16, 3, padding="same")
    - BatchNormalization
    - Activation("relu")
    - conv2d_2 = Conv2D(16, 3, padding="same")
    - Add()(input, conv2d_2)
layers:
  - stem = Conv2D(16, 3, padding="same")
  - residual * 3
  - Flatten
  - head = Dense(10)
"""


def test_equal_runs_of_a_flat_network_become_a_block_that_is_repeated() -> None:
    assert imported(cnnshape.plan(text=FLAT)) == FOLDED


@pytest.mark.parametrize("times", [4, 400, 10_000])
def test_equal_layers_one_after_the_other_are_counted(times: int) -> None:
    text = imported(cnnshape.plan(text=f"input: [4, 4, 8]\nlayers:\n  - ReLU * {times}\n"))
    assert text.splitlines()[-2:] == ["layers:", f"  - ReLU * {times}"]


def test_equal_runs_one_after_the_other_are_one_block_that_is_counted(tmp_path: Path) -> None:
    turn = "      - Conv2d(out_channels=8, kernel_size=1)\n      - BatchNorm2d\n      - ReLU"
    file = f"framework: pytorch\ninput: [8, 4, 4]\nlayers:\n  - for: i\n    in: range(100)\n    layers:\n{turn}\n"
    plan = cnnshape.plan(text=file)
    assert imported(plan).splitlines()[-6:] == [
        *("  conv_bn():", "    - Conv2d(out_channels=8, kernel_size=1)", "    - BatchNorm2d", "    - ReLU"),
        *("layers:", "  - conv_bn * 100"),
    ]
    assert "nn.Sequential(*(ConvBn() for _ in range(100)))" in write(plan, "pytorch")
    chain = cnnshape.plan({"framework": "pytorch", "input": [8, 4, 4], "layers": ["Conv2d(8, 8, 1) * 100"]})
    assert "nn.Sequential(*(nn.Conv2d(8, 8, 1) for _ in range(100)))" in write(chain, "pytorch")
    first, others = (
        "    x = layers.Conv2D(8, 1)(inputs)\n",
        "    for _ in range(99):\n        x = layers.Conv2D(8, 1)(x)\n",
    )
    assert first + others in write(chain, "keras")


@pytest.mark.parametrize(
    "example", ["lenet5", "pytorch_classifier", "pytorch_unet", "residual", "resnet", "tutorial", "two_inputs"]
)
def test_an_example_comes_back_from_code_about_as_long_as_it_was(example: str, tmp_path: Path) -> None:
    path = Path("examples", f"{example}.yaml")
    plan = cnnshape.plan(path)
    source = write(plan, plan.framework)
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    keras = plan.framework == "keras"
    built = "build" if keras else source.split("class ")[-1].split("(")[0]
    given = None if keras else list(next(iter(plan.inputs.values())))[1:]
    again = cnnshape.plan(f"{tmp_path / 'net.py'}:{built}", input=given, batch=plan.batch)
    written = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line.strip()[:1] != "#"]
    assert len(imported(again).splitlines()) <= 1.5 * len(written)


CHAIN = """\
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.norm(self.conv(x)))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.stages = nn.Sequential(Block(8, 16, 1), Block(16, 32, 2), Block(32, 48, 1), Block(48, 80, 2), Block(80, 80, 2))
        self.head = nn.Linear(80, 10)

    def forward(self, x):
        return self.head(self.stages(self.stem(x)).mean((2, 3)))
"""

LOOP = """\
name: Net
framework: pytorch
input: [3, 64, 64]
blocks:
  block(out_channels, stride=2):
    - Conv2d(out_channels=out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
    - BatchNorm2d
    - ReLU
layers:
  - stem = Conv2d(out_channels=8, kernel_size=3)
  - block(16, stride=1)
  - block(32)
  - block(48, stride=1)
  - block(80) * 2
  - mean(dim=(2, 3))
  - head = Linear(out_features=10)
"""


def test_modules_of_source_are_blocks_of_their_names_with_what_they_differ_in(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(CHAIN, encoding="utf-8")
    assert imported(cnnshape.plan(tmp_path / "net.py", input=[3, 64, 64])) == LOOP


def test_uses_of_a_block_that_differ_alike_are_a_loop() -> None:
    widths = "".join(f"  - Conv2D({n}, 3)\n  - BatchNormalization\n  - ReLU\n" for n in (8, 16, 24, 40, 40, 56))
    text = imported(cnnshape.plan(text=f"input: [64, 64, 3]\nlayers:\n{widths}"))
    assert (
        "  - for: [filters, n]\n"
        "    in: [[8, 1], [16, 1], [24, 1], [40, 2], [56, 1]]\n"
        "    layers:\n"
        "      - conv_bn(filters) * n\n"
    ) in text


@pytest.mark.parametrize(
    ("channels", "layers", "kept"),
    [
        (4, ["a = Conv2D(4, 1)", "Shared(a)"], "Shared(a)"),
        (3, ["Conv2D(4, 3, trainable=False)"], "trainable=False"),
        (4, ["a, b = ops.split(2, axis=-1)", "Add()(a, b)"], "(a, b)"),
        (3, ["ZeroPadding2D(2)", "Cropping2D(1)"], "ZeroPadding2D(padding=2)"),
        (3, ["Flatten", "Dense(4)", "Concatenate()(dense)"], "Concatenate()(dense)"),
    ],
)
def test_what_is_said_of_a_layer_is_kept(channels: int, layers: list[str], kept: str) -> None:
    plan = cnnshape.plan({"input": [9, 9, channels], "layers": layers})
    text = imported(plan)
    assert kept in text
    assert rows(cnnshape.plan(text=text)) == rows(plan)


def test_several_inputs_and_outputs_keep_their_names() -> None:
    plan = cnnshape.plan("examples/two_inputs.yaml")
    again = cnnshape.plan(text=imported(plan))
    assert list(again.inputs) == list(plan.inputs)
    assert list(again.outputs.values()) == list(plan.outputs.values())


def from_onnx(name: str, folder: Path) -> Plan:
    with zipfile.ZipFile(DATA / "onnx_models.zip") as archive:
        (folder / "net.onnx").write_bytes(archive.read(name))
    return cnnshape.plan(folder / "net.onnx")


@pytest.mark.parametrize(
    ("model", "lines"),
    [("resnet.onnx_dynamo.onnx", 27), ("unet.onnx_script.onnx", 23), ("30_dynamo_fpn_op18.onnx", 22)],
)
def test_a_model_of_onnx_is_imported_like_any_other(model: str, lines: int, tmp_path: Path) -> None:
    plan = from_onnx(model, tmp_path)
    text = imported(plan)
    assert rows(cnnshape.plan(text=text)) == rows(plan)
    assert len(text.splitlines()) <= lines


def test_what_the_language_cannot_say_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="y: nothing is known of If"):
        imported(from_onnx("57_hand_if.onnx", tmp_path))


LAYERS = st.sampled_from(
    ["Conv2D(4, 3, padding='same')", "Conv2D(8, 1)", "BatchNormalization", "ReLU", "MaxPooling2D(2, 1, padding='same')"]
)


@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(1, 6), st.lists(LAYERS, max_size=3))
def test_any_repetition_plans_to_the_same_rows(body: list[str], times: int, end: list[str]) -> None:
    plan = cnnshape.plan({"input": [16, 16, 4], "layers": [*body * times, *end]})
    assert rows(cnnshape.plan(text=imported(plan))) == rows(plan)


def growing(turns: int) -> str:
    """A dense block written out: every layer reads all tensors before it."""
    lines = ["  - stem = Conv2D(8, 3, padding='same')"]
    names = ["stem"]
    for turn in range(turns):
        lines.append(f"  - c{turn} = Concatenate()({', '.join(names)})")
        lines += ["  - BatchNormalization", "  - ReLU", f"  - y{turn} = Conv2D(4, 3, padding='same')"]
        names.append(f"y{turn}")
    return "\n".join(
        ["input: [16, 16, 3]", "layers:", *lines, f"  - Concatenate()({', '.join(names)})", "  - Dense(3)"]
    )


GROWN = """\
blocks:
  bn_conv():
    - BatchNormalization
    - ReLU
    - Conv2D(4, 3, padding="same")
  dense_block(n):
    - features[0] = input
    - for: i
      in: range(n)
      layers:
        - Concatenate()(*features)
        - features[i + 1] = bn_conv
    - Concatenate()(*features)
layers:
  - stem = Conv2D(8, 3, padding="same")
  - dense_block(7)
  - Dense(3)
"""


def test_a_concatenation_that_grows_is_a_loop_over_its_layers() -> None:
    plan = cnnshape.plan(text=growing(7))
    text = imported(plan)
    assert text.endswith(GROWN)
    assert rows(cnnshape.plan(text=text)) == rows(plan)


def test_a_growing_concatenation_of_which_something_else_is_read_stays_as_it_is() -> None:
    text = imported(cnnshape.plan(text=growing(7).replace("  - Dense(3)", "  - Concatenate()(c3, y6)\n  - Dense(3)")))
    assert "dense_block" not in text


OPERANDS = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.gamma = nn.Parameter(torch.ones(8, 1, 1))
        self.pos = nn.Parameter(torch.zeros(1, 196, 8))
        self.w = nn.Parameter(torch.zeros(8, 5))

    def forward(self, x):
        x = self.conv(x / 0.5) * self.gamma + 1.0
        x = x.flatten(2).transpose(1, 2) + self.pos
        return torch.matmul(x, self.w)
"""

STATED = """\
layers:
  - div(other=0.5)
  - conv = Conv2d(out_channels=8, kernel_size=3)
  - gamma = Parameter((8, 1, 1))
  - mul()(conv, gamma)
  - add(other=1.0)
  - flatten(start_dim=2)
  - transpose = transpose(1, 2)
  - pos = Parameter((196, 8))
  - add()(transpose, pos)
  - matmul = Linear(out_features=5, bias=False)
"""


def test_weights_that_operators_read_are_parameters_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(OPERANDS, encoding="utf-8")
    plan = cnnshape.plan(tmp_path / "net.py", input=[3, 16, 16])
    text = imported(plan)
    assert text.endswith(STATED)
    again = cnnshape.plan(text=text)
    assert (again.totals.params, again.totals.macs) == (plan.totals.params, plan.totals.macs)


def graph_of(nodes: list[Any], **weights: list[int]) -> bytes:
    """A model of ONNX that reads maps of 4 channels; weights have these shapes, numbers are constants."""
    held = [onnx.numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()]
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 4, 8, 8])
        for name in ("x", nodes[-1].output[0])
    ]
    graph = onnx.helper.make_graph(nodes, "net", ends[:1], ends[1:], held)
    opset = onnx.helper.make_opsetid("", 17)
    return bytes(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())


@pytest.mark.parametrize(
    ("operator", "weights", "entries"),
    [
        ("Mul", {"gamma": [4, 1, 1]}, ["gamma = Parameter((4, 1, 1))", "mul()(input, gamma)"]),
        ("Sub", {"mean": [1, 4, 1, 1]}, ["mean = Parameter((4, 1, 1))", "sub()(input, mean)"]),
        ("Add", {"pos": [8]}, ["pos = Parameter((1, 1, 8))", "add()(input, pos)"]),
        ("Div", {"two": []}, ["div(other=1.0)"]),
    ],
)
def test_operands_of_onnx_that_are_weights_or_numbers_are_imported(
    operator: str, weights: dict[str, list[int]], entries: list[str], tmp_path: Path
) -> None:
    node = onnx.helper.make_node(operator, ["x", *weights], ["y"])
    (tmp_path / "net.onnx").write_bytes(graph_of([node], **weights))
    plan = cnnshape.plan(tmp_path / "net.onnx")
    text = imported(plan)
    lines = [line.removeprefix("  - ").removeprefix("y = ") for line in text.splitlines()]
    start = lines.index("layers:") + 1
    assert lines[start : start + len(entries)] == entries
    assert cnnshape.plan(text=text).totals.params == plan.totals.params


def test_a_buffer_that_an_operator_reads_is_refused_by_name(tmp_path: Path) -> None:
    source = OPERANDS.replace("nn.Parameter(torch.ones(8, 1, 1))", "1").replace(
        "        self.w =", '        self.register_buffer("mean", torch.zeros(3, 1, 1))\n        self.w ='
    )
    (tmp_path / "net.py").write_text(source.replace("x / 0.5", "x - self.mean"), encoding="utf-8")
    with pytest.raises(Unwritable, match="mean: an architecture file has no words for a buffer"):
        imported(cnnshape.plan(tmp_path / "net.py", input=[3, 16, 16]))
