"""Sizes follow from the rules of the layers: whatever the network, they are what planning it gives, near and far."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest

from cnnshape import api
from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.reports.sizes import render
from cnnshape.studies.sizes.base import Faulty, NoSize
from cnnshape.studies.sizes.formula import Formula, Size, after
from cnnshape.studies.sizes.study import Sizes, study

FALSE_FORMULA = """
input: [416, 416, 3]
layers:
  - Conv2D(8, 3, strides=4, padding="same", activation="relu")
  - c3 = Conv2D(8, 3, strides=2, padding="same", activation="relu")
  - Conv2D(8, 3, strides=2, padding="same", activation="relu")
  - c5 = Conv2D(8, 3, strides=2, padding="same", activation="relu")
  - up = UpSampling2D(4)
  - p3 = Concatenate()(c3, up)
outputs: [c5, p3]
"""
MEL_SPECTROGRAM = """
framework: pytorch
input: [1, 64, 157]
layers:
  - LazyConv2d(16, 3, padding=1)
  - MaxPool2d(2)
  - LazyConv2d(32, 3, padding=1)
  - MaxPool2d(2)
  - Flatten
  - Linear(7680, 10)
"""
C3D = """
framework: pytorch
input: [3, 12, 224, 224]
layers:
  - LazyConv3d(64, 3, padding=1)
  - MaxPool3d((1, 2, 2), (1, 2, 2))
  - LazyConv3d(128, 3, padding=1)
  - MaxPool3d(2, 2)
  - LazyConv3d(256, 3, padding=1) * 2
  - MaxPool3d(2, 2)
  - LazyConv3d(512, 3, padding=1) * 2
  - MaxPool3d(2, 2)
  - LazyConv3d(512, 3, padding=1) * 2
  - MaxPool3d(2, 2, padding=(0, 1, 1))
  - Flatten
  - Linear(8192, 4096)
"""
RAW_AUDIO = """
framework: pytorch
input: [1, SAMPLES]
layers:
  - Conv1d(1, 16, 80, stride=16)
  - MaxPool1d(4)
  - Conv1d(16, 32, 3)
  - MaxPool1d(4)
  - Conv1d(32, 64, 3)
  - MaxPool1d(4)
  - Conv1d(64, 64, 3)
  - MaxPool1d(4)
  - Flatten
  - Linear(64 * 359, 10)
"""
WAVE_UNET = """
framework: pytorch
input: [2, 44100]
layers:
  - a = Conv1d(2, 8, 8, stride=4)
  - b = Conv1d(8, 8, 8, stride=4)
  - c = Conv1d(8, 8, 8, stride=4)
  - d = Conv1d(8, 8, 8, stride=4)
  - up = ConvTranspose1d(8, 8, 8, stride=4)(d)
  - add()(up, c)
  - ConvTranspose1d(8, 8, 8, stride=4)
  - add()(conv_transpose1d, b)
  - ConvTranspose1d(8, 8, 8, stride=4)
  - add()(conv_transpose1d_1, a)
  - ConvTranspose1d(8, 2, 8, stride=4)
"""
DETECTOR = """
input: [128, 96, 3]
layers:
  - Conv2D(8, 3, strides=2, padding="same")
  - map = Conv2D(8, 3, strides=2, padding="same")
  - boxes = Conv2D(12, 1, padding="same")(map)
  - rows = Reshape([-1, 4])(boxes)
  - pooled = GlobalAveragePooling2D()(map)
  - classes = Dense(3)(pooled)
outputs: [map, rows, classes]
"""
RESIZED = """
framework: pytorch
input: [3, 64, 64]
layers:
  - Conv2d(3, 8, 3, stride=2, padding=1)
  - Upsample(scale_factor=1.5)
  - MaxPool2d(2)
