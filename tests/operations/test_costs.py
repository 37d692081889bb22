"""What layers cost: parameters, MACs, FLOPs, memory, and what each output sees.

The conventions are the design's: MACs are products without bias, windows nominal, a transposed convolution
on its input grid; FLOPs are 2 x MACs and what is beside them, per sample whatever the batch.
"""

from __future__ import annotations

import pytest

from cnnshape.operations.operation import EVERYTHING, STRETCHED, Result
from tests.vocabularies.observed import apply

FEATURES = (1, 56, 56, 64)
ELEMENTS = 56 * 56 * 64

COUNTS = [
    # convolutions: parameters, MACs and FLOPs
    ("Conv2D", (1, 224, 224, 3), {"filters": 64, "kernel_size": 7, "strides": 2, "padding": "same", "use_bias": False},
     9408, 118_013_952, 2 * 118_013_952),
    ("Conv2D", (1, 224, 224, 3), {"filters": 64, "kernel_size": 7, "strides": 2, "padding": "same"},
     9472, 118_013_952, 2 * 118_013_952 + 112 * 112 * 64),
    ("Conv2D", (10, 8, 16, 3), {"filters": 5, "kernel_size": 3, "strides": 2, "activation": "relu"},
     140, 2835, 5880),
    ("Conv2D", (1, 8, 8, 4), {"filters": 6, "kernel_size": 1, "groups": 2, "activation": "softmax"},
     18, 8 * 8 * 6 * 2, 2 * 768 + 384 + 3 * 384),
    ("Conv1D", (1, 10, 4), {"filters": 6, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
     78, 10 * 6 * 12, 2 * 720 + 60),
    ("DepthwiseConv2D", (1, 56, 56, 32), {"kernel_size": 3, "padding": "same", "use_bias": False},
     288, 903_168, 2 * 903_168),
    ("DepthwiseConv2D", (1, 9, 9, 32), {"kernel_size": 3, "depth_multiplier": 2},
     640, 7 * 7 * 64 * 9, 2 * 28_224 + 7 * 7 * 64),
    ("SeparableConv2D", (1, 9, 9, 32), {"filters": 64, "kernel_size": 3},
     2400, 7 * 7 * 32 * 9 + 7 * 7 * 32 * 64, 2 * 114_464 + 7 * 7 * 64),
    ("Conv2DTranspose", (1, 16, 16, 64), {"filters": 32, "kernel_size": 4, "strides": 2, "padding": "same"},
     32_800, 8_388_608, 2 * 8_388_608 + 32 * 32 * 32),
    # dense layers and Dot
    ("Dense", (1, 49, 64), {"units": 128}, 8320, 401_408, 2 * 401_408 + 49 * 128),
    ("Dense", (1, 64), {"units": 10, "activation": "softmax"}, 650, 640, 1280 + 10 + 30),
    # pooling: a maximum and a sum compare or add window - 1 times, an average divides besides
    ("MaxPooling2D", FEATURES, {}, 0, 0, 28 * 28 * 64 * 3),
    ("SumPooling2D", FEATURES, {}, 0, 0, 28 * 28 * 64 * 3),
    ("AveragePooling2D", FEATURES, {"pool_size": 2}, 0, 0, 28 * 28 * 64 * 4),
    ("GlobalAveragePooling2D", FEATURES, {}, 0, 0, ELEMENTS),
    ("GlobalMaxPooling2D", FEATURES, {"keepdims": True}, 0, 0, ELEMENTS),
    # one element at a time
    ("ReLU", FEATURES, {}, 0, 0, ELEMENTS),
    ("Softmax", FEATURES, {}, 0, 0, 3 * ELEMENTS),
    ("Activation", FEATURES, {"activation": "linear"}, 0, 0, 0),
    ("Rescaling", FEATURES, {"scale": 0.5}, 0, 0, 2 * ELEMENTS),
    ("PReLU", FEATURES, {"shared_axes": [1, 2]}, 64, 0, ELEMENTS),
    # normalization
    ("BatchNormalization", FEATURES, {}, 256, 0, 2 * ELEMENTS),
    ("BatchNormalization", FEATURES, {"scale": False}, 192, 0, 2 * ELEMENTS),
    ("LayerNormalization", FEATURES, {}, 128, 0, 7 * ELEMENTS),
    ("GroupNormalization", FEATURES, {"groups": 8}, 128, 0, 7 * ELEMENTS),
    ("Normalization", FEATURES, {}, 129, 0, 2 * ELEMENTS),
    ("Normalization", FEATURES, {"mean": 0.5, "variance": 0.25}, 0, 0, 2 * ELEMENTS),
    ("LayerScale", FEATURES, {"init_values": 1e-6, "projection_dim": 64}, 64, 0, ELEMENTS),
    # nothing is computed
    ("Flatten", FEATURES, {}, 0, 0, 0),
    ("Dropout", FEATURES, {"rate": 0.5}, 0, 0, 0),
    ("ZeroPadding2D", FEATURES, {}, 0, 0, 0),
    ("Cropping2D", FEATURES, {"cropping": 1}, 0, 0, 0),
    ("UpSampling2D", FEATURES, {}, 0, 0, 0),
    ("UpSampling2D", (1, 4, 4, 2), {"interpolation": "bilinear"}, 0, 0, 8 * 8 * 2 * 7),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "arguments", "params", "macs", "flops"), COUNTS)
