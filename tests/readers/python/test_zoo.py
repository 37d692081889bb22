"""Transfer learning where the package is not installed: the zoo's networks count as torchvision's, timm's and Keras's.

The numbers are those of torchvision 0.29.1, timm 1.0.31 and Keras 3.15.1.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.files import UnreadableError

TORCH = "import torch\nfrom torch import nn\nimport timm\nfrom torchvision import models\n\n"
KERAS = "import keras\nfrom keras import layers\n\n"


@pytest.mark.parametrize(
    ("code", "params", "trainable"),
    [
        (
            "net = models.resnet50(weights='DEFAULT')\nfor p in net.parameters(): p.requires_grad = False\n"
            "net.fc = nn.Linear(net.fc.in_features, 5)",
            23_518_277,
            10_245,
        ),
        (
            "net = models.vgg16(pretrained=True)\nnet.features.requires_grad_(False)\nnet.classifier[6] = nn.Linear(4096, 3)",
            134_272_835,
            119_558_147,
        ),
        (
            "net = models.mobilenet_v2()\nnet.classifier[-1] = nn.Linear(net.classifier[1].in_features, 7)",
            2_232_839,
            2_232_839,
        ),
        (
            "body = nn.Sequential(*list(models.efficientnet_b0().children())[:-1])\n"
            "net = nn.Sequential(body, nn.Flatten(), nn.Linear(1280, 4))",
            4_012_672,
            4_012_672,
        ),
        ("net = timm.create_model('resnet50', pretrained=True, num_classes=11)", 23_530_571, 23_530_571),
        (
            "body = timm.create_model('resnet18', num_classes=0)\nnet = nn.Sequential(body, nn.Linear(body.num_features, 3))",
            11_178_051,
            11_178_051,
        ),
        ("net = models.resnet18()\nnet.conv1 = nn.Conv2d(1, 64, 3)", 11_680_744, 11_680_744),
        ("net = nn.Sequential(*list(models.resnet18().children())[:6])", 683_072, 683_072),
        (
            "net = models.resnet18()\nfor name, p in net.named_parameters(): p.requires_grad = name.startswith('layer4')",
            11_689_512,
            8_393_728,
        ),
        (
            "net = models.wide_resnet50_2()\nnet.layer4[-1].conv3 = nn.Conv2d(1024, 2048, 1)\n"
            "net.layer3[0].downsample[1] = nn.Identity()",
            68_883_240,
            68_883_240,
        ),
    ],
)
def test_a_network_of_torchvision_is_the_zoo_s(code: str, params: int, trainable: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{TORCH}{code}\n", encoding="utf-8")
    channels = 1 if "Conv2d(1," in code else 3
    totals = cnnshape.plan(f"{path}:net", input=[channels, 224, 224]).totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (params, trainable)


def test_a_resnet_of_the_zoo_has_the_rows_of_torchvision(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{TORCH}net = models.resnet18()\n", encoding="utf-8")
    rows = [(row.name, row.type, row.output_shape) for row in cnnshape.plan(f"{path}:net", input=[3, 64, 64]).layers]
    assert rows[:13] == [
        ("conv1", "Conv2d", (1, 64, 32, 32)),
        ("bn1", "BatchNorm2d", (1, 64, 32, 32)),
        ("relu", "ReLU", (1, 64, 32, 32)),
        ("maxpool", "MaxPool2d", (1, 64, 16, 16)),
        ("layer1.0.conv1", "Conv2d", (1, 64, 16, 16)),
        ("layer1.0.bn1", "BatchNorm2d", (1, 64, 16, 16)),
        ("layer1.0.relu", "ReLU", (1, 64, 16, 16)),
        ("layer1.0.conv2", "Conv2d", (1, 64, 16, 16)),
        ("layer1.0.bn2", "BatchNorm2d", (1, 64, 16, 16)),
        ("layer1.0.add", "add", (1, 64, 16, 16)),
        ("layer1.0.relu", "ReLU", (1, 64, 16, 16)),
        ("layer1.1.conv1", "Conv2d", (1, 64, 16, 16)),
        ("layer1.1.bn1", "BatchNorm2d", (1, 64, 16, 16)),
    ]
    assert [name for name, *_ in rows[18:26]] == [
        *("layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu", "layer2.0.conv2", "layer2.0.bn2"),
        *("layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.add"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "net = models.densenet121()\nnet.conv0 = nn.Conv2d(1, 64, 3)",
        "net = nn.Sequential(*list(models.densenet121().children())[:6])",
        "net = models.densenet121()\nfor name, p in net.named_parameters(): p.requires_grad = name.startswith('norm5')",
        "net = models.densenet121(drop_rate=lambda: 1)",
    ],
)
def test_what_the_zoo_s_names_do_not_tell_is_refused(code: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{TORCH}{code}\n", encoding="utf-8")
    with pytest.raises(ArchitectureError, match="densenet121"):
        cnnshape.plan(f"{path}:net", input=[3, 224, 224])


def test_an_application_of_keras_is_the_zoo_s(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        f"{KERAS}base = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights=None)\n"
        "base.trainable = False\nfor layer in base.layers[-4:]:\n    layer.trainable = True\n"
        "model = keras.Sequential([keras.Input((96, 96, 3)), base, layers.GlobalMaxPooling2D(), layers.Dense(3)])\n",
        encoding="utf-8",
    )
    totals = cnnshape.plan(f"{path}:model").totals
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (2_257_984 + 3_843, 412_800 + 3_843)


IDIOMS = [
    ("VGG16", "(48, 48, 3)", "keras.Model(base.input, base.get_layer('block5_pool').output)", 14_714_688),
    ("InceptionV3", "(150, 150, 3)", "keras.Model(base.input, base.get_layer('mixed7').output)", 8_975_264),
    (
        "MobileNetV2",
        "(96, 96, 3), alpha=0.35",
        "keras.Model(base.input, base.get_layer('block_16_project').output)",
        261_280,
    ),
    ("ResNet50", "(64, 64, 3)", "keras.Model(base.input, base.get_layer('conv4_block6_out').output)", 8_589_184),
    (
        "EfficientNetB0",
        "(64, 64, 3)",
        "keras.Model(base.input, base.get_layer('block6a_expand_activation').output)",
        945_927,
    ),
    ("Xception", "None", "keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(5)])", 20_871_725),
    ("MobileNet", "(224, 224, 3), alpha=0.5", "keras.Sequential([base, layers.Flatten()])", 829_536),
]
"""Models of ``keras.applications``, without their heads, and what is made of them, with its parameters."""


@pytest.mark.parametrize(("network", "shape", "made", "params"), IDIOMS)
def test_a_network_of_keras_has_its_layers_names(
    network: str, shape: str, made: str, params: int, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    body = f"base = keras.applications.{network}(include_top=False, weights=None, input_shape={shape})"
    path.write_text(f"{KERAS}{body}\nmodel = {made}\n", encoding="utf-8")
    totals = cnnshape.plan(f"{path}:model").totals
    assert totals is not None
    assert totals.params == params


def test_rows_of_a_network_of_keras_have_its_names(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    body = "model = keras.Sequential([keras.applications.MobileNetV2(include_top=False, input_shape=(96, 96, 3))])"
    path.write_text(f"{KERAS}{body}\n", encoding="utf-8")
    names = [row.name for row in cnnshape.plan(path).layers]
    assert names[:2] == ["mobilenetv2_1.00_96/Conv1", "mobilenetv2_1.00_96/bn_Conv1"]
    assert names[-1] == "mobilenetv2_1.00_96/out_relu"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (TORCH, "net = models.vgg11()\nnet(torch.randn(1, 3, 64, 64))"),
        ("import torch\nfrom torchvision.models import vgg11\n", "net = vgg11()\nx = torch.randn(1, 3, 64, 64)"),
        ("from keras.applications.vgg16 import VGG16\n", "net = VGG16()"),
        ("import keras\n", "net = keras.applications.VGG19(classes=7)"),
    ],
)
def test_a_file_whose_only_model_is_a_library_s_means_that(head: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{head}{code}\n", encoding="utf-8")
    assert cnnshape.plan(path).name == "net"


def test_options_that_the_zoo_does_not_know_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        f"{KERAS}base = keras.applications.MobileNetV3Small(minimalistic=True, include_top=False)\n"
        "model = keras.Model(base.input, base.output)\n",
        encoding="utf-8",
    )
    with pytest.raises(ArchitectureError, match=r"keras\.applications\.MobileNetV3Small"):
        cnnshape.plan(f"{path}:model")


@pytest.mark.parametrize(
    ("network", "last"),
    [
        ("ResNet50V2", "avg_pool"),
        ("DenseNet121", "avg_pool"),
        ("EfficientNetV2B0", "avg_pool"),
        ("MobileNetV3Small", "avg_pool"),
        ("InceptionV3", "global_average_pooling2d"),
        ("MobileNetV2", "global_average_pooling2d"),
        ("VGG16", "global_average_pooling2d"),
    ],
)
def test_the_pooling_that_a_network_of_keras_ends_in_is_named_as_there(network: str, last: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        f"{KERAS}model = keras.applications.{network}(include_top=False, pooling='avg')\n", encoding="utf-8"
    )
    assert cnnshape.plan(str(path)).layers[-1].name == last


def test_a_convnext_of_keras_ends_in_a_normalization_that_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{KERAS}def net(): return keras.applications.ConvNeXtTiny(include_top=False)\n", encoding="utf-8")
    assert cnnshape.plan(f"{path}:net").layers[-1].name == "layer_normalization"
    path.write_text(path.read_text(encoding="utf-8").replace("=False", "=False, pooling='avg'"), encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"keras\.applications\.ConvNeXtTiny"):
        cnnshape.plan(f"{path}:net")


PARTS = """from torch import nn
from torchvision import models

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = models.{network}()

    def forward(self, x):
        for part in {parts}.values(): x = part(x)
        return x
