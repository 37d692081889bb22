"""Peak memory by liveness, weight memory and the training estimate, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnshape
from cnnshape.network.figures import Totals
from cnnshape.network.plan import Plan

KB = 1024  # one 16 x 16 x 1 float32 tensor


def plan(layers: str, head: str = "input: [16, 16, 1]") -> Plan:
    return cnnshape.plan(text=f"{head}\nlayers:\n{layers}")


def totals(layers: str, head: str = "input: [16, 16, 1]") -> Totals:
    found = plan(layers, head).totals
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("layers", "peak", "where"),
    [
        # A row holds its input and its output together.
        ("  - Conv2D(3, 1)\n", 1 * KB + 3 * KB, "conv2d"),
        # The input is gone once it has been read.
        ("  - Conv2D(3, 1)\n  - Conv2D(3, 1)\n", 6 * KB, "conv2d_1"),
        # A skip stays alive until it is read.
        (
            "  - a = Conv2D(2, 1)\n  - Conv2D(3, 1)\n  - Conv2D(2, 1)\n  - Add()(a, conv2d_1)\n",
            2 * KB + 3 * KB + 2 * KB,
            "conv2d_1",
        ),
        # Views are free: a Flatten is its input.
        ("  - Conv2D(3, 1)\n  - Flatten\n", 4 * KB, "conv2d"),
        ("  - Conv2D(3, 1)\n  - Dropout(0.5)\n  - Identity\n", 4 * KB, "conv2d"),
        # An activation inside a layer is in place, an activation row is not.
        ("  - Conv2D(3, 1, activation='relu')\n", 4 * KB, "conv2d"),
        ("  - Conv2D(3, 1)\n  - ReLU\n", 6 * KB, "re_lu"),
        # A view keeps its storage alive for the view's readers.
        (
            "  - Conv2D(3, 1)\n  - x = Identity\n  - Conv2D(5, 1)\n  - Conv2D(5, 1)\n  - Add()(x, x)\n",
            3 * KB + 10 * KB,
            None,
        ),
    ],
)
def test_peak_activation_memory(layers: str, peak: int, where: str | None) -> None:
    if where is None:
        layers = layers.replace("  - Add()(x, x)\n", "  - a = Conv2D(3, 1)\n  - Add()(x, a)\n")
    found = totals(layers)
    assert found.peak_activation_bytes == peak
    if where:
        assert found.peak_layer == where


def test_an_in_place_activation_overwrites_its_input_whoever_else_reads_it() -> None:
    head = "framework: pytorch\ninput: [1, 16, 16]"
    alone = totals("  - LazyConv2d(3, 1)\n  - ReLU(inplace=True)\n", head)
    assert alone.peak_activation_bytes == 4 * KB
    read_twice = totals("  - a = LazyConv2d(3, 1)\n  - b = ReLU(inplace=True)\n  - add()(a, b)\n", head)
    assert read_twice.peak_activation_bytes == 6 * KB


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ("  - ReLU(inplace=True)\n", 1 * KB),
        ("  - Identity\n  - ReLU(inplace=True)\n", 1 * KB),
        ("  - a = LazyConv2d(3, 1)\n  - Identity\n  - ReLU(inplace=True)\noutputs: [a, re_lu]\n", 4 * KB),
        ("  - a = LazyConv2d(3, 1)\n  - Identity\n  - ReLU(inplace=True)\n", 4 * KB),
    ],
)
def test_an_input_or_output_is_overwritten_through_a_view_of_it_as_pytorch_does(layers: str, size: int) -> None:
    assert totals(layers, "framework: pytorch\ninput: [1, 16, 16]").peak_activation_bytes == size


def test_an_output_lives_to_the_end() -> None:
    layers = "  - a = Conv2D(3, 1)\n  - b = Conv2D(1, 1)(input)\n  - c = Conv2D(1, 1)\n"
    text = f"input: [16, 16, 1]\nlayers:\n{layers}outputs: [a, c]\n"
    found = cnnshape.plan(text=text).totals
    assert found is not None
    assert found.peak_activation_bytes == 3 * KB + 1 * KB + 1 * KB


def test_the_tensors_alive_at_the_peak_are_named() -> None:
    result = plan("  - a = Conv2D(2, 1)\n  - Conv2D(3, 1)\n  - Conv2D(2, 1)\n  - Add()(a, conv2d_1)\n")
    assert result.peak_tensors == ("a", "conv2d", "conv2d_1")


@pytest.mark.parametrize(
    ("dtype", "weights", "activations"),
    [("float64", 8, 8), ("float32", 4, 4), ("bfloat16", 2, 2), ("float8", 1, 1), ("int8", 1, 1), ("int4", 0.5, 0.5)],
)
def test_the_width_of_a_number_is_the_files(dtype: str, weights: float, activations: float) -> None:
    found = totals("  - Conv2D(3, 1)\n", f"input: [16, 16, 1]\ndtype: {dtype}")
    assert found.weight_bytes == 6 * weights
    assert found.peak_activation_bytes == 4 * 256 * activations


def test_buffers_stand_apart_and_the_batch_counter_is_an_int64() -> None:
    found = totals("  - BatchNorm2d(64)\n", "framework: pytorch\ninput: [64, 2, 2]")
    assert (found.params, found.buffers) == (128, 129)
    assert (found.weight_bytes, found.buffer_bytes) == (128 * 4, 128 * 4 + 8)


def test_the_training_estimate_keeps_inputs_of_what_trains_and_what_lies_below() -> None:
    layers = "  - Conv2D(3, 1, trainable=False)\n  - ReLU\n  - Conv2D(2, 1)\n  - ReLU\n"
    found = totals(layers).training
    assert found.weights == (6 + 8) * 4
    assert found.gradients == 8 * 4
    assert found.optimizer_state == 2 * 8 * 4
    # re_lu's output (input of the trained row), its output (input of the last ReLU), and the model's output.
    assert found.activations == 3 * KB + 2 * KB + 2 * KB
    assert found.total == 14 * 4 + 8 * 4 + 16 * 4 + 7 * KB


@pytest.mark.parametrize(("optimizer", "slots"), [("sgd", 0), ("momentum", 1), ("adam", 2)])
def test_the_optimizer_is_named_and_counted(optimizer: str, slots: int) -> None:
    found = cnnshape.plan({"input": [4], "layers": ["Dense(3)"]}, optimizer=optimizer).totals
    assert found is not None
    assert found.training.optimizer == optimizer
    assert found.training.optimizer_state == slots * 15 * 4


LAYERS = ["Conv2D(4, 3, padding='same')", "DepthwiseConv2D(3, padding='same')", "BatchNormalization", "ReLU", "Flatten"]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=8), st.integers(1, 4))
def test_the_sum_of_the_rows_is_the_total(layers: list[str], batch: int) -> None:
    if "Flatten" in layers:
        layers = layers[: layers.index("Flatten") + 1]
    result = cnnshape.plan({"input": [8, 9, 3], "batch": batch, "layers": layers})
    assert result.totals is not None
    for key in ("params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops"):
        assert sum(getattr(row, key) for row in result.layers) == getattr(result.totals, key)
    for row in result.layers:
        assert row.params == (row.trainable_params or 0) + (row.non_trainable_params or 0)
