"""Promises: bounds as people write them, and what a broken one says."""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.api import examine
from cnnshape.diagnostics import Fault
from cnnshape.network.promise_syntax import parse_bound, parse_quantity

MODEL = """\
input: [8, 16, 3]
layers:
  - a = Conv2D(5, 3, strides=2)
  - MaxPooling2D(2, padding="same")
expect:
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("26M", 26_000_000),
        ("1.5k", 1500),
        ("2G", 2_000_000_000),
        ("4 MiB", 4 * 1024**2),
        ("1GiB", 1024**3),
        ("512 KiB", 512 * 1024),
        ("10MB", 10_000_000),
        ("140", 140),
    ],
)
def test_suffixes_are_powers_of_1000_and_of_1024(text: str, value: int) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    ("written", "well", "broken"),
    [
        (140, [140], [139, 141]),
        ("<= 1k", [1000, 0], [1001]),
        (">= 224", [224, 1000], [223]),
        ("< 10", [9], [10]),
        ("> 10", [11], [10]),
        ({"max": "26M"}, [26_000_000], [26_000_001]),
        ({"min": 224}, [224], [223]),
        ({"min": 1, "max": 3}, [1, 2, 3], [0, 4]),
    ],
)
def test_bounds(written: Any, well: list[int], broken: list[int]) -> None:
    bound = parse_bound(written)
    assert [bound.excess(value) for value in well] == [0] * len(well)
    assert all(bound.excess(value) for value in broken)


@pytest.mark.parametrize("written", ["lots", "<= ", "1.5", [1], True, {"most": 3}, {}, None, "26Q", "9" * 5000])
def test_what_is_no_bound_is_refused(written: Any) -> None:
    with pytest.raises(Fault):
        parse_bound(written)


@pytest.mark.parametrize(
    "promise",
    [
        "output: [2, 4, 5]",
        "output: 2x4x5",
        "params: 140",
        "params: <= 1k",
        "macs: 2835",
        "flops: {max: 6k}",
        "weight_bytes: <= 1 KiB",
        "peak_activation_bytes: <= 2 KiB",
        'receptive_field: ">= 5"',
        "receptive_field: [5, 5]",
        "output_stride: 4",
        "layers: {a: {output: [3, 7, 5], params: 140}}",
    ],
)
def test_promises_that_hold(promise: str) -> None:
    result = examine(text=f"{MODEL}  {promise}\n")
    assert result.diagnostics == ()
    assert result.expectations
    assert all(each.holds for each in result.expectations)


@pytest.mark.parametrize(
    ("promise", "code", "column", "message"),
    [
        ("output: [2, 4, 6]", "CS401", 11, "output has to be (2, 4, 6), and is (2, 4, 5)"),
        ("params: <= 100", "CS401", 11, "params has to be <= 100, and is 140: 40 too many"),
        ("params: 1k", "CS401", 11, "params has to be 1k, and is 140: 860 too few"),
        ('receptive_field: ">= 224"', "CS401", 20, "receptive_field has to be >= 224, and is 5: 219 too few"),
        ("layers: {a: {params: 1}}", "CS401", 24, "a: params has to be 1, and is 140: 139 too many"),
        (
            "parms: 3",
            "CS402",
            3,
            "expect has no key 'parms'; it has output, params, trainable_params, "
            "non_trainable_params, buffers, macs, flops, weight_bytes, peak_activation_bytes, peak_training_bytes, receptive_field, "
            "output_stride, layers",
        ),
        ("output: foo", "CS402", 11, "output: 'foo' is no shape"),
        ("output: 2xmanyx5", "CS402", 11, "output: '2xmanyx5' is no shape"),
        ("output: [true, 4, 5]", "CS402", 11, "output: [True, 4, 5] is no shape"),
        ("params: lots", "CS402", 11, "params: 'lots' is no number"),
        (f"params: '{'9' * 4400}'", "CS402", 11, "params: a number of 4,400 digits; 40 are possible"),
        ("layers: {b: {params: 1}}", "CS402", 12, "there is no layer 'b'"),
        ("receptive_field: [3, 3, 3]", "CS402", 20, "receptive_field: 3 values for 2 axes"),
    ],
)
def test_a_broken_promise_states_required_actual_and_excess(promise: str, code: str, column: int, message: str) -> None:
    result = examine(text=f"{MODEL}  {promise}\n")
    finding = result.errors[0]
    assert (finding.code, finding.message) == (code, message)
    assert finding.span is not None
    assert finding.span.start == (6, column)


def test_a_block_is_promised_as_a_whole() -> None:
    """Its last row is an activation, which has no parameters; its own name is what the message says."""
    text = """\
