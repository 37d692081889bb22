"""Words of the other framework: what is said about code that was pasted from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.not_yet import OTHERWISE, NotKnownYet, why_not
from cnnshape.vocabularies.vocabulary import TRANSLATIONS, Framework, lookup, title, vocabulary
from tests.vocabularies.record_names import classes


@pytest.mark.parametrize(
    ("framework", "written", "ours"),
    [
        ("keras", "nn.Conv2d", "Conv2D"),
        ("keras", "F.relu", "ReLU"),
        ("keras", "Linear", "Dense"),
        ("keras", "torch.nn.BatchNorm3d", "BatchNormalization"),
        ("keras", "AdaptiveAvgPool2d", "AdaptiveAveragePooling2D"),
        ("keras", "Unfold", None),
        ("pytorch", "Dense", "Linear"),
        ("pytorch", "layers.BatchNormalization", "BatchNorm2d"),
        ("pytorch", "GlobalAveragePooling3D", "AdaptiveAvgPool3d(1)"),
        ("pytorch", "Conv2DTranspose", "ConvTranspose2d"),
        ("pytorch", "SeparableConv2D", None),
    ],
)
def test_the_other_frameworks_layer_is_refused_with_both_fixes(
    framework: Framework, written: str, ours: str | None
) -> None:
    other = "pytorch" if framework == "keras" else "keras"
    with pytest.raises(Fault) as refusal:
        lookup(framework, written)
    assert refusal.value.code == "CS102"
    change = f", or write {title(framework)}'s {ours} with its own arguments" if ours else ""
    assert refusal.value.fix == f"set `framework: {other}`{change}"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("F.conv2d", "conv2d"),
        ("conv2d", "Conv2d"),
        ("F.conv_transpose1d", "conv_transpose1d"),
        ("torch.nn.functional.linear", "linear"),
        ("linear", "Linear"),
        ("torch.prelu", "prelu"),
        ("torch.batch_norm", "batch_norm"),
    ],
)
def test_a_function_that_takes_weights_is_meant_below_the_prefix_of_functions(written: str, name: str) -> None:
    assert lookup("pytorch", written).name == name


def test_a_layer_is_no_function() -> None:
    with pytest.raises(Fault) as refusal:
        lookup("pytorch", "nn.functional.transformer_encoder")
    assert refusal.value.code == "CS101"
    assert refusal.value.message == (
        "cnnshape knows no PyTorch function named 'nn.functional.transformer_encoder', only the layer TransformerEncoder"
    )
    assert refusal.value.fix == "write TransformerEncoder, with a layer's arguments"


def test_translations_name_layers_of_either_framework() -> None:
    for keras, pytorch in TRANSLATIONS:
        for rank in "123":
            assert vocabulary("keras").find_exact(keras.format(rank).partition("(")[0]), keras
            assert vocabulary("pytorch").find_exact(pytorch.format(rank).partition("(")[0]), pytorch


PUBLIC = json.loads((Path(__file__).parents[1] / "data/public_layers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", PUBLIC)
def test_every_layer_of_a_framework_is_known_or_it_is_told_why_not(module: str) -> None:
    words = vocabulary("keras" if module.startswith("keras") else "pytorch")
    silent = [name for name in PUBLIC[module] if not words.find_exact(name) and not why_not(name)]
    assert silent == []
    assert [name for name in PUBLIC[module] if words.find_exact(name) and name in OTHERWISE] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_a_release_brings_no_layer_that_is_not_listed(module: str) -> None:
    """Where the framework is installed: what it offers is what was recorded, so that the page tells of all of it."""
    pytest.importorskip(module)  # a folder of tests by the framework's name is none
    assert classes(module) == PUBLIC[module]


@pytest.mark.parametrize(
    ("framework", "written", "message"),
    [
        ("pytorch", "timm.layers.HybridEmbed", "PyTorch's layer HybridEmbed is not known here yet"),
        ("pytorch", "HingeEmbeddingLoss", "PyTorch's layer HingeEmbeddingLoss is not known here yet"),
        ("pytorch", "torch.multinomial", "PyTorch's function multinomial is not known here yet"),
        ("pytorch", "repeat", "PyTorch's function repeat is not known here yet"),
        ("keras", "ops.shape", "Keras's function ops.shape is not known here yet"),
        ("keras", "keras.layers.TextVectorization", "Keras's layer TextVectorization is not known here yet"),
        ("keras", "keras.ops.segment_max", "Keras's function ops.segment_max is not known here yet"),
        ("keras", "nn.HybridEmbed", "PyTorch's layer HybridEmbed is not known here yet"),
    ],
)
def test_what_a_framework_has_is_no_slip_of_the_finger(framework: Framework, written: str, message: str) -> None:
    with pytest.raises(NotKnownYet) as refusal:
        lookup(framework, written)
    assert (refusal.value.message, refusal.value.replacement) == (message, None)
    assert refusal.value.fix
    assert "did you mean" not in refusal.value.fix
