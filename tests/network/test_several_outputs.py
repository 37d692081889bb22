"""Models with several outputs: every one of them counts, and promises may name them."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine

TWO = """
framework: pytorch
input: [3, 11, 11]
layers:
  - a = MaxPool2d(3, 2)(input)
  - b = AdaptiveMaxPool2d(4)(input)
outputs: [{}]
expect:
  {}
"""
"""Adaptive windows of 11 into 4 are 0:3, 2:6, 5:9 and 8:11."""


@pytest.mark.parametrize("order", ["a, b", "b, a"])
def test_the_field_of_a_model_is_the_largest_of_its_outputs(order: str) -> None:
    plan = cnnshape.plan(text=TWO.format(order, "params: 0"))
    assert plan.receptive_field is not None
    assert plan.receptive_field.size == (4, 4)
    assert {name: field and field.size for name, field in plan.receptive_fields.items()} == {"a": (3, 3), "b": (4, 4)}


KEPT = [
    "receptive_field: 4",
    "receptive_field: {a: 3, b: [4, 4]}",
    "receptive_field: {min: 4}",
    "output: {a: [3, 5, 5], b: [3, 4, 4]}",
    "output_stride: {a: 2}",
]
BROKEN = {
    "receptive_field: 3": "receptive_field has to be 3, and is 4: 1 too many",
    "receptive_field: {b: 3}": "output b: receptive_field has to be 3, and is 4: 1 too many",
    "output: {b: [3, 5, 5]}": "output b: output has to be (3, 5, 5), and is (3, 4, 4)",
    "output: {c: [3, 5, 5]}": "the model has no output 'c'; it has a, b",
}


@pytest.mark.parametrize("promise", KEPT)
def test_promises_that_hold(promise: str) -> None:
    plan = examine(text=TWO.format("a, b", promise))
    assert [finding.message for finding in plan.diagnostics] == []
    assert all(each.holds for each in plan.expectations)


@pytest.mark.parametrize("promise", BROKEN)
def test_promises_that_are_broken(promise: str) -> None:
    findings = examine(text=TWO.format("a, b", promise)).errors
    assert BROKEN[promise] in {finding.message for finding in findings}


def test_one_stride_of_outputs_that_differ_is_no_promise() -> None:
    text = "input: [64, 64, 3]\nlayers:\n  - a = MaxPooling2D(2)\n  - b = MaxPooling2D(2)\noutputs: [a, b]\n"
    (finding,) = examine(text=text + "expect: {output_stride: 2}\n").errors
    assert finding.message == "output_stride: the outputs have different ones"
    assert finding.fix == "name them: `output_stride: {a: [2, 2], b: [4, 4]}`"


def test_indices_of_pooling_are_int64_whatever_the_dtype() -> None:
    text = (
        "framework: pytorch\ndtype: float16\ninput: [3, 8, 8]\nlayers:\n  - a, i = MaxPool2d(2, return_indices=True)\n"
    )
    plan = cnnshape.plan(text=text)
    assert plan.layers[0].output_bytes == 3 * 4 * 4 * (2 + 8)
