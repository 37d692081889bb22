"""Explained plans: the rows of a file, line by line, in every format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from cnnshape import api
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.reports.explanations.layers import markdown, text
from cnnshape.reports.windows_svg import render
from cnnshape.studies.explain import UnknownLayer, explain

NETWORK = """\
name: small
input: [32, 32, 3]
blocks:
  block(filters):
    - Conv2D(filters, 3, strides=2, padding="same", use_bias=False)
    - ReLU
layers:
  - stem = Conv2D(8, 3)
  - block(16)
  - pool = MaxPooling2D(2)
  - again = Shared(pool)(stem)
  - left = Conv2D(4, 1)(pool)
  - right = Conv2D(4, 3, padding="same")(pool)
  - Add()(left, right)
  - GlobalAveragePooling2D
  - Dense(10, trainable=False)
outputs: [dense, again]
"""


def network() -> api.Loaded:
    return api.load(text=NETWORK)


def field_lines(layer: str) -> list[str]:
    (one,) = explain(api.plan(network()), layer)
    return [" | ".join(filter(None, step)) for step in one.steps if step.subject.startswith("receptive field")]


def test_the_receptive_field_grows_by_the_recurrence() -> None:
    axes = "receptive field, height and width"
    assert field_lines("stem") == [
        f"{axes} | size + (kernel - 1) x jump | 1 + (3 - 1) x 1 | 3 | jump 1, output 0 begins at 0"
    ]
    assert field_lines("block/conv2d") == [
        f"{axes} | size + (kernel - 1) x jump | 3 + (3 - 1) x 1 | 5 | jump 2, output 0 begins at 0"
    ]
    assert field_lines("block/re_lu") == []
    assert field_lines("pool") == [
        f"{axes} | size + (kernel - 1) x jump | 5 + (2 - 1) x 2 | 7 | jump 4, output 0 begins at 0"
    ]


def test_the_receptive_field_grows_from_the_call_that_is_read_where_a_module_is_called_again(tmp_path: Path) -> None:
    source = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.relu = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 5), nn.ReLU()

    def forward(self, x):
        return self.relu(self.second(self.relu(self.first(x))))
"""
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    plan = api.plan(f"{tmp_path / 'net.py'}:Net", input=[1, 16, 16])
    (explained,) = explain(plan, "second")
    grown = [step for step in explained.steps if step.subject.startswith("receptive field")]
    assert [(step.numbers, step.result) for step in grown] == [("3 + (5 - 1) x 1", "7")]


def test_branches_unite_and_global_pooling_sees_everything() -> None:
    axes = "receptive field, height and width"
    assert field_lines("add") == [f"{axes} | from 7 and 15 | 15 | jump 4, output 0 begins at -4"]
    assert field_lines("global_average_pooling2d") == [
        "receptive field | all of input | every output sees everything of input"
    ]


def test_parameters_that_are_counted_elsewhere_or_frozen() -> None:
    (dense,) = explain(api.plan(network()), "dense")
    (parameters,) = [step for step in dense.steps if step.subject == "parameters"]
    assert parameters.note == "frozen: none of them train"
    text = "input: [8, 8, 3]\nlayers:\n  - a = Conv2D(3, 3, padding='same')\n  - b = Shared(a)\n"
    (shared,) = explain(api.plan(text=text), "b")
    (parameters,) = [step for step in shared.steps if step.subject == "parameters"]
    assert parameters.note == "the weights of a, counted there and not here"


def test_a_block_is_all_of_its_rows_and_an_ending_will_do() -> None:
    plan = api.plan(network())
    assert [one.name for one in explain(plan, "block")] == ["block/conv2d", "block/re_lu"]
    assert [one.name for one in explain(plan, "re_lu")] == ["block/re_lu"]
    assert len(explain(plan)) == len(plan.layers)


def test_an_unknown_layer_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownLayer, match=r"^small has no layer named 'dens': did you mean dense\?$"):
        explain(api.plan(network()), "dens")


def test_an_output_with_a_name_of_its_own_leads_to_its_layer() -> None:
    text = """
framework: pytorch
input: [3, 8, 8]
blocks:
  pooled():
    - low, where = MaxPool2d(2, return_indices=True)
    - relu()(low)
layers:
  - values, places = MaxPool2d(2, return_indices=True)
  - pooled()(values)
"""
    plan = api.plan(text=text)
    first, second, _ = (row.name for row in plan.layers)
    assert [one.name for one in explain(plan, "values")] == [first]
    assert [one.name for one in explain(plan, "where")] == [second]
    with pytest.raises(UnknownLayer, match=r"no layer named 'value': did you mean values\?$"):
        explain(plan, "value")