input: [32, 32, 3]
blocks: {"unit(filters)": ["Conv2D(filters, 3)", ReLU]}
layers: [unit(8), unit(16)]
expect: {layers: {unit_1: {params: 1168, output: [28, 28, 16]}, unit: {params: <= 100}}}
"""
    (finding,) = examine(text=text).errors
    assert (finding.message, finding.layer) == ("unit: params has to be <= 100, and is 224: 124 too many", "unit")


def test_an_unknown_size_may_be_promised() -> None:
    text = "input: [null, 8, 3]\nlayers:\n  - Conv2D(4, 3)\nexpect: {output: %s}\n"
    for written in ("'?x6x4'", "[null, 6, 4]", "_x6x4"):
        assert examine(text=text % written).errors == ()


def test_a_broken_promise_keeps_the_totals() -> None:
    result = examine(text=f"{MODEL}  params: 1\n")
    assert result.errors
    assert result.totals is not None
    assert result.totals.params == 140


def test_a_number_that_is_not_known_breaks_no_promise_but_says_so() -> None:
    result = examine(text="input: [null, 8, 3]\nlayers:\n  - Conv2D(4, 3)\nexpect: {macs: <= 1M}\n")
    assert [(finding.code, finding.severity) for finding in result.diagnostics] == [("CS403", "warning")]
    assert result.expectations[0].holds is None


SIZED = """
input: [8, 8, 3]
variables: {width: 4, depth: 2}
blocks:
  unit():
    - Conv2D(width, 3, padding="same")
layers:
  - unit() * depth
  - Flatten
  - Dense(2)
expect:
"""


@pytest.mark.parametrize(
    ("promises", "settings", "codes"),
    [
        pytest.param("  params: 774", {}, [], id="as it is"),
        pytest.param("  params: 774", {"input": (16, 16, 3)}, ["CS403"], id="another input"),
        pytest.param("  params: 774", {"variables": {"width": 8}}, ["CS403"], id="another variable"),
        pytest.param("  params: 774", {"input": (8, 8, 3)}, [], id="its own input"),
        pytest.param("  params: <= 700", {"input": (8, 8, 3)}, ["CS401"], id="its own input, and broken"),
        pytest.param("  params: <= 700", {"batch": 2}, ["CS401"], id="broken whatever the batch"),
        pytest.param("  peak_activation_bytes: <= 2 KiB", {"batch": 2}, ["CS403"], id="another batch"),
        pytest.param("  output: [2]", {"input": (16, 16, 3)}, [], id="kept whatever the input"),
        pytest.param("  output: [3]", {"input": (16, 16, 3)}, ["CS401"], id="broken whatever the input"),
        pytest.param("  layers: {flatten: {output: [256]}}", {"input": (16, 16, 3)}, ["CS403"], id="a layer"),
        pytest.param("  layers: {unit_1: {output: [8, 8, 4]}}", {"variables": {"depth": 1}}, ["CS403"], id="no layer"),
        pytest.param("  layers: {unit_7: {output: [8, 8, 4]}}", {"variables": {"depth": 1}}, ["CS402"], id="never one"),
        pytest.param("  parms: 774", {"input": (16, 16, 3)}, ["CS402"], id="no promise"),
    ],
)
def test_a_promise_about_another_size_than_the_files_own_is_not_applicable(
    promises: str, settings: dict[str, Any], codes: list[str]
) -> None:
    result = examine(text=f"{SIZED}{promises}", **settings)
    assert [finding.code for finding in result.diagnostics] == codes


def test_a_size_that_the_file_leaves_open_is_promised_for_what_is_asked_for() -> None:
    text = "input: [null, null, 3]\nlayers:\n  - Conv2D(4, 3)\nexpect: {macs: <= 1k}"
    assert [finding.code for finding in examine(text=text).diagnostics] == ["CS403"]
    assert [finding.code for finding in examine(text=text, input=(16, 16, 3)).diagnostics] == ["CS401"]


def test_the_message_about_a_promise_that_is_not_applicable_states_both_numbers() -> None:
    (finding,) = examine(text=f"{SIZED}  params: 774", input=(16, 16, 3)).diagnostics
    assert finding.message == "params is 2,310: `774` is not applicable, since it is about the file as it is"
