"""Numbers that other counters get wrong, and rules in which Keras and PyTorch differ: each is right here.

The expected values were observed in Keras 3.15 and PyTorch 2.14, or follow from counting products by hand.
"""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.network.plan import Plan


def plan(framework: str, size: object, *layers: str, more: str = "") -> Plan:
    lines = "".join(f"  - {layer}\n" for layer in layers)
    return cnnshape.plan(text=f"framework: {framework}\ninput: {size}\nlayers:\n{lines}{more}")


@pytest.mark.parametrize(
    ("framework", "size", "layer", "output"),
    [
        ("keras", [5, 1], 'MaxPooling1D(2, 2, padding="same")', (3, 1)),
        ("pytorch", [1, 5], "MaxPool1d(2, 2)", (1, 2)),
        ("keras", [224, 224, 3], 'Conv2D(8, 7, 2, padding="same")', (112, 112, 8)),
        ("pytorch", [3, 224, 224], "Conv2d(3, 8, 7, 2, padding=3)", (8, 112, 112)),
        ("keras", [7, 1], "Conv1DTranspose(1, 3, 2)", (15, 1)),
        ("keras", [7, 1], 'Conv1DTranspose(1, 3, 2, padding="same")', (14, 1)),
        ("keras", [7, 1], 'Conv1DTranspose(1, 3, 2, padding="same", output_padding=0)', (13, 1)),
        ("keras", [7, 1], 'Conv1DTranspose(1, 3, 2, padding="same", output_padding=1)', (14, 1)),
        ("keras", [7, 1], "Conv1DTranspose(1, 3, 2, output_padding=1)", (16, 1)),
        ("keras", [7, 1], "Conv1DTranspose(1, 2, 3)", (21, 1)),
        ("keras", [7, 1], 'Conv1DTranspose(1, 4, 2, padding="same")', (14, 1)),
        ("pytorch", [1, 7], "ConvTranspose1d(1, 1, 3, 2)", (1, 15)),
        ("pytorch", [1, 7], "ConvTranspose1d(1, 1, 3, 2, padding=1)", (1, 13)),
        ("pytorch", [1, 7], "ConvTranspose1d(1, 1, 2, 3)", (1, 20)),
        ("pytorch", [1, 7], "ConvTranspose1d(1, 1, 4, 2, padding=1)", (1, 14)),
        ("pytorch", [1, 5], "MaxPool1d(2, 2, padding=1, ceil_mode=True)", (1, 3)),
        ("pytorch", [1, 9], "MaxPool1d(4, 4, padding=2, ceil_mode=True)", (1, 3)),
        ("pytorch", [1, 12], "MaxPool1d(1, 2, ceil_mode=True)", (1, 6)),
        ("pytorch", [1, 2], "MaxPool1d(3, 3, padding=1, ceil_mode=True)", (1, 1)),
        ("keras", [32, 32, 3], "Conv2D(8, 3, dilation_rate=2)", (28, 28, 8)),
        ("pytorch", [3, 8, 8], "Conv2d(3, 4, 3, stride=2, dilation=2)", (4, 2, 2)),
    ],
)
def test_sizes_where_the_frameworks_or_their_readers_differ(
    framework: str, size: list[int], layer: str, output: tuple[int, ...]
) -> None:
    assert plan(framework, size, layer).layers[0].output_shape == (1, *output)


def test_same_shape_from_other_pixels() -> None:
    keras = plan("keras", [224, 224, 3], 'Conv2D(8, 7, 2, padding="same")').layers[0]
    pytorch = plan("pytorch", [3, 224, 224], "Conv2d(3, 8, 7, 2, padding=3)").layers[0]
    assert (keras.padding, pytorch.padding) == (((2, 3),) * 2, ((3, 3),) * 2)


@pytest.mark.parametrize(
    ("framework", "size", "layer", "params", "non_trainable", "buffers"),
    [
        ("keras", [8, 8, 64], "BatchNormalization", 256, 128, 0),
        ("pytorch", [64, 8, 8], "BatchNorm2d(64)", 128, 0, 129),
        ("keras", [8, 8, 32], "SeparableConv2D(64, 3)", 2_400, 0, 0),
        ("keras", [8, 8, 32], "DepthwiseConv2D(3, depth_multiplier=2)", 640, 0, 0),
    ],
)
def test_parameters_as_the_framework_counts_them(
    framework: str, size: list[int], layer: str, params: int, non_trainable: int, buffers: int
) -> None:
    row = plan(framework, size, layer).layers[0]
    assert (row.params, row.non_trainable_params, row.buffers) == (params, non_trainable, buffers)


@pytest.mark.parametrize(
    ("framework", "size", "layer", "macs"),
    [
        ("pytorch", [3, 224, 224], "Conv2d(3, 64, 7, 2, padding=3)", 118_013_952),
        ("pytorch", [32, 56, 56], "Conv2d(32, 32, 3, padding=1, groups=32)", 903_168),
        ("pytorch", [8, 32, 32], 'Conv2d(8, 8, 3, padding="same")', 589_824),
        ("pytorch", [8, 32, 32], 'Conv2d(8, 8, 4, padding="same")', 1_048_576),
        ("pytorch", [64, 16, 16], "ConvTranspose2d(64, 32, 4, 2, padding=1)", 8_388_608),
        ("pytorch", [64, 16, 16], "ConvTranspose2d(64, 64, 4, 2, padding=1, groups=64)", 262_144),
        ("pytorch", [49, 64], "Linear(64, 128)", 401_408),
        ("keras", [16, 16, 64], 'Conv2DTranspose(32, 4, 2, padding="same")', 8_388_608),
        ("pytorch", [64, 56, 56], "BatchNorm2d(64)", 0),
        ("pytorch", [64, 56, 56], "MaxPool2d(2)", 0),
    ],
)
def test_products_without_bias_per_sample(framework: str, size: list[int], layer: str, macs: int) -> None:
    assert plan(framework, size, layer).layers[0].macs == macs
    batched = cnnshape.plan(text=f"framework: {framework}\nbatch: 8\ninput: {size}\nlayers:\n  - {layer}\n")
    assert batched.layers[0].macs == macs


def test_shared_weights_count_once_and_their_products_each_time() -> None:
    result = plan("keras", [8, 8, 8], "a = Conv2D(8, 3, use_bias=False, padding='same')", "Shared(a)")
    assert (result.totals.params, result.totals.macs) == (576, 2 * 8 * 8 * 576)  # type: ignore[union-attr]


def test_a_receptive_field_grows_from_layer_to_layer_on_each_axis() -> None:
    result = plan("pytorch", [3, 32, 32], "Conv2d(3, 8, 3)", "ReLU", "Conv2d(8, 8, [1, 7])", "MaxPool2d(2)")
    fields = [row.receptive_field for row in result.layers]
    assert [field and field.size for field in fields] == [(3, 3), (3, 3), (3, 9), (4, 10)]
