"""`sizes` finds exactly the sizes that planning each of them finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cnnshape import api
from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.reports.sizes import render
from cnnshape.studies.sizes.base import NoSize
from cnnshape.studies.sizes.fits import fit
from cnnshape.studies.sizes.formula import Formula
from cnnshape.studies.sizes.patterns import Pattern, pattern
from cnnshape.studies.sizes.study import Sizes, study

UNET = """
input: [64, 64, 1]
layers:
  - a = Conv2D(4, 3, padding="same")
  - MaxPooling2D(2)
  - b = Conv2D(8, 3, padding="same")
  - MaxPooling2D(2)
  - Conv2D(8, 3, padding="same")
  - up = UpSampling2D(2)
  - Concatenate()(b, up)
  - UpSampling2D(2)
  - out = Concatenate()(a, up_sampling2d)
"""
LENET = """
framework: pytorch
input: [1, 32, 32]
layers:
  - Conv2d(1, 6, 5)
  - AvgPool2d(2)
  - Conv2d(6, 16, 5)
  - AvgPool2d(2)
  - Flatten()
  - Linear(400, 10)
"""
RECTANGLE = """
input: [40, 40, 3]
layers:
  - Conv2D(4, (7, 3), strides=(2, 3))
  - MaxPooling2D((3, 2), strides=2, padding="same")
  - Conv2D(4, (1, 5))
  - GlobalAveragePooling2D
"""
PADDED = """
framework: pytorch
input: [3, null, null]
layers:
  - Conv2d(3, 8, 7, stride=2, padding=3)
  - MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
  - Conv2d(8, 8, 3, dilation=2)
  - ConvTranspose2d(8, 4, 3, stride=2)
"""
LOOKS = """
input: [64, 64, 3]
layers:
  - x = Conv2D(4, 3, strides=2)
  - if: shape(x)[0] % 3 == 0
    layers:
      - MaxPooling2D(7)
    else:
      - MaxPooling2D(2)
"""
STRETCHED = """
input: [64, 64, 3]
layers:
  - top = Conv2D(4, 3, strides=2, padding="same")
  - Conv2D(4, 3, strides=2, padding="same")
  - up = UpSampling2D(2)
  - Add()(top, up)
"""
TWINS = """
inputs: {left: [32, 32, 1], right: [32, 32, 1], size: [4]}
layers:
  - tower = Conv2D(4, 5, strides=2)(left)
  - Conv2D(4, 5, strides=2)(right)
  - Add()(tower, conv2d)
"""
LOOKS_AT_FEATURES = """
framework: pytorch
input: [1, 32, 40]
layers:
  - Conv2d(1, 6, 5)
  - MaxPool2d(2)
  - flat = Flatten
  - let: {features: channels(flat)}
  - Linear(features, 10)
