"""One-off commands and files answer by the same declarations: the same size, the same counts, or a refusal of both."""

from __future__ import annotations

from itertools import product

import pytest

from cnnshape.api import examine


def same_answer(outcome, file):
    """The command's output and parameters are those of a file with the layer alone, or both refuse."""
    plan = examine(file)
    assert (outcome.code == 0) == (not plan.errors), (file, outcome, plan.errors)
    if not plan.errors:
        shown = [each.split(maxsplit=1) for each in outcome.out.splitlines() if each.startswith(("output", "params"))]
        (row,) = plan.layers
        assert dict(shown) == {"output": "x".join(map(str, row.output_shape[1:])), "params": f"{row.params:,}"}


WINDOWS = [*product((1, 3, 4), (1, 2), (0, 1, 2), (1, 2))]


@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), WINDOWS)
@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("conv 3x9x9 --framework pytorch -f 4", "Conv2d(3, 4, {k}, stride={s}, padding={p}, dilation={d})"),
        ("pool 3x9x9 --framework pytorch", "MaxPool2d({k}, stride={s}, padding={p}, dilation={d})"),
        (
            "conv-transpose 3x9x9 --framework pytorch -f 4",
            "ConvTranspose2d(3, 4, {k}, stride={s}, padding={p}, dilation={d})",
        ),
    ],
)
def test_a_layer_of_pytorch_is_answered_alike(run, line, layer, kernel, stride, padding, dilation):
    written = layer.format(k=kernel, s=stride, p=padding, d=dilation)
    file = {"framework": "pytorch", "input": [3, 9, 9], "layers": [written]}
    same_answer(run(f"{line} -k {kernel} -s {stride} -p {padding} -d {dilation}"), file)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [*product((1, 3, 4), (1, 2), ("same", "valid"), (1, 2))]
)
@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("conv 9x9x3 -f 4", "Conv2D(4, {k}, strides={s}, padding='{p}', dilation_rate={d})"),
        ("depthwise-conv 9x9x3", "DepthwiseConv2D({k}, strides={s}, padding='{p}', dilation_rate={d})"),
        ("separable-conv 9x9x3 -f 4", "SeparableConv2D(4, {k}, strides={s}, padding='{p}', dilation_rate={d})"),
        ("conv-transpose 9x9x3 -f 4", "Conv2DTranspose(4, {k}, strides={s}, padding='{p}', dilation_rate={d})"),
    ],
)
def test_a_layer_of_keras_is_answered_alike(run, line, layer, kernel, stride, padding, dilation):
    written = layer.format(k=kernel, s=stride, p=padding, d=dilation)
    file = {"input": [9, 9, 3], "layers": [written]}
    same_answer(run(f"{line} -k {kernel} -s {stride} -p {padding} -d {dilation}"), file)


@pytest.mark.parametrize(
    "line",
    [
        "pool 1x20x20 --framework pytorch -k 3 -d 2 -p 2 -s 1",
        "pool 20 --framework pytorch -k 3 -d 2 -p 2 -s 1",
        "pool _x20x20 --framework pytorch -k 3 -p 2",
        "pool 8x8x3 -k 2 --rank 2 --type average --ceil-mode",
        "depthwise-conv 8 --rank 3 -k 3",
        "conv-transpose 1x9x9 --framework pytorch -f 3 -g 2 -k 3",
    ],
)
def test_what_a_file_refuses_is_refused(run, line):
    assert run(line).code != 0
