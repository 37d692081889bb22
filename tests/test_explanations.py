"""Explanations: every line is arithmetic that holds, and says what the operation says."""

from __future__ import annotations

import re
from math import ceil, floor

import pytest

from cnnshape.arithmetic.sizes import Shape
from cnnshape.explanations import explain
from cnnshape.explanations.steps import Step
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.merging import Concatenate, Dot, Merge
from cnnshape.operations.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from cnnshape.operations.operation import CHANNELS_FIRST, Operation, axis_names
from cnnshape.operations.padding import Crop, Pad
from cnnshape.operations.parts import Chunk
from cnnshape.operations.pooling import GlobalPooling, Pooling
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.resampling import PixelShuffle, PixelUnshuffle, Unfold, Upsample
from cnnshape.operations.reshaping import Permute, Reshape
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Flatten, Identity
from cnnshape.vocabularies.layer import bind
from cnnshape.vocabularies.vocabulary import Framework, lookup
from tests.vocabularies.observed import operation_of, rows


def explained(operation: Operation, *shapes: Shape) -> tuple[Step, ...]:
    return explain(operation, operation.apply(*shapes), *shapes)


RGB = (10, 8, 16, 3)
MAPS = (None, 13, 12, 32)
FIRST = (2, 64, 13, 12)

OPERATIONS = [
    (Convolution(5, (3, 3), (2, 2)), RGB),
    (Convolution(5, (3, 3), (2, 2), bias=False, activation="relu"), RGB),
    (Convolution(5, (2, 3), (2, 1), "same", activation="softmax"), RGB),
    (Convolution(64, (3, 3), (2, 2), ((1, 1), (0, 2)), (2, 2), groups=4), MAPS),
    (Convolution(8, (4,), (1,), "causal", (3,)), (1, 20, 5)),
    (Convolution(8, (4, 2, 1), (1, 1, 1), "same_unstrided", layout=CHANNELS_FIRST), (1, 4, 7, 6, 5)),
    (Convolution(None, (3, 3), (2, 2), multiplier=1), MAPS),
    (Convolution(None, (3, 3), (1, 1), "same", multiplier=2, bias=False, activation="relu6"), MAPS),
    (Convolution(7, (3, 3), (2, 2), multiplier=1), MAPS),
    (Convolution(7, (3, 5), (1, 1), "same", multiplier=3, bias=False), MAPS),
    (TransposedConvolution(6, (3, 3), (2, 2)), MAPS),
    (TransposedConvolution(6, (2, 3), (3, 2), activation="relu"), MAPS),
    (TransposedConvolution(6, (3, 4), (2, 2), "same", bias=False), MAPS),
    (TransposedConvolution(6, (3, 4), (2, 2), "same", output_padding=(1, 0)), MAPS),
    (TransposedConvolution(6, (3, 4), (2, 2), output_padding=(1, 0)), MAPS),
    (TransposedConvolution(6, (3, 3), (2, 1), ((1, 1), (2, 2)), (1, 0), (2, 2), 2, layout=CHANNELS_FIRST), FIRST),
    (Pooling("max", (2, 2), (2, 2)), MAPS),
    (Pooling("average", (3, 3), (2, 2), "same"), MAPS),
    (Pooling("sum", (3, 1), (2, 2)), MAPS),
    (Pooling("lp", (1, 1), (3, 2)), MAPS),
    (Pooling("max", (3, 2), (2, 2), ((1, 1), (1, 1)), ceil_mode=True, layout=CHANNELS_FIRST), FIRST),
    (GlobalPooling("average", 2), MAPS),
    (GlobalPooling("max", 2, keepdims=True, layout=CHANNELS_FIRST), FIRST),
    (AdaptivePooling("average", (6, None)), MAPS),
    (Dense(10, activation="softmax"), (None, 2304)),
    (Dense(1, bias=False), (4, 7, 64)),
    (BatchNormalization(), MAPS),
    (BatchNormalization(axis=1, scale=False, statistics="buffer"), FIRST),
    (LayerNormalization(), MAPS),
    (GroupNormalization(8), MAPS),
    (Pad(((1, 2), (0, 0))), MAPS),
    (Crop(((1, 2), (3, 3))), MAPS),
    (Upsample((2, 3)), MAPS),
    (Upsample((1.5, 2), layout=CHANNELS_FIRST), FIRST),
    (PixelShuffle(2), FIRST),
    (PixelUnshuffle(2), (1, 3, 8, 6)),
    (Unfold((3, 2), (2, 2), ((1, 1), (0, 0)), (1, 1)), FIRST),
    (Flatten(), MAPS),
    (Reshape((-1, 4)), (None, 6, 6, 2)),
    (Reshape((8, 9)), (None, 6, 6, 2)),
    (Permute((0, 3, 1, 2)), MAPS),
    (Chunk(3, 1), FIRST),
    (Reduce((2, 3)), FIRST),
    (Identity(), MAPS),
]