"""
UNEVENLY_RESIZED = RESIZED.replace("1.5", "0.29")  # which binary fractions do not hold: 100 gives 28, 50 gives 14


def study_text(text: str, **options: int) -> Sizes:
    architecture = api.load(text=text)
    return study(planner(architecture), api.examine(architecture), **options)


def planner(architecture: api.Architecture) -> Callable[[Mapping[str, Shape]], Plan]:
    return lambda inputs: api.examine(architecture, input=inputs)


def lines(text: str, **options: int) -> list[str]:
    """What is printed, without its heading, each line with its blanks folded."""
    return [" ".join(line.split()) for line in render(study_text(text, **options)).splitlines()[1:]]


def test_a_formula_is_that_of_the_rules_and_every_output_has_one() -> None:
    """Keras: 960 gives 30 at c5."""
    assert lines(FALSE_FORMULA) == [
        "smallest 25x25",
        "valid multiples of 32 plus 0 or 25 to 31",
        "without leftovers multiples of 32 plus 25 to 27 or 29 to 31",
        "output of c5 ceil(H / 32), ceil(W / 32)",
        "output of p3 ceil(H / 8), ceil(W / 8)",
    ]


def test_axes_are_wrong_alone_or_in_groups() -> None:
    assert lines(MEL_SPECTROGRAM)[:3] == ["smallest 64x60", "valid, height 64 to 67", "valid, width 60 to 63"]
    assert lines(C3D)[:4] == [
        "smallest 16x96x96",
        "valid, depth 16 to 31",
        "valid, height 96 to 127",
        "valid, width 96 to 127",
    ]


@pytest.mark.parametrize("samples", [1_476_864, 1_000_000])
def test_long_axes(samples: int) -> None:
    """1,476,864 samples are valid: 359 * 4096 + 2752 = 1,473,216 is the first of 4096 that give 359."""
    assert lines(RAW_AUDIO.replace("SAMPLES", str(samples)))[:3] == [
        "smallest 1473216",
        "valid 1473216 to 1477311",
        "without leftovers 1473216",
    ]


def test_the_smallest_size_may_be_larger_than_the_limit() -> None:
    assert lines(WAVE_UNET, limit=64)[:2] == ["smallest 596", "valid multiples of 256 plus 84 to 87 from 596"]


def test_outputs_that_are_no_maps_have_a_line_as_well() -> None:
    assert lines(DETECTOR)[-3:] == [
        "output of rows (72 x ceil(H / 4), 4), (96 x ceil(W / 4), 4)",
        "output of classes (3)",
        "output of map ceil(H / 4), ceil(W / 4)",
    ]


def test_what_has_no_single_fraction_is_nested_and_what_has_no_formula_says_so() -> None:
    assert lines(RESIZED)[-1] == "output of max_pool2d floor(3 x ceil(H / 2) / 4), floor(3 x ceil(W / 2) / 4)"
    assert lines(RESIZED.replace("1.5", "1.35"))[-1] == (
        "output of max_pool2d floor(27 x ceil(H / 2) / 40), floor(27 x ceil(W / 2) / 40)"
    )
    assert lines(UNEVENLY_RESIZED)[-1] == "output of max_pool2d no simple formula, no simple formula"


def test_a_broken_file_has_no_wrong_sizes() -> None:
    for text in (
        "input: [32, 32, 3]\nlayers:\n  - x = Conv2D(8, 3\n",
        "input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)\n  - Unknwn(3)\n",
        "input: [32, 32, 3]\nlayers:\n  - x[0] = Conv2D(8, 3)\noutputs: [x[0]]\n",
        "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n  - Conv2d(4, 8, 3)\n",
    ):
        with pytest.raises(Faulty):
            study_text(text)


def stack(numbers: random.Random) -> str:
    """A random PyTorch network of layers with windows, as a file."""

    def window(most: int) -> str:
        kernel, stride = numbers.randint(1, most), numbers.randint(1, 3)
        padding, dilation = numbers.randint(0, kernel // 2), numbers.randint(1, 2)
        return f"{kernel}, stride={stride}, padding={padding}, dilation={dilation}"

    kinds: list[Callable[[], str]] = [
        lambda: f"Conv1d(4, 4, {window(7)})",
        lambda: f"MaxPool1d({window(5)}, ceil_mode={numbers.random() < 0.5})",
        lambda: f"ConvTranspose1d(4, 4, {window(5)})",
        lambda: f"Upsample(scale_factor={numbers.choice(['2', '1.5', '0.5'])})",
        lambda: f"ReflectionPad1d(({numbers.randint(0, 3)}, {numbers.randint(-1, 2)}))",
        lambda: 'Conv1d(4, 4, 3, padding="same")',
        lambda: "InstanceNorm1d(4)",
        lambda: f"ZeroPad1d(({numbers.randint(-2, 3)}, {numbers.randint(-2, 3)}))",
        lambda: "ReLU",
    ]
    layers = [numbers.choice(kinds)() for _ in range(numbers.randint(2, 7))]
    merge = numbers.random() < 0.4
    lines = ["first = Conv1d(4, 4, 1)", *layers, *(["add()(first, last)"] if merge else [])]
    lines[-2 if merge else -1] = "last = " + lines[-2 if merge else -1]
    return "\n".join(["framework: pytorch", "input: [4, 96]", "layers:", *(f"  - {line}" for line in lines)])


@pytest.mark.parametrize("seed", range(30))
def test_random_stacks_agree_with_their_plans_near_and_far(seed: int) -> None:
    text = stack(random.Random(seed))
    architecture = api.load(text=text)
    try:
        answer = study_text(text, limit=5_200)
    except NoSize:
        plans = [api.examine(architecture, input=(4, size)) for size in range(1, 64)]
        assert all(plan.errors for plan in plans)
        return
    (axis,) = answer.axes
    valid, clean = set(axis.valid), set(axis.clean)
    for size in (*range(1, 49), *range(5_000, 5_032)):
        plan = api.examine(architecture, input=(4, size))
        assert (size in valid) == (not plan.errors), (text, size)
        if size in valid:
            assert (size in clean) == (not any(row.leftover and row.leftover[0] for row in plan.layers))
            for output in axis.outputs:
                found = plan.outputs[output.layer]
                if output.formula and size >= output.beginning:
                    assert found
                    assert found[2] == output.formula.at(size)


@pytest.mark.parametrize("text", [FALSE_FORMULA, WAVE_UNET, RESIZED, DETECTOR])
def test_formulas_hold_far_outside_the_sizes_looked_at(text: str) -> None:
    architecture = api.load(text=text.replace("SAMPLES", "14592"))
    plan = api.examine(architecture)
    answer = study(planner(architecture), plan)
    ((name, own),) = plan.inputs.items()
    axes = plan.layout.spatial_axes(len(own))
    for place, axis in enumerate(answer.axes):
        compared = set()
        for size in (each + far for far in (24 * 4096, 2 * 3**10) for each in axis.valid[:40]):
            shape = list(own)
            for at, base in zip(axes, answer.base, strict=True):
                shape[at] = base
            shape[axes[place]] = size
            there = api.examine(architecture, input={name: tuple(shape[1:])})
            for output in axis.outputs if not there.errors else ():
                found = there.outputs[output.layer]
                assert found
                if output.formula:
                    assert found[axes[place]] == output.formula.at(size)
                    compared.add(output.layer)
        assert compared == {output.layer for output in axis.outputs if output.shape is None}


def test_formulas_compose_to_what_they_give_one_after_the_other() -> None:
    numbers = random.Random(1)
    for _ in range(300):
        formulas = [
            Formula(
                numbers.choice([0, 1, 1, 1, 2, 3, 4]),
                numbers.randint(-20, 20),
                numbers.choice([1, 1, 2, 3, 4, 6]),
                numbers.randint(-5, 5),
            )
            for _ in range(numbers.randint(1, 5))
        ]
        composed = Size()
        for formula in formulas:
            composed = after(composed, formula)
        period, rise = composed.period
        for size in range(-30, 60):
            expected = size
            for formula in formulas:
                expected = formula.at(expected)
            assert composed.at(size) == expected
            assert composed.at(size + period) == expected + rise
