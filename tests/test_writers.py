"""`export` writes code that runs as it stands, and refuses by name what has no equal.

`conformance/exports.json` holds what came of it in the real frameworks (Keras 3.15.1, PyTorch 2.14.1, ONNX Runtime 1.32):
shapes and parameters as planned, and equal values with the weights carried over (`conformance/run_exports.py`).
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import onnx
import pytest

from cnnshape import api
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework
from cnnshape.writers import Unwritable, write
from cnnshape.writers.weights import weights_map

OBSERVED: list[tuple[str, str, str]] = json.loads(
    (Path(__file__).parent / "conformance" / "exports.json").read_text(encoding="utf-8")
)


def exported(to: Framework, layers: list[Any], framework: str = "keras", **more: Any) -> str:
    given = {"input": [8, 8, 3] if framework == "keras" else [3, 8, 8], **more}
    given = {key: value for key, value in given.items() if value is not None}
    return write(api.plan({"name": "small-net", "framework": framework, "layers": layers, **given}), to)


KERAS = """\
import keras
from keras import layers, ops


def build() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    conv2d = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    # residual
    x = layers.Conv2D(4, 3, padding="same")(conv2d)
    x = layers.BatchNormalization()(x)
    x = layers.Add()([x, conv2d])
    x = ops.mean(x, axis=(1, 2))
    x = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, x, name="SmallNet")


if __name__ == "__main__":
    build().summary()
"""

PYTORCH = """\
import torch
from torch import nn


class SmallNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 4, 3, padding="same")
        self.conv2d_relu_1 = nn.ReLU()
        # residual
        self.residual_conv2d = nn.Conv2d(4, 4, 3, padding="same")
        # PyTorch's momentum of statistics is 1 - Keras's
        self.residual_batch_normalization = nn.BatchNorm2d(4, eps=0.001, momentum=0.01)
        self.dense = nn.Linear(4, 10)
        self.dense_softmax_1 = nn.Softmax(dim=-1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        x = self.conv2d(inputs)
        conv2d = self.conv2d_relu_1(x)
        # residual
        x = self.residual_conv2d(conv2d)
        x = self.residual_batch_normalization(x)
        x = torch.add(x, conv2d)
        x = torch.mean(x, dim=(2, 3))
        x = self.dense(x)
        x = self.dense_softmax_1(x)
        return x


if __name__ == "__main__":
    print(SmallNet().eval()(torch.zeros(1, 3, 8, 8)))
"""


@pytest.mark.parametrize(("to", "expected"), [("keras", KERAS), ("pytorch", PYTORCH)])
def test_code_is_what_a_person_would_write(to: Framework, expected: str) -> None:
    layers = [
        "Conv2D(4, 3, padding='same', activation='relu')",
        "residual()",
        "Add()(residual, conv2d)",
        "ops.mean(axis=[1, 2])",
        "Dense(10, activation='softmax')",
    ]
    blocks = {"residual": ["Conv2D(4, 3, padding='same')", "BatchNormalization()"]}
    assert exported(to, layers, blocks=blocks) == expected


@pytest.mark.parametrize(
    ("framework", "layer", "lines"),
    [
        (
            "keras",
            "Conv2D(4, 3, strides=2, padding='same')",
            [
                '# Keras\'s "same" pads more after than before: the padding is a layer of its own',
                "self.conv2d_constantpad2d_0 = nn.ConstantPad2d((0, 1, 0, 1), 0)",
                "self.conv2d = nn.Conv2d(3, 4, 3, stride=2)",
            ],
        ),
        (
            "keras",
            "Flatten()",
            [
                "# channels are put so that features keep their order",
                "x = torch.permute(inputs, (0, 2, 3, 1))",
                "x = self.flatten(x)",
            ],
        ),
        (
            "pytorch",
            "MaxPool2d(3, stride=2, padding=1)",
            [
                "# Keras knows no numbers of padding: the padding is a layer of its own",
                'x = ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=float("-inf"))',
                "x = layers.MaxPooling2D(3, strides=2)(x)",
            ],
        ),
    ],
)
def test_where_rules_differ_the_code_does_it_and_says_why(framework: str, layer: str, lines: list[str]) -> None:
    to: Framework = "pytorch" if framework == "keras" else "keras"
    written = [line.strip() for line in exported(to, [layer], framework).splitlines()]
    start = written.index(lines[0])
    assert written[start : start + len(lines)] == lines


@pytest.mark.parametrize(
    ("to", "framework", "layer", "message"),
    [
        ("keras", "pytorch", "LPPool2d(2, 2)", "lp_pool2d: Keras has no equal of LPPool2d: Keras has no LP pooling"),
        ("keras", "keras", "SumPooling2D(2, padding='same')", "sum_pooling2d: Keras has no layer SumPooling2D"),
        ("pytorch", "keras", "RepeatVector(2)", "repeat_vector: no equal of RepeatVector is known in PyTorch"),
        (
            "pytorch",
            "keras",
            "MaxPooling2D(2, data_format='channels_first')",
            "max_pooling2d: the channels of MaxPooling2D lie elsewhere than the network's",
        ),
    ],
)
def test_what_has_no_equal_is_refused_by_name(to: Framework, framework: str, layer: str, message: str) -> None:
    size = {"input": [4]} if "Vector" in layer else {}
    with pytest.raises(Unwritable) as refused:
        exported(to, [layer], framework, **size)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("layer", "size", "written"),  # as Keras takes them
    [
        ("ZeroPadding1D(2)", [8, 3], "layers.ZeroPadding1D(padding=2)"),
        ("ZeroPadding1D((1, 2))", [8, 3], "layers.ZeroPadding1D(padding=(1, 2))"),
        ("ZeroPadding2D(3)", [8, 8, 3], "layers.ZeroPadding2D(padding=3)"),
        ("Cropping2D(((0, 1), (2, 0)))", [8, 8, 3], "layers.Cropping2D(cropping=((0, 1), (2, 0)))"),
    ],
)
def test_paddings_are_written_as_keras_takes_them(layer: str, size: list[int], written: str) -> None:
    assert written in exported("keras", [layer], input=size)


def test_shared_layers_are_made_once() -> None:
    layers = ["d = Dense(3)", "Shared(d)"]
    keras, pytorch = (exported(to, layers, input=[3]) for to in FRAMEWORKS)
    assert "    d_layer = layers.Dense(3)\n    x = d_layer(inputs)\n    x = d_layer(x)\n" in keras
    assert pytorch.count("nn.Linear(3, 3)") == 1
    assert pytorch.count("self.d(") == 2


def test_an_input_that_is_called_as_the_code_calls_what_passes_on_has_a_plain_name() -> None:
    code = exported("pytorch", ["ReLU()(x)"], "pytorch", input=None, inputs={"x": [3, 8, 8]})
    assert "def forward(self, inputs: torch.Tensor)" in code


def test_no_text_of_a_file_becomes_code() -> None:
    hostile = 'zeros"); import os; os.abort(); ("\\'
    layer = {"Dense": {"units": 4, "kernel_initializer": hostile}}
    tree = ast.parse(exported("keras", [layer], name="x(): pass\nimport os"))
    assert hostile in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)] == ["keras"]


@pytest.mark.parametrize(("file", "to", "outcome"), OBSERVED, ids=[f"{file}-{to}" for file, to, _ in OBSERVED])
def test_what_ran_in_the_framework_is_still_written(file: str, to: str, outcome: str) -> None:
    plan = api.plan(file, batch=1)
    if outcome == "same":
        text = write(plan, to)
        assert onnx.load_from_string(text) if to == "onnx" else ast.parse(text)
    else:
        with pytest.raises(Unwritable) as refused:
            write(plan, to)
        assert f"refused: {refused.value}" == outcome


@pytest.mark.parametrize(
    ("framework", "layer", "to", "written"),
    [
        ("pytorch", "DropPath(0.2)", "pytorch", "DropPath(drop_prob=0.2)"),
        ("pytorch", "DropPath(0.2)", "keras", "layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))"),
        ("keras", "Dropout(0.2, noise_shape=[null, 1, 1, 1])", "pytorch", 'StochasticDepth(0.2, "row")'),
        ("keras", "Dropout(0.2, noise_shape=[1, 1, 1, 1])", "pytorch", 'StochasticDepth(0.2, "batch")'),
        ("keras", "Dropout(0.2, noise_shape=[null, 1, 1, null])", "pytorch", "nn.Dropout2d(0.2)"),
        ("keras", "CustomScaleLayer(0.2)(input, input)", "keras", "CustomScaleLayer(0.2)([inputs, inputs])"),
    ],
)
def test_what_only_training_does_is_written_with_the_layer_that_trains_alike(
    framework: str, layer: str, to: Framework, written: str
) -> None:
    assert written in exported(to, [layer], framework)


@pytest.mark.parametrize(
    ("framework", "layer", "to", "written"),
    [
        ("keras", "ops.subtract(x1=1.0)", "keras", "ops.subtract(1.0, inputs)"),
        ("keras", "ops.subtract(x2=1.0)", "keras", "ops.subtract(inputs, 1.0)"),
        ("keras", "ops.subtract(x1=1.0)", "pytorch", "torch.rsub(inputs, 1.0)"),
        ("keras", "ops.power(x2=3.0)", "pytorch", "torch.pow(inputs, 3.0)"),
        ("pytorch", "rsub(1.0)", "keras", "ops.subtract(1.0, inputs)"),
        ("pytorch", "exp2()", "keras", "ops.power(2.0, inputs)"),
    ],
)
def test_a_number_is_written_in_its_place_among_the_operands(
    framework: str, layer: str, to: Framework, written: str
) -> None:
    assert written in exported(to, [layer], framework)


OPERANDS = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.pos = nn.Parameter(torch.zeros(1, 65, 3), requires_grad=False)
        self.token = nn.Parameter(torch.zeros(1, 1, 3))
        self.register_buffer("mean", torch.zeros(3, 1, 1))
        self.mix = nn.Parameter(torch.zeros(3, 5))

    def forward(self, x):
        x = (self.mean - x) * self.scale[:, None, None].exp()
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos
        return x[:, 0] @ self.mix
"""


@pytest.mark.parametrize(
    ("to", "lines"),
    [
        (
            "pytorch",
            [
                "self.scale = nn.Parameter(torch.ones(3))",
                "self.pos = nn.Parameter(torch.zeros(1, 65, 3), requires_grad=False)",
                'self.register_buffer("mean", torch.zeros(3, 1, 1))',
                "sub = torch.sub(self.mean, inputs)",
                "x = torch.exp(self.scale.view(3, 1, 1))",
                "x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)",
                "x = torch.add(x, self.pos)",
                "x = x[:, 0]",
                "x = torch.matmul(x, self.mix)",
            ],
        ),
        (
            "keras",
            [
                'mean = Parameter((1, 1, 1, 3), initializer="zeros", trainable=False)(inputs)',
                'token = Parameter((1, 3, 1), initializer="zeros", each_sample=True)(flatten)',
                "cat = layers.Concatenate()([token, flatten])",
                'pos = Parameter((1, 3, 65), initializer="zeros", trainable=False)(cat)',
                "index = x[:, :, 0]",
                "x = ops.matmul(index, mix)",
            ],
        ),
    ],
)
def test_a_weight_beside_tensors_is_one_of_the_module_or_a_layer(
    to: Framework, lines: list[str], tmp_path: Path
) -> None:
    (tmp_path / "net.py").write_text(OPERANDS, encoding="utf-8")
    plan = api.plan(f"{tmp_path / 'net.py'}:Net", input=[3, 8, 8])
    written = [line.strip() for line in write(plan, to).splitlines()]
    assert [line for line in lines if line not in written] == []
    entries = {entry["from"]: entry for entry in weights_map(plan, to)["weights"]}
    assert list(entries) == ["mean", "scale", "token", "pos", "mix"]
    if to == "keras":
        told = {"from": "pos", "from_shape": [1, 65, 3], "transpose": [0, 2, 1], "to_shape": [1, 3, 65]}
        assert {**told, "to": entries["pos"]["to"]} == entries["pos"]
    else:
        (tmp_path / "again.py").write_text(write(plan, to), encoding="utf-8")
        again = api.plan(f"{tmp_path / 'again.py'}:Net", input=[3, 8, 8])
        assert [(row.type, row.output_shapes, row.params, row.trainable) for row in again.layers] == [
            (row.type, row.output_shapes, row.params, row.trainable) for row in plan.layers
        ]


def test_weights_beside_tensors_are_initializers_of_onnx_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(OPERANDS, encoding="utf-8")
    model = onnx.load_from_string(write(api.plan(f"{tmp_path / 'net.py'}:Net", input=[3, 8, 8]), "onnx"))
    held = {each.name: tuple(each.dims) for each in model.graph.initializer if each.name in "mean scale token pos mix"}
    assert held == {"mean": (3, 1, 1), "scale": (3,), "token": (1, 1, 3), "pos": (1, 65, 3), "mix": (3, 5)}


@pytest.mark.parametrize(
    ("member", "written"),
    [("resnet.onnx_dynamo.onnx", "ops.mean(x, axis=(1, 2)"), ("unet.onnx_script.onnx", "layers.Conv2DTranspose(")],
)
def test_what_a_file_has_worked_out_is_carried_over_as_the_word_that_it_is(
    member: str, written: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(Path(__file__).parent / "data" / "onnx_models.zip") as archive:
        (tmp_path / "net.onnx").write_bytes(archive.read(member))
    assert written in write(api.plan(tmp_path / "net.onnx"), "keras")


def test_a_list_of_one_part_is_taken_apart() -> None:
    assert "(x,) = torch.split(inputs, 3, dim=1)" in exported("pytorch", ["split(3, dim=1)", "ReLU"], "pytorch")
    assert "(x,) = ops.split(inputs, 1, axis=1)" in exported("keras", ["ops.split(1, axis=1)", "ReLU"])


def test_code_is_formatted_as_ruff_formats() -> None:
    for file, to in [("zoo:keras/MobileNetV2", "pytorch"), ("zoo:pytorch/googlenet", "keras")]:
        source = write(api.plan(file), to)  # type: ignore[arg-type]
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
        formatted = subprocess.run(command, input=source, capture_output=True, text=True, check=True, encoding="utf-8")
        assert formatted.stdout == source


def exported_model(layers: list[Any], framework: str = "pytorch", **more: Any) -> Any:
    given = {"input": [8, 8, 3] if framework == "keras" else [3, 8, 8], **more}
    plan = api.plan({"name": "small", "framework": framework, "layers": layers, **given})
    return onnx.load_from_string(write(plan, "onnx"))


@pytest.mark.parametrize(
    "member", ["pytorch/resnet18", "pytorch/shufflenet_v2_x0_5", "keras/MobileNet", "keras/LeNet5"]
)
def test_an_onnx_model_plans_to_the_same_cost(member: str, tmp_path: Path) -> None:
    plan = api.plan(f"zoo:{member}")
    (tmp_path / "net.onnx").write_bytes(write(plan, "onnx"))
    again = api.plan(tmp_path / "net.onnx")
    assert again.totals is not None
    assert plan.totals is not None
    assert again.totals.macs == plan.totals.macs
    assert again.totals.trainable_params == plan.totals.trainable_params
    assert list(again.outputs.values()) == list(plan.outputs.values())


def test_weights_of_an_onnx_model_are_named_as_pytorch_names_them_and_shared_ones_are_there_once() -> None:
    model = exported_model(["c = Conv2d(3, 3, 1)", "BatchNorm2d(3)", "Shared(c)"])
    assert [each.name for each in model.graph.initializer] == [
        *("c.weight", "c.bias"),
        *(f"batch_norm2d.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
    ]
    assert [node.op_type for node in model.graph.node] == ["Conv", "BatchNormalization", "Conv"]


@pytest.mark.parametrize(
    ("framework", "layer", "operators"),
    [
        ("keras", "Conv2D(4, 3, strides=2, padding='same')", ["Pad", "Conv"]),
        ("keras", "Flatten()", ["Transpose", "Reshape"]),
        ("pytorch", "GELU()", ["Mul", "Erf", "Mul", "Add", "Mul"]),
        ("pytorch", "MaxPool2d(3, 2, ceil_mode=True)", ["MaxPool"]),
        ("pytorch", "AdaptiveAvgPool2d(1)", ["GlobalAveragePool"]),
        ("pytorch", "AdaptiveAvgPool2d(3)", ["Transpose", "MatMul", "Transpose", "Transpose", "MatMul", "Transpose"]),
        ("pytorch", "AdaptiveMaxPool2d(3)", ["Gather", "ReduceMax", "Gather", "ReduceMax"]),
        ("pytorch", "AvgPool2d(3, 2, ceil_mode=True)", ["Pad", "AveragePool", "Mul"]),
        ("pytorch", "ReflectionPad2d(2)", ["Pad"]),
        ("pytorch", "StochasticDepth(0.1, 'row')", ["Identity"]),
        ("pytorch", "LayerScale(3)", ["Reshape", "Mul"]),
        ("keras", "UnitNormalization()", ["ReduceL2", "Clip", "Div"]),
        ("keras", "Normalization()", ["BatchNormalization"]),
    ],
)
def test_layers_are_operators_of_onnx(framework: str, layer: str, operators: list[str]) -> None:
    names = [node.op_type for node in exported_model([layer], framework).graph.node]
    assert [name for name in names if name in operators] == [name for name in operators if name in names]
    assert names[-1] == operators[-1]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("MaxPool2d(2, return_indices=True)", "ONNX has no MaxPool2d with return_indices"),
        ("Unfold(2)", "no operator of ONNX is known for Unfold"),
    ],
)
def test_what_onnx_cannot_say_is_refused_by_name(layer: str, message: str) -> None:
    with pytest.raises(Unwritable, match=re.escape(message)):
        exported_model([layer])


def test_an_unknown_batch_is_a_name_in_onnx() -> None:
    model = exported_model(["Conv2d(3, 4, 3)", "Flatten()"], batch=None)
    assert [each.type.tensor_type.shape.dim[0].dim_param for each in (*model.graph.input, *model.graph.output)] == [
        *("batch", "batch"),
    ]


@pytest.mark.parametrize(
    ("layers", "refused", "message"),
    [
        (
            ["a = Conv2d(3, 3, 1)", "b = ReLU(inplace=True)(a)", "add()(a, b)"],
            ["keras", "onnx"],
            "what add reads afterwards",
        ),
        (
            ["a = Dropout()", "b = ReLU(inplace=True)(input)", "c = ReLU()(a)"],
            ["keras", "pytorch", "onnx"],
            "what c reads",
        ),
        (["Conv2d(3, 3, 1)", "ReLU(inplace=True)"], [], ""),
    ],
)
def test_what_is_overwritten_and_read_again_is_written_where_it_is_overwritten(
    layers: list[str], refused: list[str], message: str
) -> None:
    plan = api.plan({"framework": "pytorch", "input": [3, 8, 8], "layers": layers})
    for to in ("keras", "pytorch", "onnx"):
        if to in refused:
            with pytest.raises(Unwritable, match=message):
                write(plan, to)
        else:
            assert write(plan, to)


def test_a_model_of_more_bytes_than_a_protobuf_holds_is_refused_before_it_is_made() -> None:
    plan = api.plan({"framework": "pytorch", "input": [64, 12, 12], "layers": ["Conv2d(64, 1000000000, 3)"]})
    with pytest.raises(Unwritable, match="a file of ONNX holds 2,147,483,647"):
        write(plan, "onnx")


@pytest.mark.parametrize("kind", ["pytorch", "keras", "onnx"])
def test_a_layer_that_shares_some_of_its_weights_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Linear(4, 4)\n        self.b = nn.Linear(4, 4)\n        self.b.weight = self.a.weight\n\n"
        "    def forward(self, x):\n        return self.b(self.a(x))\n",
        encoding="utf-8",
    )
    with pytest.raises(Unwritable, match=r"^b: "):
        write(api.plan(str(path), input=[4]), kind)