def operation_id(case: object) -> str | None:
    return type(case).__name__ if isinstance(case, Operation) else None


def by_subject(steps: tuple[Step, ...], subject: str) -> list[Step]:
    return [step for step in steps if step.subject == subject]


def count(step: Step) -> int:
    """The number that a result begins with."""
    return int(re.match(r"-?[\d,]+", step.result)[0].replace(",", ""))


def evaluated(numbers: str) -> float:
    """The value of a line of numbers; words in it only say what is counted."""
    plain = numbers.replace(",", "") if "max" not in numbers else numbers
    plain = re.sub(r"\b(?!floor|ceil|max|x)[a-z]+\b", "", plain).replace(" x ", " * ").replace("  x ", " * ")
    return eval(plain, {"floor": floor, "ceil": ceil, "max": max})  # arithmetic of our own making


@pytest.mark.parametrize(("operation", "shape"), OPERATIONS, ids=operation_id)
def test_every_line_of_numbers_evaluates_to_its_result(operation: Operation, shape: tuple[int | None, ...]) -> None:
    for step in explained(operation, shape):
        if step.subject == "shape" or not step.numbers:
            continue
        clipped = "it is dropped" in step.note
        assert evaluated(step.numbers) - clipped == count(step), step


@pytest.mark.parametrize(("operation", "shape"), OPERATIONS, ids=operation_id)
def test_explained_counts_are_the_counts(operation: Operation, shape: tuple[int | None, ...]) -> None:
    result, steps = operation.apply(shape), explained(operation, shape)
    for subject, expected in (("parameters", result.params), ("MACs", result.macs), ("FLOPs", result.flops)):
        assert [count(step) for step in by_subject(steps, subject)] in ([expected], []), subject
    assert bool(by_subject(steps, "parameters")) >= bool(result.params)
    assert bool(by_subject(steps, "MACs")) == bool(result.macs)


OBSERVED = {
    (framework, layer): some
    for framework in ("keras", "pytorch")
    for layer, several in rows(f"{framework}_layers.jsonl.gz").items()
    if (some := [row for row in several if not row["error"]][::5])
}


@pytest.mark.parametrize(("framework", "layer"), OBSERVED)
def test_observed_layers_are_explained_with_their_observed_parameters(framework: Framework, layer: str) -> None:
    """Every fifth layer that a framework was seen to accept: all lines hold, the parameters are the framework's."""
    for row in OBSERVED[framework, layer]:
        kind = lookup(framework, layer)
        operation = bind(kind, (), row["config"]).operation()
        shapes = row["input"] if isinstance(row["input"][0], list) else [row["input"]]
        steps = explained(operation, *map(tuple, shapes))
        parameters = sum(count(step) for step in by_subject(steps, "parameters"))
        assert parameters == row["params"], row
        for step in steps:
            if step.subject != "shape" and step.numbers and "?" not in step.numbers:
                assert evaluated(step.numbers) == count(step), (row, step)


SEQUENCES = {
    (framework, layer): some
    for framework in ("keras", "pytorch")
    for layer, several in rows(f"{framework}_modules.jsonl.gz").items()
    if (some := [row for row in several if row["answer"][0]][::4])
}


