"""What the frameworks make of cases at the edge: observed of Keras 3.15 and PyTorch 2.14."""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.api import examine, forward


def rows_of(framework: str, shape: list[int], layers: list[str], **more: Any) -> Any:
    return examine({"framework": framework, "input": shape, "layers": layers, **more})


@pytest.mark.parametrize(
    ("framework", "shape", "layers", "output"),
    [
        ("keras", [8], ["ops.mean(axis=1)", "Flatten()"], (2, 1)),
        ("keras", [8, 1], ["ops.squeeze()"], (2, 8)),
        ("keras", [1, 1], ["ops.squeeze()"], (2,)),
        ("pytorch", [14, 9, 9], ["LazyConvTranspose2d(8, 1, groups=7, bias=False)"], (2, 7, 9, 9)),
        ("pytorch", [14, 9], ["LazyConvTranspose1d(15, 1, groups=7, bias=False)"], (2, 14, 9)),
        ("pytorch", [14, 9, 9], ["LazyConvTranspose2d(14, 1, groups=7)"], (2, 14, 9, 9)),
    ],
)
def test_a_shape_at_the_edge_is_the_frameworks(
    framework: str, shape: list[int], layers: list[str], output: tuple[int, ...]
) -> None:
    plan = rows_of(framework, shape, layers, batch=2)
    assert plan.layers[-1].output_shape == output
    value = forward(plan)[plan.layers[-1].name]
    assert value.shape == output


def test_keras_squeezes_no_batch_that_nobody_stated() -> None:
    assert rows_of("keras", [8, 1], ["ops.squeeze()"]).layers[-1].output_shape == (1, 8)


@pytest.mark.parametrize(
    ("framework", "shape", "layer", "code"),
    [
        ("pytorch", [14, 9, 9], "LazyConvTranspose2d(8, 1, groups=7)", "CS307"),
        ("pytorch", [14, 9, 9], "ConvTranspose2d(14, 8, 1, groups=7, bias=False)", "CS307"),
        ("pytorch", [14, 9, 9], "LazyConvTranspose2d(8, 1, groups=3, bias=False)", "CS307"),
        ("pytorch", [14, 9, 9], "LazyConvTranspose2d(8, 1, groups=16, bias=False)", "CS307"),
        ("pytorch", [14, 9, 9], "LazyConv2d(8, 1, groups=7, bias=False)", "CS307"),
        ("keras", [8, 4], "ops.split([2, 12], axis=1)", "CS308"),
        ("keras", [8, 4], "ops.split([5, 2], axis=1)", "CS308"),
    ],
)
def test_what_the_frameworks_refuse_at_the_edge_is_refused(
    framework: str, shape: list[int], layer: str, code: str
) -> None:
    assert [error.code for error in rows_of(framework, shape, [layer]).errors] == [code]


@pytest.mark.parametrize(
    ("framework", "layer", "parts"),
    [
        ("keras", "ops.split([0], axis=1)", [0, 5]),
        ("keras", "ops.split([5], axis=1)", [5, 0]),
        ("keras", "ops.split([2, 2], axis=1)", [2, 0, 3]),
        ("pytorch", "split([0, 5], dim=1)", [0, 5]),
        ("pytorch", "split([5, 0], dim=1)", [5, 0]),
    ],
)
def test_a_part_of_size_0_is_an_error_that_says_what_the_framework_makes_of_it(
    framework: str, layer: str, parts: list[int]
) -> None:
    (error,) = rows_of(framework, [5], [layer]).errors
    assert (error.code, error.message) == (
        "CS308",
        f"a part of axis 1 of (1, 5) is empty, {parts}: the framework makes a tensor of size 0, and what reads it "
        "computes on nothing",
    )
