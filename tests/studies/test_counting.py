"""What other counters print is what they were observed to print (`scripts/record_counters.py`).

A line of the data is one case: its calls (or a network of the zoo), the shapes of its inputs, and the counters' answers;
null where a counter fails.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.studies.counting import VERSIONS, count_like
from cnnshape.vocabularies.pytorch import OPERATORS

DATA = Path(__file__).parent.parent / "data"
FUNCTIONS_OF_WEIGHTS = {name for names in OPERATORS["weighted"].values() for name in names}
COUNTED = {"products", "biases", "normalization", "pooling"}


def observations() -> tuple[dict[str, str], dict[str, list[Any]]]:
    """The versions that were asked, and the cases by what they are about."""
    with gzip.open(DATA / "counters.jsonl.gz", "rt", encoding="utf-8") as lines:
        versions, *cases = map(json.loads, lines)
    found = defaultdict(list)
    for case in cases:
        calls = case[0]
        found["networks" if isinstance(calls, str) else calls[0][0] if len(calls) == 1 else "stacks"].append(case)
    return versions, found


OBSERVED, CASES = observations()


def planned(calls: str | list[Any], shapes: list[list[int]]) -> cnnshape.Plan:
    """The plan of a case."""
    if isinstance(calls, str):
        return cnnshape.plan(f"zoo:pytorch/{calls}", input=tuple(shapes[0][1:]))
    inputs = {f"input{number}": shape[1:] for number, shape in enumerate(shapes)}
    if isinstance(calls[0][1], str):
        function = "F." if calls[0][0] in FUNCTIONS_OF_WEIGHTS else ""
        text = f"call0 = {function}{calls[0][1]}({', '.join(inputs)})"
        return cnnshape.plan({"framework": "pytorch", "inputs": inputs, "layers": [text]})
    layers: list[Any] = [
        f"call{number} = Shared(call{call})" if isinstance(call, int) else {call[0]: call[1], "name": f"call{number}"}
        for number, call in enumerate(calls)
    ]
    layers[0]["inputs"] = list(inputs)
    return cnnshape.plan({"framework": "pytorch", "inputs": inputs, "layers": layers})


@pytest.mark.parametrize("layer", CASES)
def test_a_count_is_the_counters(layer):
    for calls, shapes, observed in CASES[layer]:
        plan = planned(calls, shapes)
        assert [count_like(plan, tool).total for tool in VERSIONS] == observed, (calls, shapes)


def test_the_versions_are_those_that_were_asked():
    assert {tool: OBSERVED[tool] for tool in VERSIONS} == {
        **VERSIONS,
        "fvcore": "0.1.5.post20221221",
        "thop": "0.1.1-2209072238",
    }


def test_transposed_convolutions_in_groups():
    plan = planned(
        [["ConvTranspose2d", {"in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2, "groups": 2}]],
        [[1, 8, 8, 8]],
    )
    assert {tool: count_like(plan, tool).total for tool in VERSIONS} == {
        "fvcore": 9_216,
        "ptflops": 10_372,
        "thop": 41_616,
        "torchinfo": 42_772,
        "ultralytics-thop": 9_216,
    }


def test_the_total_is_the_sum_of_what_it_consists_of():
    counted = count_like(cnnshape.plan("zoo:pytorch/resnet50"), "fvcore")
    assert counted.to_dict() == {
        "tool": "fvcore",
        "version": "0.1.5",
        "total": 4_111_512_576,
        "parts": {"products": 4_089_184_256, "normalization": 22_227_968, "pooling": 100_352},
    }


def test_what_a_counter_fails_on_is_unknown_and_named():
    counted = count_like(planned([["Softmax", {}]], [[1, 4, 5, 5]]), "thop")
    assert (counted.total, counted.parts) == (None, {"Softmax without dim, on which thop fails": None})


def test_unknown_sizes_stay_unknown():
    text = "framework: pytorch\ninput: [3, null, null]\nlayers:\n  - Conv2d(3, 8, 3)\n  - ReLU()\n"
    assert count_like(cnnshape.plan(text=text), "ptflops").total is None


def test_a_file_of_keras_counts_as_its_layers_in_pytorch():
    text = "input: [8, 8, 4]\nlayers:\n  - Conv2D(8, 3)\n  - BatchNormalization\n  - ReLU\n  - AveragePooling2D(2)\n"
    plan = cnnshape.plan(text=text)
    assert count_like(plan, "ptflops").parts == {
        "products": 10_368,
        "biases": 288,
        "normalization": 576,
        "activations": 576,
        "pooling": 576,
    }
