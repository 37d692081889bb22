"""Files far larger than people write: no recursion, no second look at every name, every number right."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.arithmetic.fields import LONGEST_PERIOD
from cnnshape.network import fields

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


def test_names_are_suggested_while_comparing_takes_no_longer_than_a_second_or_two() -> None:
    layers = "".join(f"  - layer_{number} = ReLU()(leyer_{number})\n" for number in range(1, 801))
    plan = examine(text=f"input: [4, 4, 2]\nlayers:\n  - layer_0 = ReLU()\n{layers}")
    assert [finding.code for finding in plan.errors] == ["CS201"] * 800
    suggested = [finding for finding in plan.errors if (finding.fix or "").startswith("did you mean layer_")]
    assert len(suggested) > 400
    assert suggested == list(plan.errors[: len(suggested)])
    fixes = {finding.fix for finding in plan.errors[len(suggested) :]}
    assert fixes == {"a name can be read only below the line that binds it"}


def test_a_slip_in_a_repeat_leaves_suggestions_for_the_slips_below_it() -> None:
    plan = examine(
        text="input: [4, 4, 2]\nlayers:\n  - first = ReLU()\n  - repeat: 5000\n    layers:\n      - ReLU()(frist)\n"
        "  - last = ReLU()(first)\n  - Add()(lsat, first)\n"
    )
    assert [finding.fix for finding in plan.errors] == ["did you mean first?", "did you mean last?"]


@pytest.mark.parametrize(
    ("entry", "findings"),
    [
        ("Foo(3)", ["CS101"]),
        ("Conv2D(wdth, 3)", ["CS112"]),
        ("Conv2D(8, 3, strids=2)", ["CS103"]),
        ('Conv2D(8, 3, paddin="same", activation="rly", dilation_rat=2)', ["CS103", "CS103", "CS105"]),
        ("ReLU()(nosuch)", ["CS201"]),
        ("include: nosuch.yaml", ["CS001"]),
    ],
)
def test_a_slip_in_a_long_repeat_is_reported_once(entry: str, findings: list[str]) -> None:
    plan = examine(text=f"input: [32, 32, 3]\nlayers:\n  - repeat: 13000\n    layers:\n      - {entry}\n")
    assert sorted(finding.code for finding in plan.errors) == findings
    assert len(plan.layers) in (0, 13000)


def test_a_place_that_is_wrong_in_another_way_each_round_is_not_written_out_for_ever() -> None:
    plan = examine(
        text="inputs: {x: [30, 30, 3]}\nlayers:\n  - a = ReLU()(x)\n  - for: size\n    in: range(31, 131)\n    layers:\n"
        "      - MaxPooling2D(size)(a)\n"
    )
    assert {finding.code for finding in plan.errors} == {"CS301"}
    assert "31" in plan.errors[0].message
    assert "32" in plan.errors[1].message
    assert len(plan.errors) == 21
    assert [number for number, finding in enumerate(plan.errors) if "left out" in finding.message] == [20]


def test_one_name_for_three_thousand_rows_is_numbered() -> None:
    plan = examine(text="input: [4, 4, 2]\nlayers:\n" + '  - ReLU(name="same")\n' * 3000)
    assert [row.name for row in plan.layers[:3]] == ["same", "same_1", "same_2"]
    assert plan.layers[-1].name == "same_2999"


LONG_FIELDS = "framework: pytorch\ninput: [3, 4000]\nlayers:\n  - for: i\n    in: range({})\n    layers:\n      - {}\n"


@pytest.mark.parametrize(
    "layer",
    [
        "AdaptiveAvgPool1d(4000 - i)",
        "AdaptiveAvgPool1d(3999 - i % 2)",
        "Upsample(size=4000 - i)",
    ],
)
def test_long_fields_are_told_exactly_until_a_plan_has_taken_its_share(
    layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    advance = fields.FieldWork.advance

    def counted(work: fields.FieldWork, *given: object, **options: bool) -> fields.Views:
        before = work.left
        views = advance(work, *given, **options)  # type: ignore[arg-type]
        looked_at.append(before - work.left)
        return views

    monkeypatch.setattr(fields.FieldWork, "advance", counted)
    text = LONG_FIELDS.format(100, layer)
    plan = examine(text=text)
    assert plan.layers[0].receptive_field
    assert plan.layers[0].receptive_field.exact
    assert plan.layers[-1].receptive_field
    assert not plan.layers[-1].receptive_field.exact
    assert sum(looked_at) <= fields.MOST_PHASES + 2 * LONGEST_PERIOD
    few = examine(text=LONG_FIELDS.format(3, layer))
    assert few.layers == plan.layers[:3]
    assert examine(text=text).layers == plan.layers


def test_what_an_adaptive_pooling_sees_of_an_unknown_size_is_not_exact() -> None:
    plan = cnnshape.plan(text="framework: pytorch\ninput: [3, null, 8]\nlayers:\n  - AdaptiveAvgPool2d(4)\n")
    assert plan.receptive_field
    assert not plan.receptive_field.exact


SIDES = ", ".join(f"x{number}" for number in range(40))
MANY_INPUTS = (
    f"inputs: {{{SIDES.replace(',', ': [8, 8, 3],')}: [8, 8, 3]}}\nlayers:\n"
    f"  - a = Conv2D(3, 5)(x39)\n  - b = Add()({SIDES})\n  - c = Conv2D(3, 3)(b)\n  - d = Conv2D(3, 3)(c)\n"
    "  - Add()(d, a)\n  - Add()(a, d)\noutputs: [add, add_1]\n"
)


def test_of_many_inputs_the_first_are_followed_and_no_field_claims_what_it_does_not_know() -> None:
    plan = cnnshape.plan(text=MANY_INPUTS)
    stated = {
        row.name: (row.receptive_field.of, row.receptive_field.size, row.receptive_field.exact)
        for row in plan.layers
        if row.receptive_field
    }
    assert stated["d"] == ("x0", (5, 5), True)
    assert [size[::2] for name, size in stated.items() if name.startswith("add")] == [("x0", True), ("x39", False)]
    views = {len(view) for view in fields_of(plan)}
    assert max(views) == fields.MOST_INPUTS + 1


def fields_of(plan: cnnshape.Plan) -> list[fields.Views]:
    from cnnshape.studies.nan_probes import claims_of

    return list(claims_of(plan).values())