"""


@pytest.mark.parametrize("network", ["mobilenet_v2", "densenet121"])
@pytest.mark.parametrize(
    "parts",
    ["self.m.features._modules", "vars(self.m.features)['_modules']", "self.m.features.__dict__['_modules']"],
)
def test_parts_of_parts_that_the_zoo_does_not_name_are_not_run_in_turn(
    parts: str, network: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(PARTS.format(network=network, parts=parts), encoding="utf-8")
    with pytest.raises(UnreadableError, match=f"the parts of {network}, whose source is not installed"):
        cnnshape.plan(f"{path}:Net", input=[3, 64, 64])


def test_a_layer_of_the_zoo_declares_the_sizes_of_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(PARTS.format(network="mobilenet_v2", parts="self.m._modules"), encoding="utf-8")
    with pytest.raises(ArchitectureError, match=r"Linear declares in_features=1280, but its input .* has 2 features"):
        cnnshape.plan(f"{path}:Net", input=[3, 64, 64])


@pytest.mark.parametrize(
    "written", ["models.inception.InceptionA", "models.vgg.VGG", "models.segmentation.fcn.FCNHead"]
)
def test_a_class_in_a_file_of_torchvision_says_that_its_source_is_not_installed(written: str, tmp_path: Path) -> None:
    name = written.rpartition(".")[2]
    path = tmp_path / "net.py"
    path.write_text(
        f"from torchvision import models\n\nclass Net({written}):\n    pass\n",
        encoding="utf-8",
    )
    with pytest.raises(UnreadableError, match=f"`torchvision.models.{name}`, whose source is not installed"):
        cnnshape.plan(f"{path}:Net", input=[3, 64, 64])


def test_maps_of_a_body_that_is_not_installed_are_unpacked_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        f"{TORCH}class Body(models.mobilenetv3.MobileNetV3):\n    pass\n\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.body = Body()\n\n"
        "    def forward(self, x):\n        low, high = self.body(x)\n        return high\n",
        encoding="utf-8",
    )
    with pytest.raises(UnreadableError, match=r"`torchvision\.models\.MobileNetV3`, whose source is not installed"):
        cnnshape.plan(f"{path}:Net", input=[3, 64, 64])


REPLACED = """\
from torch import nn
from torchvision import models

