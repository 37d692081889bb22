"""Files that are alike: what planning one has found out serves the others, which are planned as if they were alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cnnshape.api import examine, load
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan
from cnnshape.network.tensor import Tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml import architecture, sections
from cnnshape.readers.yaml.walk.known import USES
from tests.fuzz.hostile_inputs import KINDS

RESIDUAL = """\
framework: {framework}
{options}
variables: {{width: {width}, rate: {rate}}}
input: {size}
blocks:
  unit(filters, strides=1):
    - if: strides != 1 or channels(input) != filters
      layers:
        - shortcut = {conv}(filters, 1, strides)(input)
      else:
        - shortcut = input
    - main = {conv}(filters, 3, strides, {same})(input)
    - Dropout(rate)
    - {add}(main, shortcut)
  stage(filters):
    - first = unit(filters, 2)
    - unit(filters)
layers:
  - one = stage(width)
  - two = stage({wider})
{layers}
"""
KERAS = {
    "framework": "keras",
    "options": "dtype: float32",
    "width": 8,
    "rate": 0.1,
    "size": [32, 32, 3],
    "conv": "Conv2D",
    "same": 'padding="same"',
    "add": "Add()",
    "wider": "2 * width",
    "layers": "  - GlobalAveragePooling2D()",
}
PYTORCH = {
    **KERAS,
    "framework": "pytorch",
    "size": [8, 32, 32],
    "conv": "LazyConv2d",
    "same": "padding=1",
    "add": "add()",
}

CHANGES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the same": (KERAS, {}),
    "another input": (KERAS, {"size": [33, 47, 3]}),
    "an input of other channels, which a condition reads": (KERAS, {"size": [32, 32, 8]}),
    "an input that is too small": (KERAS, {"size": [2, 2, 3], "same": 'padding="valid"'}),
    "an input without a shape": (KERAS, {"size": "[a, b]"}),
    "an unknown size": (KERAS, {"size": "[null, null, 3]"}),
    "another width": (KERAS, {"width": 12}),
    "the same in PyTorch": (PYTORCH, {"size": [8, 48, 48]}),
    "a variable that blocks read": (KERAS, {"rate": 0.5}),
    "a variable that is wrong": (KERAS, {"rate": 1.5}),
    "another type of numbers": (KERAS, {"options": "dtype: float16"}),
    "another batch": (KERAS, {"options": "batch: 4"}),
    "another layout": (KERAS, {"options": "data_format: channels_first", "size": [3, 32, 32]}),
    "blocks a line below": (KERAS, {"options": "dtype: float32\n# a line"}),
    "a fault below the blocks": (KERAS, {"layers": "  - Dense(units=0)"}),
    "a name within a use": (KERAS, {"layers": "  - Add()(one/first, one/first/main)"}),
    "weights of a use again": (KERAS, {"layers": "  - Shared(two)(two)"}),
    "outputs within a use": (KERAS, {"layers": "outputs: [two, one/first/main]"}),
    "frozen weights": (KERAS, {"wider": "width, trainable=false"}),
    "an include": (KERAS, {"layers": "  - include: zoo:keras/lenet5\n    variables: {{classes: 3}}"}),
}


ADVISED = """\
framework: keras
input: {size}
layers:
  - Conv2D(4, 1)
  - wide = Conv2D(12, 3, padding="same")
  - Dropout(0.1)
  - BatchNormalization()
  - ReLU()
  - ReLU()
  - ReLU()(wide)
  - twin = ReLU()(wide)
  - Conv2D(16, 4, 3, padding="same")
  - Conv2D(16, 3, dilation_rate=2, padding="same")
  - Conv2D(16, 3, dilation_rate=2, padding="same", activation="relu")
  - MaxPooling2D(2)
  - Conv2D(2, 3, padding="same", activation="relu")
  - GlobalAveragePooling2D()
  - Flatten()
  - Dense(2000, activation="relu")
  - Dense(2000)
  - Dense(10, activation="softmax")
  - Dense(10, activation="softmax")
"""
"""Much of what rules say, some of which hangs on the sizes."""


def test_what_rules_say_of_alike_files_is_what_they_say_of_each_alone() -> None:
    texts = [ADVISED.format(size=[size, size, channels]) for size in (9, 16, 47, 160) for channels in (1, 3, 4, 12)]
    beside = [told(text, f"{number}.yaml") for number, text in enumerate(texts)]
    assert len({len(findings) for _, _, findings in beside}) > 3
    for number, text in enumerate(texts):
        forget()
        assert told(text, f"{number}.yaml") == beside[number]


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Nothing is known, and nothing stays known."""
    forget()
    yield
    forget()


def forget() -> None:
    """Know nothing."""
    architecture._kept.clear()
    sections.SECTIONS.clear()
    USES.known.clear()
    USES.rows = 0


def told(text: str, filename: str) -> Any:
    """All that is said of a file: rows with their places, totals, findings."""
    architecture._kept.clear()
    try:
        plan = examine(text=text, filename=filename)
    except ArchitectureError as error:
        return error.diagnostics
    return said_of(plan)


