"""Sweeps, Pareto fronts, and the largest value within a budget; brute force is the oracle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from itertools import product
from random import Random

import pytest

from cnnshape import api
from cnnshape.readers.yaml.space import Objective, SpaceError
from cnnshape.reports.grid import Style
from cnnshape.reports.sweep import csv, documents, table
from cnnshape.studies.largest import largest, starting_value
from cnnshape.studies.scale import (
    FIGURES,
    GOALS,
    Budget,
    Number,
    Range,
    front,
    read_ranges,
    sweep,
    task_of,
)
from cnnshape.studies.search import Variant

TEXT = """\
name: scaled
variables: {width: 1.0, depth: 2, side: 32, sizes: [1, 2], plus: "1 + 1"}
presets: {wide: {width: 2.0}}
input: $([side, side, 3])
layers:
  - for: i
    in: range(depth)
    layers:
      - Conv2D(round_to(16 * width, 4), 3, strides=2, padding="same")
  - GlobalAveragePooling2D
  - Dense(10)
"""


def varied(text: str, **variables: Number) -> Variant:
    (variant,) = sweep(task_of("scaled.yaml", text, {}, [Range(name, (value,)) for name, value in variables.items()]))
    return variant


def test_a_variant_is_the_plan_of_its_values() -> None:
    variant = varied(TEXT, width=0.5, depth=3, side=64)
    totals = api.plan(text=TEXT, variables={"width": 0.5, "depth": 3, "side": 64}).totals
    assert totals is not None
    assert variant.variables == {"width": 0.5, "depth": 3, "side": 64}
    assert variant.error is None
    assert {name: variant.figures[key] for name, key in FIGURES.items()} == {
        "params": totals.params,
        "macs": totals.macs,
        "memory": totals.peak_activation_bytes,
        "weights": totals.weight_bytes,
        "training": totals.peak_training_bytes,
        "receptive_field": (15, 15),
        "pixels": 64 * 64,
    }


def test_a_wrong_variant_says_why() -> None:
    variant = varied(TEXT, side=0)
    assert variant.figures == {}
    assert variant.error is not None
    assert not Budget().allows(variant)


def test_the_input_can_be_varied_where_the_file_has_no_variable_for_it() -> None:
    text = "input: [32, 48, 3]\nlayers:\n  - Conv2D(4, 3)\n"
    assert varied(text, input=64).figures["pixels"] == 64 * 64


def test_any_executor_gives_the_same_variants_in_the_same_order() -> None:
    task = task_of(
        "scaled.yaml", TEXT, {}, [Range("width", tuple(each / 8 for each in range(1, 30))), Range("side", (16, 32))]
    )
    with ThreadPoolExecutor(2) as executor:
        assert list(sweep(task, executor, 2)) == list(sweep(task))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("width=0.25:1:0.25", (0.25, 0.5, 0.75, 1.0)),
        ("width=0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("depth=1:5:2", (1, 3, 5)),
        ("depth=1:6:2", (1, 3, 5)),
        ("depth=3:5", (3, 4, 5)),
        ("depth=8|4|2", (8, 4, 2)),
        ("width=0.5|1", (0.5, 1)),
        ("depth=7", (7,)),
        ("depth", ()),
    ],
)
def test_ranges(text: str, values: tuple[Number, ...]) -> None:
    assert read_ranges([text]) == (Range(text.split("=")[0], values),)
    assert [type(value) for value in read_ranges([text])[0].values] == [type(value) for value in values]


def test_several_ranges_make_every_combination() -> None:
    ranges = read_ranges(["width=0.5|1,side=32:64:32", "depth=2"])
    assert [each.variables for each in sweep(task_of("scaled.yaml", TEXT, {}, ranges))] == [
        {"width": width, "side": side, "depth": 2} for width, side in product((0.5, 1), (32, 64))
    ]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["=1:2"], "must be NAME, NAME=START:STOP:STEP or NAME=A|B|C, got '=1:2'"),
        (["width=1:2:3:4"], "a range is START:STOP:STEP, got '1:2:3:4' in 'width=1:2:3:4'"),
        (["width=2:1"], "a range goes up from START to STOP in steps above 0, got '2:1' in 'width=2:1'"),
        (["width=1:2:0"], "a range goes up from START to STOP in steps above 0, got '1:2:0' in 'width=1:2:0'"),
        (["width=a:2"], "'a' in 'width=a:2' is no number"),
        (["width=nan"], "'nan' in 'width=nan' is no number"),
        (["width=1e999"], "'1e999' in 'width=1e999' is not below 2**63, with at most 18 places"),
        (["width=1e5000000|2"], "'1e5000000' in 'width=1e5000000|2' is not below 2**63, with at most 18 places"),
        (
            ["width=1:2:1E-999999999"],
            "'1E-999999999' in 'width=1:2:1E-999999999' is not below 2**63, with at most 18 places",
        ),
        ([","], "names no variable: write NAME, NAME=START:STOP:STEP or NAME=A|B|C"),
        (["width=1,width=2"], "width is varied twice"),
        (["width=0:1:0.0000001"], "'width=0:1:0.0000001' has 10,000,001 values; at most 1,000,000 are possible"),
    ],
)
def test_ranges_that_cannot_be_read(texts: list[str], message: str) -> None:
    with pytest.raises(SpaceError) as refused:
        read_ranges(texts)
    assert str(refused.value) == message


def test_a_sweep_too_large_to_build_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"^the sweep has 4,000,000 variants; at most 1,000,000 are possible$"):
        task_of("scaled.yaml", TEXT, {}, read_ranges(["a=1:2000,b=1:2000"]))


def variant(params: int | None, macs: int, memory: int = 0, error: str | None = None) -> Variant:
    figures = {"params": params, "macs": macs, "peak_activation_bytes": memory, "weight_bytes": 0}
    return Variant(0, {}, {**figures, "receptive_field": (1,), "pixels": 1}, error, ())


def test_the_front_is_what_nothing_dominates() -> None:
    random = Random(7)
    for _ in range(50):
        costs = [
            (random.randrange(12), random.randrange(12), random.randrange(4)) for _ in range(random.randrange(1, 40))
        ]
        expected = tuple(
            not any(
                other[0] >= one[0] and other[1] <= one[1] and other[2] <= one[2] and other != one for other in costs
            )
            for one in costs
        )
        assert front([variant(*each) for each in costs]) == expected


def test_goals_can_be_others_and_wrong_variants_are_on_no_front() -> None:
    variants = [variant(1, 1), variant(2, 2), variant(None, 9, error="wrong")]
    assert front(variants, (Objective("params", False), Objective("macs", False))) == (True, False, False)
    assert front(variants, ()) == (False, False, False)


@pytest.mark.parametrize("limit", [300, 1_000, 5_000, 12_345, 60_000])
def test_the_largest_width_is_the_one_that_brute_force_finds(limit: int) -> None:
    budget = Budget(params=limit)
    found = largest(lambda value: varied(TEXT, width=value), 1.0, budget, step=Decimal("0.05"))
    fitting = [number for number in range(1, 200) if budget.allows(varied(TEXT, width=number * 0.05))]
    best = found.best and round(found.best.variables["width"] / 0.05)
    assert best == max(fitting, default=None)


@pytest.mark.parametrize("limit", [1_000, 3_000, 9_000])
def test_the_largest_depth_is_whole(limit: int) -> None:
    budget = Budget(params=limit)
    found = largest(lambda value: varied(TEXT, depth=value), 2, budget)
    fitting = [depth for depth in range(1, 40) if budget.allows(varied(TEXT, depth=depth))]
    assert found.best is not None
    assert found.best.variables == {"depth": max(fitting)}
    assert found.beyond.variables == {"depth": max(fitting) + 1}


def test_rounded_costs_that_fall_again_do_not_hide_the_largest() -> None:
    """A dent just above the value that bisection ends at."""
    costs = dict.fromkeys(range(1, 50), 10) | dict.fromkeys(range(50, 53), 99) | dict.fromkeys(range(53, 56), 10)
    found = largest(
        lambda value: variant(costs.get(int(value), 1000), 0)._replace(variables={"n": value}), 8, Budget(params=50)
    )
    assert found.best is not None
    assert found.best.variables == {"n": 55}


def test_a_budget_that_nothing_meets_or_that_limits_nothing() -> None:
    found = largest(lambda value: varied(TEXT, width=value), 1.0, Budget(params=1))
    assert found.best is None
    with pytest.raises(SpaceError, match=r"^every value up to 32768 fits: the budget does not limit it$"):
        largest(lambda value: varied(TEXT, side=value), 32, Budget(params=10**9))


STRIDED = """
input: [64, 64, 3]
variables: {s: 2, w: 16, k: 3, n: 2}
layers:
  - Conv2D(w, k, strides=s, padding="same", activation="relu")
  - Conv2D(w, k, strides=s, padding="same", activation="relu") * n
  - Flatten
  - Dense(10)
