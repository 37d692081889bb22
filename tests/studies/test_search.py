"""Spaces of networks and their search: `plan` is the oracle of every figure, brute force that of orders and fronts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cnnshape import api
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.yaml.space import (
    Choices,
    Space,
    SpaceError,
    read_constraint,
    read_values,
    space_of,
)
from cnnshape.readers.yaml.walk import searched, telling
from cnnshape.reports.search import Lines
from cnnshape.studies.order import Order, order_of
from cnnshape.studies.search import Tally, Task, Variant, check, figure, parsed, search

ROOT = Path(__file__).parents[2]

SMALL = """\
variables: {width: 8, depth: 2, side: 32, activation: relu}
input: $([side, side, 3])
blocks:
  step(filters):
    - Conv2D(filters, 3, strides=2, activation=activation)
    - BatchNormalization
layers:
  - for: i
    in: range(depth)
    layers: [step(width * (i + 1))]
  - GlobalAveragePooling2D
  - Dense(10)
"""

BRANCHES = """\
framework: pytorch
variables: {width: 8, groups: 1, side: 16, shared: false}
input: $([3, side, side])
blocks:
  branch(filters, kernel=3)(x):
    - y = Conv2d(channels(x), filters, kernel, padding="same", groups=groups)(x)
    - BatchNorm2d(filters)
    - ReLU(inplace=True)
layers:
  - stem = Conv2d(3, width, 3)
  - left = branch(width)(stem)
  - if: shared
    layers:
      - right = Shared(left)(stem)
    else:
      - right = branch(width, kernel=5)(stem)
  - cat(dim=1)(left, right)
  - branch(width * 2)
  - Flatten
  - Linear(width * 2 * (side - 2) ** 2, 10)
"""

NAMES = """\
variables: {width: 4, depth: 3, last: 1, side: 24, classes: 5}
input: $([side, side, 3])
blocks:
  unit(filters=2 * width):
    - inner = Conv2D(filters, 1)
    - DepthwiseConv2D(3, padding="same")
layers:
  - x = Conv2D(width, 3, name=f_stem)
  - for: i
    in: range(depth)
    layers:
      - skip[i] = Conv2D(width * (1 + i % 2), 3, padding="same")
      - x = ReLU()(x)
      - if: i == last
        layers:
          - x = unit()(x)
          - let: {seen: channels(x)}
          - x = Conv2D(seen, 1)(x)
  - joined = Concatenate()(*skip[last:], x)
  - again = Shared(skip[0])(skip[last])
  - side_head = Conv2D(classes, 1)(skip[last])
  - repeat: depth
    layers:
      - Conv2D(width, 3, padding="same", use_bias=False)
      - BatchNormalization
  - GlobalAveragePooling2D()(joined)
  - Dense(classes, name="head")
outputs: [head, again, side_head]
""".replace("f_stem", '"stem"')

SHAPES = """\
framework: pytorch
variables: {width: 4, levels: 2, side: 33, up: nearest}
input: $([1, side, side])
blocks:
  double(filters):
    - Conv2d(channels(input), filters, 3, padding=1, bias=False)
    - BatchNorm2d(filters)
    - ReLU(inplace=True)
layers:
  - double(width)
  - for: level
    in: range(levels)
    layers:
      - skip[level] = double(width * 2 ** level)
      - MaxPool2d(2)
  - bottom = double(width * 2 ** levels)
  - for: level
    in: range(levels - 1, -1, -1)
    layers:
      - Upsample(size=[shape(skip[level])[1], shape(skip[level])[2]], mode=up)
      - cat(dim=1)(previous, skip[level])
      - double(width * 2 ** level)
  - Conv2d(width, 1, 1)
"""

PATHS = (
    """\
variables: {width: 4, side: 12, tail: 3}
input: $([side, side, 3])
blocks:
  unit(filters):
    - inner = Conv2D(filters, 3, padding="same")
    - ReLU
  pair(filters):
    - unit(filters)
    - unit(filters)
layers:
  - stem = Conv2D(width, 1)
  - first = pair(width)
  - for: i
    in: range(2)
    layers: [pair(width), MaxPooling2D(2)]
  - second = pair(width)
  - tapped = Conv2D(width, 1)(second/unit_1/inner)
  - again = Shared(first)(tapped)
  - Shared(first/unit/inner)(again)
  - Add()(previous, second/unit)
  - Conv2D(tail, 1)