def test_counts(layer, shape, arguments, params, macs, flops):
    result = apply("keras", layer, shape, **arguments)
    assert (result.params, result.macs, result.flops) == (params, macs, flops)


@pytest.mark.parametrize(
    ("layer", "inputs", "arguments", "flops"),
    [
        ("Add", [FEATURES, FEATURES], {}, ELEMENTS),
        ("Add", [FEATURES] * 3, {}, 2 * ELEMENTS),
        ("Multiply", [FEATURES, (1, 1, 1, 64)], {}, ELEMENTS),
        ("Average", [FEATURES] * 3, {}, 3 * ELEMENTS),
        ("Concatenate", [FEATURES, FEATURES], {}, 0),
        ("CustomScaleLayer", [FEATURES, FEATURES], {"scale": 0.17}, 2 * ELEMENTS),
        ("ops.multiply", [FEATURES], {"x2": 1 / 6}, ELEMENTS),
        ("Dot", [(1, 5, 7), (1, 7, 3)], {"axes": [2, 1]}, 2 * 5 * 3 * 7),
    ],
)
def test_merging_counts(layer, inputs, arguments, flops):
    assert apply("keras", layer, *inputs, **arguments).flops == flops


def test_counts_are_of_one_sample():
    one = apply("keras", "Conv2D", (1, 8, 8, 4), filters=6, kernel_size=3)
    ten = apply("keras", "Conv2D", (10, 8, 8, 4), filters=6, kernel_size=3)
    assert (one.macs, one.flops, one.params) == (ten.macs, ten.flops, ten.params)


def test_what_is_not_known_is_none_and_not_0():
    result = apply("keras", "Conv2D", (None, None, 8, 4), filters=6, kernel_size=3, strides=2, padding="same")
    assert result.output == (None, None, 4, 6)
    assert result.params == 222
    assert (result.macs, result.flops) == (None, None)
    assert result.padding == (None, (0, 1))
    assert result.leftover == (None, 0)


@pytest.mark.parametrize(
    ("layer", "arguments", "memory"),
    [
        ("Flatten", {}, "view"),
        ("Flatten", {"data_format": "channels_first"}, "new"),
        ("Reshape", {"target_shape": [-1]}, "view"),
        ("Identity", {}, "view"),
        ("Dropout", {"rate": 0.5}, "view"),
        ("GaussianNoise", {"stddev": 0.5}, "view"),
        ("Activation", {"activation": "linear"}, "view"),
        ("ReLU", {}, "new"),
        ("BatchNormalization", {}, "new"),
        ("Permute", {"dims": [3, 1, 2]}, "new"),
    ],
)
def test_views_need_no_memory(layer, arguments, memory):
    assert apply("keras", layer, (1, 8, 8, 4), **arguments).memory == memory


def test_moving_statistics_are_not_trained():
    result = apply("keras", "BatchNormalization", (1, 8, 8, 64))
    assert result.elements("trainable") == result.elements("non_trainable") == 128
    renormalized = apply("keras", "BatchNormalization", (1, 8, 8, 64), renorm=True)
    assert renormalized.elements("non_trainable") == 5 * 64


