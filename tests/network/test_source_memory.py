"""Networks in source, as PyTorch ran them (`benchmarks/source_memory.py`): checkpoints, names, what a step takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import examine, load

FOLDER = Path(__file__).parent.parent / "data" / "memory"
STEPS = json.loads((FOLDER.parent / "source_steps.json").read_text(encoding="utf-8"))["steps"]
LOSS = 16
"""Bytes of the loss and its gradient, which are left out."""


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["network"])
def test_a_network_in_source_takes_what_pytorch_took(step):
    batch, *shape = step["input"]
    totals = cnnshape.plan(FOLDER / step["network"], input=shape, batch=batch, optimizer="sgd").totals
    assert totals is not None
    assert totals.training.activations == step["kept"]
    assert totals.peak_training_bytes == pytest.approx(step["peak"], rel=0, abs=LOSS)
    assert totals.peak_activation_bytes == step["inference"]


MASKED = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.TransformerEncoder(nn.TransformerEncoderLayer(12, 3, 20, batch_first=True), 1)

    def forward(self, x):
        return self.m(x, mask=torch.zeros(6, 6){})
"""


def test_a_mask_whose_values_are_not_known_says_what_to_write(tmp_path):
    """PyTorch compares it with a causal one, and keeps none then."""
    file = tmp_path / "network.py"
    for words, unknown in (("", True), (", is_causal=False", False)):
        file.write_text(MASKED.format(words), encoding="utf-8")
        totals = cnnshape.plan(file, input=(6, 12), batch=2, optimizer="sgd").totals
        assert totals is not None
        assert (totals.training.activations is None) == unknown
        assert ("say is_causal=True or False" in (totals.training.unknown or "")) == unknown


BLOCKS = """\
framework: pytorch
input: [3, 32, 32]
batch: 2
blocks:
  block():
    - Conv2d(8, 8, 3, padding=1)
    - BatchNorm2d(8)
    - ReLU()
    - Conv2d(8, 8, 3, padding=1)
    - ReLU()
layers:
  - Conv2d(3, 8, 3, padding=1)
  - block({}) * 3
  - mean(dim=[2, 3])
  - Linear(8, 10)
"""


def test_a_checkpointed_block_keeps_its_input_and_runs_again():
    """As PyTorch 2.14.1 ran it with ``torch.utils.checkpoint`` around each block, and without."""
    found = [cnnshape.plan(text=BLOCKS.format(each), optimizer="sgd").totals for each in ("", "checkpoint=true")]
    kept = [totals and totals.training.activations for totals in found]
    peaks = [totals and totals.peak_training_bytes for totals in found]
    assert kept == [680_192, 221_248]
    assert peaks == [827_320, 565_048]


def faults(text):
    """What is wrong with an architecture."""
    return examine(load(text=text)).errors


def test_checkpoint_stands_beside_a_block():
    spelled = BLOCKS.replace("  - block({}) * 3\n", "  - block: {}\n    checkpoint: true\n    repeat: 3\n")
    totals = cnnshape.plan(text=spelled, optimizer="sgd").totals
    assert totals is not None
    assert totals.training.activations == 221_248
    wrong = BLOCKS.format("").replace("Linear(8, 10)", "Linear(8, 10, checkpoint=true)")
    assert [
        "checkpoint stands beside a block of PyTorch, and Linear is none" in each.message for each in faults(wrong)
    ] == [True]
    assert "checkpoint has to be true or false" in faults(BLOCKS.format("checkpoint=1"))[0].message
    keras = "input: [4]\nblocks:\n  b(): [Dense(4)]\nlayers:\n  - b(checkpoint=true)\n"
    assert "this network is of Keras" in faults(keras)[0].message


@pytest.mark.parametrize(("batch", "kept", "peak"), [(1, 2816, 17_700), (4, 11_264, 32_352)])
def test_a_parameter_lies_in_its_weight_and_keeps_nothing(batch: int, kept: int, peak: int):
    """As PyTorch 2.14.1 ran a module with two parameters, one of them multiplied by, one added."""
    layers = ["c = Conv2d(3, 4, 3, padding=1)", "p = Parameter(4, 1, 1)", "m = mul()(c, p)", "q = Parameter(4, 8, 8)"]
    layers += ["add()(m, q)", "Sigmoid", "Flatten", "Linear(256, 5)"]
    network = {"framework": "pytorch", "input": [3, 8, 8], "batch": batch, "layers": layers}
    totals = cnnshape.plan(network, optimizer="sgd").totals
    assert totals.training.activations == kept
    assert abs(totals.peak_training_bytes - peak) <= 8