def test_what_an_architecture_file_would_make_otherwise_is_named_before_what_it_breaks(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.MultiheadAttention(16, 4, batch_first=True)\n        self.d = nn.Dropout(0.1)\n\n"
        "    def forward(self, x):\n        return self.d(self.a(x, x, x, average_attn_weights=False)[1]).permute(0, 3, 1, 2)\n",
        encoding="utf-8",
    )
    planned = api.plan(str(path), input=[9, 16])
    with pytest.raises(Unwritable, match=r"^a: its scores are those of every head, and in a file their mean"):
        write(planned, "yaml")
    assert "self.a(inputs, inputs, inputs, average_attn_weights=False)" in write(planned, "pytorch")


@pytest.mark.parametrize(("to", "layer"), [("keras", "Conv2D(3, 1)"), ("pytorch", "Conv2d(3, 3, 1)")])
def test_equal_layers_at_the_start_of_a_block_begin_with_what_it_is_given(
    to: Framework, layer: str, tmp_path: Path
) -> None:
    layers = [f"{layer} * 5", *["other()"] * 2]
    size = [8, 8, 3] if to == "keras" else [3, 8, 8]
    blocks = {"other": [f"{layer} * 6"]}
    plan = api.plan({"framework": to, "input": size, "blocks": blocks, "layers": layers})
    path = tmp_path / "net.py"
    path.write_text(write(plan, to), encoding="utf-8")
    again = api.plan(str(path), **({} if to == "keras" else {"input": size}))
    assert [row.params for row in again.layers] == [12] * 17


