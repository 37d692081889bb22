"""What other counters print is what they were observed to print (`tests/data/record_counters.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnnshape
from cnnshape.studies.counting import TOOLS, count_like

OBSERVED = json.loads((Path(__file__).parent.parent / "data" / "counters.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("layer", OBSERVED["layers"])
def test_single_layers(layer):
    observed = OBSERVED["layers"][layer]
    text = f"framework: pytorch\ninput: {observed['input']}\nlayers:\n  - {layer}\n"
    plan = cnnshape.plan(text=text)
    assert {tool: count_like(plan, tool).total for tool in TOOLS} == {tool: observed[tool] for tool in TOOLS}


@pytest.mark.parametrize("network", OBSERVED["networks"])
def test_networks(network):
    plan = cnnshape.plan(f"zoo:pytorch/{network}")
    assert {tool: count_like(plan, tool).total for tool in TOOLS} == OBSERVED["networks"][network]


def test_the_total_is_the_sum_of_what_it_consists_of():
    counted = count_like(cnnshape.plan("zoo:pytorch/resnet50"), "fvcore")
    assert counted.to_dict() == {
        "tool": "fvcore",
        "total": 4_111_512_576,
        "parts": {"products": 4_089_184_256, "normalization": 22_227_968, "pooling": 100_352},
    }


def test_unknown_sizes_stay_unknown():
    text = "framework: pytorch\ninput: [3, null, null]\nlayers:\n  - Conv2d(3, 8, 3)\n  - ReLU()\n"
    assert count_like(cnnshape.plan(text=text), "ptflops").total is None
