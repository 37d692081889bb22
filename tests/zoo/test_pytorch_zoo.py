"""The PyTorch zoo is torchvision's: every member, module by module, as `record_pytorch.py` observed it."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnnshape
from cnnshape.network.plan import Plan, Row

FOLDER = Path(cnnshape.__file__).parent / "zoo" / "pytorch"
OBSERVED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "zoo_pytorch.json").read_text(encoding="utf-8")
)["models"]
DEVICES = {  # the rule of cnnshape/zoo/README.md: params and MACs that each class carries, smallest first
    "microcontroller": (250e3, 25e6),
    "mobile": (10e6, 1.2e9),
    "edge": (30e6, 6e9),
    "desktop": (150e6, 25e9),
    "server": (float("inf"), float("inf")),
}
FAMILIES = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
MEMBERS = {preset: family for family in FAMILIES for preset in family["presets"]}
ONE_OF_EACH_FAMILY = [next(iter(family["presets"])) for family in FAMILIES]


@cache
def planned(name: str) -> Plan:
    return cnnshape.plan(f"zoo:pytorch/{name}")


def about(name: str) -> dict[str, Any]:
    """What the zoo says about a member: its file's fields, then its preset's."""
    common: dict[str, Any] = dict(MEMBERS[name]["about"])
    return common | common.pop("presets", {}).get(name, {})


def is_module(row: Row) -> bool:
    """Whether torchvision calls a leaf module here, in eval mode; LayerScale is a bare parameter of its CNBlock."""
    return not row.operator and not row.training_only and row.type != "LayerScale"


def test_the_zoo_has_every_convolutional_classifier_of_torchvision_and_lenet() -> None:
    assert set(MEMBERS) == set(OBSERVED)


def test_names_that_differ_in_an_underscore_are_kept_apart() -> None:
    for name in ("regnet_x_3_2gf", "regnet_x_32gf", "RegNet_X_32GF"):
        totals = planned(name).totals
        assert totals is not None
        assert totals.params == OBSERVED[name.lower()]["params"]
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        planned("regnetx32gf")
    (finding,) = caught.value.diagnostics
    assert finding.message == "'pytorch/regnetx32gf' names 2 networks of the zoo"
    assert finding.fix == "write zoo:pytorch/regnet_x_3_2gf or zoo:pytorch/regnet_x_32gf"


@pytest.mark.parametrize("name", OBSERVED)
def test_totals_are_torchvisions(name: str) -> None:
    observed, totals = OBSERVED[name], planned(name).totals
    assert totals is not None
    assert (totals.params, totals.buffers, totals.macs) == (
        observed["params"],
        observed["buffers"],
        observed["macs"],
    )
    assert totals.trainable_params == observed["params"]


@pytest.mark.parametrize("name", OBSERVED)
def test_input_and_output_are_torchvisions(name: str) -> None:
    plan = planned(name)
    assert list(plan.inputs.values()) == [(1, *OBSERVED[name]["input"])]
    assert list(plan.outputs.values()) == [(1, *OBSERVED[name]["output"])]


@pytest.mark.parametrize("name", OBSERVED)
def test_modules_are_torchvisions(name: str) -> None:
    """The multiset of (class, output, params, MACs) over the modules; functions and operators stand apart."""
    expected = Counter(
        {(kind, output, params, macs): times for times, kind, output, params, macs in OBSERVED[name]["layers"]}
    )
    actual = Counter(
        (row.type, "x".join(map(str, row.output_shapes[0][1:])), row.params, row.macs)
        for row in planned(name).layers
        if is_module(row)
    )
    assert actual == expected


@pytest.mark.parametrize("name", ONE_OF_EACH_FAMILY)
def test_without_its_top_a_member_ends_in_torchvisions_last_feature_map(name: str) -> None:
    plan = cnnshape.plan(f"zoo:pytorch/{name}", variables={"include_top": False})
    assert list(plan.outputs.values()) == [(1, *OBSERVED[name]["features"])]
    assert plan.totals is not None
    assert plan.totals.params == OBSERVED[name]["feature_params"]


@pytest.mark.parametrize("name", ONE_OF_EACH_FAMILY)
def test_classes_are_the_width_of_the_output(name: str) -> None:
    plan = cnnshape.plan(f"zoo:pytorch/{name}", variables={"classes": 7})
    assert list(plan.outputs.values()) == [(1, 7)]


@pytest.mark.parametrize("name", OBSERVED)
def test_documented_minimum_input(name: str) -> None:
    """`min_size` of torchvision's weights: the side plans; where torchvision refuses one less, so do we."""
    smallest = OBSERVED[name]["minimum_input"]
    assert about(name)["minimum_input"] == smallest

    channels = OBSERVED[name]["input"][0]
    variables = {"aux_logits": False} if name == "inception_v3" else {}  # the auxiliary head needs 299
    cnnshape.plan(f"zoo:pytorch/{name}", input=[channels, smallest, smallest], variables=variables)
    if OBSERVED[name]["tight"]:
        with pytest.raises(cnnshape.ArchitectureError):
            cnnshape.plan(f"zoo:pytorch/{name}", input=[channels, smallest - 1, smallest - 1], variables=variables)


