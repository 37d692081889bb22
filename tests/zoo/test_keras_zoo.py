"""The Keras zoo is keras.applications': every member, layer by layer, as `record_keras.py` observed it."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import cnnshape
from cnnshape.network.plan import Plan

FOLDER = Path(cnnshape.__file__).parent / "zoo" / "keras"
OBSERVED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "zoo_keras.json").read_text(encoding="utf-8")
)["cases"]
DEVICES = {  # the rule of cnnshape/zoo/README.md: params and MACs that each class carries, smallest first
    "microcontroller": (250e3, 25e6),
    "mobile": (10e6, 1.2e9),
    "edge": (30e6, 6e9),
    "desktop": (150e6, 25e9),
    "server": (float("inf"), float("inf")),
}


@cache
def files() -> dict[str, dict[str, Any]]:
    """The parsed architecture file of each member."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return {preset: document for document in documents for preset in document["presets"]}


MEMBERS = list(files())


@cache
def planned(member: str) -> Plan:
    return cnnshape.plan(f"zoo:keras/{member}")


def about(member: str) -> dict[str, Any]:
    """What the zoo says about a member: its file's fields, then its preset's."""
    common: dict[str, Any] = dict(files()[member]["about"])
    return common | common.pop("presets", {}).get(member, {})


def plan_of(case: dict[str, Any]) -> Plan:
    if not case["variables"] and None not in case["input"]:
        return planned(case["preset"])
    return cnnshape.plan(f"zoo:keras/{case['preset']}", input=case["input"], variables=case["variables"])


def title(case: dict[str, Any]) -> str:
    variables = "".join(f" {name}={value}" for name, value in case["variables"].items())
    return f"{case['preset']} {'x'.join(str(size or '_') for size in case['input'])}{variables}"


def test_the_zoo_has_the_members_that_were_observed() -> None:
    assert set(MEMBERS) == {case["preset"] for case in OBSERVED}


@pytest.mark.parametrize("case", OBSERVED, ids=title)
def test_totals_and_shapes_are_keras(case: dict[str, Any]) -> None:
    plan = plan_of(case)
    assert plan.diagnostics == ()
    assert list(plan.inputs.values()) == [(1, *case["input"])]
    assert list(plan.outputs.values()) == [(1, *case["output"])]
    assert plan.totals is not None
    assert plan.totals.params == case["params"]
    assert plan.totals.trainable_params == case["trainable_params"]


@pytest.mark.parametrize("case", [case for case in OBSERVED if "layers" in case], ids=title)
def test_layers_are_keras(case: dict[str, Any]) -> None:
    """The multiset of (class, output shape, params) over the layers; operators are counted apart."""
    rows = plan_of(case).layers
    actual = Counter((row.type, row.output_shapes[0][1:], row.params) for row in rows if not row.operator)
    expected = Counter({(kind, tuple(shape), params): times for times, kind, shape, params in case["layers"]})
    assert actual == expected
    assert sum(row.operator for row in rows) == case["operators"]


@pytest.mark.parametrize("member", MEMBERS)
def test_every_member_says_what_it_is_and_when_to_use_it(member: str) -> None:
    card = about(member)
    assert set(card) == {"paper", "year", "summary", "when_to_use", "minimum_input", "device"}
    assert str(card["year"]) in card["paper"]
    assert "\n" not in card["summary"]
    assert not card["summary"].endswith(".")


@pytest.mark.parametrize("member", MEMBERS)
def test_the_device_is_the_smallest_that_carries_weights_and_macs(member: str) -> None:
    totals = planned(member).totals
    assert totals is not None
    assert totals.params is not None
    assert totals.macs is not None
    carried = [device for device, (params, macs) in DEVICES.items() if totals.params <= params and totals.macs <= macs]
    assert about(member)["device"] == carried[0]


@pytest.mark.parametrize("member", MEMBERS)
def test_the_minimum_input_plans_without_the_head(member: str) -> None:
    side = about(member)["minimum_input"]
    channels = planned(member).inputs["input"][-1]
    cnnshape.plan(f"zoo:keras/{member}", input=[side, side, channels], variables={"include_top": False})


@pytest.mark.parametrize(
    ("member", "size"),
    [
        ("VGG16", 212),
        ("InceptionV3", 1311),
        ("InceptionResNetV2", 3039),
        ("MobileNet", 315),
        ("ResNet50", 483),
        ("ResNet101", 1027),
        ("ResNet152", 1507),
        ("ResNet50V2", 483),
    ],
)
def test_receptive_fields_are_the_published_ones(member: str, size: int) -> None:
    """Araujo, Norris, Sim. Computing Receptive Fields of Convolutional Neural Networks. Distill 2019."""
    plan = cnnshape.plan(f"zoo:keras/{member}", variables={"include_top": False})
    field = plan.layers[-1].receptive_field
    assert field is not None
    assert (field.size, field.jump) == ((size, size), (32, 32))