"""
VALID = """
input: [16, 16, 3]
variables: {k: 3}
layers:
  - Conv2D(16, k, activation="relu")
  - Flatten
  - Dense(100)
"""


@pytest.mark.parametrize(
    ("text", "name", "limit", "best", "smallest"),
    [
        (VALID, "k", 100_000, 16, False),  # 10 to 16 fit
        (STRIDED, "s", 10_000, 3, True),  # 4, too, has 5,258 parameters
        (STRIDED, "n", 50_000, 21, False),
        (STRIDED.replace("strides=s", "strides=1"), "n", 656_000, 0, False),
    ],
)
def test_larger_values_may_cost_less_and_0_may_be_all_that_fits(
    text: str, name: str, limit: int, best: int, smallest: bool
) -> None:
    def at(value: Number) -> Variant:
        return varied(text, **{name: value})

    found = largest(at, 2, Budget(params=limit))
    assert found.best is not None
    assert (found.best.variables[name], found.smallest) == (best, smallest)


def random_network(random: Random) -> str:
    """Costs rise and fall with v: strides, groups, kernels, repetitions."""
    uses = [
        'Conv2D(16, 3, strides=v, padding="same")',
        "Conv2D(16, v)",
        'Conv2D(48, 3, groups=v, padding="same")',
        'Conv2D(v, 3, padding="same")',
        "MaxPooling2D(v)",
        'Conv2D(8, 3, padding="same") * v',
        "AveragePooling2D(2, strides=v)",
    ]
    layers = ['Conv2D(48, 3, padding="same")', *random.sample(uses, random.randint(1, 3)), "Flatten", "Dense(10)"]
    return "\n".join(["input: [24, 24, 3]", "variables: {v: 2}", "layers:", *(f"  - {layer}" for layer in layers)])


@pytest.mark.parametrize("seed", range(20))
def test_whatever_costs_do_the_answer_is_that_of_every_value(seed: int) -> None:
    random = Random(seed)
    text = random_network(random)

    @cache
    def at(value: Number) -> Variant:
        return varied(text, v=value)

    known = [at(value).figures.get("params") for value in range(64)]
    budget = Budget(params=random.choice(sorted(each for each in known if each is not None)))
    fitting = [value for value in range(129) if budget.allows(at(value))]
    try:
        found = largest(at, 2, budget)
    except SpaceError:
        assert all(at(value).error or budget.allows(at(value)) for value in range(129))
        return
    assert found.best is not None
    value = found.best.variables["v"]
    assert budget.allows(found.best)
    assert not budget.allows(found.beyond)
    if found.smallest:
        assert value - 1 not in fitting
        assert all(each in fitting for each in range(int(value), 129))
    elif value < 129:
        assert value == max(fitting)


def test_the_sides_that_vary_are_those_of_the_layout() -> None:
    text = """