@pytest.mark.parametrize(("framework", "layer"), SEQUENCES)
def test_layers_of_sequences_are_explained_with_their_counts(framework: Framework, layer: str) -> None:
    """As recorded: all lines hold, parameters and MACs are those of the operation."""
    for row in SEQUENCES[framework, layer]:
        _, operation = operation_of(framework, row["call"])
        shapes = [tuple(shape) for shape in row["inputs"]]
        result, steps = operation.apply(*shapes), explained(operation, *shapes)
        for subject, expected in (("parameters", result.params), ("MACs", result.macs), ("FLOPs", result.flops)):
            assert [count(step) for step in by_subject(steps, subject)] in ([expected], []), (row, subject, steps)
        for step in steps:
            if step.subject != "shape" and step.numbers and "?" not in step.numbers:
                assert evaluated(step.numbers) == count(step), (row, step)


SPATIAL = [
    case for case in OPERATIONS if hasattr(case[0], "layout") and not isinstance(case[0], GlobalPooling | Identity)
]


@pytest.mark.parametrize(("operation", "shape"), SPATIAL, ids=operation_id)
def test_explained_sizes_are_the_sizes(operation: Operation, shape: tuple[int | None, ...]) -> None:
    stated = {
        name: count(step)
        for step in explained(operation, shape)
        if step.formula.startswith("output = ")
        for name in re.split(", | and ", step.subject)
    }
    sizes = operation.layout.spatial(operation.apply(shape).output)
    assert [stated[name] for name in axis_names(len(sizes))] == list(sizes)


def test_a_product_with_unknown_channels_stays_unknown() -> None:
    steps = explained(Convolution(5, (3, 3), (1, 1)), (None, 8, None, None))
    assert [(step.subject, step.numbers, step.result) for step in steps] == [
        ("height", "floor((8 - 3) / 1) + 1", "6"),
        ("width", "floor((? - 3) / 1) + 1", "?"),
        ("channels", "5", "5"),
        ("parameters", "5 filters x (3 x 3 x ? + 1 bias)", "?"),
        ("MACs", "6 x ? x 5 x 3 x 3 x ?", "?"),
        ("FLOPs", "2 x ? + ?", "?"),
    ]


def text(operation: Operation, *shapes: tuple[int | None, ...]) -> list[str]:
    """The steps, one a line: subject, formula, numbers, result, note."""
    return [" | ".join(filter(None, step)) for step in explained(operation, *shapes)]


def test_the_odd_pixel_of_same_goes_after() -> None:
    """224 -> 112 with 2 before and 3 after: the case that PyTorch's padding=3 shifts."""
    assert text(Convolution(64, (7, 7), (2, 2), "same", bias=False), (None, 224, 224, 3)) == [
        "height and width | output = ceil(size / stride) | ceil(224 / 2) | 112 | "
        "ceil((n - k + s) / s), as some learn it, would give ceil((224 - 7 + 2) / 2) = 110, which is wrong: "
        "under same the kernel does not change the size",
        "height and width | padding = max((output - 1) x stride + kernel - size, 0) | "
        "max((112 - 1) x 2 + 7 - 224, 0) | 5: 2 before, 3 after | the odd one goes after",
        "channels | output = filters | 64 | 64",
        "parameters | filters x (kernel x channels) | 64 filters x (7 x 7 x 3) | 9,408",
        "MACs | output x filters x kernel x channels | 112 x 112 x 64 x 7 x 7 x 3 | 118,013,952",
        "FLOPs | 2 x MACs | 2 x 118,013,952 | 236,027,904",
    ]


def test_the_learned_rule_of_same_agrees_by_accident() -> None:
    (output, _) = by_subject(explained(Pooling("max", (2, 3), (2, 2), "same"), (1, 8, 5, 1)), "width")
    assert output.note == (
        "ceil((n - k + s) / s), as some learn it, would give ceil((5 - 3 + 2) / 2) = 2, which is wrong: "
        "under same the kernel does not change the size"
    )
    (output, _) = by_subject(explained(Pooling("max", (2, 3), (2, 2), "same"), (1, 8, 6, 1)), "width")
    assert output.note == (
        "ceil((n - k + s) / s), as some learn it, gives ceil((6 - 3 + 2) / 2) = 3 here too, by accident: "
        "under same the kernel does not change the size"
    )
    (height, _) = by_subject(explained(Pooling("max", (2, 3), (2, 2), "same"), (1, 8, 6, 1)), "height")
    assert height.note == ""


