"""The memory of a training step is what PyTorch was measured to take (`benchmarks/training_memory.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnnshape
from cnnshape.network.figures import Training
from cnnshape.network.optimizers import OPTIMIZERS, in_8_bits, state_bytes

DATA = Path(__file__).parent.parent / "data" / "training_steps.json"
STEPS = json.loads(DATA.read_text(encoding="utf-8"))["steps"]
OPTIMIZED = json.loads((DATA.parent / "optimizer_steps.json").read_text(encoding="utf-8"))
MIB = 1024**2
SIZE = 4 * 16 * 16 * 4  # a float32 map of 4 x 16 x 16


def training(layers: str, head: str = "", optimizer: str = "sgd") -> Training:
    """What a small PyTorch network of 4 x 16 x 16 maps takes."""
    text = f"framework: pytorch\ninput: [4, 16, 16]\n{head}layers:\n" + "".join(
        f"  - {layer}\n" for layer in layers.split("; ")
    )
    totals = cnnshape.plan(text=text, optimizer=optimizer).totals
    assert totals is not None
    return totals.training


@pytest.mark.parametrize(
    "step", STEPS, ids=lambda step: "-".join(str(step[key]) for key in ("network", "optimizer", "amp"))
)
def test_a_step_of_torchvisions_networks(step):
    plan = cnnshape.plan(
        f"zoo:pytorch/{step['network']}",
        input=(3, 224, 224),
        batch=step["batch"],
        optimizer=step["optimizer"],
        amp=step["amp"],
    )
    assert plan.totals is not None
    assert plan.totals.training.activations == step["kept"]
    assert plan.totals.peak_training_bytes == pytest.approx(step["peak"], rel=0.0002)


def test_eight_pairs_of_convolution_and_relu():
    """PyTorch's allocator had 705 MiB at most: eight maps of 64 MiB, the input, two gradients, and the weights."""
    pairs = "  - Conv2d(32, 32, 3, padding=1)\n  - ReLU()\n" * 8
    text = f"framework: pytorch\ninput: [32, 256, 256]\nbatch: 8\nlayers:\n{pairs}"
    totals = cnnshape.plan(text=text, optimizer="sgd").totals
    assert totals is not None
    assert totals.training.activations == 9 * 64 * MIB
    assert round((totals.peak_training_bytes or 0) / MIB) == 704
    assert (totals.training.phase, totals.training.layer) == ("backward", "conv2d_7")


@pytest.mark.parametrize(
    ("layers", "maps"),
    [
        ("Conv2d(4, 4, 3, padding=1)", 1),
        ("Conv2d(4, 4, 3, padding=1); ReLU()", 2),
        ("Conv2d(4, 4, 3, padding=1); ReLU(inplace=True)", 2),
        ("Conv2d(4, 4, 3, padding=1); SiLU()", 2),
        ("Conv2d(4, 4, 3, padding=1); SiLU(inplace=True)", 2),
        ("Conv2d(4, 4, 3, padding=1); SiLU(); Conv2d(4, 4, 3)", 3),
        ("Conv2d(4, 4, 3, padding=1); SiLU(inplace=True); Conv2d(4, 4, 3)", 3),
        ("Conv2d(4, 4, 3, padding=1); ReLU(inplace=True); Conv2d(4, 4, 3)", 2),
        ("Conv2d(4, 4, 3, padding=1); Dropout(0.0)", 1),
        ("Conv2d(4, 4, 3, padding=1); Dropout()", 2),
        ("Conv2d(4, 4, 3, padding=1); LogSigmoid()", 3),
        ("x = Conv2d(4, 4, 3, padding=1); add(x, input)", 1),
        ("x = Conv2d(4, 4, 3, padding=1); mul(x, input)", 1),
        ("x = Conv2d(4, 4, 3, padding=1); mul(x, x)", 2),
        ("Conv2d(4, 4, 3, padding=1); Upsample(scale_factor=2)", 1),
        ("ReLU()", 0),
    ],
)
def test_what_is_kept_of_each_layer(layers, maps):
    assert training(layers.replace("(x", "()(x")).activations == maps * SIZE