# -- rules that differ between the frameworks: Keras's side -----------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "size", "arguments", "output"),
    [
        ("MaxPooling1D", 5, {"pool_size": 2, "strides": 2, "padding": "same"}, 3),
        ("Conv1D", 224, {"filters": 1, "kernel_size": 7, "strides": 2, "padding": "same"}, 112),
        ("Conv1DTranspose", 7, {"filters": 1, "kernel_size": 3, "strides": 2}, 15),
        ("Conv1DTranspose", 7, {"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same"}, 14),
        (
            "Conv1DTranspose",
            7,
            {"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
            13,
        ),
        (
            "Conv1DTranspose",
            7,
            {"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1},
            14,
        ),
        ("Conv1DTranspose", 7, {"filters": 1, "kernel_size": 3, "strides": 2, "output_padding": 1}, 16),
        ("Conv1DTranspose", 7, {"filters": 1, "kernel_size": 2, "strides": 3}, 21),
        ("Conv1DTranspose", 7, {"filters": 1, "kernel_size": 4, "strides": 2, "padding": "same"}, 14),
    ],
)
def test_sizes_that_other_rules_get_wrong(layer, size, arguments, output):
    assert apply("keras", layer, (1, size, 1), **arguments).output[1] == output


def test_same_padding_puts_the_odd_pixel_last():
    result = apply("keras", "Conv2D", (1, 224, 224, 3), filters=64, kernel_size=7, strides=2, padding="same")
    assert result.padding == ((2, 3), (2, 3))


def test_leftover_is_what_no_window_reads():
    assert apply("keras", "Conv2D", (1, 8, 16, 3), filters=5, kernel_size=3, strides=2).leftover == (1, 1)
    assert apply("keras", "MaxPooling2D", (1, 7, 9, 3), pool_size=2, strides=4).leftover == (1, 3)


# -- what each output sees --------------------------------------------------------------------------------------


def fields(result: Result) -> list[tuple[int | None, int, int | float, int | None]]:
    """Of the first input, per axis that continues regularly: the output axis, size, jump and start."""
    assert result.paths
    return [
        (path.axis, path.map.size, path.map.jump, path.map.start)
        for path in result.paths[0]
        if path.axis is not None and path.map is not None
    ]


def test_a_convolution_sees_a_window_of_each_spatial_axis_and_all_channels():
    result = apply("keras", "Conv2D", (1, 8, 8, 4), filters=6, kernel_size=(3, 5), strides=(2, 1), padding="same")
    assert fields(result) == [(0, 1, 1, 0), (1, 3, 2, 0), (2, 5, 1, -2)]
    assert result.paths[0][3] == EVERYTHING


def test_channels_first_moves_the_spatial_axes():
    result = apply("keras", "MaxPooling2D", (1, 4, 8, 8), pool_size=3, data_format="channels_first")
    assert fields(result) == [(0, 1, 1, 0), (1, 1, 1, 0), (2, 3, 3, 0), (3, 3, 3, 0)]


def test_a_depthwise_convolution_keeps_the_channels_apart():
    result = apply("keras", "DepthwiseConv2D", (1, 8, 8, 4), kernel_size=3, depth_multiplier=2)
    assert fields(result)[-1] == (3, 1, 0.5, 0)


def test_a_transposed_convolution_has_phases():
    result = apply("keras", "Conv1DTranspose", (1, 8, 4), filters=6, kernel_size=3, strides=2)
    (path,) = [path for path in result.paths[0] if path.axis == 1]
    assert [(seen.low, seen.high) for seen in path.map.phases] == [(-1, 0), (0, 0)]


def test_global_pooling_sees_everything():
    result = apply("keras", "GlobalAveragePooling2D", (1, 8, 8, 4))
    assert [path.axis for path in result.paths[0]] == [0, None, None, 1]
    kept = apply("keras", "GlobalAveragePooling2D", (1, 4, 8, 8), keepdims=True, data_format="channels_first")
    assert [path.axis for path in kept.paths[0]] == [0, 1, None, None]


def test_an_axis_of_1_that_broadcasts_is_seen_whole():
    result = apply("keras", "Multiply", (1, 8, 8, 4), (1, 1, 1, 4))
    assert [path.axis for path in result.paths[0]] == [0, 1, 2, 3]
    assert [path.axis for path in result.paths[1]] == [0, None, None, 3]
    assert result.paths[1][1] == result.paths[1][2] == STRETCHED
    shorter = apply("keras", "Add", (2, 5, 3), (2, 3))
    assert [path.axis for path in shorter.paths[1]] == [0, 2]


def test_dot_sees_all_of_the_axes_that_it_sums():
    result = apply("keras", "Dot", (1, 5, 7), (1, 7, 3), axes=[2, 1])
    assert [path.axis for path in result.paths[0]] == [0, 1, None]
    assert [path.axis for path in result.paths[1]] == [0, None, 2]


def test_softmax_over_space_sees_all_of_it():
    result = apply("keras", "Softmax", (1, 8, 8, 4), axis=[1, 2])
    assert [path.whole for path in result.paths[0]] == [False, True, True, False]