framework: keras
data_format: channels_first
input: [3, 64, 48]
layers:
  - BatchNormalization(axis=1)
  - Activation("relu")
"""
    variants = [varied(text, input=side) for side in (32, 64)]
    assert [(each.figures["params"], each.figures["pixels"]) for each in variants] == [(12, 32 * 32), (12, 64 * 64)]


def test_starting_values_are_the_file_s_or_the_preset_s() -> None:
    architecture = api.load(text=TEXT)
    assert starting_value(architecture, "width", None) == 1.0
    assert starting_value(architecture, "width", "wide") == 2.0
    assert starting_value(architecture, "depth", None) == 2
    assert starting_value(architecture, "input", None) == 64
    with pytest.raises(
        SpaceError, match=r"^the file has no variable 'wide'; it has width, depth, side, sizes, plus, input$"
    ):
        starting_value(architecture, "wide", None)
    with pytest.raises(SpaceError, match=r"^sizes is a list in the file, no plain number: "):
        starting_value(architecture, "sizes", None)


def sample() -> list[Variant]:
    keys = ("params", "macs", "peak_activation_bytes", "weight_bytes", "receptive_field", "pixels")
    small = dict(zip(keys, (1_234, 5_678_000, 4096, 4936, (7, 7), 1024), strict=True))
    large = dict(zip(keys, (4_321_000, 15_678_000, 8192, 17_284_000, None, 1024), strict=True))
    return [
        Variant(0, {"width": 0.5, "depth": 2}, small, None, ()),
        Variant(1, {"width": 1.0, "depth": 2}, large, None, ()),
        Variant(2, {"width": 2.0, "depth": 2}, {}, "too wide", ()),
    ]


def test_table() -> None:
    variants = sample()
    assert table(variants, (True, False, False), Budget(params=10_000), Style(unicode=False)) == (
        "width  depth  params    MACs  peak memory   weights  receptive field  front  remarks\n"
        "-----  -----  ------  ------  -----------  --------  ---------------  -----  ----------------------\n"
        "  0.5      2   1,234  5.68 M     4.00 KiB  4.82 KiB              7x7  *      fits\n"
        "    1      2  4.32 M  15.7 M     8.00 KiB  16.5 MiB                ?         params 4.31 M too much\n"
        "    2      2       -       -            -         -                -         too wide"
    )


def test_csv_and_json_have_exact_numbers() -> None:
    variants = sample()
    assert csv(variants, (True, False, False), Budget()) == (
        "width,depth,params,macs,peak_activation_bytes,weight_bytes,peak_training_bytes,receptive_field,error,pareto,fits\n"
        "0.5,2,1234,5678000,4096,4936,,7x7,,true,true\n"
        "1.0,2,4321000,15678000,8192,17284000,,,,false,true\n"
        "2.0,2,,,,,,,too wide,false,false\n"
    )
    assert documents(variants, (True, False, False), Budget())[0] == {
        "variables": {"width": 0.5, "depth": 2},
        "params": 1234,
        "macs": 5678000,
        "peak_activation_bytes": 4096,
        "weight_bytes": 4936,
        "peak_training_bytes": None,
        "receptive_field": [7, 7],
        "error": None,
        "pareto": True,
        "fits": True,
    }


def test_the_goals_weigh_capacity_view_and_detail_against_work_and_memory() -> None:
    assert [(goal.key, goal.most) for goal in GOALS] == [
        ("params", True),
        ("receptive_field", True),
        ("pixels", True),
        ("macs", False),
        ("memory", False),
    ]
