"""Shapes are read alike wherever they are written: in a file, a promise, on a command line, by a caller."""

from __future__ import annotations

from typing import Any

import pytest

import cnnshape
from cnnshape.cli.shapes import read_shape
from cnnshape.network.promise_syntax import parse_shape
from cnnshape.readers.requests import UsageError

LAYERS = "layers:\n  - Activation('relu')\n"


def by_a_file(text: str) -> Any:
    return cnnshape.plan(text=f"input: '{text}'\n{LAYERS}").inputs["input"][1:]


def by_a_caller(text: str) -> Any:
    return cnnshape.plan(text=f"input: [1]\n{LAYERS}", input=text).inputs["input"][1:]


READERS = {"file": by_a_file, "promise": parse_shape, "command line": read_shape, "caller": by_a_caller}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("8x16x3", (8, 16, 3)),
        ("8×16×3", (8, 16, 3)),
        ("8X16X3", (8, 16, 3)),
        (" 8 x 16 x 3 ", (8, 16, 3)),
        ("8 16 3", (8, 16, 3)),
        ("[8x16x3]", (8, 16, 3)),
        ("8x?x3", (8, None, 3)),
        ("8x_x3", (8, None, 3)),
        ("8xNonex3", (8, None, 3)),
        ("8xnullx3", (8, None, 3)),
        ("100", (100,)),
    ],
)
def test_a_shape_is_read_alike_everywhere(reader: str, text: str, shape: tuple[int | None, ...]) -> None:
    assert READERS[reader](text) == shape


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["8x16xc", "8xx3", "1.5x3", "-8x3", "8x16y3", "²x3"])
def test_what_is_no_shape_is_one_nowhere(reader: str, text: str) -> None:
    with pytest.raises((ValueError, cnnshape.ArchitectureError, cnnshape.diagnostics.Fault)):
        READERS[reader](text)


@pytest.mark.parametrize("shape", [[8, 16, 3], (8, 16, 3), [8.0, 16, 3]])
def test_a_caller_gives_a_list_of_anything_that_is_a_whole_number(shape: Any) -> None:
    assert by_a_caller(shape) == (8, 16, 3)


@pytest.mark.parametrize("shape", [[8, True], [0, 3], [8, "16", 3], 2.5, {"a": 1}.keys(), [2**63]])
def test_what_a_caller_cannot_mean_is_refused(shape: Any) -> None:
    with pytest.raises(UsageError, match="an input is a list of sizes of at least 1"):
        by_a_caller(shape)
