"""Files far larger than people write: no recursion, no second look at every name, every number right."""

from __future__ import annotations

import cnnshape
from cnnshape.api import examine

DEEP, WIDE = 5_000, 10_000


def test_a_chain_of_five_thousand_layers() -> None:
    layers = '  - Conv2D(4, 3, padding="same")\n' * DEEP
    plan = cnnshape.plan(text=f"input: [8, 8, 4]\nlayers:\n{layers}")
    assert plan.totals
    assert plan.totals.layers == DEEP
    assert plan.totals.params == DEEP * (4 * 9 * 4 + 4)
    assert plan.totals.macs == DEEP * (8 * 8 * 4) * (9 * 4)
    assert plan.receptive_field
    assert plan.receptive_field.size == (2 * DEEP + 1, 2 * DEEP + 1)
    assert plan.layers[-1].name == f"conv2d_{DEEP - 1}"


def test_a_merge_of_ten_thousand_branches() -> None:
    branches = "".join(f"  - b{number} = Conv2D(2, 1)(input)\n" for number in range(WIDE))
    names = ", ".join(f"b{number}" for number in range(WIDE))
    plan = cnnshape.plan(text=f"input: [4, 4, 3]\nlayers:\n{branches}  - Concatenate: {{}}\n    inputs: [{names}]\n")
    assert plan.layers[-1].output_shape == (1, 4, 4, 2 * WIDE)
    assert plan.layers[-1].input_shapes == ((1, 4, 4, 2),) * WIDE
    assert plan.totals
    assert plan.totals.peak_activation_bytes == 2 * (4 * 4 * 2 * WIDE * 4)
    assert len(plan.peak_tensors) == WIDE + 1


def test_five_thousand_uses_of_a_block() -> None:
    plan = cnnshape.plan(
        text=f"input: [4, 4, 2]\nblocks:\n  unit(f):\n    - Conv2D(f, 1)\n    - ReLU\nlayers:\n  - unit(2) * {DEEP}\n"
    )
    assert plan.totals
    assert (plan.totals.layers, plan.totals.params) == (2 * DEEP, DEEP * (2 * 2 + 2))
    assert plan.layers[-1].name == f"unit_{DEEP - 1}/re_lu"


def test_names_are_suggested_for_the_first_hundred_unknown_ones() -> None:
    layers = "".join(f"  - layer_{number} = ReLU()(leyer_{number})\n" for number in range(1, 151))
    plan = examine(text=f"input: [4, 4, 2]\nlayers:\n  - layer_0 = ReLU()\n{layers}")
    assert [finding.code for finding in plan.errors] == ["CS201"] * 150
    suggested = [finding for finding in plan.errors if (finding.fix or "").startswith("did you mean layer_")]
    assert suggested == list(plan.errors[:100])
    assert {finding.fix for finding in plan.errors[100:]} == {"a name can be read only below the line that binds it"}


def test_one_name_for_three_thousand_rows_is_numbered() -> None:
    plan = examine(text="input: [4, 4, 2]\nlayers:\n" + '  - ReLU(name="same")\n' * 3000)
    assert [row.name for row in plan.layers[:3]] == ["same", "same_1", "same_2"]
    assert plan.layers[-1].name == "same_2999"