def test_a_tensor_that_is_returned_twice_is_returned_twice() -> None:
    plan = api.plan({"input": [8, 8, 3], "layers": ["a = Conv2D(3, 3)"], "outputs": ["a", "a", "input"]})
    assert plan.returned == ("a", "a", "input")
    assert "outputs: [a, a, input]" in write(plan, "yaml")
    assert "return keras.Model(inputs, [a, a, inputs]" in write(plan, "keras")
    assert "return a, a, inputs" in write(plan, "pytorch")
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(write(plan, "onnx")).graph
    assert [output.name for output in graph.output] == ["a", "a (2)", "input"]


def test_axes_that_are_put_in_order_for_shared_weights_are_of_no_layer_that_is_left_out() -> None:
    layers = ["a = LayerNormalization()", "Shared(a)(a)", "Add()(input, a)"]
    code = write(
        api.plan({"input": [12, 8, 2], "layers": layers, "outputs": ["add", "layer_normalization"]}), "pytorch"
    )
    assert code.count("self.a(") == 2


CALLED_AGAIN = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 3, 3, padding=1), nn.MaxPool2d(2)

    def forward(self, x):
        once = self.pool(self.conv(x))
        return once, self.pool(self.conv(once))
"""


def test_what_a_module_makes_that_is_called_again_is_called_as_people_would(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(CALLED_AGAIN, encoding="utf-8")
    code = write(api.plan(f"{tmp_path / 'net.py'}:Net", input=[3, 16, 16]), "pytorch")
    assert code.count("self.conv(") == 2
    assert "        pool_2 = self.pool_2(x)\n        return pool, pool_2\n" in code
