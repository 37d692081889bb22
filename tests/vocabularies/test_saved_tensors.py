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
FLOAT32 = ("train", "eval", "frozen", "first", "one", "others", "eval_frozen")
AUTOCAST = ("amp", "amp_frozen", "amp_first", "half", "amp_eval", "amp_eval_frozen", "fp16")
FUNCTIONS = {name for names in OPERATORS["weighted"].values() for name in names} | {"rms_norm"}
"""Functions of weights, which stand behind their inputs."""
STATISTICS = {"batch_norm": ("running_mean", "running_var"), "instance_norm": ("running_mean", "running_var")}
"""What stands before those weights, and needs no gradient."""


def bound_of(line: dict[str, Any]) -> BoundLayer:
    """The layer of a recorded call, with its arguments."""
    if "call" not in line:
        return bind(lookup("pytorch", line["layer"]), (), line["config"])
    call = parse_call(line["call"])
    positional = [each.evaluate(NOTHING) for each in call.positional]
    name = f"F.{call.callee}" if call.callee in FUNCTIONS else call.callee  # without it some write a layer so
    return bind(
        lookup("pytorch", name), positional, {each.name: each.value.evaluate(NOTHING) for each in call.keywords}
    )


def call_of(line: dict[str, Any], setting: str) -> Call:
    """A recorded call in a setting, as the planner would describe it."""
    bound = bound_of(line)
    said = setting.split("_")
    reads = line.get("reads", range(len(line["input"])))
    inputs = tuple(tuple(line["input"][number]) for number in reads)
    result = bound.operation().apply(*inputs)
    weights = {weight.name: product(weight.shape) for weight in result.weights if weight.kind == "trainable"}
    buffers = {weight.name: product(weight.shape) for weight in result.weights if weight.kind == "buffer"}
    asks = {"first": lambda _: False, "one": lambda number: number == 0, "others": lambda number: number > 0}
    whole = line.get("integers", [])
    needs = tuple(number not in whole and asks.get(said[-1], lambda _: True)(number) for number in reads)
    trained = frozenset() if "frozen" in said else frozenset(weights)
    if line["layer"] in FUNCTIONS:
        own = 2 if line["layer"] == "bilinear" else 1
        statistics = STATISTICS.get(line["layer"], ())
        trained = frozenset(["weight"] if any(needs[own:][len(statistics) :]) else [])
        inputs, needs = inputs[:own], needs[:own]
    if line["layer"] == "instance_norm":  # as a plan tells what is read
        buffers = {"mean": 4} if len(line["input"]) > 1 else {}
        weights = {"scale": 4} if len(line["input"]) > 3 else {}
    return Call(
        line["layer"].removeprefix("Lazy"),
        bound.arguments,
        inputs,
        result.outputs,
        needs,
        weights,
        trained,
        training="eval" not in said,
        buffers=buffers,
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
    """What was kept, weights apart."""
    found: list[str] = line["kept"].get(setting, line["kept"].get("train"))
    weights = {f"input{number}" for number in range(1, 6)} if line["layer"] in FUNCTIONS else set()
    if line["layer"] == "bilinear":
        weights.discard("input1")
    return [each for each in found if each not in weights]


@pytest.mark.parametrize("layer", [name for name in OBSERVED if name not in {*MADE_OF_OTHERS, *UNTOLD}])
@pytest.mark.parametrize("setting", FLOAT32)
def test_what_is_kept_is_what_pytorch_keeps(layer, setting):
    for line in OBSERVED[layer]:
        if setting in line.get("refused", ()) or (setting in ("one", "others") and len(line["input"]) == 1):
            continue
        if setting == "eval_frozen" and line is not OBSERVED[layer][0]:
            continue
        call = call_of(line, setting)
        ours = sorted(described(one, line) for one in saved(call) if one.what != "weight")
        assert ours == kept_in(line, setting), line


NOT_RECORDED = {
    "LayerScale": "a parameter of torchvision's ConvNeXt block, no module of its own",
    "Layer": "a layer that its author describes; what it keeps he cannot state",
    "Parameter": "a weight by itself, which runs nothing and lies where it is",
    **dict.fromkeys(("ones", "zeros", "arange"), "a constant, which needs no gradient"),
    "tensordot": "operands are laid out anew, or not, as their axes lie: it says `?`",
}
REFUSED = {name: {"half"} for name in ("Bilinear", "DeformConv2d", "RoIPool", "PSRoIAlign", "PSRoIPool")}
"""Settings that PyTorch refuses on a CPU: inputs in another type than the weights or boxes."""


def test_every_layer_and_function_has_its_row_or_a_reason():
    assert set(VOCABULARY.types) - set(OBSERVED) == set(NOT_RECORDED)


def test_every_row_has_each_setting_or_what_pytorch_says():
    """A setting that is left out keeps what training keeps; the first row of a word has all of them."""
    refused = {name: set(lines[0].get("refused", ())) for name, lines in OBSERVED.items()}
    assert {name: settings for name, settings in refused.items() if settings} == REFUSED
    for name, (first, *_) in OBSERVED.items():
        assert {"amp", "half"} <= {*first["kept"], *refused[name]}, name
        assert set(first["kept"]) <= {*FLOAT32, *AUTOCAST}, name
        assert all(first.get("refused", {}).values()), name


def test_every_layer_and_function_is_told_or_made_of_what_is():
    untold = {name for name in OBSERVED if not is_told(name.removeprefix("Lazy"))}
    assert untold - MADE_OF_OTHERS == set(UNTOLD)


WIDTHS = {"float32": 4, "int64": 8, "int32": 4, "bfloat16": 2}


def kept_bytes(line: dict[str, Any], setting: str) -> int:
    """What PyTorch was seen to keep, in bytes."""
    outputs = bound_of(line).operation().apply(*map(tuple, line["input"])).outputs
    sizes = {f"input{number}": 4 * (product(shape) or 0) for number, shape in enumerate(line["input"])}
    runs = kept_in(line, "amp")[-1].removeprefix("-> ") if "amp" in setting else "float32"
    sizes |= {f"output{number}": WIDTHS[runs] * (product(shape) or 0) for number, shape in enumerate(outputs)}
    kept = [each for each in kept_in(line, setting) if not each.startswith("->")]
    return sum(sizes[each] if each in sizes else WIDTHS[each.split()[0]] * int(each.split()[1]) for each in kept)


@pytest.mark.parametrize("layer", sorted(MADE_OF_OTHERS))
@pytest.mark.parametrize("setting", ["train", "frozen", "first", "amp", "amp_frozen", "amp_first"])
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
        node = Node("layer", layer, inputs, outputs, lowered, answer, trainable="frozen" not in setting)
        given = tuple(map(ModelInput, inputs))
        whole = Network("", "pytorch", CHANNELS_FIRST, "float32", line["input"][0][0], "", given, (node,), outputs)
        parts = opened(whole, [0])
        lower = "bfloat16" if "amp" in setting else None
        forward = run_forward(parts, range(len(parts.nodes)), lower, given=() if "first" in setting else inputs)
        kept = sum(each.size for each in set(forward.buffers.values()) if each.kept_until is not None)
        assert kept + sum(forward.own.values()) == kept_bytes(line, setting), line


def under_autocast(line: dict[str, Any], setting: str) -> list[str]:
    """What we say is kept under autocast, in the words of the recording."""
    layer = line["layer"]
    call = call_of(line, setting.removeprefix("amp_"))
    given = "bfloat16" if setting == "half" else "float32"
    whole = line.get("integers", [])
    types = ["int64" if number in whole else given for number in range(len(call.inputs))]
    lower = "float16" if setting == "fp16" else "bfloat16"
    call = call._replace(types=tuple(types), lower=lower)
    runs = runs_in(call, lower)
    found = []
    for one in saved(call):
        if one.what == "weight" and one.elements:
            found.append(f"{one.type} {one.elements}")
        elif one.what == "weight":
            read = [product(tuple(line["input"][len(call.inputs)]))] if layer in FUNCTIONS else cast_weights(call)
            found += [f"{runs} {each}" for each in read] if casts_weights(call, runs) else []
        elif one.what == "input" and one.number not in whole and (reads := reads_in(call, given, runs)) != given:
            found.append(f"{reads} {product(call.inputs[one.number])}")
        elif one.what in ("input", "output"):
            found.append(described(one, line))
        else:
            found.append(f"{type_of(call, one, runs)} {one.elements}")
    return [
        *sorted(found),
        *([f"-> {RESULTS.get(layer, makes(call, runs)[0])}"] if setting in ("amp", "half", "fp16") else []),
    ]


def is_first_in(line: dict[str, Any], setting: str) -> bool:
    """Whether a row is the first of its word, and was observed in a setting."""
    return line is OBSERVED[line["layer"]][0] and setting not in line.get("refused", ())


def kept_under_autocast(line: dict[str, Any], setting: str) -> list[str]:
    """What was kept; under autocast to float16, where nothing else is said, as to bfloat16."""
    if setting == "fp16" and setting not in line["kept"]:
        return [each.replace("bfloat16", "float16") for each in kept_in(line, "amp")]
    return kept_in(line, setting)


UNDER_AUTOCAST = [
    (layer, setting, lines)
    for layer in sorted(set(OBSERVED) - MADE_OF_OTHERS - set(UNTOLD))
    for setting in AUTOCAST
    if not (setting == "half" and layer in FUNCTIONS)  # whose weights were in the lower type, too
    if (lines := [line for line in OBSERVED[layer] if setting in line["kept"] or is_first_in(line, setting)])
]


@pytest.mark.parametrize(
    ("layer", "setting", "lines"), UNDER_AUTOCAST, ids=[f"{setting}-{layer}" for layer, setting, _ in UNDER_AUTOCAST]
)
def test_what_is_kept_under_autocast_is_what_pytorch_keeps(layer, setting, lines):
    for line in lines:
        assert sorted(under_autocast(line, setting)) == sorted(kept_under_autocast(line, setting)), line