def test_frozen_layers_keep_what_their_inputs_gradient_needs():
    first, frozen = "Conv2d(4, 4, 3, padding=1)", "Conv2d(4, 4, 3, padding=1, trainable=False)"
    assert training(f"{frozen}; {frozen}; {first}").activations == SIZE  # nothing needs a gradient before the last
    assert training(f"{first}; {frozen}; {frozen}").activations == 3 * SIZE  # a frozen convolution keeps its input
    linear = "flatten(2); Linear(256, 256); Linear(256, 256{}); Linear(256, 256{})"
    assert training(linear.format("", "")).activations == 3 * SIZE
    assert training(linear.format(*[", trainable=False"] * 2)).activations == SIZE  # a frozen Linear keeps nothing


def test_the_parts_are_of_what_trains():
    found = training("Conv2d(4, 4, 3, padding=1); Conv2d(4, 4, 3, trainable=False)", optimizer="adam")
    one = 4 * (4 * 4 * 9 + 4)
    assert (found.weights, found.gradients, found.optimizer_state) == (2 * one, one, 2 * one + 2 * 4)
    assert not found.estimated
    assert found.total == max(moment.bytes for moment in found.curve)
    assert [moment.phase for moment in found.curve] == ["forward"] * 2 + ["backward"] * 2 + ["step"]


def test_under_autocast_maps_have_half_the_bytes_and_weights_a_copy():
    layers = ["Conv2d(4, 4, 3, padding=1)", "ReLU()", "Conv2d(4, 4, 3, padding=1)"]
    plan = cnnshape.plan({"framework": "pytorch", "input": [4, 16, 16], "layers": layers}, amp="bf16", optimizer="sgd")
    assert plan.totals is not None
    # the input cast to bfloat16, ReLU's output, which the second convolution reads, and both kernels
    assert plan.totals.training.activations == SIZE // 2 + SIZE // 2 + 2 * (2 * 4 * 4 * 9)
    assert plan.totals.training.gradients == 2 * 4 * (4 * 4 * 9 + 4)


def test_shared_weights_have_one_gradient():
    alone = training("a = Conv2d(4, 4, 3, padding=1)")
    twice = training("a = Conv2d(4, 4, 3, padding=1); b = Shared(a)")
    assert (twice.gradients, twice.activations) == (alone.gradients, 2 * SIZE)


def test_unknown_sizes_stay_unknown():
    text = "framework: pytorch\ninput: [3, null, null]\nlayers:\n  - Conv2d(3, 8, 3)\n"
    totals = cnnshape.plan(text=text).totals
    assert totals is not None
    assert (totals.peak_training_bytes, totals.training.activations) == (None, None)
    assert totals.training.gradients == 4 * (3 * 8 * 9 + 8)


def test_what_keras_takes_is_an_estimate():
    totals = cnnshape.plan(text="input: [16, 16, 4]\nlayers:\n  - Conv2D(4, 3)\n").totals
    assert totals is not None
    assert totals.training.estimated
    assert totals.peak_training_bytes is None


@pytest.mark.parametrize(
    ("optimizer", "state"),
    [
        ("sgd", 0),
        ("momentum", 4 * 8320),
        ("adam", 8 * 8320 + 2 * 4),
        ("adamw", 8 * 8320 + 2 * 4),
        ("adafactor", 4 * (128 + 64 + 128) + 2 * 4),
        ("lion", 4 * 8320),
        ("adam8bit", 2 * 8192 + 8 * 32 + 8 * 128 + 2048),
    ],
)
def test_what_an_optimizer_keeps(optimizer, state):
    text = "framework: pytorch\ninput: [64]\nlayers:\n  - Linear(64, 128)\n"
    totals = cnnshape.plan(text=text, optimizer=optimizer).totals
    assert totals is not None
    assert totals.training.optimizer_state == state


def test_small_parameters_of_8_bit_adam_stay_in_float32():
    assert (in_8_bits((4095,), "float32"), in_8_bits((4096,), "float32")) == (8 * 4095, 2 * 4096 + 8 * 16)


@pytest.mark.parametrize("row", OPTIMIZED["steps"], ids=lambda row: f"{row['optimizer']}-{len(row['shapes'])}")
def test_a_step_takes_what_the_optimizer_was_measured_to_take(row):
    rule = OPTIMIZERS[row["optimizer"]]
    state = state_bytes(rule, map(tuple, row["shapes"]), "float32")
    assert (state or 0) + rule.counter * len(row["shapes"]) == row["state"]
    assert rule.temporaries(row["shapes"], "float32") == row["temporaries"]
