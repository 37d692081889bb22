"""What people bring along from their framework's code: names bound anew, lists of tensors, `previous`, slices."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine

KERAS = "input: [16, 16, 4]\nlayers:\n"
PYTORCH = "framework: pytorch\ninput: [4, 16, 16]\nlayers:\n"


def edges(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.name, row.inputs) for row in cnnshape.plan(text=text).layers]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            "  - x = Conv2D(4, 1)\n  - skip = x\n  - x = ReLU()(x)\n  - x = Conv2D(4, 1)(x)\n  - Add()(x, skip)\n",
            [
                ("conv2d", ("input",)),
                ("re_lu", ("conv2d",)),
                ("conv2d_1", ("re_lu",)),
                ("add", ("conv2d_1", "conv2d")),
            ],
            id="a name stands for the newest, and rows have the names that Keras gives them",
        ),
        pytest.param(
            "  - x = Conv2D(4, 1)\n  - repeat: 2\n    layers:\n      - x = Conv2D(4, 1)(x)\n  - ReLU()(x)\n",
            [("conv2d", ("input",)), ("conv2d_1", ("conv2d",)), ("conv2d_2", ("conv2d_1",)), ("re_lu", ("conv2d_2",))],
            id="each round goes on where the one before it ended",
        ),
        pytest.param(
            "  - {Conv2D: [4, 1], name: x}\n  - {ReLU: {}, name: x, inputs: x}\n  - Flatten()(x)\n",
            [("conv2d", ("input",)), ("re_lu", ("conv2d",)), ("flatten", ("re_lu",))],
            id="the mapping spelling",
        ),
        pytest.param(
            "  - input = Conv2D(4, 1)(input)\n  - ReLU()(input)\n",
            [("conv2d", ("input",)), ("re_lu", ("conv2d",))],
            id="the model's input, too",
        ),
        pytest.param(
            "  - y[0] = Conv2D(4, 1)\n  - y[1] = Conv2D(4, 1)\n  - y[2] = Conv2D(4, 1)\n  - Concatenate()(*y)\n",
            [("y[0]", ("input",)), ("y[1]", ("y[0]",)), ("y[2]", ("y[1]",)), ("concatenate", ("y[0]", "y[1]", "y[2]"))],
            id="all elements of a name",
        ),
        pytest.param(
            "  - y[0] = Conv2D(4, 1)\n  - y[1] = Conv2D(4, 1)\n  - z = ReLU\n  - Concatenate()([z, *y[::-1], *y[1:]])\n",
            [
                ("y[0]", ("input",)),
                ("y[1]", ("y[0]",)),
                ("z", ("y[1]",)),
                ("concatenate", ("z", "y[1]", "y[0]", "y[1]")),
            ],
            id="some of them, beside others",
        ),
        pytest.param(
            "  - s[0] = Conv2D(4, 1)\n  - for: i\n    in: range(2)\n    layers:\n      - Conv2D(4, 1)\n"
            "      - s[i + 1] = Add()(previous, s[i])\n",
            [
                ("s[0]", ("input",)),
                ("conv2d", ("s[0]",)),
                ("s[1]", ("conv2d", "s[0]")),
                ("conv2d_1", ("s[1]",)),
                ("s[2]", ("conv2d_1", "s[1]")),
            ],
            id="the entry before",
        ),
    ],
)
def test_an_idiom_means_what_it_means_in_python(entries: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert edges(KERAS + entries) == expected


def test_as_many_tensors_as_a_loop_made_are_joined() -> None:
    text = (
        "framework: pytorch\ninput: [8, 16, 16]\nlayers:\n  - y[0] = Conv2d(8, 4, 1)\n  - for: i\n    in: range(3)\n"
        "    layers:\n      - y[i + 1] = Conv2d(4, 4, 3, padding=1)(y[i])\n  - cat(dim=1)(*y)\n"
    )
    plan = cnnshape.plan(text=text)
    assert plan.totals is not None
    assert (plan.layers[-1].output_shape, plan.totals.params) == ((1, 16, 16, 16), 480)


@pytest.mark.parametrize(
    ("size", "shape"),
    [("shape(a)[1:]", (1, 4, 16, 16)), ("shape(a)[-2:]", (1, 4, 16, 16)), ("shape(previous)[:0:-1]", (1, 4, 8, 8))],
)
def test_a_piece_of_a_shape_is_the_size_of_another(size: str, shape: tuple[int, ...]) -> None:
    text = f"{PYTORCH}  - a = Identity\n  - MaxPool2d(2)\n  - interpolate(size={size})\n"
    assert cnnshape.plan(text=text).layers[-1].output_shape == shape


def test_all_outputs_of_a_row_are_spread_too() -> None:
    assert edges(f"{PYTORCH}  - c = chunk(2, dim=1)\n  - cat(dim=1)(*c[::-1])\n")[1][1] == ("c:1", "c:0")


def test_a_name_that_is_called_previous_is_that_name() -> None:
    assert edges(f"{KERAS}  - previous = ReLU\n  - ReLU\n  - Add()(previous, re_lu)\n")[2][1] == ("previous", "re_lu")


@pytest.mark.parametrize(
    ("entries", "findings"),
    [
        pytest.param(
            "  - x = Conv2D(4, 1)\n  - x = Conv2D(4, 99)(x)\n  - Dense(3)(x)\n  - Reshape((5,))(x)\n",
            ["Conv2D's window of 99 is larger than its input along the height: 16"],
            id="what a failed entry should have bound anew has failed",
        ),
        pytest.param(
            "  - x = Conv2D(4, 1)\n  - x = Flatten(()(x)\n  - Reshape((5,))(x)\n",
            ["this `(` is never closed: `)` is missing"],
            id="and what one that cannot be read should have",
        ),
        pytest.param(
            "  - y[0] = Conv2D(4, 1)\n  - y[1] = Conv2D(4, 99)\n  - Concatenate()(*y)\n  - Dense(3)\n",
            ["Conv2D's window of 99 is larger than its input along the height: 16"],
            id="and a list with a failed element",
        ),
        pytest.param(
            "  - Concatenate()(*skips)\n",
            ["there is no layer named 'skips' above this line"],
            id="a list of nothing",
        ),
        pytest.param(
            "  - y[0] = ReLU\n  - Concatenate()(*y[0.5:])\n",
            ["`0.5:` cannot be computed with a number as the limit of a slice"],
            id="a slice that is none",
        ),
    ],
)
def test_a_fault_in_an_idiom_is_told_once(entries: str, findings: list[str]) -> None:
    assert [each.message for each in examine(text=KERAS + entries).errors] == findings


MOVED = [  # entries, shapes of the rows
    (["permute(2, 0, 1)", "LSTM(4, 6)"], [(16, 1, 4), (16, 1, 6)]),
    (["transpose(0, 1)"], [(4, 1, 16)]),
    (["view(-1, 1)"], [(64, 1)]),
    (["Unflatten(1, (2, 2))", "view(-1, 2, 16)", "Linear(16, 3)"], [(1, 2, 2, 16), (2, 2, 16), (2, 2, 3)]),
]


@pytest.mark.parametrize(("entries", "shapes"), MOVED)
def test_a_batch_that_is_moved_on_purpose_is_followed(entries: list[str], shapes: list[tuple[int, ...]]) -> None:
    written = "".join(f"  - {entry}\n" for entry in entries)
    plan = cnnshape.plan(text=f"framework: pytorch\ninput: [4, 16]\nlayers:\n{written}")
    assert [row.output_shape for row in plan.layers] == shapes


def test_what_a_layer_costs_is_counted_for_each_sample_wherever_the_batch_is() -> None:
    """One sample of 16 steps of 4 features, the batch on axis 1: 16 x 4 x 6 x (4 + 6) products, and 2 x 2 x 16 x 3."""
    text = "framework: pytorch\nbatch: 2\ninput: [4, 16]\nlayers:\n"
    steps = cnnshape.plan(text=text + "  - permute(2, 0, 1)\n  - LSTM(4, 6)\n").layers[-1]
    assert (steps.output_shape, steps.macs) == ((16, 2, 6), 16 * 4 * 6 * (4 + 6))
    folded = cnnshape.plan(text=text + "  - Unflatten(1, (2, 2))\n  - view(-1, 2, 16)\n  - Linear(16, 3)\n").layers[-1]
    assert (folded.output_shape, folded.macs) == ((4, 2, 3), 2 * 2 * 16 * 3)


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("ReLU()", "relu"),
        ("layers.ReLU(6)", "relu6"),
        ("LeakyReLU(negative_slope=0.2)", "leaky_relu"),
        ("ELU()", "elu"),
    ],
)
def test_a_layer_may_be_the_activation_that_does_the_same(layer: str, name: str) -> None:
    named = cnnshape.plan(text=KERAS + f'  - Conv2D(4, 3, activation="{name}")\n').layers[0]
    given = cnnshape.plan(text=KERAS + f"  - Conv2D(4, 3, activation={layer})\n").layers[0]
    assert (given.arguments, given.flops) == (named.arguments, named.flops)


def test_a_layer_that_no_name_stands_for_is_an_entry_of_its_own() -> None:
    (finding,) = examine(text=KERAS + "  - Conv2D(4, 3, activation=LeakyReLU(0.1))\n").diagnostics
    assert (finding.code, finding.fix) == ("CS105", "give it an entry of its own: `- LeakyReLU(0.1)`")
