"""Shared weights: counted once, wherever their owner leads, and used again only where they fit. Observed in both frameworks."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine

TOTALS = {
    "an owner that reaches no output": (
        "input: [8]\nlayers:\n  - d = Dense(4)\n  - e = Shared(d)(input)\noutputs: [e]",
        36,
    ),
    "an owner that is read too": ("input: [8]\nlayers:\n  - d = Dense(8)\n  - e = Shared(d)\n", 72),
    "two uses, neither of them the owner": (
        "input: [8]\nlayers:\n  - d = Dense(4)\n  - e = Shared(d)(input)\n  - f = Shared(e)(input)\n  - Add()(e, f)\n",
        36,
    ),
    "in a block": (
        "input: [8]\nblocks:\n  b:\n    - Dense(4)\n    - BatchNormalization\nlayers:\n  - d = b()\n"
        "  - e = Shared(d)(input)\noutputs: [e]",
        36 + 16,
    ),
}


@pytest.mark.parametrize("case", TOTALS)
def test_shared_weights_count_once_and_always(case: str) -> None:
    text, params = TOTALS[case]
    totals = cnnshape.plan(text=text).totals
    assert totals is not None
    assert (totals.params, totals.weight_bytes, totals.training.weights) == (params, 4 * params, 4 * params)
    assert totals.trainable_params + totals.non_trainable_params == params  # type: ignore[operator]


def test_the_warning_says_that_the_weights_count() -> None:
    (finding,) = cnnshape.plan(text=TOTALS["an owner that reaches no output"][0]).diagnostics
    assert finding.message == "d reaches no output; its weights count all the same, since e uses them"


def test_buffers_of_an_owner_that_reaches_no_output_count() -> None:
    text = "framework: pytorch\ninput: [4, 8, 8]\nlayers:\n  - b = BatchNorm2d(4)\n  - Shared(b)(input)\n"
    totals = cnnshape.plan(text=text).totals
    assert totals is not None
    assert (totals.params, totals.buffers, totals.buffer_bytes) == (8, 9, 2 * 4 * 4 + 8)


TWO = "{framework}inputs: {{a: [{a}], b: [{b}]}}\nlayers:\n  - x = {layer}(a)\n  - y = Shared(x)(b)\noutputs: [x, y]\n"

UNKNOWN_SIZES = [
    ("keras", "Dense(2)", "4, 23", "4, null", (1, 4, 2)),
    ("keras", "Dense(2)", "23", "4, null", (1, 4, 2)),
    ("keras", "Conv2D(2, 3)", "8, 8, 3", "8, null, null", (1, 6, None, 2)),
    ("keras", 'Conv2D(2, 3, data_format="channels_first")', "3, 8, 8", "null, 8, null", (1, 2, 6, None)),
    ("keras", "BatchNormalization()", "4, 23", "4, null", (1, 4, None)),
    ("keras", "LayerNormalization()", "4, 23", "4, null", (1, 4, None)),
    ("pytorch", "LazyLinear(2)", "4, 23", "4, null", (1, 4, 2)),
    ("pytorch", "LazyConv2d(2, 3)", "3, 8, 8", "null, 8, 8", (1, 2, 6, 6)),
]


@pytest.mark.parametrize(("framework", "layer", "a", "b", "output"), UNKNOWN_SIZES)
def test_a_second_use_takes_an_unknown_size_for_the_one_that_its_weights_have(
    framework: str, layer: str, a: str, b: str, output: tuple[int | None, ...]
) -> None:
    plan = cnnshape.plan(text=TWO.format(framework=f"framework: {framework}\n", a=a, b=b, layer=layer))
    assert plan.outputs["y"] == output


RANKS = [
    ("BatchNormalization()", "4, 4, 3", "4, 4, 4, 3", "CS302"),
    ("BatchNormalization()", "4, 4, 3", "3", "CS302"),
    ("GroupNormalization(groups=3)", "4, 4, 3", "4, 4, 4, 3", "CS302"),
    ("PReLU(shared_axes=[1, 2])", "4, 4, 3", "4, 4, 4, 3", "CS302"),
    ("LayerNormalization()", "4, 4, 3", "4, 4, 4, 3", None),
    ("UnitNormalization()", "4, 4, 3", "3", None),
    ("Dense(2)", "4, 4, 3", "3", None),
]


@pytest.mark.parametrize(("layer", "a", "b", "code"), RANKS)
def test_some_layers_of_keras_are_built_for_the_rank_of_their_first_input(
    layer: str, a: str, b: str, code: str | None
) -> None:
    errors = examine(text=TWO.format(framework="", a=a, b=b, layer=layer)).errors
    assert [finding.code for finding in errors] == ([code] if code else [])


@pytest.mark.parametrize(
    ("layer", "built", "applied", "runs"),
    [
        ("PReLU()", [3, 11, 1], [3, 11, 2], True),
        ("PReLU()", [1, 1, 3], [3, 6, 3], True),
        ("PReLU()", [1, 4], [4, 4], True),
        ("PReLU()", [6, 5, 4], [2, 2, 4], False),
        ("PReLU()", [4, 4], [3, 8], False),
        ("RMSNormalization()", [5, 1], [5, 4], True),
        ("LayerNormalization()", [5, 1], [5, 4], False),
        ("LayerNormalization()", [5, 4], [5, 3], False),
    ],
)
def test_weights_of_size_1_serve_inputs_of_any_size_where_keras_only_multiplies_by_them(
    layer: str, built: list[int], applied: list[int], runs: bool
) -> None:
    """Observed of Keras 3.15.1: what runs on values, not only what is declared."""
    text = f"inputs: {{a: {built}, b: {applied}}}\nlayers:\n  - x = {layer}(a)\n  - y = Shared(x)(b)\noutputs: [x, y]\n"
    plan = examine(text=text)
    if not runs:
        assert [error.code for error in plan.errors] == ["CS208"]
        return
    assert not plan.errors
    own, _ = plan.layers
    assert plan.totals is not None
    assert plan.totals.params == own.params
    assert cnnshape.forward(plan)["y"].shape == (1, *applied)