def test_the_tutorial_layer_line_by_line() -> None:
    assert text(Convolution(5, (3, 3), (2, 2), activation="relu"), RGB) == [
        "height | output = floor((size - kernel) / stride) + 1 | floor((8 - 3) / 2) + 1 | 3",
        "height | never read = size - ((output - 1) x stride + kernel) | 8 - ((3 - 1) x 2 + 3) | 1 | row 7 of 0 to 7",
        "width | output = floor((size - kernel) / stride) + 1 | floor((16 - 3) / 2) + 1 | 7",
        "width | never read = size - ((output - 1) x stride + kernel) | 16 - ((7 - 1) x 2 + 3) | 1 | "
        "column 15 of 0 to 15",
        "channels | output = filters | 5 | 5",
        "parameters | filters x (kernel x channels + bias) | 5 filters x (3 x 3 x 3 + 1 bias) | 140",
        "MACs | output x filters x kernel x channels | 3 x 7 x 5 x 3 x 3 x 3 | 2,835",
        "FLOPs | 2 x MACs + bias additions + relu activation | 2 x 2,835 + 105 + 105 | 5,880",
    ]


def test_rows_between_strided_windows_are_named() -> None:
    assert text(Pooling("max", (1, 2), (2, 2)), (None, 5, 4, 1))[:2] == [
        "height | output = floor((size - kernel) / stride) + 1 | floor((5 - 1) / 2) + 1 | 3",
        "height | stepped over | 2 | rows 1, 3: between the taps of all windows",
    ]


@pytest.mark.parametrize(
    ("size", "window", "stride", "pad", "expected"),
    [
        (5, 2, 2, 1, "ceil((5 + 1 + 1 - 2) / 2) + 1 - 1 | 3 | padding 2: 1 before, 1 after; ceil gives 4, but the last "
         "window would start at 5, in the padding behind the 5 elements: it is dropped"),
        (14, 1, 4, 0, "ceil((14 - 1) / 4) + 1 - 1 | 4 | ceil gives 5, but the last window would start at 16, "
         "behind the 14 elements: it is dropped"),
        (112, 3, 2, 0, "ceil((112 - 3) / 2) + 1 | 56 | ceil_mode keeps a last window that hangs 1 over the edge"),
        (113, 3, 2, 0, "ceil((113 - 3) / 2) + 1 | 56"),
    ],
)  # fmt: skip
def test_ceil_mode_says_what_becomes_of_the_last_window(
    size: int, window: int, stride: int, pad: int, expected: str
) -> None:
    pooling = Pooling("max", (window,), (stride,), ((pad, pad),), ceil_mode=True, layout=CHANNELS_FIRST)
    assert text(pooling, (None, 4, size))[0].split(" | ", 2)[2] == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (
            TransposedConvolution(6, (3,), (2,), "same"),
            "output = size x stride | 7 x 2 | 14 | cut from all that the windows cover: 0 before, 1 after",
        ),
        (
            TransposedConvolution(6, (2,), (3,)),
            "output = (size - 1) x stride + max(kernel, stride) | (7 - 1) x 3 + max(2, 3) | 21 | "
            "1 more after, which no window writes",
        ),
        (
            TransposedConvolution(6, (3,), (2,), ((1, 1),), (1,)),
            "output = (size - 1) x stride + kernel - padding + output padding | (7 - 1) x 2 + 3 - 1 - 1 + 1 | 14 | "
            "cut from all that the windows cover: 1 before, 0 after",
        ),
        (
            TransposedConvolution(6, (3,), (2,), ((1, 1),), dilation=(2,)),
            "effective kernel = dilation x (kernel - 1) + 1 | 2 x (3 - 1) + 1 | 5 | the 3 taps lie 2 apart\n"
            "length | output = (size - 1) x stride + effective kernel - padding | (7 - 1) x 2 + 5 - 1 - 1 | 15 | "
            "cut from all that the windows cover: 1 before, 1 after",
        ),
    ],
    ids=["same", "valid", "pytorch", "dilated"],
)
def test_transposed_windows(operation: Operation, expected: str) -> None:
    lines = f"length | {expected}".splitlines()
    assert text(operation, (None, 7, 4))[: len(lines)] == lines