def said_of(plan: Plan) -> Any:
    """All that a plan says."""
    places = [(row.filename, row.span, row.used_at, row.makers, row.scopes) for row in plan.layers]
    return plan.to_dict(), places, findings_of(plan, Configuration(root=Path()))


@pytest.mark.parametrize(("base", "change"), CHANGES.values(), ids=CHANGES)
def test_a_file_is_planned_beside_one_that_is_alike_as_it_is_alone(
    base: dict[str, Any], change: dict[str, Any]
) -> None:
    first, second = RESIDUAL.format(**base), RESIDUAL.format(**{**base, **change})
    by_itself = told(second, "second.yaml")
    forget()
    told(first, "first.yaml")
    assert told(second, "second.yaml") == by_itself
    assert told(second, "third.yaml") != by_itself  # it is told of in its own file


def test_every_one_of_many_alike_is_planned_as_it_is_alone() -> None:
    texts = [
        RESIDUAL.format(**{**KERAS, "width": width, "size": [size, size + 1, channels]})
        for width in (4, 8)
        for size in (3, 20, 21, 40)
        for channels in (3, 4, 8)
    ]
    beside = [told(text, f"{number}.yaml") for number, text in enumerate(texts)]
    for number, text in enumerate(texts):
        forget()
        assert told(text, f"{number}.yaml") == beside[number]


@pytest.mark.parametrize("name", ["keras/mobilenetv2", "keras/efficientnetb0", "pytorch/resnet18", "pytorch/googlenet"])
@pytest.mark.parametrize("size", [97, 160])
def test_a_network_of_the_zoo_is_planned_for_an_input_as_if_it_were_the_first(name: str, size: int) -> None:
    shape = (size, size, 3) if name.startswith("keras") else (3, size, size)
    by_itself = said_of(examine(f"zoo:{name}", input=shape))
    forget()
    examine(f"zoo:{name}")
    assert said_of(examine(f"zoo:{name}", input=shape)) == by_itself


def test_the_nodes_of_an_alike_file_are_there_for_who_asks() -> None:
    texts = [RESIDUAL.format(**{**KERAS, "size": [size, size, 3]}) for size in (32, 48)]

    def nodes(number: int) -> list[Any]:
        network = load(text=texts[number], filename=f"{number}.yaml").network(Settings())
        assert all(tensor in {made for node in network.nodes for made in node.outputs} for tensor in network.outputs)
        return [
            (
                node.name,
                node.type,
                node.origin,
                node.answer and node.answer.result,
                *map(known, node.inputs + node.outputs),
            )
            for node in network.nodes
        ]

    def known(tensor: Tensor) -> Any:
        return tensor.name, tensor.shape, tensor.row, tensor.sight.field

    by_itself = nodes(1)
    forget()
    nodes(0)
    assert nodes(1) == by_itself


def test_files_with_the_same_text_there_have_the_same_blocks_and_layers() -> None:
    one, other = (load(text=RESIDUAL.format(**{**KERAS, "width": width})) for width in (8, 9))
    assert one.program.blocks is other.program.blocks  # type: ignore[attr-defined]
    assert one.program.body is other.program.body  # type: ignore[attr-defined]


def test_what_is_remembered_of_uses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnshape.readers.yaml.walk.known.MOST_ROWS", 100)
    for width in range(1, 30):
        told(RESIDUAL.format(**{**KERAS, "width": width}), "f.yaml")
        held = sum(1 + len(use.nodes) for alike in USES.known.values() for use in alike.values())
        assert held == USES.rows <= 100


@pytest.mark.parametrize("number", range(60))
@pytest.mark.parametrize("kind", ["structure", "names", "slips"])
def test_a_hostile_file_is_planned_beside_itself_as_it_is_alone(kind: str, number: int) -> None:
    from random import Random

    text = KINDS[kind](Random(number))
    by_itself = told(text, "second.yaml")
    forget()
    told(text, "first.yaml")
    assert told(text, "second.yaml") == by_itself


LONG_FIELDS = """\
framework: pytorch
input: [3, 400]
blocks:
  pools(first):
    - for: i
      in: range(8)
      layers:
        - AdaptiveAvgPool1d(first - i)
layers:
  - pools(400)
  - pools(390)
  - AdaptiveAvgPool1d({})
  - pools(300)
"""


@pytest.mark.parametrize("size", [350, 349])
def test_fields_are_told_as_exactly_beside_a_file_that_is_alike_as_alone(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnshape.network.fields.MOST_PHASES", 16_000)
    text = LONG_FIELDS.format(size)
    by_itself = told(text, "second.yaml")
    exact = [row["receptive_field"]["exact"] for row in by_itself[0]["layers"]]
    assert exact[15]
    assert not exact[-1]
    forget()
    told(LONG_FIELDS.format(350), "first.yaml")
    assert told(text, "second.yaml") == by_itself