def test_calls_are_written_with_their_arguments() -> None:
    plan = api.plan(network())
    calls = {one.name: one.call for one in explain(plan)}
    assert calls["stem"] == "Conv2D(filters=8, kernel_size=3)"
    assert calls["block/conv2d"] == 'Conv2D(filters=16, kernel_size=3, strides=2, padding="same", use_bias=False)'


def test_text() -> None:
    assert text(explain(api.plan(network()), "pool")) == (
        "pool: MaxPooling2D(pool_size=2)\n"
        "<text>:10: (1, 15, 15, 16) -> (1, 7, 7, 16)\n"
        "\n"
        "height\n"
        "  output = floor((size - kernel) / stride) + 1\n"
        "  = floor((15 - 2) / 2) + 1\n"
        "  = 7\n"
        "  never read = size - ((output - 1) x stride + kernel)\n"
        "  = 15 - ((7 - 1) x 2 + 2)\n"
        "  = 1\n"
        "    row 14 of 0 to 14\n"
        "\n"
        "width\n"
        "  output = floor((size - kernel) / stride) + 1\n"
        "  = floor((15 - 2) / 2) + 1\n"
        "  = 7\n"
        "  never read = size - ((output - 1) x stride + kernel)\n"
        "  = 15 - ((7 - 1) x 2 + 2)\n"
        "  = 1\n"
        "    column 14 of 0 to 14\n"
        "\n"
        "channels\n"
        "  output = input\n"
        "  = 16\n"
        "\n"
        "parameters\n"
        "  0\n"
        "    nothing to learn\n"
        "\n"
        "FLOPs\n"
        "  (window - 1) x output elements\n"
        "  = (2 x 2 - 1) x 784\n"
        "  = 2,352\n"
        "    comparisons\n"
        "\n"
        "receptive field, height and width\n"
        "  size + (kernel - 1) x jump\n"
        "  = 5 + (2 - 1) x 2\n"
        "  = 7\n"
        "    jump 4, output 0 begins at 0\n"
        "\n"
        "in PyTorch\n"
        "  MaxPool2d(2)\n"
        "  = (1, 16, 7, 7)\n"
        "    the same"
    )


def test_markdown() -> None:
    assert markdown(explain(api.plan(network()), "left")) == (
        "### left\n"
        "\n"
        "`Conv2D(filters=4, kernel_size=1)`: (1, 7, 7, 16) -\\> (1, 7, 7, 4)\n"
        "\n"
        "| about | formula | with the numbers | result |\n"
        "| --- | --- | --- | ---: |\n"
        "| height and width | `output = floor((size - kernel) / stride) + 1` | `floor((7 - 1) / 1) + 1` | 7 |\n"
        "| channels | `output = filters` | `4` | 4 |\n"
        "| parameters | `filters x (kernel x channels + bias)` | `4 filters x (1 x 1 x 16 + 1 bias)` | 68 |\n"
        "| MACs | `output x filters x kernel x channels` | `7 x 7 x 4 x 1 x 1 x 16` | 3,136 |\n"
        "| FLOPs | `2 x MACs + bias additions` | `2 x 3,136 + 196` | 6,468 |\n"
        "| in PyTorch | `Conv2d(16, 4, 1)` |  | (1, 4, 7, 7), 68 parameters |\n"
        "\n"
        "- in PyTorch: the same"
    )


def test_text_of_a_file_cannot_leave_its_code_span() -> None:
    text = 'input: [8, 8, 3]\nlayers:\n  - Conv2D(3, 3, name="x", kernel_initializer="``a|b``")\n'
    (heading,) = [line for line in markdown(explain(api.plan(text=text))).splitlines() if "initializer" in line]
    assert heading == (
        '``` Conv2D(filters=3, kernel_size=3, kernel_initializer="``a|b``") ```: (1, 8, 8, 3) -\\> (1, 6, 6, 3)'
    )


def test_json_has_the_steps_and_the_other_framework() -> None:
    (one,) = explain(api.plan(network()), "left")
    document = json.loads(json.dumps(one.to_dict()))
    assert document["input_shapes"] == [[1, 7, 7, 16]]
    assert document["steps"][2] == {
        "subject": "parameters",
        "formula": "filters x (kernel x channels + bias)",
        "numbers": "4 filters x (1 x 1 x 16 + 1 bias)",
        "result": "68",
        "note": "",
    }
    assert document["other_framework"]["layer"] == "Conv2d(16, 4, 1)"


