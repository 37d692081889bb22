"""All errors come in one run: what is wrong on one line hides nothing that is wrong on another."""

from __future__ import annotations

import pytest

from cnnshape.api import examine

KERAS = "input: [32, 32, 3]\nlayers:\n"
PYTORCH = "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        pytest.param(
            f"{KERAS}  - Conv2D(8, 99)\n  - Add\n  - Dense(10)\nexpect:\n  output: [5]\n",
            [(3, "CS301"), (4, "CS203"), (7, "CS403")],
            id="a window, a merge and a promise",
        ),
        pytest.param(
            f"{PYTORCH}  - Conv2d(4, 8, 3)\n  - Conv2d(9, 16, 3)\n  - Flatten\n  - Linear(64, 10)\n  - Linear(9, 2)\n",
            [(4, "CS303"), (5, "CS303"), (8, "CS304")],
            id="channels and features that are stated wrong",
        ),
        pytest.param(
            f"{PYTORCH}  - Conv2d(3, 8, 99)\n  - Linear(5, 4)\n  - Flatten\n  - MaxPool2d(2)\n",
            [(4, "CS301"), (7, "CS302")],
            id="axes, whose number is certain",
        ),
        pytest.param(
            f"{KERAS}  - a = Conv2D(8, 99)\n  - b = Conv2D(4, 3)(input)\n  - c = Conv2D(4, 99)(b)\n  - Add()(a, c)\n",
            [(3, "CS301"), (5, "CS301"), (6, "CS305")],
            id="a merge of two that have failed",
        ),
        pytest.param(
            f"{KERAS}  - Conv2D(8, 3, strides=2))\n  - Dense(10, activation=relu)\n  - Flaten\n",
            [(3, "CS107"), (4, "CS112"), (5, "CS101")],
            id="an entry that cannot be read, an argument, a name",
        ),
    ],
)
def test_faults_of_several_lines_are_told_together(text: str, findings: list[tuple[int, str]]) -> None:
    found = [(each.span.start.row if each.span else 0, each.code) for each in examine(text=text).diagnostics]
    assert found == findings


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            f"{PYTORCH}  - Conv2d(3, 8, 3)\n  - BatchNorm2d(9)\n  - Conv2d(8, 8, 3)\n",
            id="a layer that is wrong about what it hands on says nothing of it",
        ),
        pytest.param(f"{KERAS}  - Conv2D(8, 99)\n  - Conv2D(8, 31)\n  - Conv2D(8, 9)\n", id="sizes are not certain"),
        pytest.param(f"{KERAS}  - Conv2D(8, 99)\n  - Flatten\n  - Dense(4)\n  - Reshape((2, 2))\n", id="nor features"),
        pytest.param(f"{KERAS}  - Nothing(8)\n  - Dense(4)\n  - Conv2D(4, 3)\n", id="nor anything of an unknown layer"),
        pytest.param(
            f"{KERAS}  - Subtract()(input)\n  - Dense(4)\n  - Conv2D(4, 3)\n", id="nor of one with too few inputs"
        ),
        pytest.param(
            f"{PYTORCH}  - Linear(9, 32)\n  - Conv2d(3, 8, 5)\n", id="nor a size that only happens to be equal"
        ),
    ],
)
def test_what_follows_from_a_fault_is_no_second_one(text: str) -> None:
    assert len(examine(text=text).errors) == 1


@pytest.mark.parametrize("value", ["$($(1))", "$($(a) + $(b))", "$(" * 3000 + "1" + ")" * 3000])
@pytest.mark.parametrize(
    "place",
    [
        "variables: {x: '%s'}\ninput: [8]\nlayers: [ReLU]\n",
        "input: '%s'\nlayers: [ReLU]\n",
        "input: [8]\nbatch: '%s'\nlayers: [ReLU]\n",
        "layers:\n  - InputLayer: {shape: '%s'}\n  - Dense(3)\n",
        "input: [8]\nlayers:\n  - {repeat: '%s', layers: [ReLU]}\n",
        "input: [8]\nlayers:\n  - {if: '%s', layers: [ReLU]}\n",
        "input: [8]\nlayers:\n  - {for: i, in: '%s', layers: [ReLU]}\n",
        "input: [8]\nlayers:\n  - let: {x: '%s'}\n",
        "input: [8]\nlayers:\n  - {Dense: {units: '%s'}, trainable: '%s', repeat: '%s'}\n",
        "input: [8]\nlayers:\n  - {include: 'zoo:keras/lenet5', preset: '%s', variables: {x: '%s'}}\n",
        "input: [8]\nlayers: [ReLU]\noutputs: '%s'\n",
    ],
)
def test_an_expression_within_an_expression_is_the_files_finding(place: str, value: str) -> None:
    codes = {finding.code for finding in examine(text=place.replace("%s", value)).errors}
    assert codes & {"CS011", "CS105", "CS107"}
