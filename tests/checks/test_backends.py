"""Keras's backends: what is said of them, held against runs of each (`tests/data/record_backends.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnshape.api import examine
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration
from cnnshape.network.backends import differences_of
from cnnshape.network.plan import Plan

RECORDED = Path(__file__).parent.parent / "data" / "keras_backends.json"
CASES: list[dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
NO_OUTPUT_PADDING = "Conv2DTranspose(4, 4, strides=2, padding='same', output_padding=0)"


def plan_of(layer: str, shape: list[int], **more: Any) -> Plan:
    return examine({"framework": "keras", "input": shape, "layers": [layer], **more})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['layer']} on {case['input']}")
def test_what_is_said_of_each_backend_is_what_its_run_shows(case: dict[str, Any]) -> None:
    plan = plan_of(case["layer"], case["input"])
    assert not plan.errors
    told = [difference for _, difference in differences_of(plan, plan.layers)]
    refusing = {backend for each in told if each.refuses for backend in each.backends}
    assert refusing - {"jax"} == set(case["refuses"])
    if not refusing:
        assert any(not each.refuses for each in told) == case["values_differ"]


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_what_a_stated_backend_refuses_is_an_error(backend: str) -> None:
    codes = [finding.code for finding in plan_of(NO_OUTPUT_PADDING, [8, 8, 3], backend=backend).errors]
    assert codes == (["CS316"] if backend == "tensorflow" else [])


def test_an_error_names_the_backend_and_what_all_do_alike() -> None:
    (error,) = plan_of(NO_OUTPUT_PADDING, [8, 8, 3], backend="tensorflow").errors
    assert error.message == (
        "TensorFlow refuses Conv2DTranspose when it runs, although Keras plans it: it computes another size for "
        'padding="same" with output_padding=0 and an even kernel of 4'
    )
    assert error.fix == "leave output_padding out, or use an odd kernel"


@pytest.mark.parametrize(
    ("stated", "configured", "codes"),
    [
        (None, None, ["CS524"]),
        (None, "tensorflow", ["CS316"]),
        (None, "torch", []),
        ("torch", "tensorflow", []),
        ("tensorflow", "torch", ["CS316"]),
    ],
)
def test_the_backend_of_a_file_goes_before_that_of_the_project(
    stated: str | None, configured: str | None, codes: list[str]
) -> None:
    plan = plan_of(NO_OUTPUT_PADDING, [8, 8, 3], **({"backend": stated} if stated else {}))
    found = findings_of(plan, Configuration(Path(), backend=configured))
    assert [finding.code for finding in found if finding.code in ("CS316", "CS524")] == codes


def test_other_values_are_an_advice_also_where_that_backend_is_stated() -> None:
    plan = plan_of("AveragePooling2D(3, strides=2, padding='same')", [8, 8, 3], backend="torch")
    (advice,) = (each for each in findings_of(plan, Configuration(".")) if each.code == "CS524")
    assert advice.message == (
        "PyTorch gives AveragePooling2D other values than TensorFlow: where both ends are not padded alike, it repeats "
        "the edge and counts it in the averages"
    )


def test_a_network_of_channels_first_is_told_once() -> None:
    layers = ["Conv2D(4, 3)", "Conv2D(4, 3)"]
    plan = examine({"data_format": "channels_first", "input": [3, 9, 9], "layers": layers})
    found = [each for each in findings_of(plan, Configuration(".")) if each.code == "CS524"]
    assert [each.layer for each in found] == ["conv2d"]


def test_pytorchs_files_have_no_backend() -> None:
    plan = examine({"framework": "pytorch", "backend": "torch", "input": [8], "layers": ["ReLU()"]})
    assert [error.code for error in plan.errors] == ["CS009"]