@pytest.mark.parametrize(
    ("operation", "shapes", "expected"),
    [
        (
            Merge("add"),
            [(None, 7, 7, 64), (None, 7, 7, 64)],
            ["shape | output = as every input | (?, 7, 7, 64), (?, 7, 7, 64) | (?, 7, 7, 64)",
             "FLOPs | per element x elements | 1 x 3,136 | 3,136"],
        ),
        (
            Merge("multiply"),
            [(None, 7, 7, 64), (None, 1, 1, 64)],
            ["shape | output = as the inputs, repeated where needed | (?, 7, 7, 64), (?, 1, 1, 64) | (?, 7, 7, 64) | "
             "shorter shapes get axes of size 1, and an axis of size 1 is repeated",
             "FLOPs | per element x elements | 1 x 3,136 | 3,136"],
        ),
        (
            Concatenate(-1),
            [(None, 7, 7, 64), (None, 7, 7, 32), (None, 7, 7, 16)],
            ["axis 3 | output = sum of the inputs' sizes | 64 + 32 + 16 | 112 | all other axes have to agree"],
        ),
        (
            Dot((1, 1)),
            [(None, 128), (None, 128)],
            ["shape | (?, 128), (?, 128) | (?, 1)", "MACs | output x summed size | 1 x 128 | 128",
             "FLOPs | 2 x MACs | 2 x 128 | 256"],
        ),
        (
            BatchNormalization(),
            [(None, 8, 8, 64)],
            ["shape | output = input | (?, 8, 8, 64)",
             "parameters | (scale + offset + mean + variance) per channel | 4 x 64 | 256 | "
             "mean and variance: updated while training, but not trained",
             "FLOPs | (product + sum) x output elements | 2 x 4,096 | 8,192"],
        ),
        (
            Flatten(),
            [(None, 7, 7, 64)],
            ["axis 1 | output = product of the merged sizes | 7 x 7 x 64 | 3,136"],
        ),
        (
            Reshape((7, 7, -1)),
            [(None, 3136)],
            ["axis 3 | -1 = elements / product of the other sizes | 3,136 / (7 x 7) | 64"],
        ),
        (
            AdaptivePooling("average", (6, 6)),
            [(None, 13, 13, 8)],
            ["height and width | output = as asked for | 6 | 6 | window i reads floor(i x size / output) up to "
             "ceil((i + 1) x size / output) - 1: 6 windows of 3 among 13 elements",
             "channels | output = input | 8 | 8", "parameters | 0 | nothing to learn",
             "FLOPs | channels x elements that the windows read | 8 x (13 + 6 - 1) x (13 + 6 - 1) | 2,592 | size + "
             "output - gcd(size, output) along an axis: where two windows meet inside an element, both read it"],
        ),
        (
            AdaptivePooling("max", (6, None)),
            [(None, 12, 13, 8)],
            ["height | output = as asked for | 6 | 6 | window i reads floor(i x size / output) up to "
             "ceil((i + 1) x size / output) - 1: 6 windows of 2 among 12 elements",
             "width | output = size | 13 | 13",
             "channels | output = input | 8 | 8", "parameters | 0 | nothing to learn",
             "FLOPs | channels x (elements that the windows read - output elements) | 8 x ((12 + 6 - 6) x 13 - 6 x 13) "
             "| 624 | size + output - gcd(size, output) along an axis: where two windows meet inside an element, "
             "both read it"],
        ),
        (
            Reduce((2, 3)),
            [(None, 8, 5, 6)],
            ["axes 2 and 3 | mean over the elements | 5 x 6 | 30 | elements become one",
             "FLOPs | input elements | 8 x 5 x 6 | 240"],
        ),
        (
            Reduce((2,), "max"),
            [(None, 8, 5)],
            ["axis 2 | max over the elements | 5 | 5 | elements become one",
             "FLOPs | input elements - output elements | 8 x 5 - 8 | 32"],
        ),
        (
            Reduce((2,), "var"),
            [(None, 8, 5)],
            ["axis 2 | var over the elements | 5 | 5 | elements become one",
             "FLOPs | 4 x input elements | 4 x 8 x 5 | 160"],
        ),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, Operation) else "",
)  # fmt: skip
def test_other_operations(operation: Operation, shapes: list[tuple[int | None, ...]], expected: list[str]) -> None:
    assert text(operation, *shapes) == expected