@pytest.mark.parametrize(
    ("name", "heads", "params_without"),
    [
        ("googlenet", {"aux1", "aux2"}, 6_624_904),  # what torchvision's weights state as num_params
        ("inception_v3", {"AuxLogits"}, 23_834_568),
    ],
)
def test_auxiliary_heads_run_in_training_only(name: str, heads: set[str], params_without: int) -> None:
    plan = planned(name)
    assert {row.name.split("/")[0] for row in plan.layers if row.training_only} == heads
    assert list(plan.outputs) == ["logits"]

    bare = cnnshape.plan(f"zoo:pytorch/{name}", variables={"aux_logits": False})
    assert bare.totals is not None
    assert plan.totals is not None
    assert bare.totals.params == params_without
    assert bare.totals.macs == plan.totals.macs


def test_auxiliary_heads_of_an_include_run_in_training_only_too() -> None:
    plan = cnnshape.plan(
        text="""
framework: pytorch
input: [3, 224, 224]
layers:
  - include: zoo:pytorch/googlenet
"""
    )
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.macs) == (13_004_888, 1_498_376_192)
    assert plan.diagnostics == ()


@pytest.mark.parametrize(
    ("name", "size", "jump", "start"),
    [  # traced with gradients through torchvision's modules, every weight positive and every map linear
        ("alexnet", 195, 32, -66),
        ("vgg11", 150, 32, -59),
        ("vgg16", 212, 32, -90),
        ("resnet18", 435, 32, -217),
        ("resnet50", 427, 32, -213),
        ("squeezenet1_1", 207, 16, -88),
        ("shufflenet_v2_x0_5", 527, 32, -263),
        ("mobilenet_v2", 491, 32, -245),
    ],
)
def test_receptive_fields_are_the_traced_ones(name: str, size: int, jump: int, start: int) -> None:
    field = cnnshape.plan(f"zoo:pytorch/{name}", variables={"include_top": False}).layers[-1].receptive_field
    assert field is not None
    assert (field.size, field.jump, field.start) == ((size, size), (jump, jump), (start, start))


@pytest.mark.parametrize("name", OBSERVED)
def test_every_member_says_what_it_is_and_when_to_use_it(name: str) -> None:
    card = about(name)
    assert set(card) == {"paper", "year", "summary", "when_to_use", "minimum_input", "device"}
    assert str(card["year"]) in card["paper"]
    assert "\n" not in card["summary"]
    assert not card["summary"].endswith(".")


@pytest.mark.parametrize("name", OBSERVED)
def test_the_device_is_the_smallest_that_carries_weights_and_macs(name: str) -> None:
    carried = [
        device
        for device, (params, macs) in DEVICES.items()
        if OBSERVED[name]["params"] <= params and OBSERVED[name]["macs"] <= macs
    ]
    assert about(name)["device"] == carried[0]