"""
    + "  - Flatten\n"
)

INCLUDED = """\
variables: {classes: 10, side: 64, wide: 8}
input: $([side, side, 3])
layers:
  - Conv2D(3, 3, padding="same")
  - include: zoo:keras/mobilenet
    variables: {include_top: false, alpha: 0.25}
  - GlobalAveragePooling2D
  - Dense(wide) * 2
  - Dense(classes)
"""

BLOCKS = """\
variables: {width: 1.0, side: 64}
input: $([side, side, 3])
blocks:
  stage(filters, strides):
    - Conv2D(filters, 3, strides=strides, padding="same")
    - BatchNormalization
layers:
  - for: filters
    in: [16, 32]
    layers:
      - stage(round_to(filters * width, 4), 2)
      - stage(round_to(filters * width, 4), 1) * 2
  - GlobalAveragePooling2D
  - Dense(10)
"""

FILES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "small": (SMALL, {"width": "1..24", "depth": "0..5", "side": "1..64", "activation": "relu,gelu"}),
    "blocks": (BLOCKS, {"width": "0.5..1.5:0.02", "side": "32..96:4"}),
    "branches": (BRANCHES, {"width": "1..24", "groups": "1,2,4", "side": "4..20", "shared": "true,false"}),
    "names": (NAMES, {"width": "2..5", "depth": "1..4", "last": "-1..2", "side": "5..9", "classes": "2,3"}),
    "shapes": (SHAPES, {"width": "1..4", "levels": "0..5", "side": "16..48", "up": "nearest,bilinear"}),
    "paths": (PATHS, {"width": "3..6", "side": "3..24", "tail": "1..4"}),
    "included": (INCLUDED, {"classes": "2..12", "side": "32,64", "wide": "1..8"}),
    "mobilenet": ("zoo:keras/mobilenet", {"alpha": "0.25..1:0.05", "resolution": "32..256:8"}),
    "resnet": ("zoo:pytorch/resnet18", {"input": "32..256", "classes": "2..1000"}),
    "efficientnet": ("zoo:keras/efficientnetb0", {"width": "0.5..1.5:0.02", "depth": "0.5..2:0.1"}),
    "mobilenet_v2": ("zoo:pytorch/mobilenet_v2", {"width_mult": "0.25..2:0.25", "resolution": "32..256:16"}),
    "unet": (
        (ROOT / "examples/pytorch_unet.yaml").read_text(encoding="utf-8"),
        {"depth": "0..4", "width": "2..8", "input": "16..99"},
    ),
}
"""Files with what is varied of them: texts, and networks of the zoo."""


def task(name: str, space: Space, order: Order) -> Task:
    file = FILES[name][0]
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    return Task(file, None, settings, space, order) if ":" in file[:4] else Task(name, file, settings, space, order)


def found(task: Task, begin: int = 0) -> list[Variant]:
    return [variant for piece in search(task, begin) for variant in piece.variants]


def planned(name: str, values: Mapping[str, Any]) -> api.Plan | str:
    """The plan of a variant, or the code of its first error, as `cnnshape plan --set` has them."""
    file = FILES[name][0]
    variables = {key: value for key, value in values.items() if key != "input"}
    arguments = {"input": [1 if name == "unet" else 3, *[values["input"]] * 2]} if "input" in values else {}
    try:
        if ":" in file[:4]:
            return api.plan(file, variables=variables, **arguments)
        return api.plan(text=file, variables=variables, **arguments)
    except ArchitectureError as error:
        return error.diagnostics[0].code


@pytest.mark.parametrize(
    ("asked", "count"), [(["flops >= 1"], 80), (["receptive_field >= 1", "peak_training_bytes >= 1"], 20)]
)
@pytest.mark.parametrize("name", FILES)
def test_the_figures_of_a_variant_are_those_of_its_plan(name: str, asked: list[str], count: int) -> None:
    """A thousand variants of ten files; and again, when all that they have in common is known."""
    varied = {each: read_values(each, text) for each, text in FILES[name][1].items()}
    space = Space(varied, constraints=tuple(map(read_constraint, asked)))
    order = order_of(space, count, seed=len(asked))
    variants = found(task(name, space, order))
    assert len(variants) == count
    assert found(task(name, space, order)) == variants
    assert sum(variant.error is None for variant in variants) > count // 4
    for variant in variants:
        plan = planned(name, variant.variables)
        if isinstance(plan, str):
            assert (variant.error, variant.figures) == (plan, {})
        else:
            assert variant.error is None
            assert variant.figures == {key: figure(plan, key) for key in space.figures}


def test_wrong_variants_say_why_and_are_counted_by_code() -> None:
    space = space_of({"vary": {"side": [1, 64], "depth": [1, 2]}})
    tally = Tally(space.objectives)
    for variant in found(task("small", space, order_of(space, None, 0))):
        tally.add(variant)
    assert (tally.planned, tally.fitting, dict(tally.errors)) == (4, 2, {"CS301": 2})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..4", [1, 2, 3, 4]),
        ("0.25..1:0.25", [0.25, 0.5, 0.75, 1.0]),
        ("8..33:8", [8, 16, 24, 32]),
        ("1,0.5,relu,true", [1, 0.5, "relu", True]),
        ("3", [3]),
    ],
)
def test_values_as_they_are_written(text: str, values: list[Any]) -> None:
    read = read_values("x", text)
    assert [read.at(index) for index in range(read.size)] == values
    assert [type(read.at(index)) for index in range(read.size)] == [type(value) for value in values]


@pytest.mark.parametrize("text", ["", "4..1", "1..4:0", "a..b", "1,1", "1..nan"])
def test_values_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SpaceError):
        read_values("x", text)


def test_the_last_variable_is_the_fastest() -> None:
    space = space_of({"vary": {"a": [1, 2], "b": "1..3"}})
    pairs = [tuple(space.at(number).values()) for number in range(space.size)]
    assert pairs == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]


@pytest.mark.parametrize("size", [1, 2, 3, 64, 1000])
def test_a_random_order_visits_each_variant_once(size: int) -> None:
    order = Order(size, size, seed=3)
    assert sorted(map(order.at, range(size))) == list(range(size))


def test_a_random_order_is_that_of_its_seed() -> None:
    one, again, other = ([Order(10**30, 5, seed).at(each) for each in range(5)] for seed in (1, 1, 2))
    assert one == again != other


def test_the_space_of_a_file_has_conditions_constraints_and_objectives() -> None:
    space = space_of(
        {
            "vary": {"width": [4, 8], "depth": "1..3"},
            "when": "width * depth <= 12",
            "constraints": {"params": "<= 1M", "output": [10], "receptive_field": {"min": 5}},
            "minimize": "macs",
            "maximize": ["receptive_field"],
        }
    )
    variants = found(task("small", space, order_of(space, None, 0)))
    assert [tuple(each.variables.values()) for each in variants] == [(4, 1), (4, 2), (4, 3), (8, 1)]
    assert [each.outside for each in variants] == [("receptive_field",), (), (), ("receptive_field",)]


def checked(data: Any) -> None:
    space = space_of(data)
    check(task("small", space, order_of(space, None, 0)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "search is a mapping"),
        (
            {"varied": {}},
            "search has no key 'varied'; it is a mapping with vary, when, constraints, minimize, maximize",
        ),
        ({"vary": {"width": []}}, "width has no values"),
        ({"minimize": "speed"}, "no figure is called 'speed'"),
        ({"constraints": {"params": "small"}}, "params: 'small' is no number"),
        ({"vary": {}}, "the space is empty"),
        ({"vary": {"widht": [1]}}, "the file states no variable 'widht'; what can be varied is width, depth"),
        ({"vary": {"width": [1]}, "when": "depht > 1"}, "when depht > 1"),
        ({"vary": {"width": "1..1000000000000000", "depth": "1..1000000000000000"}}, "10{31}"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(data: Any, message: str) -> None:
    message = message.replace("10{31}", f"the space has {10**30:,} variants, too many to plan each: write --random")
    with pytest.raises(SpaceError, match=message):
        checked(data)


def test_a_search_goes_on_where_it_is_told_to() -> None:
    space = space_of({"vary": {"width": "1..12", "depth": "1..3"}})
    whole = task("small", space, order_of(space, None, 0))
    assert found(whole, begin=17) == found(whole)[17:]


def test_the_front_is_what_no_other_variant_dominates() -> None:
    space = space_of({"vary": {"x": [1]}, "minimize": "macs", "maximize": "params"})
    random = Random(0)
    tally = Tally(space.objectives)
    points = [(random.randrange(20), random.randrange(20)) for _ in range(200)]
    for position, (macs, params) in enumerate(points):
        tally.add(Variant(position, {}, {"macs": macs, "params": params}, None, ()))
    best = {
        (macs, -params)
        for macs, params in points
        if not any(m <= macs and p >= params and (m, p) != (macs, params) for m, p in points)
    }
    assert set(tally.front) == best


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_results_are_read_as_they_were_written(format: Any) -> None:
    space = space_of({"vary": {"width": [4, 8], "side": [2, 32]}, "constraints": {"macs": "<= 60k"}})
    lines = Lines(space, format)
    for variant in found(task("small", space, order_of(space, None, 0))):
        again = lines.read(lines.line(variant).rstrip("\n"))
        figures = variant.figures or dict.fromkeys(space.figures)
        variables = {name: str(value) for name, value in variant.variables.items()}
        assert again == variant._replace(variables=variables, figures=figures)


def test_choices_keep_their_kind_in_a_file() -> None:
    assert space_of({"vary": {"a": ["relu", True, 2]}}).variables["a"] == Choices(("relu", True, 2))


@pytest.mark.parametrize(
    ("section", "code", "place", "message"),
    [
        ("[]", "CS011", (4, 9), "search is a mapping with vary, when, constraints, minimize, maximize, got []"),
        (
            "{varied: {}}",
            "CS009",
            (4, 10),
            "search has no key 'varied'; it is a mapping with vary, when, constraints, minimize, maximize",
        ),
        ("{vary: [width]}", "CS011", (4, 16), "search: vary is a mapping of names to values, got ['width']"),
        (
            "{vary: {widht: 1..4}}",
            "CS112",
            (4, 17),
            "search varies 'widht', which is no variable of the file; it has width, input",
        ),
        (
            "{vary: {width: 4..1}}",
            "CS011",
            (4, 24),
            "search: width: a range goes up from START to STOP in steps above 0, got '4..1'",
        ),
        ("{vary: {width: [2, 2]}}", "CS011", (4, 24), "search: width has a value twice"),
        ("{vary: {width: 1..4}, when: width >}", "CS011", (4, 37), "search: when width >: "),
        (
            "{vary: {width: 1..4}, when: [depth > 1]}",
            "CS011",
            (4, 38),
            "search: when depth > 1: 'depth' is no variable of the file; it has width, input",
        ),
        ("{constraints: {params: small}}", "CS011", (4, 32), "search: params: 'small' is no number; write a number"),
        ("{constraints: {size: 1}}", "CS011", (4, 30), "search: no figure is called 'size'; there are output, params"),
        ("{minimize: speed}", "CS011", (4, 20), "search: no figure is called 'speed'; there are params"),
    ],
)
def test_a_wrong_space_of_a_file_is_a_finding_with_its_place(
    section: str, code: str, place: tuple[int, int], message: str
) -> None:
    text = f"variables: {{width: 8}}\ninput: [8, 8, 3]\nlayers: [Flatten, Dense: [$(width)]]\nsearch: {section}\n"
    (finding,) = api.examine(text=text).errors
    assert finding.span is not None
    assert (finding.code, tuple(finding.span.start)) == (code, place)
    assert finding.message.startswith(message)


def test_a_sound_space_of_a_file_is_no_finding() -> None:
    text = f"{SMALL}search:\n  vary: {{width: [4, 8], input: 8..32:8}}\n  when:\n  - width > 2 and true\n  - round_to(width, 4) == 8\n"
    assert api.examine(text=text).errors == ()


@pytest.mark.parametrize("name", ["branches", "names", "unet"])
def test_a_search_that_forgets_finds_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = Space({each: read_values(each, text) for each, text in FILES[name][1].items()})
    order = order_of(space, 60, seed=5)
    variants = found(task(name, space, order))
    parsed.cache_clear()
    monkeypatch.setattr(searched, "MOST_TOLD", 20)
    monkeypatch.setattr(searched, "MOST_HELD", 60)
    assert found(task(name, space, order)) == variants


def test_variants_of_widths_that_were_run_are_told_for_other_sizes_without_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blocks that are taken over from one another tell searches as much as those that run."""
    run = []
    read = telling.read_variant
    monkeypatch.setattr(telling, "read_variant", lambda *given: run.append(given) or read(*given))
    space = Space({each: read_values(each, text) for each, text in FILES["blocks"][1].items()})
    assert len(found(task("blocks", space, order_of(space, None, 0)))) == 51 * 17
    assert len(run) <= 51