"""
RESHAPED = """
input: [32, 40, 1]
layers:
  - Conv2D(6, 5)
  - flat = Flatten
  - Reshape([channels(flat) // 6, 6])
"""
SIZES_IN_PYTHON = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 4, 3)

    def forward(self, x):
        x = self.first(x)
        return self.second(x) if x.shape[2] > 18 else x
"""
TEXTS = {
    "unet": UNET,
    "lenet": LENET,
    "rectangle": RECTANGLE,
    "padded": PADDED,
    "looks at sizes": LOOKS,
    "stretched": STRETCHED,
    "twins": TWINS,
    "looks at features": LOOKS_AT_FEATURES,
    "reshaped": RESHAPED,
}


WITHOUT_FORMULA = {("looks at sizes", "max_pooling2d"), ("reshaped", "reshape")}
"""The first has another layer for some sizes, and the second a number of rows that hangs on a product of two axes."""


def planner_of(architecture: api.Loaded, **settings: Any) -> Callable[[Mapping[str, Shape]], Plan]:
    return lambda inputs: api.examine(architecture, input=inputs, **settings)


def study_text(text: str, **options: Any) -> Sizes:
    architecture = api.load(text=text)
    return study(planner_of(architecture), api.examine(architecture), **options)


@pytest.mark.parametrize("name", TEXTS)
def test_valid_sizes_are_those_that_plan_without_error(name: str) -> None:
    """Every size from 1 to 400 along each axis, planned one by one."""
    architecture = api.load(text=TEXTS[name])
    answer = study_text(TEXTS[name], limit=400)
    first = api.examine(architecture).inputs[answer.inputs[0]]
    last = len(first) - 1 if architecture.program.framework == "pytorch" else len(first) - 2
    for position, axis in enumerate(answer.axes):
        place = last - len(answer.axes) + position
        valid, clean, outputs = [], [], {}
        for size in range(1, 401):
            inputs = {}
            for each, shape in api.examine(architecture).inputs.items():
                sample = list(shape[1:])
                if each in answer.inputs:
                    for other, base in enumerate(answer.base):
                        sample[last - len(answer.axes) + other] = base
                    sample[place] = size
                inputs[each] = tuple(sample)
            plan = api.examine(architecture, input=inputs)
            if plan.errors:
                continue
            valid.append(size)
            leftovers = [row.leftover[position] for row in plan.layers if row.leftover]
            if not any(leftovers):
                clean.append(size)
            for output in axis.outputs:
                row = next(row for row in plan.layers if output.layer in row.output_names)
                outputs[output.layer, size] = row.output_shapes[0][place + 1]
        assert list(axis.valid) == valid
        assert list(axis.clean) == clean
        for output in axis.outputs:
            assert (output.formula is None) == ((name, output.layer) in WITHOUT_FORMULA)
            if output.formula is not None:
                assert {size: output.formula.at(size) for size in valid if size >= output.beginning} == {
                    size: outputs[output.layer, size] for size in valid if size >= output.beginning
                }


def test_python_source_that_looks_at_sizes_is_read_at_each_of_them(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(SIZES_IN_PYTHON)
    architecture = api.load(str(file))
    plan = api.examine(architecture, input=(3, 32, 32))
    height, width = study(planner_of(architecture), plan, limit=40).axes
    assert (min(height.valid), min(width.valid)) == (3, 5)  # below 21 rows there is no second convolution


@pytest.mark.parametrize(
    ("member", "smallest", "formula"),
    [
        ("zoo:keras/InceptionV3", 75, "floor((H - 43) / 32)"),
        ("zoo:keras/InceptionResNetV2", 75, "floor((H - 43) / 32)"),
        ("zoo:keras/VGG16", 32, "floor(H / 32)"),
        ("zoo:keras/Xception", 7, "floor((H + 25) / 32)"),
        ("zoo:keras/ResNet50", 1, "ceil(H / 32)"),
    ],
)
def test_networks_without_their_heads(member: str, smallest: int, formula: str) -> None:
    """keras.applications documents 75, 75 and 32; its 71 and 32 for the last two are a policy, not arithmetic."""
    architecture = api.load(member)
    settings = {"variables": {"include_top": False}}
    answer = study(planner_of(architecture, **settings), api.examine(architecture, **settings), limit=200)
    assert answer.smallest == (smallest, smallest)
    assert [output.text for output in answer.axes[0].outputs] == [formula]


@pytest.mark.parametrize(
    ("framework", "layers", "axis"),
    [
        ("", ["Embedding(20, 8)", "Conv1D(8, 5, strides=2)", "MaxPooling1D(4)"], 1),
        ("framework: pytorch\n", ["Embedding(20, 8)", "transpose(1, 2)", "Conv1d(8, 8, 5)", "MaxPool1d(4)"], 2),
    ],
)
def test_the_numbers_that_an_embedding_looks_up_are_an_axis(framework: str, layers: list[str], axis: int) -> None:
    text = f"{framework}input: [60]\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    (found,) = study_text(text, limit=100).axes
    planned = {size: api.examine(text=text, input=(size,)) for size in range(1, 101)}
    shapes = {size: next(iter(plan.outputs.values())) for size, plan in planned.items() if not plan.errors}
    assert list(found.valid) == list(shapes)
    (output,) = found.outputs
    assert output.formula is not None
    assert {size: output.formula.at(size) for size in shapes} == {size: shape[axis] for size, shape in shapes.items()}


def test_a_unet_needs_a_divisor() -> None:
    answer = study_text(UNET, near=(670, 461))
    found = pattern(answer.axes[0].valid, answer.axes[0].limit)
    assert found is not None
    assert found.divisor == 4
    assert render(answer) == (
        "text: sizes of input from 1 to 926, one axis at a time\n"
        "smallest            4x4\n"
        "valid               multiples of 4\n"
        "without leftovers   multiples of 4\n"
        "output of out       H, W\n"
        "nearest to 670x461  672x460\n"
        "without leftovers   672x460\n"
        "below or above      668 or 672 x 460 or 464"
    )


def test_a_fixed_head_takes_a_few_sizes_only() -> None:
    answer = study_text(LENET)
    assert render(answer).splitlines()[1:4] == [
        "smallest            32x32",
        "valid               32 to 35",
        "without leftovers   32",
    ]


def test_axes_that_differ_are_told_apart() -> None:
    assert render(study_text(RECTANGLE)) == (
        "text: sizes of input from 1 to 512, one axis at a time\n"
        "smallest                   7x27\n"
        "valid, height              every size from 7\n"
        "valid, width               every size from 27\n"
        "without leftovers, height  multiples of 2 plus 1 from 7\n"
        "without leftovers, width   multiples of 3 from 27\n"
        "output of conv2d_1         floor((H - 3) / 4), floor((W - 21) / 6)"
    )


def test_no_size_will_do() -> None:
    text = "input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3, strides=2)\n  - Reshape((7, 7, 1000))\n"
    message = r"^text takes none of the sizes 1 to 512, the same along every axis; state one that it takes by --input$"
    with pytest.raises(NoSize, match=message):
        study_text(text)
    with pytest.raises(NoSize, match=r"^text has no input with spatial axes$"):
        study_text("input: [8]\nlayers: [Dense: 4]\n")


def lines(text: str, **options: Any) -> list[str]:
    """What follows the heading, each line with its blanks folded."""
    return [" ".join(line.split()) for line in render(study_text(text, **options)).splitlines()[1:]]


SEQUENCE = """
framework: pytorch
input: [1, 100, 40]
layers:
  - LazyConv2d(8, 3, padding=1)
  - transpose(1, 2)
  - Flatten(2)
  - Linear(320, 64)
"""


def test_all_axes_are_told_of_one_layer() -> None:
    assert lines(SEQUENCE)[-1] == "output of lazy_conv2d H, 40"
    pooled = """
framework: pytorch
input: [1, 64, 100]
layers:
  - LazyConv2d(8, 3, stride=2)
  - AdaptiveAvgPool2d((None, 1))
  - Flatten
"""
    assert lines(pooled)[-1] == "output of adaptive_avg_pool2d ceil(H / 2) - 1, 1"


def test_an_axis_that_changes_its_place_is_followed_there() -> None:
    text = "input: [32, 100, 1]\nlayers:\n  - MaxPooling2D(2)\n  - Permute([2, 1, 3])\n"
    assert lines(text)[-1] == "output of permute floor(W / 2), floor(H / 2)"


HEAD_FOR_40 = """
framework: pytorch
input: [1, 32, 32]
layers:
  - Conv2d(1, 6, 5)
  - MaxPool2d(2)
  - Conv2d(6, 16, 5)
  - MaxPool2d(2)
  - Flatten
  - Linear(16 * 7 * FACTOR, 120)
"""
ODD_UNET = """
framework: pytorch
input: [1, 64, 64]
layers:
  - a = LazyConv2d(4, 3, stride=2)
  - MaxPool2d(3, 2, 1)
  - up = LazyConvTranspose2d(4, 3, 2, padding=1, output_padding=1)
  - cat(dim=1)(a, up)
"""


def test_a_file_whose_own_size_is_wrong_is_studied_at_one_that_is_not() -> None:
    assert lines(HEAD_FOR_40.replace("FACTOR", "7"))[:2] == ["smallest 40x40", "valid 40 to 43"]
    assert lines(ODD_UNET)[:2] == ["smallest 5x5", "valid multiples of 4 plus 1, 2 from 5"]


def test_the_wish_is_tried_first_and_known_axes_stay() -> None:
    answer = study_text(HEAD_FOR_40.replace("FACTOR", "4"), near=(40, 28))
    assert (answer.base, answer.smallest) == ((40, 28), (40, 28))
    answer = study_text(SEQUENCE.replace("100", "null"))
    assert (answer.base[1], answer.smallest) == (40, (1, 40))


def test_no_size_without_leftovers_is_said_in_words() -> None:
    always_odd = "input: [8, 8, 1]\nlayers: [UpSampling2D: 2, ZeroPadding2D: [[[1, 0], [1, 0]]], MaxPooling2D: 2]\n"
    assert lines(always_odd, near=(9,), limit=64)[-2:] == ["nearest to 9x9 9x9", "without leftovers none up to 265"]


def test_a_wish_has_a_size_for_every_axis() -> None:
    with pytest.raises(ValueError, match=r"^the input has 2 spatial axes, but the wish has 3 sizes$"):
        study_text(UNET, near=(1, 2, 3))


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (range(75, 401), "every size from 75"),
        (range(16, 401, 16), "multiples of 16"),
        (range(75, 401, 32), "multiples of 32 plus 11 from 75"),
        ([n for n in range(9, 401) if n % 8 in (0, 1, 5, 6, 7)], "multiples of 8 plus 0, 1 or 5 to 7 from 9"),
        ([1, 2, *range(16, 401, 16)], "multiples of 16; 1, 2"),
        (range(224, 256), "224 to 255"),
        ([7], "7"),
    ],
)
def test_sizes_in_words(sizes: range | list[int], text: str) -> None:
    found = pattern(list(sizes), 400)
    assert found is not None
    assert found.text() == text


def test_no_sizes_have_no_pattern() -> None:
    assert pattern([], 400) is None
    assert Pattern(1, 1, (0,), ()).text() == "every size from 1"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (Formula(1, 31, 32, 0), "ceil(H / 32)"),
        (Formula(1, 0, 32, 0), "floor(H / 32)"),
        (Formula(1, -43, 32, 0), "floor((H - 43) / 32)"),
        (Formula(1, 63, 32, 0), "ceil(H / 32) + 1"),
        (Formula(1, -12, 2, 0), "floor(H / 2) - 6"),
        (Formula(2, 7, 8, 1), "2 x ceil(H / 8) + 1"),
        (Formula(1, -2, 1, 0), "H - 2"),
        (Formula(2, 0, 1, 0), "2 x H"),
        (Formula(0, 0, 1, 7), "7"),
    ],
)
def test_a_formula_is_found_from_its_values(formula: Formula, text: str) -> None:
    assert formula.text("H") == text
    found = fit({size: formula.at(size) for size in range(100, 400)})
    assert found is not None
    assert found.text("H") == text


def test_sizes_without_a_rule_have_no_formula() -> None:
    assert fit({size: size * size for size in range(1, 100)}) is None
    assert fit({1: 1}) is None
