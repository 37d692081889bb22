"""What is said about an `input:` that is no shape, or not the one that the first layer needs."""

from __future__ import annotations

import pytest

from cnnshape.api import examine

NO_SIZE = "the sizes of input have to be whole numbers, or null where they are not known, got "
EXAMPLE = "write [8, 16, 3]: one sample, without the batch"


@pytest.mark.parametrize(
    ("stated", "message", "fix", "mended"),
    [
        ("[None, None, 3]", f"{NO_SIZE}'None'", "write [null, null, 3]", True),
        ("[_, 8, 3]", f"{NO_SIZE}'_'", "write [null, 8, 3]", True),
        ("['8', 8, 3]", f"{NO_SIZE}'8'", "write [8, 8, 3]", True),
        ("[side, side, 3]", f"{NO_SIZE}'side'", "write [$(side), $(side), 3]", False),
        ("[wide, side, 3]", f"{NO_SIZE}'wide'", EXAMPLE, False),
        ("[8.5, 8, 3]", f"{NO_SIZE}8.5", EXAMPLE, False),
        ("(8, 8, 3)", "input has to be a list of sizes, got '(8, 8, 3)'", "write [8, 8, 3]", True),
        ("8, 8, 3", "input has to be a list of sizes, got '8, 8, 3'", "write [8, 8, 3]", True),
        ("[]", "input has to be a list of sizes, got []", EXAMPLE, False),
        ("[-1, -1, 3]", "the sizes of input have to be at least 1, got -1", "if they are not known, write [null, null, 3]", False),
        ("[0, 8, 3]", "the sizes of input have to be at least 1, got 0", None, False),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_told_with_the_shape_that_was_meant(
    stated: str, message: str, fix: str | None, mended: bool
) -> None:
    plan = examine(text=f"variables: {{side: 8}}\ninput: {stated}\nlayers:\n  - Conv2D(8, 3)\n")
    (finding,) = plan.errors
    assert (finding.code, finding.message, finding.fix, bool(finding.edits)) == ("CS011", message, fix, mended)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (
            "input: [32, 8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n",
            "if 32 is the batch, write `input: [8, 8, 3]`: an input is one sample",
        ),
        (
            "framework: pytorch\ninput: [1, 3, null, 8]\nlayers:\n  - Conv2d(3, 8, 3)\n",
            "if 1 is the batch, write `input: [3, null, 8]`: an input is one sample",
        ),
        (
            "input: [8, 8]\nlayers:\n  - Conv2D(8, 3)\n",
            "if the channels are missing, state their number, as in `input: [8, 8, 1]`",
        ),
        (
            "framework: pytorch\ninput: [8, 8]\nlayers:\n  - Conv2d(1, 8, 3)\n",
            "if the channels are missing, state their number, as in `input: [1, 8, 8]`",
        ),
        ("input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n  - Conv1D(8, 3)(input)\n", None),
        ("input: [8]\nlayers:\n  - Conv2D(8, 3)\n", None),
    ],
)
def test_a_first_layer_of_another_rank_asks_for_the_batch_or_the_channels(text: str, fix: str | None) -> None:
    (finding,) = examine(text=text).errors
    assert (finding.code, finding.fix) == ("CS302", fix)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("Conv2D(8, 3, input_shape=(32, 32, 1))", "[32, 32, 1]"),
        ("Conv2D(8, 3, input_shape=(None, None, 3))", "[null, null, 3]"),
        ("Dense(8, input_dim=4)", "[4]"),
        ("Conv2D(8, 3)", "[224, 224, 3]"),
        ("Conv2D(8, 3, input_shape=shape)", "[224, 224, 3]"),
    ],
)
def test_a_missing_input_is_the_one_that_the_first_layer_states(layer: str, shape: str) -> None:
    finding = examine(text=f"layers:\n  - {layer}\n").errors[0]
    assert (finding.code, finding.fix) == ("CS010", f"add `input: {shape}` (one sample, without the batch)")
