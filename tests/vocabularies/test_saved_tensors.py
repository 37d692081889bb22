"""What the backward pass keeps is what PyTorch was seen to keep (`scripts/record_saved_tensors.py`)."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from cnnshape.arithmetic.sizes import product
from cnnshape.network.answers import Lowered
from cnnshape.network.fields import NOTHING_SEEN
from cnnshape.network.network import ModelInput, Network
from cnnshape.network.node import Node
from cnnshape.network.opening import opened
from cnnshape.network.recording import run_forward
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.readers.yaml.calls import parse_call
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.vocabularies.layer import BoundLayer, bind
from cnnshape.vocabularies.pytorch import OPERATORS, VOCABULARY
from cnnshape.vocabularies.pytorch.autocast import cast_weights, casts_weights, makes, reads_in, runs_in, type_of
from cnnshape.vocabularies.pytorch.saved import RESULTS, is_told, saved
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved
from cnnshape.vocabularies.vocabulary import lookup

DATA = Path(__file__).parent.parent / "data" / "saved_tensors.jsonl"
LINES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
OBSERVED: dict[str, list[Any]] = defaultdict(list)
for line in LINES[1:]:
    OBSERVED[line["layer"]].append(line)

MADE_OF_OTHERS = {
    *(
        "Sequential",
        "SqueezeExcitation",
        "Conv2dNormActivation",
        "Conv3dNormActivation",
        "FeaturePyramidNetwork",
        "MLP",
    ),
    *("BatchNormAct2d", "SelectAdaptivePool2d", "TransformerEncoderLayer", "TransformerDecoderLayer"),
    *("TransformerEncoder", "TransformerDecoder", "Transformer"),
}
UNTOLD = {"MultiScaleRoIAlign": "which of the maps a box is read from turns on its size"}
"""Layers that say `?`, and why."""
FLOAT32 = ("train", "eval", "frozen", "first", "one", "others")


def bound_of(line: dict[str, Any]) -> BoundLayer:
    """The layer of a recorded call, with its arguments."""
    if "call" not in line:
        return bind(lookup("pytorch", line["layer"]), (), line["config"])
    call = parse_call(line["call"])
    positional = [each.evaluate(NOTHING) for each in call.positional]
    return bind(
        lookup("pytorch", call.callee), positional, {each.name: each.value.evaluate(NOTHING) for each in call.keywords}
    )


def call_of(line: dict[str, Any], setting: str) -> Call:
    """A recorded call in a setting, as the planner would describe it."""
    bound = bound_of(line)
    reads = line.get("reads", range(len(line["input"])))
    inputs = tuple(tuple(line["input"][number]) for number in reads)
    result = bound.operation().apply(*inputs)
    weights = {weight.name: product(weight.shape) for weight in result.weights if weight.kind == "trainable"}
    asks = {"first": lambda _: False, "one": lambda number: number == 0, "others": lambda number: number > 0}
    whole = line.get("integers", [])
    needs = tuple(number not in whole and asks.get(setting, lambda _: True)(number) for number in reads)
    return Call(
        line["layer"].removeprefix("Lazy"),
        bound.arguments,
        inputs,
        result.outputs,
        needs,
        weights,
        frozenset() if setting == "frozen" else frozenset(weights),
        training=setting != "eval",
        buffers={weight.name: product(weight.shape) for weight in result.weights if weight.kind == "buffer"},
        padding=result.padding,
        same=tuple(reads) if "reads" in line else (),
    )


def described(one: Saved, line: dict[str, Any]) -> str:
    """A kept tensor as the recording writes it; an output that overwrote its input lies where that lies."""
    if one.what in ("input", "output"):
        in_place = one.what == "output" and bound_of(line).arguments.get("inplace")
        return f"{'input' if in_place else one.what}{one.number}"
    return f"{one.type if one.type.startswith('int') else 'float32'} {one.elements}"


def kept_in(line: dict[str, Any], setting: str) -> list[str]:
    found: list[str] = line["kept"].get(setting, line["kept"]["train"])
    return found


@pytest.mark.parametrize("layer", [name for name in OBSERVED if name not in {*MADE_OF_OTHERS, *UNTOLD}])
@pytest.mark.parametrize("setting", FLOAT32)
def test_what_is_kept_is_what_pytorch_keeps(layer, setting):
    for line in OBSERVED[layer]:
        if setting in ("one", "others") and len(line["input"]) == 1:
            continue
        call = call_of(line, setting)
        ours = sorted(described(one, line) for one in saved(call) if one.what != "weight")
        assert ours == kept_in(line, setting), line


NOT_RECORDED = {
    **dict.fromkeys(("concat", "concatenate", "subtract", "multiply", "divide"), "the second name of a function"),
    "LayerScale": "a parameter of torchvision's ConvNeXt block, no module of its own",
    "SyncBatchNorm": "PyTorch runs it on accelerators only; told as BatchNorm",
    "Layer": "a layer that its author describes; what it keeps he cannot state",
    "Parameter": "a parameter of a block, which runs nothing",
    **{
        name: "a function of weights, which its layer's rows have; not told by itself"
        for names in OPERATORS["weighted"].values()
        for name in names
    },
}


def test_every_layer_and_function_has_its_row_or_a_reason():
    assert set(VOCABULARY.types) - set(OBSERVED) == set(NOT_RECORDED)


def test_every_layer_and_function_is_told_or_made_of_what_is():
    untold = {name for name in OBSERVED if not is_told(name.removeprefix("Lazy"))}
    assert untold - MADE_OF_OTHERS == set(UNTOLD)


WIDTHS = {"float32": 4, "int64": 8, "int32": 4}


def kept_bytes(line: dict[str, Any], setting: str) -> int:
    """What PyTorch was seen to keep, in bytes."""
    outputs = bound_of(line).operation().apply(*map(tuple, line["input"])).outputs
    sizes = {f"input{number}": 4 * (product(shape) or 0) for number, shape in enumerate(line["input"])}
    sizes |= {f"output{number}": 4 * (product(shape) or 0) for number, shape in enumerate(outputs)}
    kept = kept_in(line, setting)
    return sum(sizes[each] if each in sizes else WIDTHS[each.split()[0]] * int(each.split()[1]) for each in kept)


@pytest.mark.parametrize("layer", sorted(MADE_OF_OTHERS))
@pytest.mark.parametrize("setting", ["train", "frozen", "first"])
def test_what_layers_that_are_made_of_others_keep(layer, setting):
    for line in OBSERVED[layer]:
        bound = bound_of(line)
        lowered = Lowered(bound, bound.operation())
        answer = lowered.answer(tuple(map(tuple, line["input"])))
        inputs = tuple(
            Tensor(f"x{number}", tuple(shape), NOTHING_SEEN, -1) for number, shape in enumerate(line["input"])
        )
        outputs = tuple(
            Tensor(f"y{number}", shape, NOTHING_SEEN, 0) for number, shape in enumerate(answer.result.outputs)
        )
        node = Node("layer", layer, inputs, outputs, lowered, answer, trainable=setting != "frozen")
        given = tuple(map(ModelInput, inputs))
        whole = Network("", "pytorch", CHANNELS_FIRST, "float32", line["input"][0][0], "", given, (node,), outputs)
        parts = opened(whole, [0])
        forward = run_forward(parts, range(len(parts.nodes)), given=() if setting == "first" else inputs)
        kept = sum(each.size for each in set(forward.buffers.values()) if each.kept_until is not None)
        assert kept + sum(forward.own.values()) == kept_bytes(line, setting), line


def under_autocast(line: dict[str, Any], setting: str) -> list[str]:
    """What we say is kept under autocast to bfloat16, in the words of the recording."""
    layer = line["layer"]
    call = call_of(line, {"amp": "train", "half": "train"}.get(setting, setting.removeprefix("amp_")))
    given = "bfloat16" if setting == "half" else "float32"
    whole = line.get("integers", [])
    types = ["int64" if number in whole else given for number in range(len(call.inputs))]
    call = call._replace(types=tuple(types), lower="bfloat16")
    runs = runs_in(call, "bfloat16")
    found = []
    for one in saved(call):
        if one.what == "weight" and one.elements:
            found.append(f"{one.type} {one.elements}")
        elif one.what == "weight":
            found += [f"{runs} {each}" for each in cast_weights(call)] if casts_weights(call, runs) else []
        elif one.what == "input" and one.number not in whole and (reads := reads_in(call, given, runs)) != given:
            found.append(f"{reads} {product(call.inputs[one.number])}")
        elif one.what in ("input", "output"):
            found.append(described(one, line))
        else:
            found.append(f"{type_of(call, one, runs)} {one.elements}")
    return [*sorted(found), *([f"-> {RESULTS.get(layer, makes(call, runs)[0])}"] if setting in ("amp", "half") else [])]


UNDER_AUTOCAST = [
    (layer, setting, lines)
    for layer in sorted(set(OBSERVED) - MADE_OF_OTHERS - set(UNTOLD))
    for setting in ("amp", "amp_frozen", "amp_first", "half")
    if (lines := [line for line in OBSERVED[layer] if setting in line["kept"]])
]


@pytest.mark.parametrize(
    ("layer", "setting", "lines"), UNDER_AUTOCAST, ids=[f"{setting}-{layer}" for layer, setting, _ in UNDER_AUTOCAST]
)
def test_what_is_kept_under_autocast_is_what_pytorch_keeps(layer, setting, lines):
    for line in lines:
        assert under_autocast(line, setting) == line["kept"][setting], line
