"""Words of the other framework: what is said about code that was pasted from it."""

from __future__ import annotations

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.vocabulary import TRANSLATIONS, Framework, lookup, vocabulary


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
    change = f"write {ours}, or set" if ours else "set"
    assert refusal.value.fix == f"{change} `framework: {other}`"


@pytest.mark.parametrize(
    ("written", "layer"),
    [
        ("F.conv2d", "Conv2d"),
        ("F.conv_transpose1d", "ConvTranspose1d"),
        ("torch.nn.functional.linear", "Linear"),
        ("nn.functional.bilinear", "Bilinear"),
        ("torch.prelu", "PReLU"),
        ("torch.batch_norm", None),
    ],
)
def test_a_function_that_takes_weights_is_not_the_layer_that_has_them(written: str, layer: str | None) -> None:
    with pytest.raises(Fault) as refusal:
        lookup("pytorch", written)
    assert refusal.value.code == "CS101"
    if layer:
        assert refusal.value.message == f"cnnshape knows no PyTorch function named {written!r}, only the layer {layer}"
        assert refusal.value.fix == f"write {layer}, with a layer's arguments"


def test_translations_name_layers_of_either_framework() -> None:
    for keras, pytorch in TRANSLATIONS:
        for rank in "123":
            assert vocabulary("keras").find_exact(keras.format(rank)), keras
            assert vocabulary("pytorch").find_exact(pytorch.format(rank).removesuffix("(1)")), pytorch


def test_what_is_not_known_here_is_not_said_to_be_missing_there() -> None:
    with pytest.raises(Fault, match=r"^cnnshape knows no Keras layer named 'LSTM', and this file defines no block"):
        lookup("keras", "LSTM")
