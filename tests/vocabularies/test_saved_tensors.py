"""What the backward pass keeps is what PyTorch was seen to keep (`scripts/record_saved_tensors.py`)."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from cnnshape.arithmetic.sizes import product
from cnnshape.network.autograd import keeps_what_is_told
from cnnshape.vocabularies.layer import bind
from cnnshape.vocabularies.pytorch import VOCABULARY
from cnnshape.vocabularies.pytorch.autocast import casts_weights, reads_in, runs_in, type_of
from cnnshape.vocabularies.pytorch.saved_tensors import Call, Saved, saved
from cnnshape.vocabularies.vocabulary import lookup
from tests.vocabularies.observed import operation_of, rows

DATA = Path(__file__).parent.parent / "data" / "saved_tensors.jsonl"
LINES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
OBSERVED: dict[str, list[Any]] = defaultdict(list)
for line in LINES[1:]:
    OBSERVED[line["layer"]].append(line)

CALLED = {
    name: next(row["call"] for row in found if row["answer"][0])
    for name, found in rows("pytorch_modules.jsonl.gz").items()
}
FLOAT32 = ("train", "eval", "frozen", "first", "one")


def call_of(line: dict[str, Any], setting: str) -> Call:
    """A recorded call in a setting, as the planner would describe it."""
    bound = bind(lookup("pytorch", line["layer"]), (), line["config"])
    inputs = tuple(tuple(shape) for shape in line["input"])
    result = bound.operation().apply(*inputs)
    weights = {weight.name: product(weight.shape) for weight in result.weights if weight.kind == "trainable"}
    needs = tuple(setting != "first" and (setting != "one" or number == 0) for number in range(len(inputs)))
    return Call(
        line["layer"].removeprefix("Lazy"),
        bound.arguments,
        inputs,
        result.outputs,
        needs,
        weights,
        frozenset() if setting == "frozen" else frozenset(weights),
        training=setting != "eval",
        tracks=any(weight.kind == "buffer" for weight in result.weights),
        padding=result.padding,
    )


def described(one: Saved, line: dict[str, Any]) -> str:
    """A kept tensor as the recording writes it; an output that overwrote its input lies where that lies."""
    if one.what in ("input", "output"):
        in_place = one.what == "output" and line["config"].get("inplace")
        return f"{'input' if in_place else one.what}{one.number}"
    return f"{'int64' if one.type == 'int64' else 'float32'} {one.elements}"


def kept_in(line: dict[str, Any], setting: str) -> list[str]:
    found: list[str] = line["kept"].get(setting, line["kept"]["train"])
    return found


@pytest.mark.parametrize("layer", OBSERVED)
@pytest.mark.parametrize("setting", FLOAT32)
def test_what_is_kept_is_what_pytorch_keeps(layer, setting):
    for line in OBSERVED[layer]:
        call = call_of(line, setting)
        ours = sorted(described(one, line) for one in saved(call) if one.what != "weight")
        assert ours == kept_in(line, setting), line


def test_every_layer_and_function_was_observed():
    second = {"concat", "concatenate", "subtract", "multiply", "divide"}
    unseen = {
        "LayerScale",
        "SyncBatchNorm",
        "Layer",
        "Parameter",
    }  # a parameter of a block; it runs on accelerators only
    silent = set(VOCABULARY.types) - second - unseen - set(OBSERVED)
    called = {name: operation_of("pytorch", call)[1] for name, call in CALLED.items()}
    assert {name for name in silent if keeps_what_is_told(name, called[name])} == set()


KEPT_OTHERWISE = {"LocalResponseNorm", "local_response_norm", "LPPool3d", "lp_pool3d"}
"""Of several kernels, some of which run in float32."""


def under_autocast(line: dict[str, Any], setting: str) -> list[str]:
    """What we say is kept under autocast to bfloat16, in the words of the recording."""
    call = call_of(line, {"amp": "train", "half": "train"}.get(setting, setting.removeprefix("amp_")))
    given = "bfloat16" if setting == "half" else "float32"
    runs = runs_in(call, [given] * len(call.inputs), "bfloat16")
    found = []
    for one in saved(call):
        if one.what == "weight":
            name = next(name for name in ("kernel", "alpha") if name in call.weights)
            found += [f"{runs} {call.weights[name]}"] if casts_weights(call, runs) else []
        elif one.what == "input" and (reads := reads_in(call, given, runs)) != given:
            found.append(f"{reads} {product(call.inputs[one.number])}")
        elif one.what in ("input", "output"):
            found.append(described(one, line))
        else:
            found.append(f"{type_of(call, one, runs)} {one.elements}")
    return [*sorted(found), *([f"-> {runs}"] if setting in ("amp", "half") else [])]


UNDER_AUTOCAST = [
    (layer, setting, lines)
    for layer in sorted(set(OBSERVED) - KEPT_OTHERWISE - {"Bilinear"})
    for setting in ("amp", "amp_frozen", "amp_first", "half")
    if (lines := [line for line in OBSERVED[layer] if setting in line["kept"]])
]


@pytest.mark.parametrize(
    ("layer", "setting", "lines"), UNDER_AUTOCAST, ids=[f"{setting}-{layer}" for layer, setting, _ in UNDER_AUTOCAST]
)
def test_what_is_kept_under_autocast_is_what_pytorch_keeps(layer, setting, lines):
    for line in lines:
        assert under_autocast(line, setting) == line["kept"][setting], line