class Block(models.inception.InceptionA):
    pass

def net():
    model = models.{line}
    return model
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("inception_v3()\n    model.Mixed_7c = Block(2048, 32)", "`Mixed_7c` of inception_v3"),
        ("inception_v3()\n    model.Mixed_7c = None", "`Mixed_7c` of inception_v3"),
        (
            "resnet18()\n    import timm\n    timm.create_model('resnet18').reset_classifier(0)",
            "`reset_classifier` of resnet18",
        ),
        ("resnet18()\n    model.layer4 = Block(256, 32)", "InceptionA"),
        ("resnet18()\n    model.layer4[0] = Block(256, 32)", "InceptionA"),
    ],
)
def test_a_part_that_is_replaced_by_what_is_unknown_is_not_passed_over(line: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(REPLACED.format(line=line), encoding="utf-8")
    with pytest.raises((ArchitectureError, UnreadableError), match=f"{reason}.*not installed"):
        cnnshape.plan(f"{path}:net", input=[3, 299, 299])


@pytest.mark.parametrize(
    ("base", "made"),
    [
        ("nn.Module", "self.m = models.densenet._DenseLayer(3, 4, 4, 0)"),
        ("models.vgg.VGG", "self.m = m; del self.classifier"),
    ],
)
def test_what_torchvision_has_besides_is_no_mistake_of_the_file(base: str, made: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        f"{TORCH}class Net({base}):\n    def __init__(self):\n        super().__init__()\n"
        f"        m = nn.Sequential(nn.Linear(3, 4))\n        {made}\n\n    def forward(self, x):\n        return self.m(x)\n",
        encoding="utf-8",
    )
    with pytest.raises((ArchitectureError, UnreadableError), match="whose source is not installed"):
        cnnshape.plan(f"{path}:Net", input=[3])


OF_TIMM = {  # as timm 1.0.31 counts them, and what they answer of a picture
    "'inception_v3'": (23_834_568, [(1, 1000)]),
    "'inception_v3', num_classes=0": (21_785_568, [(1, 2048)]),
    "'densenet121', num_classes=0": (6_953_856, [(1, 1024)]),
    "'efficientnet_b0', num_classes=0": (4_007_548, [(1, 1280)]),
    "'convnext_tiny', num_classes=0": (27_820_128, [(1, 768)]),
    "'vgg16_bn', num_classes=0": (134_268_992, [(1, 4096)]),
    "'resnet50', features_only=True, out_indices=(1, 4)": (23_508_032, [(1, 256, 56, 56), (1, 2048, 7, 7)]),
    "'resnet34', features_only=True, out_indices=[2]": (1_347_904, [(1, 128, 28, 28)]),
}


@pytest.mark.parametrize("asked", OF_TIMM)
def test_timm_gives_features_where_it_is_asked_for_no_classes(asked: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"{TORCH}net = timm.create_model({asked})\n", encoding="utf-8")
    side = 299 if "inception" in asked else 224
    plan = cnnshape.plan(f"{path}:net", input=[3, side, side])
    assert plan.totals is not None
    assert (plan.totals.params, list(plan.outputs.values())) == OF_TIMM[asked]


def test_features_of_timm_say_their_channels(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    lines = "body = timm.create_model('resnet50', features_only=True, out_indices=(2, 4))\ninfo = body.feature_info\n"
    net = "net = nn.Linear(sum(info.channels()), info.reduction()[-1] + info[0]['num_chs'])"
    path.write_text(f"{TORCH}{lines}{net}\n", encoding="utf-8")
    assert list(cnnshape.plan(f"{path}:net", input=[2560]).outputs.values()) == [(1, 96)]
