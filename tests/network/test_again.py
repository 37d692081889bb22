"""Planning a loaded architecture again: what did not change is taken over, and every number is that of a first plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network import rebatching
from cnnshape.network.rebatching import at_batch
from cnnshape.readers.files import zoo_index
from cnnshape.readers.requests import Settings

ZOO = (
    "keras/resnet50",
    "keras/densenet121",
    "keras/efficientnetb0",
    "keras/inceptionresnetv2",
    "keras/mobilenetv3large",
    "keras/nasnetmobile",
    "pytorch/convnext_tiny",
    "pytorch/googlenet",
    "pytorch/resnet18",
    "pytorch/shufflenet_v2_x1_0",
    "pytorch/vgg11_bn",
)

BLOCKS = """
input: [32, 32, 3]
variables: {width: 8, repeats: 2, project: false}
blocks:
  conv(filters, strides=1):
    - Conv2D(filters, 3, strides=strides, padding="same")
    - BatchNormalization
  unit(filters):
    - if: project
      layers:
        - shortcut = conv(filters)(input)
      else:
        - shortcut = conv(filters)
    - main = conv(filters)
    - Add()(shortcut, main)
layers:
  - stem = conv(width)
  - body = unit(width) * repeats
  - again = Shared(body)(stem)
  - Concatenate()(body, again, body/main)
  - let: {c: channels(again)}
  - Conv2D(2 * c, 1)
"""

TWO_FRAMEWORKS = """
input: [16, 16, 16]
blocks:
  gate(p=0.5):
    - Dropout(p)
    - ReLU
layers:
  - gate
  - Flatten
"""

INCLUDING = """
input: [64, 64, 3]
layers:
  - include: zoo:keras/resnet50
    name: backbone
    variables: {include_top: false}
    trainable: {from: conv5}
  - GlobalAveragePooling2D
"""

CALLS: Mapping[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "variables": (
        BLOCKS,
        (
            {},
            {},
            {"variables": {"repeats": 3}},
            {"variables": {"width": 16}},
            {"variables": {"width": 16.0}},
            {"variables": {"project": True}},
            {"variables": {"project": 1}},
            {},
        ),
    ),
    "inputs and batches": (
        BLOCKS,
        ({}, {"batch": 4}, {"input": [16, 48, 3]}, {"input": [None, None, 3]}, {"batch": 4}),
    ),
    "optimizers": (BLOCKS, ({"optimizer": "sgd"}, {"optimizer": "adam"}, {"optimizer": "sgd"})),
    "faults": (
        BLOCKS,
        (
            {"variables": {"width": 0}},
            {},
            {"variables": {"width": -1}},
            {"variables": {"width": 0}},
            {"input": [32, 3]},
        ),
    ),
    "frameworks": (TWO_FRAMEWORKS, ({"framework": "keras"}, {"framework": "pytorch"}, {"framework": "keras"})),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_later_plan_is_what_a_first_one_is(name: str) -> None:
    text, calls = CALLS[name]
    architecture = cnnshape.load(text=text)
    for settings in calls:
        again, first = examine(architecture, **settings), examine(text=text, **settings)
        assert again.to_dict() == first.to_dict()
        assert [row.scopes for row in again.layers] == [row.scopes for row in first.layers]
        assert again.peak_tensors == first.peak_tensors


@pytest.mark.parametrize("file", ["zoo:keras/resnet50", "zoo:keras/nasnetmobile", "zoo:pytorch/googlenet"])
def test_a_network_of_the_zoo_planned_again(file: str) -> None:
    architecture = cnnshape.load(file)
    first = cnnshape.plan(file).to_dict()
    small = cnnshape.plan(file, variables={"classes": 7}).to_dict()
    for expected, settings in ((first, {}), (small, {"variables": {"classes": 7}}), (first, {}), (first, {})):
        assert cnnshape.plan(architecture, **settings).to_dict() == expected


HANGING_ON_BATCH = {
    "a parameter that may be taken for a batch of one": """
framework: pytorch
input: [16, 8]
layers:
  - p = Parameter(16, 8)
  - sum = add()(input, p)
  - Linear(8, 4)(sum)
""",
    "frames that are folded into the batch": """
framework: pytorch
input: [4, 3, 16, 16]
layers:
  - view(-1, 3, 16, 16)
  - Conv2d(3, 8, 3)
  - maps = flatten(1)
  - Linear(channels(maps), 5)
""",
    "the batch behind the steps": """
framework: pytorch
input: [5, 6]
layers:
  - steps = permute(1, 0, 2)
  - LSTM(6, 7)
""",
    "a shape that is read": """
framework: pytorch
input: [3, 2, 8]
layers:
  - turned = transpose(0, 1)
  - Linear(shape(turned)[-1], shape(turned)[0])
""",
    "samples that end within a byte": """
dtype: int4
input: [3, 3, 1]
layers:
  - Conv2D(3, 3)
  - Flatten
""",
    "what layers take for themselves": """
framework: pytorch
input: [3, 9, 9]
layers:
  - Conv2d(3, 5, 3, padding=1, padding_mode="circular")
  - LocalResponseNorm(2)
  - LPPool2d(2, 2)
  - MaxPool2d(2)
  - Flatten
  - Linear(20, 3)
""",
    "steps of a layer": """
framework: pytorch
input: [7, 6]
layers:
  - GRU(6, 5, batch_first=true)
""",
    "axes that are exchanged": """