def cells(picture: str) -> dict[str, int]:
    """How many squares of each kind the picture has."""
    root = ElementTree.fromstring(picture)
    kinds: dict[str, int] = {}
    for square in root.iter("{http://www.w3.org/2000/svg}rect"):
        kind = square.get("class")
        if kind:
            kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def test_a_picture_has_a_square_for_every_element_in_each_of_three_frames() -> None:
    """8 x 16 elements, of which the last row and column are never read; 3 x 7 windows of 3 x 3."""
    picture = render(Convolution(5, (3, 3), (2, 2)).apply((1, 8, 16, 3)).windows, "Conv2D <5>")
    assert cells(picture) == {
        "input": 3 * 7 * 15,
        "unread": 3 * (8 * 16 - 7 * 15),
        "output": 3 * (3 * 7 - 1),
        "made": 3,
        "tap": 3 * 9,
        "window": 3,
    }
    assert "<title>Conv2D &lt;5&gt;</title>" in picture


def test_a_picture_shows_padding_and_both_ends_of_a_long_axis() -> None:
    """224 with padding 2:3 does not fit: 12 places at either end, of which 5 are padding; windows 8 and 8."""
    picture = render(Convolution(5, (7,), (2,), "same").apply((1, 224, 3)).windows, "long")
    assert cells(picture) == {
        "input": 3 * (24 - 5),
        "padding": 3 * 5,
        "output": 3 * 15,
        "made": 3,
        "tap": 3 * 7,
        "window": 3,
    }


def test_a_transposed_convolution_writes_windows() -> None:
    picture = render(TransposedConvolution(4, (3,), (2,), "same").apply((1, 5, 3)).written, "up", writes=True)
    assert cells(picture) == {"output": 30, "padding": 3, "input": 12, "made": 3, "tap": 9, "window": 3}
    assert "length: 5 to 10; kernel 3, stride 2, cut 0 before and 1 after" in picture


def test_what_no_window_writes_is_marked_and_counted() -> None:
    picture = render(TransposedConvolution(4, (2,), (3,)).apply((1, 3, 3)).written, "up", writes=True)
    assert cells(picture) == {"output": 18, "unread": 9, "input": 6, "made": 3, "tap": 6, "window": 3}
    assert "length: 3 to 9; kernel 2, stride 3, 3 that no window writes<" in picture


@pytest.mark.parametrize("title", ["short", "conv2d: Conv2D(filters=512, kernel_size=1, strides=3, use_bias=False)"])
def test_every_line_of_text_lies_within_the_picture(title: str) -> None:
    """Bold letters of 12 pixels are up to 9 wide on average, others up to 8."""
    picture = ElementTree.fromstring(render(Convolution(5, (1, 1), (3, 3)).apply((1, 9, 9, 3)).windows, title))
    texts = list(picture.iter("{http://www.w3.org/2000/svg}text"))
    assert [each.text for each in texts][:5] == [
        title,
        "height: 9 to 3; kernel 1, stride 3, 2 never read",
        "width: 9 to 3; kernel 1, stride 3, 2 never read",
        "input",
        "output: row 0, column 0",
    ]
    for each in texts:
        width = len(each.text or "") * (9 if each.get("font-weight") else 8)
        assert int(each.get("x") or 0) + width <= int(picture.get("width") or 0)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the sizes have to be known to draw windows$"):
        render(Convolution(5, (3,), (1,)).apply((1, None, 3)).windows, "unknown")
    with pytest.raises(ValueError, match=r"^the windows along the length are too large: 50 elements, 1 apart$"):
        render(Convolution(5, (50,), (1,)).apply((1, 99, 3)).windows, "large")
    with pytest.raises(ValueError, match=r"^no window slides here$"):
        render((), "nothing")


def test_a_batch_norm_along_another_axis_says_which() -> None:
    text = "data_format: channels_first\ninput: [10, 60, 16]\nlayers:\n  - BatchNormalization\n  - BatchNormalization(axis=1)\n"
    plan = api.examine(text=text)
    formulas = [
        step.formula for row in plan.layers for step in explain(plan, row.name)[0].steps if step.subject == "parameters"
    ]
    assert formulas == [
        "(scale + offset + mean + variance) along axis -1 (width)",
        "(scale + offset + mean + variance) per channel",
    ]


def test_weights_beside_those_that_a_layer_makes_are_explained(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.old = nn.utils.weight_norm(nn.Conv2d(3, 8, 3))\n"
        "        self.new = nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 8, 3))\n"
        "        self.scale = nn.Parameter(torch.ones(8, 1, 1))\n"
        "    def forward(self, x):\n        return self.new(self.old(x)) * self.scale\n"
    )
    plan = api.plan(str(file), input=[3, 16, 16])
    told = {
        each.name: [(step.subject, step.result) for step in each.steps if "parameters" in step.subject]
        for each in explain(plan)
    }
    assert told == {
        "old": [("parameters", "224"), ("further parameters", "8")],
        "new": [("parameters", "592")],
        "mul": [("parameters", "8")],
    }
    assert [row.params for row in plan.layers] == [232, 592, 8]