framework: pytorch
input: [4, 6, 6]
layers:
  - turned = permute(0, 2, 3, 1)
  - Linear(4, 5)
  - flat = flatten(1)
  - twice = add()(flat, flat)
  - Linear(180, 2)
""",
    "an unknown size": """
input: [null, 8, 4]
layers:
  - Conv2D(4, 3)
  - GlobalAveragePooling2D()
""",
    "a layer that nothing reads": """
input: [8, 8, 4]
layers:
  - a = Conv2D(4, 3)
  - b = Conv2D(4, 3)(a)
  - GlobalAveragePooling2D()(a)
""",
    "promises": """
input: [8, 8, 4]
expect: {output: [1, 8, 8, 2]}
layers:
  - Conv2D(2, 1)
""",
    "a backend": """
backend: tensorflow
input: [8, 8, 4]
layers:
  - Conv2D(2, 3)
""",
    "weights that are shared, types, and a view": """
input: [8, 8, 4]
layers:
  - a = Conv2D(4, 3, padding="same", dtype="float16")
  - b = Shared(a)(a)
  - Add()(a, b)
  - Reshape([64, 4])
  - MultiHeadAttention(2, 2)(previous, previous)
""",
}


@pytest.mark.parametrize("what", HANGING_ON_BATCH)
def test_another_batch_is_what_a_first_plan_says(what: str) -> None:
    text = HANGING_ON_BATCH[what]
    for first in (1, 2, 3):
        architecture = cnnshape.load(text=text)
        for batch in (first, 2, 1, 8, 3):
            again, anew = (examine(each, batch=batch) for each in (architecture, cnnshape.load(text=f"{text}#{first}")))
            assert again.to_dict() == {**anew.to_dict()}
            assert (again.alive, again.peak_tensors) == (anew.alive, anew.peak_tensors)


@pytest.mark.parametrize("file", [f"zoo:{each.framework}/{each.name}" for each in zoo_index()])
def test_another_batch_of_a_network_of_the_zoo(file: str) -> None:
    architecture = cnnshape.load(file)
    network = architecture.network(Settings())
    assert at_batch(network, 5) is not None, "it is read again"
    for batch in (5, 1) if file.removeprefix("zoo:") in ZOO else (5,):
        assert cnnshape.plan(architecture, batch=batch) == cnnshape.plan(file, batch=batch)


def test_of_a_network_that_works_sample_by_sample_no_node_is_made_for_another_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    architecture = cnnshape.load("zoo:keras/ResNet50")
    first = cnnshape.plan(architecture)
    with monkeypatch.context() as patched:
        patched.setattr(rebatching, "twin", None)
        again = cnnshape.plan(architecture, batch=8)
        assert again.totals.peak_activation_bytes == 8 * first.totals.peak_activation_bytes
        assert again.totals.params == first.totals.params
    assert [row.output_bytes for row in again.layers] == [8 * row.output_bytes for row in first.layers]


def test_rows_of_a_use_that_did_not_change_are_taken_over() -> None:
    architecture = cnnshape.load(text=BLOCKS)
    first, again = (architecture.network(Settings()).nodes for _ in range(2))
    stem = [number for number, node in enumerate(first) if node.name.startswith("stem/")]
    assert stem == [0, 1]
    assert all(first[number] is again[number] for number in stem)
    other = architecture.network(Settings(variables={"width": 16})).nodes
    assert not any(first[number] is other[number] for number in stem)


def test_an_included_file_is_run_every_time() -> None:
    architecture = cnnshape.load(text=INCLUDING)
    first = cnnshape.plan(text=INCLUDING)
    for _ in range(2):
        again = cnnshape.plan(architecture)
        assert again.to_dict() == first.to_dict()
        assert set(again.sources) == set(first.sources)


def test_names_that_hang_on_other_values_are_made_anew() -> None:
    text = (
        "framework: pytorch\ninput: [4, 8, 8]\nvariables: {start: 0}\nlayers:\n  - for: i\n    in: range(start, start + 1)\n"
        "    layers:\n      - left[i], right[i] = chunk(2, dim=1)\n  - cat(dim=1)(left[start], right[start])\n"
    )
    architecture = cnnshape.load(text=text)
    for start in (0, 1, 1, 0):
        again, first = (
            cnnshape.plan(each, variables={"start": start}) for each in (architecture, cnnshape.load(text=text))
        )
        assert again.to_dict() == first.to_dict()
        assert again.layers[-1].inputs == (f"left[{start}]", f"right[{start}]")


def test_the_same_text_is_planned_as_the_first_time_whatever_was_planned_meanwhile() -> None:
    texts = [f"input: [16, 16, 3]\nlayers:\n  - Conv2D({filters}, 3)\n  - Foo()\n" for filters in (4, 8, 4)]
    plans = [examine(text=text, filename="a.yaml") for text in texts]
    assert plans[0] == plans[2]
    assert plans[0].layers[0].params != plans[1].layers[0].params
    assert examine(text=texts[0], filename="b.yaml").diagnostics[0].filename == "b.yaml"


def test_an_include_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file, included = tmp_path / "a.yaml", tmp_path / "b.yaml"
    file.write_text("input: [16, 16, 3]\nlayers:\n  - include: b.yaml\n")
    for filters in (4, 8):
        included.write_text(f"input: [16, 16, 3]\nlayers:\n  - Conv2D({filters}, 3)\n")
        assert cnnshape.plan(file).layers[0].output_shape == (1, 14, 14, filters)
